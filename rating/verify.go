package rating

import (
	"context"
	"fmt"
	"hash/crc32"
	"sync/atomic"

	"github.com/ringwatch/ringwatch/internal/workers"
)

// Verify compares all checksums and checks that numbers and values are in
// their range, so that nothing in the Table can lead astray.
func (c *ColumnFile) Verify(ctx context.Context) error {
	_, err := c.verify(ctx)
	return err
}

// verify is Verify, and reports whether the Table is as Read makes them: rows
// and identifiers in ascending order, none of them twice and no identifier
// without a row.
func (c *ColumnFile) verify(ctx context.Context) (canonical bool, err error) {
	t := c.Table
	var work []func() string // each returns what is wrong
	for _, s := range c.sections {
		work = append(work, func() string {
			if crc32.Checksum(c.data[s.Offset:s.Offset+s.Length], castagnoli) != s.Sum {
				return fmt.Sprintf("the checksum of its section %q is wrong", s.name())
			}
			return ""
		})
	}
	sorted := [2]bool{}
	for i, n := range []*Names{t.Raters, t.Items} {
		work = append(work, func() (fault string) {
			sorted[i], fault = n.check()
			return fault
		})
	}
	const rows = 1 << 22
	pieces, used := make([]checkedRows, (t.Len()+rows-1)/rows), make([]atomic.Bool, t.Items.Len())
	for i := range pieces {
		work = append(work, func() string { return pieces[i].check(t, used, i*rows, min((i+1)*rows, t.Len())) })
	}
	faults := make([]string, len(work)) // the first is told, whichever was found first
	err = workers.Ranges(ctx, len(work), 1, func() func(lo, hi int) {
		return func(lo, _ int) { faults[lo] = work[lo]() }
	})
	if err != nil {
		return false, err
	}
	for _, fault := range faults {
		if fault != "" {
			return false, damagedColumns(c.name, "%s", fault)
		}
	}
	canonical, raters := sorted[0] && sorted[1], 0
	for _, p := range pieces {
		canonical, raters = canonical && p.canonical, raters+p.raters
	}
	for i := range used {
		canonical = canonical && used[i].Load()
	}
	return canonical && raters == t.Raters.Len(), nil
}

// check looks for identifiers that overlap, and reports whether they ascend.
func (n *Names) check() (ascending bool, fault string) {
	ascending = true
	var from, end uint64
	var before []byte
	for k := range n.Len() {
		if n.wide != nil {
			end = n.wide[k]
		} else {
			end = uint64(n.end[k])
		}
		if end < from || end > uint64(len(n.buf)) {
			return false, "its identifiers overlap"
		}
		name := n.buf[from:end]
		ascending = ascending && (k == 0 || compareNames(before, name) < 0) && len(name) > 0
		before, from = name, end
	}
	if from != uint64(len(n.buf)) {
		return false, "its identifiers have bytes left over"
	}
	return ascending, ""
}

// checkedRows is what a part of the rows of a Table is like.
type checkedRows struct {
	canonical bool // rows ascend, from the one before them on; values of co-actions are 1
	raters    int  // that begin in this part
}

// check looks at the rows from one to another, and marks the items that they use.
func (p *checkedRows) check(t *Table, used []atomic.Bool, from, to int) (fault string) {
	p.canonical = true
	raters, items := uint32(t.Raters.Len()), uint32(t.Items.Len())
	lastRater, lastItem := int32(-1), int32(-1)
	if from > 0 {
		lastRater, lastItem = t.Rater[from-1], t.Item[from-1]
	}
	unary, value, item := t.Scale.Unary(), t.Value[from:to], t.Item[from:to]
	for k, rater := range t.Rater[from:to] {
		if uint32(rater) >= raters || uint32(item[k]) >= items {
			return fmt.Sprintf("row %d is of a rater or item without identifier", from+k)
		}
		if !(value[k] >= 0 && value[k] <= 1) {
			return fmt.Sprintf("row %d has the value %v", from+k, value[k])
		}
		if unary && value[k] != 1 {
			p.canonical = false
		}
		if rater != lastRater {
			p.canonical = p.canonical && rater > lastRater
			p.raters++
		} else {
			p.canonical = p.canonical && item[k] > lastItem
		}
		lastRater, lastItem = rater, item[k]
		if u := &used[item[k]]; !u.Load() {
			u.Store(true)
		}
	}
	return ""
}
