package search

import (
	"math"
	"sync/atomic"
)

// A meetTable counts the meetings of one rater with others by open addressing: it is
// as large as the rater who met most, not as all raters are.
type meetTable struct {
	slot []meetSlot // a power of two of them
	used []int32    // which slots are, in the order of first meetings
	move uint       // 32 less the bits of a place
}

type meetSlot struct {
	met
	who int32 // 1 more than the rater; 0 where free
}

// met counts meetings of one rater with another by stratum, in fields of 12
// bits: all of them, and those at the same time.
type met struct{ all, sync uint64 }

const firstMeetBits = 10

func newMeetTable() *meetTable {
	return &meetTable{slot: make([]meetSlot, 1<<firstMeetBits), move: 32 - firstMeetBits}
}

// of returns the count of a rater, zero if there is none yet. It stands until the next
// call.
func (m *meetTable) of(v int32) *met {
	mask := uint32(len(m.slot) - 1)
	i := uint32(v) * 0x9e3779b1 >> m.move
	for ; ; i++ {
		s := &m.slot[i&mask]
		if s.who == v+1 {
			return &s.met
		}
		if s.who == 0 {
			break
		}
	}
	if 2*len(m.used) >= len(m.slot) {
		m.grow()
		return m.of(v)
	}
	i &= mask
	m.used = append(m.used, int32(i))
	m.slot[i].who = v + 1
	return &m.slot[i].met
}

func (m *meetTable) grow() {
	old, order := m.slot, m.used
	m.slot, m.used, m.move = make([]meetSlot, 2*len(old)), make([]int32, 0, 2*len(order)), m.move-1
	for _, i := range order {
		*m.of(old[i].who - 1) = old[i].met
	}
}

// drain calls do for each rater that was met, and forgets them.
func (m *meetTable) drain(do func(v int32, x met)) {
	for _, i := range m.used {
		s := m.slot[i]
		m.slot[i] = meetSlot{}
		do(s.who-1, s.met)
	}
	m.used = m.used[:0]
}

// lows are the least number that was told of each rater, by any goroutine; 0 where
// none below was.
type lows []atomic.Uint32

func (l lows) tell(u int32, x float32) {
	for {
		old := l[u].Load()
		if x >= math.Float32frombits(old) || l[u].CompareAndSwap(old, math.Float32bits(x)) {
			return
		}
	}
}
