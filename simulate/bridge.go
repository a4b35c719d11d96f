package simulate

import (
	"math/rand/v2"
	"time"
)

// Bridge is a brigade with accounts in both camps, which seem to agree.
type Bridge struct {
	Crew
	Opposite      float64       `doc:"share of the accounts in the second camp; where real data has no viewpoints it changes nothing" within:"0..1"`
	Participation float64       `doc:"share of the targets that a member rates" within:"0..1"`
	Spread        time.Duration `doc:"mean time from the brigade's turning to a target to a member's rating" within:"0.."`
	Filler        float64       `doc:"honest-looking ratings of a member per target; they earn it its place in a camp" within:"0..1000"`
}

// NewBridge returns a Bridge that pushes items of less than average quality,
// half of it in each camp, with .90, 15 minutes and 5 ratings per target.
func NewBridge() *Bridge {
	a := &Bridge{Crew: newCrew(), Opposite: .5, Participation: .90, Spread: 15 * time.Minute, Filler: 5}
	a.Goal, a.Merit, a.bothSides = Push, 0, true
	return a
}

func (a *Bridge) Name() string { return "bridge" }

func (a *Bridge) Doc() Doc {
	return Doc{
		Summary:   "accounts earn positions in both camps, then push together",
		Goal:      "pass a bridging scorer, which trusts what both camps like",
		Source:    "Gaming Consensus, arXiv 2607.01824 (2026)",
		Detection: "agreement between camps that comes from the same few accounts each time",
	}
}

func (a *Bridge) Inject(rng *rand.Rand, w *World) error {
	return a.muster(a, rng, w, func(b *brigade) {
		members := b.enlistBoth(a.Opposite)
		for _, t := range b.targets {
			b.charge(members, t, a.Participation, a.Spread)
		}
		b.blend(members, a.Filler)
	})
}
