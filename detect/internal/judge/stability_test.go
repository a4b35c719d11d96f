package judge

import (
	"slices"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/ringtest"
)

// TestUnstable: a ring is there without a tenth of the data, people who have nothing in
// common are not, and nothing of what was left out stays so.
func TestUnstable(t *testing.T) {
	w := ringtest.World{Raters: 500, Items: 200, PerRater: 10, Times: true, Values: true, Rings: 2, Seed: 3}
	f := refinerOf(t, w.Table(t))
	var ring []int32
	for u := w.Raters - ringtest.RingSize; u < w.Raters; u++ {
		ring = append(ring, int32(u))
	}
	for _, c := range []struct {
		raters []int32
		want   bool
	}{{ring, false}, {[]int32{1, 50, 99, 200}, true}} {
		g := &Group{Raters: c.raters, Bar: 4.6, Jury: &Jury{Votes: f.scratch.votes}}
		if got := f.Stability(g, true).Unstable; got != c.want {
			t.Errorf("%v: unstable %v", c.raters, got)
		}
	}
	if slices.ContainsFunc(f.scratch.state, func(s uint8) bool { return s != outside }) || f.scratch.gone != nil {
		t.Error("what was left out of a run is still left out")
	}
	out := 0
	for u := range int32(10_000) {
		if tenth(3, u, 0) {
			out++
		}
	}
	if out < 900 || out > 1100 {
		t.Errorf("of 10,000 raters %d are left out", out)
	}
}
