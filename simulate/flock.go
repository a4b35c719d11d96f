package simulate

import (
	"math"
	"math/rand/v2"
	"time"
)

// Flock is a brigade at home in one community that falls upon items of others.
type Flock struct {
	Crew
	Home          int           `doc:"items of the community that the accounts are at home in: those that the raters of one item rate most" within:"1..10000000"`
	Participation float64       `doc:"share of the targets that a member rates" within:"0..1"`
	Spread        time.Duration `doc:"mean time from the brigade's turning to a target to a member's rating" within:"0.."`
	Filler        float64       `doc:"ratings of a member at home per target" within:"0..1000"`
}

// NewFlock returns a Flock from a home of 100 items, with .60, 1 hour and 3
// ratings at home per target, that buries.
func NewFlock() *Flock {
	a := &Flock{Crew: newCrew(), Home: 100, Participation: .60, Spread: time.Hour, Filler: 3}
	a.Goal = Bury
	return a
}

func (a *Flock) Name() string { return "flock" }

func (a *Flock) Doc() Doc {
	return Doc{
		Summary: "members of one community go together to items of others",
		Goal:    "sink what another community made, with accounts that are at home somewhere",
		Source:  "Kumar et al., Community Interaction and Conflict on the Web, WWW 2018",
		Detection: "raters who leave their community at the same hours for the same items; " +
			"allow for what they share at home",
	}
}

func (a *Flock) Inject(rng *rand.Rand, w *World) error {
	return a.muster(a, rng, w, func(b *brigade) {
		home := a.home(b)
		members := b.enlist()
		for _, t := range b.targets {
			b.charge(members, t, a.Participation, a.Spread)
		}
		for _, m := range members {
			a.dwell(b, m, home)
		}
	})
}

// home draws a community that is after as few of the targets as can be found
// in some draws, and returns its other items.
func (a *Flock) home(b *brigade) (home []int32) {
	popular := b.census().popular
	for range 5 {
		b.seen.reset(len(b.World.Goal))
		for _, t := range b.targets {
			b.seen.first(t.item)
		}
		anchor := popular[b.rng.IntN((len(popular)+4)/5)]
		var abroad []int32
		for _, i := range b.census().around(anchor, a.Home) {
			if b.seen.first(i) {
				abroad = append(abroad, i)
			}
		}
		if len(abroad) > len(home) {
			home = abroad
		}
	}
	return home
}

// dwell lets a member rate items at home as some honest rater did.
func (a *Flock) dwell(b *brigade, m member, home []int32) {
	quota := min(len(home), int(math.Round(a.Filler*float64(a.Targets))))
	for _, k := range b.rng.Perm(len(home))[:quota] {
		rows := b.honest().ByItem().Rows(home[k])
		value := b.honest().Value[rows[b.rng.IntN(len(rows))]]
		b.append(m.rater, home[k], value, b.time(b.rng, b.moment(b.rng, &m.persona, home[k]), 0))
	}
}
