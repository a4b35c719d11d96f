package detect

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/ringtest"
	"github.com/ringwatch/ringwatch/rating"
)

// TestDissentIsForReview: accounts that act together and give a fifth of their votes
// against their goal are a coordinated group where they are no ring, and stand above
// all others.
func TestDissentIsForReview(t *testing.T) {
	crowd := ringtest.World{Raters: 600, Items: 200, PerRater: 15, Times: true, Values: true, Seed: 5}.Table(t)
	const accounts, targets, day = 20, 16, 86400
	n := crowd.Raters.Len()
	rng := rand.New(rand.NewPCG(5, 5))
	tab := grown(crowd, accounts, 0, func(g *rating.Table) {
		for target := range targets {
			at := rng.IntN(50 * day)
			for a := range accounts {
				vote := float32(1)
				if rng.Float64() < .2 {
					vote = 0
				}
				g.Append(int32(n+a), int32(9*target+5), vote, int32(at+rng.IntN(1200)))
			}
		}
	})
	f, err := Run(context.Background(), Input{Ratings: tab, Seed: 1}, Usual())
	if err != nil {
		t.Fatal(err)
	}
	got := inRings(f)
	for _, r := range f.Coordinated {
		got = append(got, r.Raters...)
		for _, c := range r.Correlation {
			if c.Chance < .95 {
				t.Errorf("the chance that their votes go by a plan is %.2f", c.Chance)
			}
		}
	}
	slices.Sort(got)
	var want []int32
	for a := range accounts {
		want = append(want, int32(n+a))
	}
	if !slices.Equal(got, want) {
		t.Errorf("in rings and coordinated are %v, want %v", got, want)
	}
	if least, most := slices.Min(f.Suspicion[n:]), slices.Max(f.Suspicion[:n]); least <= most {
		t.Errorf("suspicion of those is %.3f at least, of others %.3f at most", least, most)
	}
}
