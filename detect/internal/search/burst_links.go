package search

import (
	"iter"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/cluster"
	"github.com/ringwatch/ringwatch/detect/internal/null"
)

// Accounts that take turns are each in no more bursts than anybody so active. What stands
// out is that two bursts, of items that have nothing to do with each other, have the same
// raters.

// linkedWithin is how wide bursts are at most, in seconds, that are linked so. Who comes to
// one item after another within days of each other is a community: within six hours, traders
// of bitcoin_otc who rate each other were.
const linkedWithin = 3600

// linkedBursts returns seeds of bursts that share more raters than any two by chance,
// those who are in two of a part that hangs together so; and what such seeds are together
// that share too many raters themselves, as where the accounts slide on from item to item.
// It also returns how many raters were in too many bursts, or in too many seeds, to link them.
func linkedBursts(a *null.Acts, bursts []burst) (seeds [][]int32, unlinked int) {
	sets := make([][]int32, len(bursts))
	for b, x := range bursts {
		sets[b] = x.raters
	}
	parts, unlinked := linkSets(a, sets)
	for _, part := range parts {
		if s := atLeastTwice(together(sets, part)); len(s) >= 3 {
			seeds = append(seeds, s)
		}
	}
	parts, left := linkSets(a, seeds)
	for _, part := range parts {
		if s := slices.Compact(together(seeds, part)); len(s) <= largestSeed {
			seeds = append(seeds, s) // what is larger stays as the seeds that it is made of
		}
	}
	return seeds, max(unlinked, left)
}

// together returns the raters of some sets, ascending, each as often as it is in one.
func together(sets [][]int32, part []int32) (all []int32) {
	for _, b := range part {
		all = append(all, sets[b]...)
	}
	slices.Sort(all)
	return all
}

// linkSets returns parts, of three or more, of sets of raters that share three raters or
// more, and more than any two of them by chance, if each rater of the one is in the other as
// often as its activity has it. Raters in more than mostBursts sets link none; it returns how
// many they are.
func linkSets(a *null.Acts, sets [][]int32) (parts [][]int32, unlinked int) {
	of := make(map[int32][]int32)        // sets by rater
	active := make([]float64, len(sets)) // share of all acts that the raters of a set gave
	for b, raters := range sets {
		for _, u := range raters {
			of[u] = append(of[u], int32(b))
			active[b] += float64(a.CountOf(u)) / float64(a.Len())
		}
	}
	var pairs []uint64 // of sets, once a rater in both
	for _, mine := range of {
		if len(mine) > mostBursts {
			unlinked++
			continue
		}
		for x, b := range mine {
			for _, d := range mine[:x] {
				pairs = append(pairs, uint64(d)<<32|uint64(b))
			}
		}
	}
	all := float64(len(sets))
	least := math.Log(max(1, all*(all-1)/2) / edgeLevel)
	var links []cluster.Edge
	for n, pair := range timesMet(pairs) {
		d, b := pair[0], pair[1]
		mean := max(active[d]*float64(len(sets[b])), active[b]*float64(len(sets[d])))
		if n >= burstLeast && float64(n) > mean {
			if w := -null.CountTail(n, mean); w > least {
				links = append(links, cluster.Edge{A: d, B: b, W: float32(w)})
			}
		}
	}
	return linkSeeds(len(sets), least, links), unlinked
}

// timesMet sorts pairs of bursts, one in the upper and one in the lower half, and tells each
// once with how often it is there.
func timesMet(pairs []uint64) iter.Seq2[int, [2]int32] {
	slices.Sort(pairs)
	return func(yield func(int, [2]int32) bool) {
		for len(pairs) > 0 {
			n := 1
			for n < len(pairs) && pairs[n] == pairs[0] {
				n++
			}
			if !yield(n, [2]int32{int32(pairs[0] >> 32), int32(uint32(pairs[0]))}) {
				return
			}
			pairs = pairs[n:]
		}
	}
}
