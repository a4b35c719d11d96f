package search

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/internal/workers"
)

// ItemPairSeeds finds pairs of items that share more raters than the null has it.
// A ring that is most of its week's crowd excuses every pair of its own members;
// the same people on several items it cannot excuse. Raters with free false and
// those of more than mostActs acts are left out, and items that are hot. It costs
// the sum over raters of their acts squared.
func ItemPairSeeds(ctx context.Context, a *null.Acts, n *null.Model, mostActs int,
	free func(u int32) bool) ([][]int32, error) {
	use := make([]bool, a.Raters)
	for u := range use {
		use[u] = a.CountOf(int32(u)) <= mostActs && free(int32(u))
	}
	const step = 64
	found := make([][]itemPair, (a.Items+step-1)/step)
	chosen, err := itemsOf(a, use)
	if err != nil {
		return nil, err
	}
	err = workers.Ranges(ctx, a.Items, step, func() func(lo, hi int) {
		s := newItemPairSearch(a, n, use)
		s.chosen, s.limit = chosen, -2*math.Log(float64(max(2, a.Items)))
		return func(lo, hi int) {
			s.found = nil
			for i := int32(lo); int(i) < hi; i++ {
				s.search(i)
			}
			found[lo/step] = s.found
		}
	})
	if err != nil {
		return nil, err
	}
	all := slices.Concat(found...)
	slices.SortFunc(all, func(x, y itemPair) int {
		return cmp.Or(cmp.Compare(x.ln, y.ln), cmp.Compare(x.e, y.e), cmp.Compare(x.f, y.f))
	})
	times, on := make([]uint8, a.Raters), make([]bool, a.Raters)
	var seeds [][]int32
	for _, p := range all {
		seed := onBoth(a, p.e, p.f, use, on)
		used := 0
		for _, u := range seed {
			if times[u] >= seenBefore {
				used++
			}
		}
		if 2*used > len(seed) {
			continue
		}
		for _, u := range seed {
			times[u] = min(times[u]+1, seenBefore)
		}
		seeds = append(seeds, seed)
	}
	return seeds, nil
}

// itemsOf lists the items of each rater in use, ascending, that are worth a look:
// rater u's are the first counts[u] from RaterStart[u] on.
func itemsOf(a *null.Acts, use []bool) (c chosen, err error) {
	c.counts = make([]int32, a.Raters)
	if c.items, err = null.ScratchOf[int32](a, a.Len()); err != nil {
		return c, err
	}
	for i := range int32(a.Items) {
		if !worthPairing(a.SizeOf(i)) {
			continue
		}
		for _, u := range a.Rater[a.ItemStart[i]:a.ItemStart[i+1]] {
			if use[u] {
				c.items[a.RaterStart[u]+c.counts[u]] = i
				c.counts[u]++
			}
		}
	}
	return c, nil
}

type chosen struct{ items, counts []int32 }

func worthPairing(size int) bool { return size >= leastShared && size <= null.HotItem }

// A itemPair is two items that share many raters.
type itemPair struct {
	e, f int32
	ln   float64
}

// onBoth returns the raters in use of both items; on is scratch, all false.
func onBoth(a *null.Acts, e, f int32, use, on []bool) (raters []int32) {
	first := a.Rater[a.ItemStart[e]:a.ItemStart[e+1]]
	for _, u := range first {
		on[u] = use[u]
	}
	for _, u := range a.Rater[a.ItemStart[f]:a.ItemStart[f+1]] {
		if on[u] {
			raters = append(raters, u)
		}
	}
	for _, u := range first {
		on[u] = false
	}
	slices.Sort(raters)
	return raters
}

// A itemPairSearch tests one item at a time against those of higher numbers.
type itemPairSearch struct {
	*null.Acts
	null       *null.Model
	use        []bool
	chosen     chosen
	common     []uint16 // by item: raters shared with the one searched
	touched    []int32
	in         []bool // raters of the one searched
	own, reach []float64
	upTo       []float64 // scratch
	limit      float64
	found      []itemPair
}

func newItemPairSearch(a *null.Acts, n *null.Model, use []bool) *itemPairSearch {
	return &itemPairSearch{Acts: a, null: n, use: use, common: make([]uint16, a.Items), in: make([]bool, a.Raters),
		own: make([]float64, a.Bins), reach: make([]float64, a.Bins), upTo: make([]float64, a.Bins+1)}
}

func (s *itemPairSearch) search(e int32) {
	if !worthPairing(s.SizeOf(e)) {
		return
	}
	of := s.Rater[s.ItemStart[e]:s.ItemStart[e+1]]
	for _, u := range of {
		from := s.RaterStart[u]
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
		if x < leastShared {
			continue
		}
		if !ready {
			s.prepare(of)
			ready = true
		}
		if ln := null.CountTail(x, s.expected(f)); ln < s.limit {
			s.found = append(s.found, itemPair{e, f, ln})
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
func (s *itemPairSearch) prepare(of []int32) {
	clear(s.own)
	for _, u := range of {
		s.in[u] = true
		if s.use[u] {
			for _, c := range s.BinsOf(u) {
				s.own[c.Bin()] += c.Count() * s.null.Tilt[u]
			}
		}
	}
	s.null.ReachOfMany(s.own, s.upTo, s.reach)
}

// expected returns how many of the raters of the item searched are expected on
// f. Those who are there count as one act between them: had they come as a ring,
// they would otherwise excuse each other.
func (s *itemPairSearch) expected(f int32) float64 {
	outsiders, members, n := 0.0, 0.0, 0.0
	for k := s.ItemStart[f]; k < s.ItemStart[f+1]; k++ {
		if x := s.reach[s.Bin[k]]; s.in[s.Rater[k]] {
			members += x
			n++
		} else {
			outsiders += x
		}
	}
	return outsiders + members/max(1, n)
}
