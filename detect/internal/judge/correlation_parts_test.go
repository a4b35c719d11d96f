package judge

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/rating"
)

// TestParts: two brigades that share their company and then have targets of their own are
// two; one of which each member takes part in some of the targets is one, and so is one
// that takes turns and shares no company.
func TestParts(t *testing.T) {
	const raters, company, targets = 40, 20, 12
	for _, c := range []struct {
		name    string
		company bool
		chose   func(rng *rand.Rand, u, target int) bool
		want    int
	}{
		{"two brigades", true, func(_ *rand.Rand, u, target int) bool { return u%2 == target%2 }, 2},
		{"some of the targets each", true, func(rng *rand.Rand, _, _ int) bool { return rng.IntN(2) == 0 }, 1},
		{"turns", false, func(_ *rand.Rand, u, target int) bool { return u%2 == target%2 }, 1},
		{"no targets", true, func(*rand.Rand, int, int) bool { return false }, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(3, 3))
			tab := &rating.Table{Raters: rating.Numbered("r", raters), Items: rating.Numbered("i", company+targets)}
			var all, core []int32
			for u := range int32(raters) {
				all = append(all, u)
				for i := range int32(company) {
					if c.company {
						tab.Append(u, i, 1, 0)
					}
				}
				for i := range targets {
					if c.chose(rng, int(u), i) {
						tab.Append(u, int32(company+i), 1, 0)
					}
				}
			}
			for i := range int32(company + targets) {
				if (i < company) == c.company {
					core = append(core, i)
				}
			}
			parts := NewVotes(null.NewActs(tab), tab).parts(all, core)
			if len(parts) != c.want {
				t.Fatalf("%d parts; want %d", len(parts), c.want)
			}
			for _, part := range parts {
				for _, u := range part {
					if c.want == 2 && u%2 != part[0]%2 {
						t.Errorf("rater %d is with %d", u, part[0])
					}
				}
			}
			together := slices.Concat(parts...)
			if slices.Sort(together); !slices.Equal(together, all) {
				t.Errorf("the parts have %v", together)
			}
		})
	}
}
