package simulate

import (
	"math/rand/v2"
	"time"
)

// Partial is a brigade of which only some take part in each target.
type Partial struct {
	Crew
	Participation float64       `doc:"share of the members that rate a target, on average" within:"0..1"`
	Vary          float64       `doc:"how far a target's share strays from the average, either way" within:"0..1"`
	Spread        time.Duration `doc:"mean time from the brigade's turning to a target to a member's rating" within:"0.."`
	Filler        float64       `doc:"honest-looking ratings of a member per target" within:"0..1000"`
}

// NewPartial returns a Partial of .30 to .60, 10 minutes and 3 ratings per target.
func NewPartial() *Partial {
	return &Partial{Crew: newCrew(), Participation: .45, Vary: .15, Spread: 10 * time.Minute, Filler: 3}
}

func (a *Partial) Name() string { return "partial" }

func (a *Partial) Doc() Doc {
	return Doc{
		Summary: "each target is rated by another half of the brigade",
		Goal:    "move targets while no two accounts share most of them",
		Source: "loose groups of Wang et al., Detecting Review Spammer Groups via Bipartite Graph Projection, " +
			"Computer Journal 2016",
		Detection: "groups rather than pairs: each pair shares few targets, the group shares all",
	}
}

func (a *Partial) Inject(rng *rand.Rand, w *World) error {
	return a.muster(a, rng, w, func(b *brigade) {
		members := b.enlist()
		for _, t := range b.targets {
			b.charge(members, t, a.Participation+a.Vary*(2*b.rng.Float64()-1), a.Spread)
		}
		b.blend(members, a.Filler)
	})
}
