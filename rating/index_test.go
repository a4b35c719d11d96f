package rating

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Rows placed in several passes, and those of a long key sorted where they stand, are
// as in one pass and with room.
func TestIndexInParts(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, canonical := range []bool{true, false} {
		tab := &Table{Raters: Numbered("r", 40), Items: Numbered("i", 30), Scale: Scale{1, 5}}
		for u := range int32(40) {
			for i := range int32(30) {
				if i == 7 || random.IntN(3) == 0 {
					tab.Append(u, i, 1, int32(random.IntN(20)))
				}
			}
		}
		if !canonical {
			swap := func(c []int32) { c[3], c[200] = c[200], c[3] }
			swap(tab.Rater)
			swap(tab.Item)
			swap(tab.Time)
		}
		want := tab.ByItem()
		for _, atOnce := range []int{1, 50, 1000} {
			x := &Index{Start: want.Start, Row: make([]int32, tab.Len())}
			if canonical {
				x.place(tab.Item, slices.Clone(x.Start[:30]), atOnce)
			} else {
				copy(x.Row, want.Row)
				for i := range int32(30) { // in the order of raters
					slices.SortFunc(x.Rows(i), func(a, b int32) int { return int(tab.Rater[a] - tab.Rater[b]) })
				}
			}
			x.orderByTime(tab.Time, atOnce)
			if !slices.Equal(x.Row, want.Row) {
				t.Errorf("%d rows at once, rows in order: %v: other than in one pass", atOnce, canonical)
			}
		}
	}
}
