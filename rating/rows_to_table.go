package rating

import (
	"cmp"
	"errors"
	"runtime"
	"slices"

	"github.com/ringwatch/ringwatch/internal/workers"
)

// table makes one Table of all blocks: rows go to their raters by counting,
// then each rater's are sorted by item, and repeats, now neighbours, replaced.
// Every core has its share of the blocks, and its place for each rater's rows.
func (r *reader) table(scale Scale) (*Table, error) {
	t := &Table{Scale: scale}
	var raters, items map[*parser][]int32
	var crew workers.Crew
	crew.Go(func() { raters = merge(&t.Raters, r.parsers, func(p *parser) *Names { return p.raters }) })
	items = merge(&t.Items, r.parsers, func(p *parser) *Names { return p.items })
	crew.Wait()
	n := 0
	hasTime, hasTags := false, false
	for _, b := range r.blocks {
		n += len(b.rater)
		hasTime, hasTags = hasTime || b.time != nil, hasTags || b.tags != nil
	}
	parts := share(r.blocks, n)
	place, start := placeRows(parts, raters, t.Raters.Len())
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	if err := t.make(&r.shelf, n, hasTime, hasTags, r.opt.Origin); err != nil {
		return nil, err
	}
	rows := uint32(0)
	for _, b := range r.blocks {
		b.before = rows
		rows += uint32(len(b.rater) + len(b.skipped))
	}
	r.blocks = nil
	for _, w := range r.windows(start) {
		for i, blocks := range parts {
			crew.Go(func() {
				for k, b := range blocks {
					if t.scatter(b, place[i], items[b.parser], w); w.last {
						blocks[k] = nil
					}
					if r.ctx.Err() != nil {
						return
					}
				}
			})
		}
		crew.Wait()
	}
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	t.sortItems(start)
	if err := r.replace(t); err != nil {
		return nil, err
	}
	return t, r.ctx.Err()
}

// make makes the columns of n rows.
func (t *Table) make(s *shelf, n int, hasTime, hasTags, hasOrigin bool) (err error) {
	column := func(wanted bool) (c []int32) {
		if wanted && err == nil {
			c, err = newColumn[int32](s, n)
		}
		return c
	}
	numbers := func(wanted bool) (c []uint32) {
		if wanted && err == nil {
			c, err = newColumn[uint32](s, n)
		}
		return c
	}
	t.Rater, t.Item, t.Time = column(true), column(true), column(hasTime)
	t.Tags, t.Origin = numbers(hasTags), numbers(hasOrigin)
	if err == nil {
		t.Value, err = newColumn[float32](s, n)
	}
	return err
}

// A window is raters whose rows are placed in one pass over all.
type window struct {
	lo, hi      int32
	first, last bool
}

// windowRows is how many rows are placed in one pass where there is a room: they go all
// over a part of it that is some 160 MB, so that this stays in memory meanwhile.
const windowRows = 8 << 20

// windows parts the raters, whose rows start where it is told.
func (r *reader) windows(start []int32) (all []window) {
	n, atOnce := int32(len(start)-1), cmp.Or(r.opt.atOnce, windowRows)
	for lo := int32(0); lo < n || all == nil; {
		hi := n
		if r.shelf.room != nil {
			for hi = lo + 1; hi < n && int(start[hi+1]-start[lo]) <= atOnce; hi++ {
			}
		}
		all = append(all, window{lo, hi, lo == 0, hi >= n})
		lo = hi
	}
	return all
}

// placeRows numbers the raters of all rows anew. It returns where the next row of each of
// the n raters goes, in each part, and where the rows of each rater start.
func placeRows(parts [][]*rows, raters map[*parser][]int32, n int) (place [][]int32, start []int32) {
	var crew workers.Crew
	place = make([][]int32, len(parts))
	for i, blocks := range parts {
		place[i] = make([]int32, n)
		count := place[i]
		crew.Go(func() {
			for _, b := range blocks {
				to := raters[b.parser]
				for i, k := range b.rater {
					b.rater[i] = to[k]
					count[to[k]]++
				}
			}
		})
	}
	crew.Wait()
	start = make([]int32, n+1)
	for k := range n {
		at := start[k]
		for _, p := range place {
			p[k], at = at, at+p[k]
		}
		start[k+1] = at
	}
	return place, start
}

