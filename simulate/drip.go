package simulate

import (
	"math/rand/v2"
	"time"
)

// Drip is a brigade whose members come to a target one by one, days apart.
type Drip struct {
	Crew
	Participation float64       `doc:"share of the targets that a member rates" within:"0..1"`
	Spread        time.Duration `doc:"a member rates a target at most this long after the brigade turns to it, at any moment alike" within:"0.."`
	Filler        float64       `doc:"honest-looking ratings of a member per target" within:"0..1000"`
}

// NewDrip returns a Drip of .95 within 5 days of a target's birth and 3 ratings
// per target.
func NewDrip() *Drip {
	a := &Drip{Crew: newCrew(), Participation: .95, Spread: 5 * 24 * time.Hour, Filler: 3}
	a.Delay = 0
	return a
}

func (a *Drip) Name() string { return "drip" }

func (a *Drip) Doc() Doc {
	return Doc{
		Summary: "accounts rate the same targets, each at a time of its own over days",
		Goal:    "move targets without any burst that a time window would show",
		Source:  "Mukherjee et al., Spotting Fake Reviewer Groups, WWW 2012; Hooi et al., BIRDNEST, SDM 2016",
		Detection: "the same rare choices with the same verdict, more often than habits and viewpoint explain; " +
			"times tell nothing",
	}
}

func (a *Drip) Inject(rng *rand.Rand, w *World) error {
	return a.muster(a, rng, w, func(b *brigade) {
		members := b.enlist()
		for _, t := range b.targets {
			for _, m := range members {
				if b.rng.Float64() < a.Participation {
					b.strike(m, t, b.rng.Float64()*a.Spread.Seconds())
				}
			}
		}
		b.blend(members, a.Filler)
	})
}
