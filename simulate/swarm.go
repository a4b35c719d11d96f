package simulate

import (
	"math/rand/v2"
	"time"
)

// Swarm is a brigade of many accounts that are used for next to nothing and
// thrown away.
type Swarm struct {
	Crew
	PerAccount int           `doc:"targets that an account rates, drawn for each" within:"0..10000000"`
	Spread     time.Duration `doc:"mean time from the brigade's turning to a target to a member's rating" within:"0.."`
	Filler     float64       `doc:"honest-looking ratings of an account per target of the brigade" within:"0..1000"`
}

// NewSwarm returns a Swarm of 200 accounts that rate one target each, within an
// hour or so, and nothing else.
func NewSwarm() *Swarm {
	a := &Swarm{Crew: newCrew(), PerAccount: 1, Spread: time.Hour}
	a.Accounts = 200
	return a
}

func (a *Swarm) Name() string { return "swarm" }

func (a *Swarm) Doc() Doc {
	return Doc{
		Summary:   "each of many throw-away accounts rates one target",
		Goal:      "move targets without any two accounts meeting twice",
		Source:    "Douceur, The Sybil Attack, IPTPS 2002; singleton reviews: Xie et al., KDD 2012",
		Detection: "an item's surge of accounts without a history; pairs of accounts show nothing",
	}
}

func (a *Swarm) Inject(rng *rand.Rand, w *World) error {
	return a.muster(a, rng, w, func(b *brigade) {
		members := b.enlist()
		for _, m := range members {
			for _, j := range b.rng.Perm(len(b.targets))[:min(a.PerAccount, len(b.targets))] {
				b.charge([]member{m}, b.targets[j], 1, a.Spread)
			}
		}
		b.blend(members, a.Filler)
	})
}