// share parts blocks of n rows among the cores.
func share(blocks []*rows, n int) (parts [][]*rows) {
	cores := runtime.GOMAXPROCS(0)
	from, done := 0, 0
	for i, b := range blocks {
		if done += len(b.rater); i+1 == len(blocks) || done*cores >= n*(len(parts)+1) {
			parts = append(parts, blocks[from:i+1])
			from = i + 1
		}
	}
	return parts
}

// merge numbers the identifiers of all parsers in ascending order and returns
// for each parser the new numbers of its own.
func merge(all **Names, parsers []*parser, of func(*parser) *Names) map[*parser][]int32 {
	to := map[*parser][]int32{}
	union := of(parsers[0])
	for _, p := range parsers[1:] {
		n := of(p)
		to[p] = make([]int32, n.Len())
		for k := range to[p] {
			to[p][k] = union.Add(n.bytes(int32(k)))
		}
	}
	var rank []int32
	*all, rank = union.sorted()
	for _, numbers := range to {
		for i, k := range numbers {
			numbers[i] = rank[k]
		}
	}
	to[parsers[0]] = rank
	return to
}

// scatter places the rows of a block that are of the raters in a window.
func (t *Table) scatter(b *rows, next, item []int32, in window) {
	unary := t.Scale.Unary()
	past := 0
	if in.first {
		for i, k := range b.item { // apart, so that many are on their way from memory at a time
			b.item[i] = item[k]
		}
	}
	for i, k := range b.rater {
		for past < len(b.skipped) && int(b.skipped[past]) == i+past {
			past++
		}
		if k < in.lo || k >= in.hi {
			continue
		}
		at := next[k]
		next[k]++
		t.Item[at] = b.item[i]
		if unary {
			t.Value[at] = 1
		} else {
			t.Value[at] = t.Scale.to(b.value[i])
		}
		if t.Time != nil {
			t.Time[at] = b.time[i]
		}
		if b.tags != nil {
			t.Tags[at] = b.tags[i]
		}
		if t.Origin != nil {
			t.Origin[at] = b.before + uint32(i+past)
		}
	}
}

// sortItems sorts each rater's rows by item, raters in parallel, and fills
// in the raters.
func (t *Table) sortItems(start []int32) {
	parts := runtime.GOMAXPROCS(0)
	var crew workers.Crew
	from := 0
	for part := 1; part <= parts; part++ {
		share := int32(int64(len(t.Rater)) * int64(part) / int64(parts))
		to, _ := slices.BinarySearch(start[:len(start)-1], share)
		if part == parts {
			to = len(start) - 1
		}
		lo, hi := from, to
		crew.Go(func() { t.sortRaters(start, lo, hi) })
		from = max(from, to)
	}
	crew.Wait()
}

func (t *Table) sortRaters(start []int32, from, to int) {
	var words, tmp []uint64
	var value []float32
	var time []int32
	var tags, origin []uint32
	for k := from; k < to; k++ {
		lo, hi := start[k], start[k+1]
		n := int(hi - lo)
		rater := t.Rater[lo:hi]
		for i := range rater {
			rater[i] = int32(k)
		}
		item := t.Item[lo:hi]
		if slices.IsSorted(item) {
			continue
		}
		if n > len(words) {
			room := n + min(n, 1<<16)
			words, tmp = make([]uint64, room), make([]uint64, room)
			value, time, tags = make([]float32, room), make([]int32, room), make([]uint32, room)
			origin = make([]uint32, room)
		}
		for i, x := range item {
			words[i] = word(x, i)
		}
		sortByKey(words[:n], tmp)
		copy(value, t.Value[lo:hi])
		if t.Time != nil {
			copy(time, t.Time[lo:hi])
		}
		if t.Tags != nil {
			copy(tags, t.Tags[lo:hi])
		}
		if t.Origin != nil {
			copy(origin, t.Origin[lo:hi])
		}
		for i, w := range words[:n] {
			item[i] = int32(uint32(w>>32) ^ 1<<31)
			t.Value[int(lo)+i] = value[uint32(w)]
			if t.Time != nil {
				t.Time[int(lo)+i] = time[uint32(w)]
			}
			if t.Tags != nil {
				t.Tags[int(lo)+i] = tags[uint32(w)]
			}
			if t.Origin != nil {
				t.Origin[int(lo)+i] = origin[uint32(w)]
			}
		}
	}
}

