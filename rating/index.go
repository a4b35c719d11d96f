package rating

import (
	"cmp"
	"slices"
	"sync"
)

// An Index lists the rows of each key (a rater, or an item) in time order; rows
// of equal time stand in the order of the other key, so that the order of a
// table's rows never shows. Without times that is the order of the other key.
type Index struct {
	Start []int32 // len keys+1
	Row   []int32 // rows of key k are Row[Start[k]:Start[k+1]]
}

// Rows returns the rows of a key. The slice must not be changed.
func (x *Index) Rows(key int32) []int32 { return x.Row[x.Start[key]:x.Start[key+1]] }

// Count returns the number of rows of a key.
func (x *Index) Count(key int32) int { return int(x.Start[key+1] - x.Start[key]) }

type indexCache struct {
	mu sync.Mutex
	x  *Index
}

func (c *indexCache) get(build func() *Index) *Index {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.x == nil {
		c.x = build()
	}
	return c.x
}

func (c *indexCache) set(x *Index) {
	c.mu.Lock()
	c.x = x
	c.mu.Unlock()
}

// ByRater returns the rows of each rater. It is built at the first call, in
// time linear in the rows, takes 4 bytes a row, and is kept.
func (t *Table) ByRater() *Index {
	return t.byRater.get(func() *Index { return t.indexIn(t.IndexRaters) })
}

// ByItem returns the rows of each item, as ByRater does of each rater.
func (t *Table) ByItem() *Index {
	return t.byItem.get(func() *Index { return t.indexIn(t.IndexItems) })
}

// IndexIn has ByRater and ByItem make their columns as IndexRaters does, or in memory where there
// is no room for them. It may not be called while another goroutine reads the Table.
func (t *Table) IndexIn(column func(name string, n int) ([]int32, error)) { t.room = column }

func (t *Table) indexIn(build func(column func(name string, n int) ([]int32, error)) (*Index, error)) *Index {
	if t.room != nil {
		if x, err := build(t.room); err == nil {
			return x
		}
	}
	x, _ := build(inMemory) // memory has no errors
	return x
}

func inMemory(_ string, n int) ([]int32, error) { return make([]int32, n), nil }

// IndexRaters builds what ByRater returns in columns of so many zeros that the
// caller makes, such as of mapped files: they are "start" and "row". Of rows in the
// order that Read leaves them in it needs no memory beside but 4 bytes a rater, and
// 20 a row of the rater who has most, up to 1<<24 of them. It returns the caller's
// error.
func (t *Table) IndexRaters(column func(name string, n int) ([]int32, error)) (*Index, error) {
	return t.index(t.Rater, t.Item, t.Raters.Len(), t.Items.Len(), column)
}

// IndexItems builds what ByItem returns, as IndexRaters does what ByRater returns.
func (t *Table) IndexItems(column func(name string, n int) ([]int32, error)) (*Index, error) {
	return t.index(t.Item, t.Rater, t.Items.Len(), t.Raters.Len(), column)
}

// Indexed has ByRater and ByItem return indices that were built before, of a Table of
// the same rows. It may not be called while another goroutine reads the Table.
func (t *Table) Indexed(byRater, byItem *Index) {
	t.byRater.set(byRater)
	t.byItem.set(byItem)
}

// rowsAtOnce is how many rows are placed in one pass over all of them: they go all
// over a part of the index that is 256 MB, so that one of a mapped file stays in
// memory meanwhile.
const rowsAtOnce = 64 << 20

// index places rows by counting, twice: in the order of the other key, which a
// canonical table has already, then by key; then it orders each key's by time.
func (t *Table) index(key, other []int32, keys, others int,
	column func(name string, n int) ([]int32, error)) (*Index, error) {
	x := &Index{}
	var err error
	if x.Start, err = column("start", keys+1); err != nil {
		return nil, err
	}
	countStarts(x.Start, key)
	if x.Row, err = column("row", len(key)); err != nil {
		return nil, err
	}
	next := slices.Clone(x.Start[:keys])
	if t.canonical() {
		x.place(key, next, rowsAtOnce)
	} else {
		order, at := make([]int32, len(key)), make([]int32, others+1)
		countStarts(at, other)
		for row, o := range other {
			order[at[o]] = int32(row)
			at[o]++
		}
		for _, row := range order {
			k := key[row]
			x.Row[next[k]] = row
			next[k]++
		}
	}
	if t.Time != nil {
		x.orderByTime(t.Time, longRows)
	}
	return x, nil
}

// place puts the rows of each key where next says, in their order, so many of them
// in one pass, or one key's if that are more.
func (x *Index) place(key, next []int32, atOnce int) {
	for lo := 0; lo < len(next); {
		hi := lo + 1
		for hi < len(next) && int(x.Start[hi+1]-x.Start[lo]) <= atOnce {
			hi++
		}
		for row, k := range key {
			if int(k) >= lo && int(k) < hi {
				x.Row[next[k]] = int32(row)
				next[k]++
			}
		}
		lo = hi
	}
}

// longRows is from how many rows on those of a key are sorted where they stand:
// slower, but in no memory.
const longRows = 1 << 24

// orderByTime sorts the rows of each key by time; those of equal time keep
// their order. Those of more rows than long are sorted where they stand.
func (x *Index) orderByTime(time []int32, long int) {
	longest := 0
	for k := range int32(len(x.Start) - 1) {
		if n := x.Count(k); n <= long {
			longest = max(longest, n)
		}
	}
	words, tmp := make([]uint64, longest), make([]uint64, longest)
	old := make([]int32, longest)
	for k := range int32(len(x.Start) - 1) {
		rows := x.Rows(k)
		if len(rows) < 2 {
			continue
		}
		if len(rows) > long {
			sortInPlace(rows, time)
			continue
		}
		for i, row := range rows {
			words[i] = word(time[row], i)
		}
		sortByKey(words[:len(rows)], tmp)
		copy(old, rows)
		for i, w := range words[:len(rows)] {
			rows[i] = old[uint32(w)]
		}
	}
}

// sortInPlace sorts rows by time; those of equal time keep their order.
func sortInPlace(rows, time []int32) {
	if slices.IsSorted(rows) {
		slices.SortFunc(rows, func(a, b int32) int { return cmp.Or(cmp.Compare(time[a], time[b]), cmp.Compare(a, b)) })
	} else {
		slices.SortStableFunc(rows, func(a, b int32) int { return cmp.Compare(time[a], time[b]) })
	}
}

// canonical reports whether rows ascend by rater, then item.
func (t *Table) canonical() bool {
	for k := 1; k < len(t.Rater); k++ {
		if t.Rater[k] < t.Rater[k-1] || t.Rater[k] == t.Rater[k-1] && t.Item[k] < t.Item[k-1] {
			return false
		}
	}
	return true
}
