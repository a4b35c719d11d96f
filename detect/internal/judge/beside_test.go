package judge

import (
	"slices"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/ringtest"
)

// TestBeside: what a ring did says nothing of those who are in a group with it, and takes
// nothing from another ring in it.
func TestBeside(t *testing.T) {
	w := ringtest.World{Raters: 500, Items: 200, PerRater: 10, Times: true, Values: true, Rings: 2, Seed: 3}
	f := refinerOf(t, w.Table(t))
	numbers := func(from, to int) (raters []int32) {
		for u := from; u < to; u++ {
			raters = append(raters, int32(u))
		}
		return raters
	}
	first, honest := w.Raters-2*ringtest.RingSize, ringtest.RingSize/2
	one, other := numbers(first, first+ringtest.RingSize), numbers(first+ringtest.RingSize, w.Raters)
	group := func(raters ...[]int32) *Group {
		g := &Group{Raters: slices.Sorted(slices.Values(slices.Concat(raters...)))}
		r := f.read(g.Raters)
		defer f.close(r)
		if _, ok := r.weighed(g, false); !ok || !g.Significant() {
			t.Fatalf("%v is no group", g.Raters)
		}
		return g
	}
	in := func(raters []int32) func(u int32) bool {
		return func(u int32) bool { return slices.Contains(raters, u) }
	}

	near := group(one, numbers(0, honest))
	if g := f.Beside(near, in(nil)); g != near {
		t.Error("a group without anybody taken is judged anew")
	}
	if g := f.Beside(near, in(one)); g != nil && g.Significant() {
		t.Errorf("honest raters are a group by what a ring did: %v", g.Raters)
	}
	if g := f.Beside(near, in(near.Raters[2:])); g != nil {
		t.Errorf("two are a group: %v", g.Raters)
	}
	if !f.actNear(group(one), in(nil)) || f.actNear(near, in(one)) {
		t.Error("who acts near a ring's members is not told from who does not")
	}
	g := f.Beside(group(one, other), in(one))
	if g == nil || !slices.Equal(g.Raters, other) || !g.RingLike() {
		t.Fatalf("a ring is none beside another: %+v", g)
	}
	if told := f.Describe(g, []int{0, 1, 2}); !slices.Equal(told.Raters, other[:3]) {
		t.Errorf("%v are described", told.Raters)
	}
	if f.Stability(g, true).Unstable {
		t.Error("it is unstable")
	}
	if left := f.dirt(); len(left) > 0 {
		t.Errorf("%v are left", left)
	}
}
