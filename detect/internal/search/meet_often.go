package search

// A meetOften tells, before meetings are counted, with whom there may be enough of them
// for a test: most raters meet once. Raters share places, so that it takes no more room
// than the rater who met most needs, and a few with too few are let through.
type meetOften struct {
	at    []uint8
	move  uint // 32 less the bits of a place
	least uint8
}

// worthTest is what three meetings add up to, or two at the same time.
const (
	worthMeeting = 2
	worthSame    = 1 // more
	worthTest    = 6
	mostWorth    = 200 // and no more, as a place holds 255
)

// begin forgets all, before so many meetings.
func (m *meetOften) begin(meetings int) {
	bits := uint(10)
	for bits < 22 && 1<<bits < 4*meetings {
		bits++
	}
	if m.move = 32 - bits; len(m.at) < 1<<bits {
		m.at = make([]uint8, 1<<bits)
		return
	}
	clear(m.at[:1<<bits])
}

func (m *meetOften) tell(v int32, worth uint8) {
	place := &m.at[uint32(v)*0x9e3779b1>>m.move]
	*place = min(*place+worth, mostWorth)
}

func (m *meetOften) is(v int32) bool { return m.at[uint32(v)*0x9e3779b1>>m.move] >= m.least }
