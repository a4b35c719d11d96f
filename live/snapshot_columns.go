package live

import (
	"fmt"
	"io"
	"slices"
)

// A column is one that an engine keeps: all of it is known once it is written, or it changes on.
type column struct {
	of      any // a pointer to it
	changes bool
}

// now is what a column has now, whatever comes.
func (c column) now() any {
	switch x := c.of.(type) {
	case *[]int32:
		return kept(*x, c.changes)
	case *[]float32:
		return kept(*x, c.changes)
	case *[]uint8:
		return kept(*x, c.changes)
	case *[]int8:
		return kept(*x, c.changes)
	case *[][mostLevels]uint32:
		return kept(*x, c.changes)
	}
	return c.of
}

func kept[T any](x []T, changes bool) []T {
	if changes {
		return slices.Clone(x)
	}
	return x[:len(x):len(x)]
}

// kept are the columns of an engine from which all of it follows, with pairs and the head. Those of acts grow,
// and where the first are let go others take their place.
func (e *engine) kept() (all []column) {
	for _, x := range []any{&e.rater, &e.item, &e.time, &e.rare, &e.quiet, &e.level, &e.free} {
		all = append(all, column{x, false})
	}
	for _, x := range []any{&e.ordinal, &e.saidOf, &e.saidBy, &e.saidIn[0], &e.saidIn[1], &e.camp, &e.tried, &e.last,
		&e.told} {
		all = append(all, column{x, true})
	}
	return all
}

func saveAny(w *snapshotWriter, column any) {
	switch x := column.(type) {
	case []int32:
		save(w, x)
	case []int64:
		save(w, x)
	case []uint64:
		save(w, x)
	case []float32:
		save(w, x)
	case []float64:
		save(w, x)
	case []uint8:
		save(w, x)
	case []uint16:
		save(w, x)
	case []int8:
		save(w, x)
	case [][mostLevels]uint32:
		save(w, x)
	default:
		w.failed = fmt.Errorf("no column is a %T", column)
	}
}

func restoreAny(r *snapshotReader, column any) {
	switch x := column.(type) {
	case *[]int32:
		restore(r, x)
	case *[]float32:
		restore(r, x)
	case *[]uint8:
		restore(r, x)
	case *[]int8:
		restore(r, x)
	case *[][mostLevels]uint32:
		restore(r, x)
	default:
		r.failed = fmt.Errorf("no column is a %T", column)
	}
}

func (a *Alerts) waitingColumns() []any {
	var times, raters, items []int32
	var values []float64
	for t, all := range a.waiting {
		for _, x := range all {
			times, values = append(times, t), append(values, x.value)
			raters, items = append(raters, x.rater), append(items, x.item)
		}
	}
	return []any{times, raters, items, values}
}

func restoreWaiting(r *snapshotReader) map[int32][]waiting {
	var times, raters, items []int32
	var values []float64
	restore(r, &times)
	restore(r, &raters)
	restore(r, &items)
	restore(r, &values)
	if len(raters) != len(times) || len(items) != len(times) || len(values) != len(times) {
		r.failed = io.ErrUnexpectedEOF
		return nil
	}
	waits := map[int32][]waiting{}
	for k, t := range times {
		waits[t] = append(waits[t], waiting{raters[k], items[k], values[k], tieOf(raters[k], items[k])})
	}
	return waits
}
