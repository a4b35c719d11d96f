package judge

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/ringtest"
)

// dirt tells what a step left in the scratch space.
func (f *Refiner) dirt() (left []string) {
	r := &f.scratch
	if f.lent || len(f.cut) > 0 || len(r.raters) > 0 || len(r.targets) > 0 {
		left = append(left, "a reading")
	}
	if slices.ContainsFunc(r.state, func(s uint8) bool { return s != outside }) {
		left = append(left, "marks of raters")
	}
	if slices.ContainsFunc(r.slot, func(n int32) bool { return n != 0 }) {
		left = append(left, "places of targets")
	}
	if slices.ContainsFunc(r.count, func(n int32) bool { return n != 0 }) {
		left = append(left, "counts")
	}
	return left
}

// told is all that is known of groups.
func told(groups []*Group) (s string) {
	for _, g := range groups {
		s += fmt.Sprintf("%v %v %v %v %v %v %v %v %v\n", g.Raters, g.Speaks, g.Leads, g.Shared, g.Core, g.Pool,
			g.Open, g.LnP, g.loo)
		if g.Jury != nil {
			s += fmt.Sprintf("%+v\n", g.Jury.Verdict)
		}
	}
	return s
}

// TestNothingIsLeftOfAStep: what a refiner was used for before does not matter,
// whatever a seed grew into.
func TestNothingIsLeftOfAStep(t *testing.T) {
	w := ringtest.World{Raters: 250, Items: 400, PerRater: 10, Times: true, Values: true, Rings: 3, Seed: 9}
	tab := w.Table(t)
	used := refinerOf(t, tab)
	rng := rand.New(rand.NewPCG(1, 3))
	came := map[string]int{}
	for at := range 24 {
		var seed []int32
		if honest := w.Raters - w.Rings*ringtest.RingSize; at%2 == 0 { // of rings, which fall apart
			for j := range w.Raters - honest {
				if at == 0 || rng.IntN(3) > 0 {
					seed = append(seed, int32(honest+j))
				}
			}
		} else {
			for _, j := range rng.Perm(w.Raters)[:2+rng.IntN(60)] {
				seed = append(seed, int32(j))
			}
		}
		slices.Sort(seed)
		got := used.Refine(seed)
		if left := used.dirt(); len(left) > 0 {
			t.Fatalf("seed %d leaves %v", at, left)
		}
		fresh := NewRefiner(used.scratch.Acts, used.scratch.null, used.scratch.votes).Refine(seed)
		if told(got.Groups) != told(fresh.Groups) {
			t.Fatalf("seed %d grows into\n%s, in new scratch space into\n%s", at, told(got.Groups), told(fresh.Groups))
		}
		came[fmt.Sprintf("%d groups", min(len(got.Groups), 2))]++
		for _, g := range got.Groups {
			if g.Open {
				came["open"]++
				continue
			}
			used.Describe(g, []int{0, 1, 2})
			used.SelectionOf(g.Raters)
			used.Joins(g.Raters[1:], g.Raters[0])
			if left := used.dirt(); len(left) > 0 {
				t.Fatalf("telling of seed %d leaves %v", at, left)
			}
		}
	}
	for _, want := range []string{"0 groups", "1 groups", "2 groups"} {
		if came[want] == 0 {
			t.Errorf("no seed grew into %s: %v", want, came)
		}
	}
}

// TestTooLargeIsCounted: a group beyond MostMembers is not judged, and is counted.
func TestTooLargeIsCounted(t *testing.T) {
	tab := ringtest.World{Raters: MostMembers + 50, Items: 40, PerRater: 3, Values: true, Seed: 2}.Table(t)
	seed := make([]int32, MostMembers+1)
	for u := range seed {
		seed[u] = int32(u)
	}
	if got := refinerOf(t, tab).Refine(seed); got.Dropped != 1 || len(got.Groups) != 0 {
		t.Errorf("%d dropped, %d groups", got.Dropped, len(got.Groups))
	}
}