// Canonical returns ratings without repeats as Read would: identifiers without a
// row left out and the others numbered in ascending order, rows by rater, then
// item. It is t itself where that is so already, else a copy of its columns.
func (t *Table) Canonical() *Table {
	c, _ := t.CanonicalIn(nil) // memory has no errors
	return c
}

// CanonicalIn is Canonical with the columns of a copy in a room, see ReadOptions.Room; nil
// is memory. It returns the room's error.
func (t *Table) CanonicalIn(room func(name string, bytes int) ([]byte, error)) (*Table, error) {
	raters, toRater := t.Raters.used(t.Rater)
	items, toItem := t.Items.used(t.Item)
	if raters == t.Raters && items == t.Items && t.canonical() {
		return t, nil
	}
	s := &shelf{room: room}
	if !slices.IsSorted(toRater) || !slices.IsSorted(toItem) { // then the order of rows is another, too
		p := t.Prefix(t.Len())
		if err := p.makeColumns(s, t.Len(), false); err != nil {
			return nil, err
		}
		for k := range p.Rater {
			p.Rater[k], p.Item[k] = toRater[t.Rater[k]], toItem[t.Item[k]]
		}
		p.Raters, p.Items = raters, items
		return p.CanonicalIn(room)
	}
	c := &Table{Raters: raters, Items: items, Scale: t.Scale, Time: t.Time, Tags: t.Tags}
	if err := c.makeColumns(s, t.Len(), true); err != nil {
		return nil, err
	}
	k := 0
	for row := range t.inOrder() {
		c.Rater[k], c.Item[k], c.Value[k] = toRater[t.Rater[row]], toItem[t.Item[row]], t.Value[row]
		if t.Time != nil {
			c.Time[k] = t.Time[row]
		}
		if t.Tags != nil {
			c.Tags[k] = t.Tags[row]
		}
		k++
	}
	return c, nil
}

// makeColumns gives t new columns of n rows: Rater and Item, or all those that it has.
func (t *Table) makeColumns(s *shelf, n int, all bool) error {
	var errs [5]error
	t.Rater, errs[0] = newColumn[int32](s, n)
	t.Item, errs[1] = newColumn[int32](s, n)
	if all {
		t.Value, errs[2] = newColumn[float32](s, n)
	}
	if all && t.Time != nil {
		t.Time, errs[3] = newColumn[int32](s, n)
	}
	if all && t.Tags != nil {
		t.Tags, errs[4] = newColumn[uint32](s, n)
	}
	return errors.Join(errs[:]...)
}

// used returns those identifiers that occur in a column, in ascending order,
// and the new number of each of all; n itself where that are all of them.
func (n *Names) used(column []int32) (*Names, []int32) {
	seen := make([]bool, n.Len())
	for _, k := range column {
		seen[k] = true
	}
	ascending, _ := n.check()
	to := make([]int32, n.Len())
	if ascending && !slices.Contains(seen, false) {
		for k := range to {
			to[k] = int32(k)
		}
		return n, to
	}
	all := NewNames()
	number := int32(0)
	for k, yes := range seen {
		if to[k] = number; yes {
			all.append(n.bytes(int32(k)))
			number++
		}
	}
	if ascending {
		return all, to
	}
	all, rank := all.sorted()
	for k, yes := range seen {
		if yes {
			to[k] = rank[to[k]]
		}
	}
	return all, to
}
