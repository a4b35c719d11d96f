package simulate

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"
)

// Frame is a brigade that settles in an honest community: its accounts repeat
// what the members rate, then strike targets, so that a ring which holds the
// accounts holds the members too.
type Frame struct {
	Crew
	Victims       int           `doc:"honest raters of the community: those with the most items in common with one of the busiest" within:"0..10000000"`
	Copies        float64       `doc:"share of a victim's ratings that an account repeats" within:"0..1"`
	Most          int           `doc:"most ratings of a victim that are repeated, the last ones" within:"0..10000000"`
	Participation float64       `doc:"share of the targets that a member rates" within:"0..1"`
	Spread        time.Duration `doc:"mean time from a victim's rating, or from the brigade's turning to a target, to an account's" within:"0.."`
}

// NewFrame returns a Frame of 10 victims of whom each account repeats .4 of the
// last 20 ratings within 4 minutes or so, and .95 of 10 targets.
func NewFrame() *Frame {
	a := &Frame{Crew: newCrew(), Victims: 10, Copies: .4, Most: 20, Participation: .95, Spread: 4 * time.Minute}
	a.Accounts, a.Targets = 10, 10
	return a
}

func (a *Frame) Name() string { return "frame" }

func (a *Frame) Doc() Doc {
	return Doc{
		Summary:   "accounts settle in an honest community and strike from there",
		Goal:      "have the community silenced along with the brigade",
		Source:    "attacks through the defence: slandering in Hoffman et al., ACM Computing Surveys 2009",
		Detection: "who rates the targets: the community does not; who comes first elsewhere: the accounts never do",
	}
}

func (a *Frame) Inject(rng *rand.Rand, w *World) error {
	return a.muster(a, rng, w, func(b *brigade) {
		victims := b.community(a.Victims)
		members := b.enlist()
		for _, t := range b.targets {
			b.charge(members, t, a.Participation, a.Spread)
		}
		echo := Shadow{Copies: a.Copies, Most: a.Most, Spread: a.Spread}
		for _, m := range members {
			b.seen.reset(len(b.World.Goal))
			for _, t := range b.targets {
				b.seen.first(t.item)
			}
			for _, u := range victims {
				echo.follow(b, m, u)
			}
		}
	})
}

// community returns one of the busiest raters and the n-1 others with the most
// items in common with it.
func (b *brigade) community(n int) []int32 {
	t := b.honest()
	busiest := b.census().busiest(powerUsers)
	centre := busiest[b.rng.IntN(len(busiest))]
	common := make([]int32, b.Raters)
	for _, row := range t.ByRater().Rows(centre) {
		for _, other := range t.ByItem().Rows(t.Item[row]) {
			common[t.Rater[other]]++
		}
	}
	raters := make([]int32, b.Raters)
	for u := range raters {
		raters[u] = int32(u)
	}
	slices.SortStableFunc(raters, func(u, v int32) int { return cmp.Compare(common[v], common[u]) })
	return raters[:min(n, len(raters))]
}
