package simulate

import (
	"math/rand/v2"
	"time"
)

// Trade is a ring of accounts that each have items of their own, the targets,
// and rate one another's.
type Trade struct {
	Crew
	Participation float64       `doc:"share of the others' targets that a member rates" within:"0..1"`
	Spread        time.Duration `doc:"mean time from a target's turn to a member's rating" within:"0.."`
	Filler        float64       `doc:"honest-looking ratings of a member per target" within:"0..1000"`
}

// NewTrade returns a Trade that pushes an item of each of its members, with .80,
// 12 hours and 3 ratings per target.
func NewTrade() *Trade {
	a := &Trade{Crew: newCrew(), Participation: .80, Spread: 12 * time.Hour, Filler: 3}
	a.Goal = Push
	return a
}

func (a *Trade) Name() string { return "trade" }

func (a *Trade) Doc() Doc {
	return Doc{
		Summary:   "members vote for one another's items and never for their own",
		Goal:      "lift the members' own items",
		Source:    "ballot stuffing: Dellarocas, Immunizing Online Reputation Reporting Systems, EC 2000",
		Detection: "who gains: the members' items are rated by all members but their owner",
	}
}

func (a *Trade) Inject(rng *rand.Rand, w *World) error {
	return a.muster(a, rng, w, func(b *brigade) {
		members := b.enlist()
		for j, t := range b.targets {
			b.write(t.item, members[j%len(members)].rater)
			for k, m := range members {
				if k != j%len(members) {
					b.charge([]member{m}, t, a.Participation, a.Spread)
				}
			}
		}
		b.blend(members, a.Filler)
	})
}
