package search

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestMet: pairs of sets, and how often each is met, are those that going through every rater's
// sets finds, in a room and in memory, without those that do not count.
func TestMet(t *testing.T) {
	const raters, sets = 60, 80
	rng := rand.New(rand.NewPCG(1, 4))
	all := make([][]int32, sets)
	total := 0
	for b := range all {
		for _, u := range rng.Perm(raters)[:rng.IntN(9)] {
			all[b] = append(all[b], int32(u))
		}
		slices.Sort(all[b])
		total += len(all[b])
	}
	set := func(b int32) []int32 { return all[b] }
	links := func(u int32) bool { return u%7 != 0 }
	there := func(b int32) bool { return b%5 != 0 }
	want := map[[2]int32]int{}
	for d := range int32(sets) {
		for b := d + 1; b < sets; b++ {
			for _, u := range all[d] {
				if links(u) && there(b) && there(d) && slices.Contains(all[b], u) {
					want[[2]int32{d, b}]++
				}
			}
		}
	}
	for _, room := range [][]int32{nil, make([]int32, total-1), slices.Repeat([]int32{-9}, total+3)} {
		m := membershipsOf(raters, sets, set, room)
		for u := range int32(raters) {
			var of []int32
			for b := range int32(sets) {
				if slices.Contains(all[b], u) {
					of = append(of, b)
				}
			}
			if !slices.Equal(m.setsOf(u), of) || m.count(u) != len(of) {
				t.Fatalf("rater %d is in %v, not %v", u, m.setsOf(u), of)
			}
		}
		n, last := 0, [2]int32{-1, 0}
		for times, pair := range m.met(1, links, there) {
			if n++; times != want[pair] || slices.Compare(pair[:], last[:]) <= 0 {
				t.Errorf("%v, after %v, is met %d times, not %d", pair, last, times, want[pair])
			}
			last = pair
		}
		if n != len(want) {
			t.Errorf("%d pairs, not %d", n, len(want))
		}
	}
}
