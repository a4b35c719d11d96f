package rating

import (
	"errors"
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

// Indices are made where the caller says, and in memory where there is no room.
func TestIndexIn(t *testing.T) {
	tab := &Table{Raters: Numbered("r", 3), Items: Numbered("i", 2), Scale: Scale{1, 5}}
	for k := range int32(6) {
		tab.Append(k/2, k%2, 1, 10-k)
	}
	want := *tab.ByItem()
	for _, full := range []bool{false, true} {
		var made [][]int32
		tab.Indexed(nil, nil)
		tab.IndexIn(func(_ string, n int) ([]int32, error) {
			if full {
				return nil, errors.New("full")
			}
			made = append(made, make([]int32, n))
			return made[len(made)-1], nil
		})
		got := tab.ByItem()
		if !slices.Equal(got.Row, want.Row) || !slices.Equal(got.Start, want.Start) {
			t.Errorf("no room: %v: %v, want %v", full, got, want)
		}
		if !full && (len(made) != 2 || &made[1][0] != &got.Row[0]) {
			t.Errorf("it is elsewhere: %v", made)
		}
	}
}
