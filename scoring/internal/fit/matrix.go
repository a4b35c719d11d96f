package fit

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync/atomic"

	"github.com/ringwatch/ringwatch/internal/mapped"
	"github.com/ringwatch/ringwatch/internal/workers"
	"github.com/ringwatch/ringwatch/rating"
)

// A Matrix holds the ratings that count, once by item and once by rater.
// Everything in it is in ascending order of numbers, so that the order of a
// table's rows never reaches a floating-point sum.
type Matrix struct {
	Items, Raters Side

	room *mapped.Scratch // where the cells are; nil is the heap
}

// A Side is one of the two views of a matrix: for each entity of the side (an
// item, say) its ratings, as the number of the other entity and the value.
type Side struct {
	off    []int32 // len entities+1
	Cells  []Cell  // of entity k: cells[off[k]:off[k+1]]
	Weight []float64
	Blocks []int32 // boundaries of runs of entities of about equal work
}

// A Cell is one rating seen from one side.
type Cell struct {
	Other int32
	Value float32
}

// label returns a value that is 0 or 1.
func (c Cell) label() int { return int(math.Float32bits(c.Value) >> 29 & 1) }

func (s *Side) Len() int          { return len(s.off) - 1 }
func (s *Side) Of(k int32) []Cell { return s.Cells[s.off[k]:s.off[k+1]] }
func (s *Side) Count(k int32) int { return int(s.off[k+1] - s.off[k]) }
func (s *Side) Counts() []int32   { return differences(s.off) }
func (s *Side) WeightOf(k int32) float64 {
	if s.Weight == nil {
		return 1
	}
	return s.Weight[k]
}

// GiveBack ends what is as large as the ratings: counts are left.
func (m *Matrix) GiveBack() error { return errors.Join(m.Items.GiveBack(m), m.Raters.GiveBack(m)) }

// GiveBack ends the cells of one side of m.
func (s *Side) GiveBack(m *Matrix) error {
	cells := s.Cells
	s.Cells = nil
	return mapped.GiveBack(m.room, cells)
}

func differences(off []int32) []int32 {
	d := make([]int32, len(off)-1)
	for k := range d {
		d[k] = off[k+1] - off[k]
	}
	return d
}

// Used returns how many entities have ratings.
func (s *Side) Used() int {
	n := 0
	for k := range s.Len() {
		if s.off[k+1] > s.off[k] {
			n++
		}
	}
	return n
}

