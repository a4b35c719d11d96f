package judge

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/ringtest"
)

// What is expected of members who chose the same items, each at a time of its own, is how
// often such a choice falls near another's: that they chose is told beside it.
func TestTogetherIsExpectedOfWhoChose(t *testing.T) {
	const day = 86400
	tab := ringtest.World{Raters: 400, Items: 150, PerRater: 15, Times: true, Values: true, Seed: 9}.Table(t)
	rng := rand.New(rand.NewPCG(3, 3))
	last := slices.Max(tab.Time)
	group := []int32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}
	tab = tab.Select(func(k int) bool { return tab.Rater[k] >= 12 || tab.Item[k] >= 10 })
	for i := range int32(10) {
		for _, u := range group {
			tab.Append(u, i, 1, rng.Int32N(last))
		}
	}
	groups := judgedAs(t, tab, group)
	if len(groups) != 1 {
		t.Fatalf("%d groups", len(groups))
	}
	g := groups[0]
	g.window, g.together = 7*day, .5
	r := g.by.read(g.Raters)
	r.core(g.Group)
	ring := &Description{Raters: g.Raters}
	r.together(ring, g.Group)
	g.by.close(r)
	e := ring.Evidence[0]
	t.Logf("%s: %.0f, expected %.1f", e.Unit, e.Observed, e.Expected)
	if math.Abs(e.Observed-e.Expected) > .15*e.Observed || e.Observed < 20 {
		t.Errorf("%s: %.0f, expected %.1f", e.Unit, e.Observed, e.Expected)
	}
}
