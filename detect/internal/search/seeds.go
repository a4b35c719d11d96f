package search

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/cluster"
)

// Key is the bytes of a seed.
func Key(seed []int32) string {
	key := make([]byte, 0, 4*len(seed))
	for _, u := range seed {
		key = binary.LittleEndian.AppendUint32(key, uint32(u))
	}
	return string(key)
}

const (
	largestSeed = 100 // raters of a component that is a seed as it is
	labelRounds = 15  // three times the five in which most labels settle (Raghavan et al. 2007)
	MostActs    = 200 // the default of Group.MostActs
	leastShared = 3   // raters that a pair of items must share
	seenBefore  = 2   // seeds that a rater may be in before it counts as used
)

// edgeLevels are what the limit on ln p of an edge is multiplied by. A ring
// inside a community that shares a language or a taste hangs together by the
// strongest edges, so seeds are looked for at several.
var edgeLevels = [...]float64{1, 1.5, 2, 3, 4, 6}

// PairSeeds turns the edges with a tail below a limit into seeds: connected
// components as they are, or cut by label propagation where they are large. Those
// of the first limit come first.
func PairSeeds(raters int, edges []Pair, tail func(Pair) float32) (seeds [][]int32) {
	linked := make([]cluster.Edge, 0, len(edges))
	for _, e := range edges {
		linked = append(linked, cluster.Edge{A: e.a, B: e.b, W: -tail(e)})
	}
	return linkSeeds(raters, math.Log(float64(max(1, raters))/edgeLevel), linked)
}

// linkSeeds is the body of pairSeeds: W of an edge is -ln p, and least that of
// the first limit.
func linkSeeds(raters int, least float64, edges []cluster.Edge) (seeds [][]int32) {
	seen := map[string]bool{}
	for _, times := range edgeLevels { // ascending, so that none comes back
		limit := float32(times * least)
		var kept []cluster.Edge
		for _, e := range edges {
			if e.W > limit {
				kept = append(kept, e)
			}
		}
		edges = kept
		for _, s := range graphSeeds(raters, edges) {
			if key := Key(s); !seen[key] {
				seen[key] = true
				seeds = append(seeds, s)
			}
		}
	}
	return seeds
}

// linkedGraph is the graph of the vertices below n that have an edge of some weight, numbered
// in their order, and which these are: most have none.
func linkedGraph(n int, edges []cluster.Edge) (g *cluster.CSR, names []int32) {
	number := make([]int32, n)
	for _, e := range edges {
		if e.W > 0 {
			number[e.A], number[e.B] = 1, 1
		}
	}
	for v, has := range number {
		if has > 0 {
			number[v] = int32(len(names))
			names = append(names, int32(v))
		}
	}
	among := make([]cluster.Edge, 0, len(edges))
	for _, e := range edges {
		if e.W > 0 {
			among = append(among, cluster.Edge{A: number[e.A], B: number[e.B], W: e.W})
		}
	}
	return cluster.NewCSR(len(names), among), names
}

// graphSeeds returns the clusters of three vertices or more of n that edges join, largest
// first.
func graphSeeds(n int, edges []cluster.Edge) (seeds [][]int32) {
	g, names := linkedGraph(n, edges)
	var label []int32
	for _, part := range cluster.Components(g) {
		if len(part) < 3 { // most are
			continue
		}
		if len(part) <= largestSeed {
			seeds = append(seeds, part)
			continue
		}
		if label == nil {
			label = cluster.LabelPropagation(g, labelRounds)
		}
		byLabel := map[int32][]int32{}
		for _, u := range part {
			byLabel[label[u]] = append(byLabel[label[u]], u)
		}
		for _, members := range byLabel {
			seeds = append(seeds, members)
		}
	}
	seeds = slices.DeleteFunc(seeds, func(s []int32) bool { return len(s) < 3 })
	for _, s := range seeds {
		for n, v := range s {
			s[n] = names[v]
		}
	}
	slices.SortFunc(seeds, func(a, b []int32) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), slices.Compare(a, b))
	})
	return seeds
}
