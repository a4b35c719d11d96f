package search

import (
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
func linkedBursts(a *null.Acts, bursts []burst, room []int32) (seeds [][]int32, unlinked int) {
	raters := func(b int32) []int32 { return bursts[b].raters }
	parts, unlinked := linkSets(a, len(bursts), raters, room)
	for _, part := range parts {
		if s := atLeastTwice(together(raters, part)); len(s) >= 3 {
			seeds = append(seeds, s)
		}
	}
	found := func(b int32) []int32 { return seeds[b] }
	parts, left := linkSets(a, len(seeds), found, room)
	for _, part := range parts {
		if s := slices.Compact(together(found, part)); len(s) <= largestSeed {
			seeds = append(seeds, s) // what is larger stays as the seeds that it is made of
		}
	}
	return seeds, max(unlinked, left)
}

// together returns the raters of some sets, ascending, each as often as it is in one.
func together(set func(b int32) []int32, part []int32) (all []int32) {
	for _, b := range part {
		all = append(all, set(b)...)
	}
	slices.Sort(all)
	return all
}

// linkSets returns parts, of three or more, of sets of raters that share three raters or
// more, and more than any two of them by chance, if each rater of the one is in the other as
// often as its activity has it. Raters in more than mostBursts sets link none; it returns how
// many they are.
func linkSets(a *null.Acts, sets int, set func(b int32) []int32, room []int32) (parts [][]int32, unlinked int) {
	in := membershipsOf(a.Raters, sets, set, room)
	active := make([]float64, sets) // share of all acts that the raters of a set gave
	for b := range active {
		for _, u := range set(int32(b)) {
			active[b] += float64(a.CountOf(u)) / float64(a.Len())
		}
	}
	for u := range int32(a.Raters) {
		if in.count(u) > mostBursts {
			unlinked++
		}
	}
	all := float64(sets)
	least := math.Log(max(1, all*(all-1)/2) / edgeLevel)
	var links []cluster.Edge
	for n, pair := range in.met(burstLeast, func(u int32) bool { return in.count(u) <= mostBursts }, always) {
		d, b := pair[0], pair[1]
		mean := max(active[d]*float64(len(set(b))), active[b]*float64(len(set(d))))
		if float64(n) > mean {
			if w := -null.CountTail(n, mean); w > least {
				links = append(links, cluster.Edge{A: d, B: b, W: float32(w)})
			}
		}
	}
	return linkSeeds(sets, least, links), unlinked
}
