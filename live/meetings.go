package live

import (
	"io"
	"math"
)

// A pair is two raters who took the same items within an hour.
type pair struct {
	nats  float32
	times uint16
	last  uint16 // epoch in which they met
}

// meetings are pairs, as many as most tells: where there are more, those who met longest ago are let go, and
// those who met once before the others. Each is one place in memory, as they are far more than a
// processor keeps close by.
type meetings struct {
	slots []meeting // a power of two, at most three quarters of them taken
	count int
	most  int
	epoch uint16 // of the pairs that come next
	fresh int    // pairs that came in it
	gone  int    // pairs that were let go
}

type meeting struct {
	key  uint64 // one more than the pair, so that 0 is no pair
	pair pair
}

const (
	epochsKept  = 32 // in which most pairs come
	againCounts = 16 // epochs longer that those are kept who met again
	leastSlots  = 1 << 10
)

func newMeetings(most int) *meetings {
	return &meetings{slots: make([]meeting, leastSlots), most: max(most, leastSlots)}
}

// place is where a pair is, or would be.
func (m *meetings) place(key uint64) int {
	mask := uint64(len(m.slots) - 1)
	h := (key + 1) * 0x9e3779b97f4a7c15
	for at := (h ^ h>>32) & mask; ; at = (at + 1) & mask {
		if k := m.slots[at].key; k == 0 || k == key+1 {
			return int(at)
		}
	}
}

// meet counts a meeting of two, and returns all of theirs.
func (m *meetings) meet(key uint64, nats float32) pair {
	at := m.place(key)
	if m.slots[at].key == 0 {
		if m.room() {
			at = m.place(key)
		}
		m.slots[at].key = key + 1
		m.count++
		if m.fresh++; m.fresh >= m.most/epochsKept {
			m.epoch, m.fresh = m.epoch+1, 0
		}
	}
	p := &m.slots[at].pair
	p.times, p.nats, p.last = min(p.times, math.MaxUint16-1)+1, p.nats+nats, m.epoch
	return *p
}

// room makes room for one more pair; all have moved then, where it had to.
func (m *meetings) room() bool {
	size := len(m.slots)
	switch {
	case m.count >= m.most:
		m.letGo()
	case 4*(m.count+1) > 3*size:
		size *= 2
	default:
		return false
	}
	old := m.slots
	m.slots = make([]meeting, size)
	for _, x := range old {
		if x.key != 0 {
			m.slots[m.place(x.key-1)] = x
		}
	}
	return true
}

// letGo lets a quarter of the most go, those of whole epochs, so that it does not matter in which order they are.
func (m *meetings) letGo() {
	rank := func(p pair) int {
		if p.times > 1 {
			return int(p.last) + againCounts
		}
		return int(p.last)
	}
	var of [math.MaxUint16 + 1 + againCounts]int
	for _, x := range m.slots {
		if x.key != 0 {
			of[rank(x.pair)]++
		}
	}
	least, left := 0, m.count
	for left > m.most*3/4 {
		left -= of[least]
		least++
	}
	from := uint16(max(0, least-againCounts)) // the earliest epoch that stays
	for at := range m.slots {
		x := &m.slots[at]
		switch {
		case x.key != 0 && rank(x.pair) < least:
			*x = meeting{}
		case x.key != 0:
			x.pair.last -= from
		}
	}
	m.gone += m.count - left
	m.count, m.epoch = left, m.epoch-from
}

// columns are the pairs as they are now, which restore takes.
func (m *meetings) columns() []any {
	keys, nats := make([]uint64, 0, m.count), make([]float32, 0, m.count)
	times, last := make([]uint16, 0, m.count), make([]uint16, 0, m.count)
	for _, x := range m.slots {
		if x.key != 0 {
			keys, nats = append(keys, x.key-1), append(nats, x.pair.nats)
			times, last = append(times, x.pair.times), append(last, x.pair.last)
		}
	}
	counts := []int64{int64(m.epoch), int64(m.fresh), int64(m.gone), int64(len(m.slots))}
	return []any{keys, nats, times, last, counts}
}

func (m *meetings) restore(r *snapshotReader) {
	var keys []uint64
	var nats []float32
	var times, last []uint16
	var counts []int64
	restore(r, &keys)
	restore(r, &nats)
	restore(r, &times)
	restore(r, &last)
	restore(r, &counts)
	if len(nats) != len(keys) || len(times) != len(keys) || len(last) != len(keys) || len(counts) != 4 {
		r.failed = io.ErrUnexpectedEOF
		return
	}
	size := int(counts[3])
	if size < leastSlots || size&(size-1) != 0 || size > 4*max(m.most, leastSlots) || 4*len(keys) > 3*size {
		r.failed = io.ErrUnexpectedEOF
		return
	}
	m.slots, m.count = make([]meeting, size), len(keys)
	for k, key := range keys {
		m.slots[m.place(key)] = meeting{key + 1, pair{nats[k], times[k], last[k]}}
	}
	m.epoch, m.fresh, m.gone = uint16(counts[0]), int(counts[1]), int(counts[2])
}