// NewMatrix returns the ratings of raters with a positive weight (nil is 1) that
// of chooses, and with the values that it gives; it is asked for several rows at a
// time. It takes time linear in the rows: two stable counting sorts, none by
// comparison. What is as large as the ratings is in room; nil is the heap.
func NewMatrix(ctx context.Context, room *mapped.Scratch, t *rating.Table, weight []float32,
	of func(row int) (value float32, ok bool)) (*Matrix, error) {
	chosen := func(k int) (float32, bool) {
		if weight != nil && weight[t.Rater[k]] == 0 {
			return 0, false
		}
		return of(k)
	}
	parts := partsByRater(t.Rater)
	off := make([]int32, t.Raters.Len()+1)
	err := Each(ctx, parts, func(_ int, lo, hi int32) {
		for k := lo; k < hi; k++ {
			if _, ok := chosen(int(k)); ok {
				off[t.Rater[k]+1]++
			}
		}
	})
	if err != nil {
		return nil, err
	}
	cumulate(off)
	m := &Matrix{Raters: Side{off: off}, room: room}
	if m.Raters.Cells, err = mapped.Room[Cell](room, int(off[len(off)-1])); err != nil {
		return nil, err
	}
	next := append([]int32(nil), off...)
	var jumbled atomic.Bool // tables that were read are not
	err = Each(ctx, parts, func(_ int, lo, hi int32) {
		ascending := true
		for k := lo; k < hi; k++ {
			if value, ok := chosen(int(k)); ok {
				u, item := t.Rater[k], t.Item[k]
				at := next[u]
				ascending = ascending && (at == off[u] || m.Raters.Cells[at-1].Other < item)
				m.Raters.Cells[at] = Cell{item, value}
				next[u]++
			}
		}
		if !ascending {
			jumbled.Store(true)
		}
	})
	if err != nil {
		return nil, err
	}
	m.Items.off = make([]int32, t.Items.Len()+1)
	if m.Items.Cells, err = mapped.Room[Cell](room, len(m.Raters.Cells)); err != nil {
		return nil, err
	}
	if err := m.Raters.transpose(ctx, &m.Items); err != nil {
		return nil, err
	}
	if jumbled.Load() {
		if err := m.Items.transpose(ctx, &m.Raters); err != nil {
			return nil, err
		}
	}
	m.Items.Blocks, m.Raters.Blocks = blocks(m.Items.off), blocks(m.Raters.off)
	m.Raters.Weight = fractional(weight)
	return m, nil
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
func fractional(weight []float32) []float64 {
	for _, w := range weight {
		if w > 0 && w < 1 {
			wide := make([]float64, len(weight))
			for u, w := range weight {
				wide[u] = float64(w)
			}
			return wide
		}
	}
	return nil
}

// transpose fills to, whose cells are as long, with each entity's cells in
// ascending order of the other.
func (s *Side) transpose(ctx context.Context, to *Side) error {
	parts := s.parts(to.Len())
	next := make([][]int32, len(parts)-1)
	err := Each(ctx, parts, func(part int, lo, hi int32) {
		count := make([]int32, to.Len())
		for _, c := range s.Cells[s.off[lo]:s.off[hi]] {
			count[c.Other]++
		}
		next[part] = count
	})
	if err != nil {
		return err
	}
	at := int32(0)
	for k := range to.Len() {
		to.off[k] = at
		for _, count := range next {
			count[k], at = at, at+count[k]
		}
	}
	to.off[to.Len()] = at
	return Each(ctx, parts, func(part int, lo, hi int32) {
		next := next[part]
		for k := lo; k < hi; k++ {
			for _, c := range s.Of(k) {
				to.Cells[next[c.Other]] = Cell{k, c.Value}
				next[c.Other]++
			}
		}
	})
}

// parts returns the boundaries of runs of entities with about equally many
// cells, and not more runs than it pays to have others counters for.
func (s *Side) parts(others int) []int32 {
	n, cells := s.Len(), int64(len(s.Cells))
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

// Filter drops the items with fewer than minItem ratings, then the raters with
// fewer than minRater, then again the items.
func (m *Matrix) Filter(ctx context.Context, minItem, minRater int) error {
	for _, step := range [...]struct {
		s, other *Side
		least    int
	}{{&m.Items, &m.Raters, minItem}, {&m.Raters, &m.Items, minRater}, {&m.Items, &m.Raters, minItem}} {
		if step.s.drop(step.least) {
			step.other.Cells = step.other.Cells[:len(step.s.Cells)]
			if err := step.s.transpose(ctx, step.other); err != nil {
				return err
			}
		}
	}
	m.Items.Blocks, m.Raters.Blocks = blocks(m.Items.off), blocks(m.Raters.off)
	return nil
}

// drop removes the ratings of entities that have fewer than least, and reports
// whether there are any.
func (s *Side) drop(least int) (dropped bool) {
	n := int32(0)
	for k := range int32(s.Len()) {
		of := s.Of(k)
		s.off[k] = n
		if len(of) >= least {
			n += int32(copy(s.Cells[n:], of))
		}
	}
	s.off[s.Len()] = n
	dropped = int(n) < len(s.Cells)
	s.Cells = s.Cells[:n]
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

// Each calls do for every block, on all processors. What do computes for an
// entity may not depend on the block.
func Each(ctx context.Context, blocks []int32, do func(block int, lo, hi int32)) error {
	return share(ctx, len(blocks)-1, func(b int) { do(b, blocks[b], blocks[b+1]) })
}

// share calls do for 0 to n-1, on all processors.
func share(ctx context.Context, n int, do func(k int)) error {
	return workers.Ranges(ctx, n, 1, func() func(lo, hi int) { return func(lo, _ int) { do(lo) } })
}

// Has reports whether a row's rater and item both have ratings in m.
func (m *Matrix) Has(rater, item int32) bool {
	return m.Raters.Count(rater) > 0 && m.Items.Count(item) > 0
}

// Total returns the total weight of the ratings.
func (m *Matrix) Total() float64 {
	sum := 0.0
	for u := range int32(m.Raters.Len()) {
		sum += float64(m.Raters.Count(u)) * m.Raters.WeightOf(u)
	}
	return sum
}
