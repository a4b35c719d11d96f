package detect

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
)

// series is a world of stars in which the first fans of the raters give five to all
// parts of a series, the first items, in one sitting: within an hour of each other on
// a part, or each when it suits it.
func series(fans, parts int, together, times bool) *rating.Table {
	const raters, items, day = 1200, 500, 86400
	rng := rand.New(rand.NewPCG(11, uint64(fans)))
	tab := &rating.Table{Raters: rating.Numbered("r", raters), Items: rating.Numbered("i", items),
		Scale: rating.Scale{Min: 1, Max: 5}}
	add := func(u, i, stars, at int) {
		when := int32(rating.NoTime)
		if times {
			when = int32(at)
		}
		tab.Append(int32(u), int32(i), float32(min(max(stars, 1), 5)), when)
	}
	quality := make([]float64, items)
	for i := range quality {
		quality[i] = 3.3 + .8*rng.NormFloat64()
	}
	meet := make([]int, parts)
	for p := range meet {
		meet[p] = rng.IntN(60 * day)
	}
	for u := range raters {
		if u < fans {
			at := rng.IntN(60 * day)
			for p := range parts {
				if together {
					at = meet[p] + rng.IntN(3600)
				}
				add(u, p, 5, at+rng.IntN(3600))
			}
		}
		for _, i := range rng.Perm(items)[:2+int(rng.ExpFloat64()*8)] {
			if u >= fans || i >= parts {
				add(u, i, int(quality[i]+rng.NormFloat64()+.5), rng.IntN(60*day))
			}
		}
	}
	return tab
}

// TestFansOfASeriesAreNoRing: what few items say of those who came each when it suited
// them is that they like a series; those who came together are a ring.
func TestFansOfASeriesAreNoRing(t *testing.T) {
	found := func(tab *rating.Table) (raters []int32) {
		f, err := Run(context.Background(), Input{Ratings: tab, Seed: 1}, []Detector{NewGroup()})
		if err != nil {
			t.Fatal(err)
		}
		return inRings(f)
	}
	for _, fans := range []int{10, 25} {
		for _, times := range []bool{true, false} {
			if got := found(series(fans, 3, false, times)); len(got) > 0 {
				t.Errorf("of %d fans of a trilogy, times known %v, in rings are %v", fans, times, got)
			}
		}
	}
	if got := found(series(10, 4, true, true)); !slices.Equal(got, []int32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}) {
		t.Errorf("of ten who came within the hour to each of four items, in rings are %v", got)
	}
}
