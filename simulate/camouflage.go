package simulate

import "math/rand/v2"

// Camouflage is a Burst whose accounts hide it among ratings like anybody's.
type Camouflage struct{ Burst }

// NewCamouflage returns a Camouflage of .95, 4 minutes and 3 ratings per target.
func NewCamouflage() *Camouflage {
	a := &Camouflage{*NewBurst()}
	a.Filler = 3
	return a
}

func (a *Camouflage) Name() string { return "camouflage" }

func (a *Camouflage) Doc() Doc {
	return Doc{
		Summary:   "a burst by accounts that rate like honest ones besides",
		Goal:      "move targets while every ratio of shared to all ratings stays low",
		Source:    "Hooi et al., FRAUDAR, KDD 2016",
		Detection: "counts of shared choices against chance, never shares of an account's ratings",
	}
}

func (a *Camouflage) Inject(rng *rand.Rand, w *World) error { return a.as(a, rng, w) }
