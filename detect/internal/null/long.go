package null

import (
	"slices"
	"sync"
)

// LongList is how many acts a rater must have for them to be kept as a Long.
const LongList = 1 << 12

// A Long is the acts of a rater of so many that whoever asks for a few of them again and
// again does not go through all: 8 bytes an act.
type Long struct {
	byItem []int32 // acts, ascending, and so by item
	Times  []int32 // in time order; nil without times
}

// longs are those that were asked for.
type longs struct {
	lock sync.Mutex
	of   map[int32]*Long
}

// LongOf returns the acts of a rater with LongList or more; nil of one with fewer.
func (a *Acts) LongOf(u int32) *Long {
	if a.CountOf(u) < LongList {
		return nil
	}
	a.longs.lock.Lock()
	defer a.longs.lock.Unlock()
	l := a.longs.of[u]
	if l == nil {
		mine := a.ActsOf(u)
		l = &Long{byItem: slices.Sorted(slices.Values(mine))}
		if a.Time != nil {
			l.Times = make([]int32, len(mine))
			for at, k := range mine {
				l.Times[at] = a.Time[k]
			}
		}
		if a.longs.of == nil {
			a.longs.of = map[int32]*Long{}
		}
		a.longs.of[u] = l
	}
	return l
}

// On returns the rater's act on an item, or -1.
func (a *Acts) On(l *Long, item int32) int32 {
	at, _ := slices.BinarySearch(l.byItem, a.ItemStart[item])
	if at < len(l.byItem) && l.byItem[at] < a.ItemStart[item+1] {
		return l.byItem[at]
	}
	return -1
}
