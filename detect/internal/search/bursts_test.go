package search

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/rating"
)

// TestBurstSeeds: accounts that each rate three of ten targets, each target's within
// five days, are in one seed; without them, hardly anybody is in any.
func TestBurstSeeds(t *testing.T) {
	const raters, items, farm, day = 2000, 400, 60, 86400
	for _, accounts := range []int{farm, 0} {
		rng := rand.New(rand.NewPCG(7, uint64(accounts)))
		tab := &rating.Table{Raters: rating.Numbered("r", raters+accounts), Items: rating.Numbered("i", items)}
		for u := range raters {
			of := rng.Perm(items)
			for _, i := range of[:1+rng.IntN(20)] {
				tab.Append(int32(u), int32(i*i/items), 1, int32(rng.IntN(365*day)))
			}
		}
		for u := range accounts {
			for _, i := range rng.Perm(10)[:3] {
				tab.Append(int32(raters+u), int32(items-1-i), 1, int32(i*30*day+rng.IntN(5*day)))
			}
		}
		seeds, _, err := BurstSeeds(context.Background(), null.NewActs(tab), func(int32) bool { return true })
		if err != nil {
			t.Fatal(err)
		}
		members, honest := 0, 0
		for _, s := range seeds {
			in := 0
			for _, u := range s {
				if u >= raters {
					in++
				}
			}
			members, honest = max(members, in), max(honest, len(s)-in)
		}
		if members < accounts*9/10 || honest > raters/200 {
			t.Errorf("with %d accounts, a seed has %d of them, and one has %d others", accounts, members, honest)
		}
	}
}

func TestAtLeastTwice(t *testing.T) {
	for _, c := range []struct{ in, want []int32 }{{nil, nil}, {[]int32{1, 2, 3}, nil},
		{[]int32{1, 1, 2, 3, 3, 3, 4}, []int32{1, 3}}} {
		if got := atLeastTwice(c.in); !slices.Equal(got, c.want) {
			t.Errorf("%v: got %v, want %v", c.in, got, c.want)
		}
	}
}
