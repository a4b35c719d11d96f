package simulate

import (
	"math/rand/v2"
	"time"
)

// Burst is a brigade that falls upon each target at once. Next to nothing else
// comes from its accounts.
type Burst struct {
	Crew
	Participation float64       `doc:"share of the targets that a member rates" within:"0..1"`
	Spread        time.Duration `doc:"mean time from the brigade's turning to a target to a member's rating" within:"0.."`
	Filler        float64       `doc:"honest-looking ratings of a member per target" within:"0..1000"`
}

// NewBurst returns a Burst of .95, 4 minutes and 3 ratings for 20 targets.
func NewBurst() *Burst {
	return &Burst{Crew: newCrew(), Participation: .95, Spread: 4 * time.Minute, Filler: .15}
}

func (a *Burst) Name() string { return "burst" }

func (a *Burst) Doc() Doc {
	return Doc{
		Summary: "new accounts rate the same targets within minutes and little else",
		Goal:    "move targets before honest raters arrive",
		Source:  "Beutel et al., CopyCatch, WWW 2013; Pacheco et al., Uncovering Coordinated Networks, ICWSM 2021",
		Detection: "the same accounts, the same items, the same minutes, again and again; " +
			"nearly all of an account's ratings are shared",
	}
}

func (a *Burst) Inject(rng *rand.Rand, w *World) error { return a.as(a, rng, w) }

// as injects the burst in the name of an attack.
func (a *Burst) as(named Attack, rng *rand.Rand, w *World) error {
	return a.muster(named, rng, w, func(b *brigade) {
		members := b.enlist()
		for _, t := range b.targets {
			b.charge(members, t, a.Participation, a.Spread)
		}
		b.blend(members, a.Filler)
	})
}
