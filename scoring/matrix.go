package scoring

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync/atomic"

	"github.com/ringwatch/ringwatch/internal/workers"
)

// A matrix holds the ratings that count, once by item and once by rater.
// Everything in it is in ascending order of numbers, so that the order of a
// table's rows never reaches a floating-point sum.
type matrix struct {
	items, raters side
}

// A side is one of the two views of a matrix: for each entity of the side (an
// item, say) its ratings, as the number of the other entity and the value.
type side struct {
	off    []int32 // len entities+1
	cells  []cell  // of entity k: cells[off[k]:off[k+1]]
	weight []float64
	blocks []int32 // boundaries of runs of entities of about equal work
}

// A cell is one rating seen from one side.
type cell struct {
	other int32
	value float32
}

// label returns a value that is 0 or 1.
func (c cell) label() int { return int(math.Float32bits(c.value) >> 29 & 1) }

func (s *side) len() int          { return len(s.off) - 1 }
func (s *side) of(k int32) []cell { return s.cells[s.off[k]:s.off[k+1]] }
func (s *side) count(k int32) int { return int(s.off[k+1] - s.off[k]) }
func (s *side) counts() []int32   { return differences(s.off) }
func (s *side) weightOf(k int32) float64 {
	if s.weight == nil {
		return 1
	}
	return s.weight[k]
}

func differences(off []int32) []int32 {
	d := make([]int32, len(off)-1)
	for k := range d {
		d[k] = off[k+1] - off[k]
	}
	return d
}

// used returns how many entities have ratings.
func (s *side) used() int {
	n := 0
	for k := range s.len() {
		if s.off[k+1] > s.off[k] {
			n++
		}
	}
	return n
}

// check reports what makes an input unusable for the named scorer.
func (in *Input) check(name string) error {
	t := in.Ratings
	if t == nil || t.Raters == nil || t.Items == nil {
		return fmt.Errorf("scorer %s: no ratings given", name)
	}
	if err := in.thin(name); err != nil {
		return err
	}
	t = in.Ratings
	if t.Scale.Unary() && t.Len() > 0 {
		return fmt.Errorf("scorer %s needs values, but these are co-actions: acts without an opinion; "+
			"name the column that holds the value, or use detectors only", name)
	}
	if in.Weight != nil && len(in.Weight) != t.Raters.Len() {
		return fmt.Errorf("scorer %s: %d weights for %d raters", name, len(in.Weight), t.Raters.Len())
	}
	for u, w := range in.Weight {
		if !(w >= 0 && w <= 1) {
			return fmt.Errorf("scorer %s: rater %s has weight %g, outside of 0..1", name, t.Raters.Name(int32(u)), w)
		}
	}
	if in.Correlated != nil && len(in.Correlated) != t.Raters.Len() {
		return fmt.Errorf("scorer %s: %d raters are correlated or not, of %d raters", name, len(in.Correlated), t.Raters.Len())
	}
	if in.HighVolume != nil && len(in.HighVolume) != t.Raters.Len() {
		return fmt.Errorf("scorer %s: %d raters are of high volume or not, of %d raters", name, len(in.HighVolume), t.Raters.Len())
	}
	for k, v := range t.Value {
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("scorer %s: rater %s gave item %s the value %g, outside of 0..1",
				name, t.Raters.Name(t.Rater[k]), t.Items.Name(t.Item[k]), v)
		}
	}
	return nil
}

// matrix returns the ratings of raters with a positive weight, in time linear
// in the rows: two stable counting sorts, none by comparison.
func (in *Input) matrix(ctx context.Context) *matrix {
	return in.matrixOf(ctx, func(k int) (float32, bool) { return in.Ratings.Value[k], true })
}

// matrixOf returns the same of the rows, and with the values, that of chooses,
// of which several are asked at a time. Once ctx is cancelled it holds anything.
func (in *Input) matrixOf(ctx context.Context, of func(row int) (value float32, ok bool)) *matrix {
	t := in.Ratings
	chosen := func(k int) (float32, bool) {
		if in.weight(t.Rater[k]) == 0 {
			return 0, false
		}
		return of(k)
	}
	parts := partsByRater(t.Rater)
	off := make([]int32, t.Raters.Len()+1)
	_ = each(ctx, parts, func(_ int, lo, hi int32) {
		for k := lo; k < hi; k++ {
			if _, ok := chosen(int(k)); ok {
				off[t.Rater[k]+1]++
			}
		}
	})
	cumulate(off)
	m := &matrix{raters: side{off: off, cells: make([]cell, off[len(off)-1])}}
	next := append([]int32(nil), off...)
	var jumbled atomic.Bool // tables that were read are not
	_ = each(ctx, parts, func(_ int, lo, hi int32) {
		ascending := true
		for k := lo; k < hi; k++ {
			if value, ok := chosen(int(k)); ok {
				u, item := t.Rater[k], t.Item[k]
				at := next[u]
				ascending = ascending && (at == off[u] || m.raters.cells[at-1].other < item)
				m.raters.cells[at] = cell{item, value}
				next[u]++
			}
		}
		if !ascending {
			jumbled.Store(true)
		}
	})
	m.items.off = make([]int32, t.Items.Len()+1)
	m.items.cells = make([]cell, len(m.raters.cells))
	m.raters.transpose(ctx, &m.items)
	if jumbled.Load() {
		m.items.transpose(ctx, &m.raters)
	}
	m.items.blocks, m.raters.blocks = blocks(m.items.off), blocks(m.raters.off)
	m.raters.weight = in.fractional()
	return m
}

