package simulate

import (
	"math/rand/v2"
	"time"
)

// Quorum is a brigade that meets a scorer's rules of how many raters of either
// camp must agree, and does no more: it adds to each camp of each target the
// votes that are missing.
type Quorum struct {
	Crew
	Opposite float64       `doc:"share of the accounts in the second camp" within:"0..1"`
	Position int           `doc:"items of the strongest camps that an account rates to take its position" within:"0..10000000"`
	Net      int           `doc:"votes for the goal less votes against it that each camp is to show" within:"0..10000000"`
	Spread   time.Duration `doc:"mean time from the brigade's turning to a target to a member's rating" within:"0.."`
}

// NewQuorum returns a Quorum of 20 accounts, half of them in each camp, with 30
// ratings for their positions, that brings items of less than average quality
// to 4 net votes of each camp within a day or so.
func NewQuorum() *Quorum {
	a := &Quorum{Crew: newCrew(), Opposite: .5, Position: 30, Net: 4, Spread: 24 * time.Hour}
	a.Goal, a.Merit, a.bothSides = Push, 0, true
	return a
}

func (a *Quorum) Name() string { return "quorum" }

func (a *Quorum) Doc() Doc {
	return Doc{
		Summary:   "accounts in both camps add just the votes that each camp lacks",
		Goal:      "pass the least net helpful votes of both camps with as few votes as can be",
		Source:    "net-helpful minimums of the Community Notes scorer (rules by sign of the rater's factor)",
		Detection: "items that stand right at the minimum on both sides, by the same few accounts",
	}
}

func (a *Quorum) Inject(rng *rand.Rand, w *World) error {
	return a.muster(a, rng, w, func(b *brigade) {
		f := b.census().factors()
		members := b.enlistBoth(a.Opposite)
		for _, m := range members {
			b.settle(m, f, a.Position)
		}
		for _, t := range b.targets {
			for _, camp := range []float64{1, -1} {
				missing := a.Net - b.net(t, camp, f)
				for _, k := range b.rng.Perm(len(members)) {
					if m := members[k]; m.camp == camp && missing > 0 {
						b.charge([]member{m}, t, 1, a.Spread)
						missing--
					}
				}
			}
		}
	})
}

// net counts a camp's honest votes for what the brigade wants of a target, less
// those against it.
func (b *brigade) net(t target, camp float64, f *factors) (n int) {
	for _, row := range b.honest().ByItem().Rows(t.item) {
		if v := b.honest().Value[row]; camp*f.rater[b.honest().Rater[row]] <= 0 {
			continue
		} else if v == t.value {
			n++
		} else if v == 1-t.value {
			n--
		}
	}
	return n
}
