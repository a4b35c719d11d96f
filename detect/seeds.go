package detect

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/cluster"
)

const (
	largestSeed     = 100 // raters of a component that is a seed as it is
	labelRounds     = 15
	tokenMostActs   = 200 // the default of Group.MostActs
	tokenLeast      = 3   // raters that a pair of items must share
	tokenSeenBefore = 2   // seeds that a rater may be in before it counts as used
)

// edgeLevels are what the limit on ln p of an edge is multiplied by. A ring
// inside a community that shares a language or a taste hangs together by the
// strongest edges, so seeds are looked for at several.
var edgeLevels = [...]float64{1, 1.5, 2, 3, 4, 6}

// pairSeeds turns the edges with a tail below a limit into seeds: connected
// components as they are, or cut by label propagation where they are large. Those
// of the first limit come first.
func pairSeeds(raters int, edges []pair, tail func(pair) float32) (seeds [][]int32) {
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
	for _, times := range edgeLevels {
		limit := float32(times * least)
		var kept []cluster.Edge
		for _, e := range edges {
			if e.W > limit {
				kept = append(kept, e)
			}
		}
		for _, s := range graphSeeds(cluster.NewCSR(raters, kept)) {
			if key := seedKey(s); !seen[key] {
				seen[key] = true
				seeds = append(seeds, s)
			}
		}
	}
	return seeds
}

// graphSeeds returns the clusters of three raters or more, largest first.
func graphSeeds(g *cluster.CSR) (seeds [][]int32) {
	var label []int32
	for _, part := range cluster.Components(g) {
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
	slices.SortFunc(seeds, func(a, b []int32) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), slices.Compare(a, b))
	})
	return seeds
}

// tokenSeeds finds pairs of items that share more raters than the null has it.
// A ring that is most of its week's crowd excuses every pair of its own members;
// the same people on several items it cannot excuse. Raters with free false and
// those of more than mostActs acts are left out, and items that are hot. It costs
// the sum over raters of their acts squared.
func tokenSeeds(ctx context.Context, a *acts, n *null, mostActs int, free func(u int32) bool) ([][]int32, error) {
	use := make([]bool, a.raters)
	for u := range use {
		use[u] = a.countOf(int32(u)) <= mostActs && free(int32(u))
	}
	const block = 64
	found := make([][]tokenPair, (a.items+block-1)/block)
	chosen := a.itemsOf(use)
	err := parallel(ctx, a.items, block, func() func(lo, hi int) {
		s := &tokenSearch{acts: a, null: n, use: use, chosen: chosen, common: make([]uint16, a.items), own: make([]float64, n.bins),
			in: make([]bool, a.raters), reach: make([]float64, n.bins),
			limit: -2 * math.Log(float64(max(2, a.items)))}
		return func(lo, hi int) {
			s.found = nil
			for i := int32(lo); int(i) < hi; i++ {
				s.search(i)
			}
			found[lo/block] = s.found
		}
	})
	if err != nil {
		return nil, err
	}
	all := slices.Concat(found...)
	slices.SortFunc(all, func(x, y tokenPair) int {
		return cmp.Or(cmp.Compare(x.ln, y.ln), cmp.Compare(x.e, y.e), cmp.Compare(x.f, y.f))
	})
	times := make([]uint8, a.raters)
	var seeds [][]int32
	for _, p := range all {
		seed := a.onBoth(p.e, p.f, use)
		used := 0
		for _, u := range seed {
			if times[u] >= tokenSeenBefore {
				used++
			}
		}
		if 2*used > len(seed) {
			continue
		}
		for _, u := range seed {
			times[u] = min(times[u]+1, tokenSeenBefore)
		}
		seeds = append(seeds, seed)
	}
	return seeds, nil
}

// itemsOf lists the items of each rater in use, ascending, that are worth a look:
// rater u's are the first counts[u] from raterStart[u] on.
func (a *acts) itemsOf(use []bool) (c chosen) {
	c.items, c.counts = make([]int32, a.len()), make([]int32, a.raters)
	for i := range int32(a.items) {
		if !worthTokens(a.sizeOf(i)) {
			continue
		}
		for _, u := range a.rater[a.itemStart[i]:a.itemStart[i+1]] {
			if use[u] {
				c.items[a.raterStart[u]+c.counts[u]] = i
				c.counts[u]++
			}
		}
	}
	return c
}

type chosen struct{ items, counts []int32 }

func worthTokens(size int) bool { return size >= tokenLeast && size <= hotItem }

// A tokenPair is two items that share many raters.
type tokenPair struct {
	e, f int32
	ln   float64
}

// onBoth returns the raters in use of both items.
func (a *acts) onBoth(e, f int32, use []bool) (raters []int32) {
	on := map[int32]bool{}
	for k := a.itemStart[e]; k < a.itemStart[e+1]; k++ {
		on[a.rater[k]] = use[a.rater[k]]
	}
	for k := a.itemStart[f]; k < a.itemStart[f+1]; k++ {
		if on[a.rater[k]] {
			raters = append(raters, a.rater[k])
		}
	}
	slices.Sort(raters)
	return raters
}

// A tokenSearch tests one item at a time against those of higher numbers.
type tokenSearch struct {
	*acts
	null       *null
	use        []bool
	chosen     chosen
	common     []uint16 // by item: raters shared with the one searched
	touched    []int32
	in         []bool // raters of the one searched
	own, reach []float64
	limit      float64
	found      []tokenPair
}

func (s *tokenSearch) search(e int32) {
	if !worthTokens(s.sizeOf(e)) {
		return
	}
	of := s.rater[s.itemStart[e]:s.itemStart[e+1]]
	for _, u := range of {
		from := s.raterStart[u]
		items := s.chosen.items[from : from+s.chosen.counts[u]]
		for j := len(items) - 1; j >= 0 && items[j] > e; j-- {
			f := items[j]
			if s.common[f] == 0 {
				s.touched = append(s.touched, f)
			}
			s.common[f]++
		}
	}
	ready := false
	for _, f := range s.touched {
		x := int(s.common[f])
		s.common[f] = 0
		if x < tokenLeast {
			continue
		}
		if !ready {
			s.prepare(of)
			ready = true
		}
		if ln := countTail(x, s.expected(f)); ln < s.limit {
			s.found = append(s.found, tokenPair{e, f, ln})
		}
	}
	s.touched = s.touched[:0]
	if ready {
		for _, u := range of {
			s.in[u] = false
		}
	}
}

// prepare computes how much an act in each bin adds to what the raters of the
// item searched are expected to choose.
func (s *tokenSearch) prepare(of []int32) {
	clear(s.own)
	for _, u := range of {
		s.in[u] = true
		if s.use[u] {
			for _, c := range s.binsOf(u) {
				s.own[c.bin()] += c.count() * s.null.tilt[u]
			}
		}
	}
	clear(s.reach)
	for b, c := range s.own {
		if c > 0 {
			for x, k := range s.null.kernel[b*s.bins : (b+1)*s.bins] {
				s.reach[x] += c * k
			}
		}
	}
}

// expected returns how many of the raters of the item searched are expected on
// f. Those who are there count as one act between them: had they come as a ring,
// they would otherwise excuse each other.
func (s *tokenSearch) expected(f int32) float64 {
	outsiders, members, n := 0.0, 0.0, 0.0
	for k := s.itemStart[f]; k < s.itemStart[f+1]; k++ {
		if x := s.reach[s.bin[k]]; s.in[s.rater[k]] {
			members += x
			n++
		} else {
			outsiders += x
		}
	}
	return outsiders + members/max(1, n)
}
