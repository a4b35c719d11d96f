package simulate

import (
	"math/rand/v2"
	"time"
)

// Flood is a Burst so large that a detector which looks at all pairs of raters
// of an item does not come to an end.
type Flood struct{ Burst }

// NewFlood returns a Flood of 1000 accounts on 10 targets within a minute.
func NewFlood() *Flood {
	a := &Flood{*NewBurst()}
	a.Accounts, a.Targets, a.Participation, a.Spread, a.Filler = 1000, 10, 1, time.Minute, 0
	return a
}

func (a *Flood) Name() string { return "flood" }

func (a *Flood) Doc() Doc {
	return Doc{
		Summary:   "a thousand accounts fall on a few targets at once",
		Goal:      "exhaust the detector: pairs grow with the square of the accounts",
		Source:    "algorithmic complexity attacks: Crosby and Wallach, USENIX Security 2003",
		Detection: "the items' surge alone; cap the pairs of an item and say so",
	}
}

func (a *Flood) Inject(rng *rand.Rand, w *World) error { return a.as(a, rng, w) }