const maxParts = 16 // that a matrix is made in

// partsByRater returns the boundaries of parts of the rows that share no rater:
// one part, if the rows do not stand in the order of raters.
func partsByRater(rater []int32) []int32 {
	n := int32(len(rater))
	if !slices.IsSorted(rater) {
		return []int32{0, n}
	}
	parts := []int32{0}
	for part := int64(1); part < maxParts; part++ {
		at := int32(part * int64(n) / maxParts)
		for at > 0 && at < n && rater[at] == rater[at-1] {
			at++
		}
		if at > parts[len(parts)-1] {
			parts = append(parts, at)
		}
	}
	if parts[len(parts)-1] < n || n == 0 {
		parts = append(parts, n)
	}
	return parts
}

// fractional returns the weights if any is neither 0 nor 1.
func (in *Input) fractional() []float64 {
	for _, w := range in.Weight {
		if w > 0 && w < 1 {
			weight := make([]float64, len(in.Weight))
			for u, w := range in.Weight {
				weight[u] = float64(w)
			}
			return weight
		}
	}
	return nil
}

// transpose fills to, whose cells are as long, with each entity's cells in
// ascending order of the other.
func (s *side) transpose(ctx context.Context, to *side) {
	parts := s.parts(to.len())
	next := make([][]int32, len(parts)-1)
	err := each(ctx, parts, func(part int, lo, hi int32) {
		count := make([]int32, to.len())
		for _, c := range s.cells[s.off[lo]:s.off[hi]] {
			count[c.other]++
		}
		next[part] = count
	})
	if err != nil {
		return
	}
	at := int32(0)
	for k := range to.len() {
		to.off[k] = at
		for _, count := range next {
			count[k], at = at, at+count[k]
		}
	}
	to.off[to.len()] = at
	_ = each(ctx, parts, func(part int, lo, hi int32) {
		next := next[part]
		for k := lo; k < hi; k++ {
			for _, c := range s.of(k) {
				to.cells[next[c.other]] = cell{k, c.value}
				next[c.other]++
			}
		}
	})
}

// parts returns the boundaries of runs of entities with about equally many
// cells, and not more runs than it pays to have others counters for.
func (s *side) parts(others int) []int32 {
	n, cells := s.len(), int64(len(s.cells))
	parts := []int32{0}
	count := min(maxParts, 1+cells/int64(2*others+blockWork))
	for part := int64(1); part < count; part++ {
		at, _ := slices.BinarySearch(s.off[:n], int32(part*cells/count))
		if int32(at) > parts[len(parts)-1] {
			parts = append(parts, int32(at))
		}
	}
	return append(parts, int32(n))
}

// filter drops the items with fewer than minItem ratings, then the raters with
// fewer than minRater, then again the items.
func (m *matrix) filter(ctx context.Context, minItem, minRater int) {
	for _, step := range [...]struct {
		s, other *side
		least    int
	}{{&m.items, &m.raters, minItem}, {&m.raters, &m.items, minRater}, {&m.items, &m.raters, minItem}} {
		if step.s.drop(step.least) {
			step.other.cells = step.other.cells[:len(step.s.cells)]
			step.s.transpose(ctx, step.other)
		}
	}
	m.items.blocks, m.raters.blocks = blocks(m.items.off), blocks(m.raters.off)
}

// drop removes the ratings of entities that have fewer than least, and reports
// whether there are any.
func (s *side) drop(least int) (dropped bool) {
	n := int32(0)
	for k := range int32(s.len()) {
		of := s.of(k)
		s.off[k] = n
		if len(of) >= least {
			n += int32(copy(s.cells[n:], of))
		}
	}
	s.off[s.len()] = n
	dropped = int(n) < len(s.cells)
	s.cells = s.cells[:n]
	return dropped
}

func cumulate(off []int32) {
	for k := 1; k < len(off); k++ {
		off[k] += off[k-1]
	}
}

// blockWork is how many ratings and entities make a block: about a tenth of a
// millisecond, so that a cancelled context is soon seen.
const blockWork = 1 << 15

func blocks(off []int32) []int32 {
	b := []int32{0}
	work := 0
	for k := range len(off) - 1 {
		work += int(off[k+1]-off[k]) + 4
		if work >= blockWork {
			b = append(b, int32(k+1))
			work = 0
		}
	}
	if int(b[len(b)-1]) != len(off)-1 {
		b = append(b, int32(len(off)-1))
	}
	return b
}

// each calls do for every block, on all processors. What do computes for an
// entity may not depend on the block.
func each(ctx context.Context, blocks []int32, do func(block int, lo, hi int32)) error {
	return share(ctx, len(blocks)-1, func(b int) { do(b, blocks[b], blocks[b+1]) })
}

// share calls do for 0 to n-1, on all processors.
func share(ctx context.Context, n int, do func(k int)) error {
	return workers.Ranges(ctx, n, 1, func() func(lo, hi int) { return func(lo, _ int) { do(lo) } })
}
