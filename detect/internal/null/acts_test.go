package null

import (
	"math"
	"slices"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
)

// TestActsOf: what is told of a rater's acts is what the table has, in time order, wherever
// acts are laid out; and an item is found again by its acts, beside items that have none.
func TestActsOf(t *testing.T) {
	// raters 2, and items 0, 2 and 5, have no acts
	tab := &rating.Table{Raters: rating.Numbered("r", 4), Items: rating.Numbered("i", 6)}
	for n, at := range []int32{50, 20, 90, 20, 10, 70, 60} {
		tab.Append([]int32{0, 0, 0, 1, 3, 3, 1}[n], []int32{4, 1, 3, 1, 1, 4, 3}[n], .5, at)
	}
	store := func(_ string, n int) ([]byte, error) { return make([]byte, n), nil }
	for name, room := range map[string]Room{"memory": nil, "a room": store} {
		a, err := LayOut(tab, room)
		if err != nil {
			t.Fatal(err)
		}
		var buffer []int32
		for u := range int32(a.Raters) {
			items, times := a.ItemsOf(u), a.TimesOf(u, &buffer)
			if !slices.IsSorted(times) || len(times) != a.CountOf(u) {
				t.Errorf("in %s rater %d acts at %v", name, u, times)
			}
			for n, k := range a.ActsOf(u) {
				row := a.Row[k]
				if tab.Rater[row] != u || tab.Item[row] != items[n] || tab.Time[row] != times[n] ||
					a.ItemOf(k) != items[n] {
					t.Errorf("in %s act %d of rater %d is on item %d, or %d, at %d", name, k, u, items[n],
						a.ItemOf(k), times[n])
				}
			}
			for _, when := range []int64{math.MinInt64, 20, 21, 60, math.MaxInt64} {
				before := slices.IndexFunc(times, func(at int32) bool { return int64(at) >= when })
				if before < 0 {
					before = len(times)
				}
				if got := a.Before(u, when); got != before {
					t.Errorf("in %s rater %d has %d acts before %d, not %d", name, u, got, when, before)
				}
			}
		}
	}
}
