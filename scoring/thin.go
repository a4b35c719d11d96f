package scoring

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/ringwatch/ringwatch/rating"
)

// thin lets RowWeight count: of an item's rows of one weight, as many are kept as
// the weight says, drawn at random, so that every scorer sees the same data, a
// program of the user's too, and nobody is singled out. A sum of weights is met to
// half a row. The draw depends on the seed and on the ratings, not on their order.
func (in *Input) thin(name string) error {
	if in.RowWeight == nil {
		return nil
	}
	t := in.Ratings
	if len(in.RowWeight) != t.Len() {
		return fmt.Errorf("scorer %s: %d weights for %d rows", name, len(in.RowWeight), t.Len())
	}
	of := make(map[int32][]int32) // rows below 1, of each item
	for k, w := range in.RowWeight {
		if !(w >= 0 && w <= 1) {
			return fmt.Errorf("scorer %s: row %d has weight %g, outside of 0..1", name, k, w)
		}
		if w < 1 {
			of[t.Item[k]] = append(of[t.Item[k]], int32(k))
		}
	}
	drop := make(map[int32]bool)
	for item, rows := range of {
		rng := rand.New(rand.NewPCG(in.Seed, mixName(t.Items, item)))
		slices.SortFunc(rows, func(a, b int32) int { // by weight, then in an order that no order of rows shows in
			return cmp.Or(cmp.Compare(in.RowWeight[a], in.RowWeight[b]), cmp.Compare(t.Rater[a], t.Rater[b]))
		})
		for from := 0; from < len(rows); {
			to, sum := from, 0.
			for to < len(rows) && in.RowWeight[rows[to]] == in.RowWeight[rows[from]] {
				sum += float64(in.RowWeight[rows[to]])
				to++
			}
			for _, k := range rng.Perm(to - from)[int(math.Round(sum)):] {
				drop[rows[from+k]] = true
			}
			from = to
		}
	}
	in.Ratings, in.RowWeight = t.Select(func(k int) bool { return !drop[int32(k)] }), nil
	return nil
}

// mixName makes a number of an identifier.
func mixName(names *rating.Names, k int32) uint64 {
	h := uint64(14695981039346656037) // FNV-1a
	for _, b := range []byte(names.Name(k)) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return h
}
