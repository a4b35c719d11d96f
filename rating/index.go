package rating

import (
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

func (c *indexCache) drop() {
	c.mu.Lock()
	c.x = nil
	c.mu.Unlock()
}

// ByRater returns the rows of each rater. It is built at the first call, in
// time linear in the rows, takes 4 bytes a row, and is kept.
func (t *Table) ByRater() *Index {
	return t.byRater.get(func() *Index { return t.index(t.Rater, t.Item, t.Raters.Len(), t.Items.Len()) })
}

// ByItem returns the rows of each item, as ByRater does of each rater.
func (t *Table) ByItem() *Index {
	return t.byItem.get(func() *Index { return t.index(t.Item, t.Rater, t.Items.Len(), t.Raters.Len()) })
}

// index places rows by counting, twice: in the order of the other key, which a
// canonical table has already, then by key; then it orders each key's by time.
func (t *Table) index(key, other []int32, keys, others int) *Index {
	x := &Index{Start: starts(key, keys), Row: make([]int32, len(key))}
	next := slices.Clone(x.Start[:keys])
	if t.canonical() {
		for row, k := range key {
			x.Row[next[k]] = int32(row)
			next[k]++
		}
	} else {
		order, at := make([]int32, len(key)), starts(other, others)
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
		x.orderByTime(t.Time)
	}
	return x
}

// orderByTime sorts the rows of each key by time; those of equal time keep
// their order.
func (x *Index) orderByTime(time []int32) {
	longest := 0
	for k := range int32(len(x.Start) - 1) {
		longest = max(longest, x.Count(k))
	}
	words, tmp := make([]uint64, longest), make([]uint64, longest)
	old := make([]int32, longest)
	for k := range int32(len(x.Start) - 1) {
		rows := x.Rows(k)
		if len(rows) < 2 {
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

// canonical reports whether rows ascend by rater, then item.
func (t *Table) canonical() bool {
	for k := 1; k < len(t.Rater); k++ {
		if t.Rater[k] < t.Rater[k-1] || t.Rater[k] == t.Rater[k-1] && t.Item[k] < t.Item[k-1] {
			return false
		}
	}
	return true
}
