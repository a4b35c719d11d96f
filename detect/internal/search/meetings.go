package search

import (
	"slices"

	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/internal/mapped"
)

// Meetings is acts once more, in the order that counting needs: those on each
// item by rater; and times and bins of each rater's acts, one behind the other.
// It takes 13 bytes an act, in a room 9 beside the times that acts have there.
type Meetings struct {
	on   []uint64 // acts of item i from ItemStart[i] on, rater and time, ascending; of hot items unset
	time []int32
	bin  []uint8
}

// LayMeetings lays acts out in a room; nil is memory.
func LayMeetings(a *null.Acts, room null.Room) (*Meetings, error) {
	m := &Meetings{}
	var err error
	if m.on, err = null.ColumnIn[uint64](room, "meetings", a.Len()); err != nil {
		return nil, err
	}
	a.Each(a.Items, func(i int32) {
		from, to := a.ItemStart[i], a.ItemStart[i+1]
		if to-from > null.HotItem {
			return
		}
		for k := from; k < to; k++ {
			m.on[k] = uint64(a.Rater[k]) << 32
			if a.Time != nil {
				m.on[k] |= uint64(uint32(a.Time[k]))
			}
		}
		slices.Sort(m.on[from:to])
	})
	if a.Time == nil {
		return m, nil
	}
	if m.time = a.OfTime; m.time == nil {
		m.time = make([]int32, a.Len())
	}
	if m.bin, err = null.ColumnIn[uint8](room, "raterbin", a.Len()); err != nil {
		return nil, err
	}
	a.Each(a.Raters, func(u int32) {
		for at := a.RaterStart[u]; at < a.RaterStart[u+1]; at++ {
			k := a.OfRater[at]
			m.bin[at] = a.Bin[k]
			if a.OfTime == nil {
				m.time[at] = a.Time[k]
			}
		}
	})
	return m, nil
}

// OpenMeetings returns what was laid out in a room, of its columns.
func OpenMeetings(a *null.Acts, column func(name string) ([]byte, error)) (*Meetings, error) {
	on, err := column("meetings")
	if err != nil {
		return nil, err
	}
	m := &Meetings{on: mapped.Of[uint64](on), time: a.OfTime}
	if a.Time == nil {
		return m, nil
	}
	bin, err := column("raterbin")
	m.bin = mapped.Of[uint8](bin)
	return m, err
}

// meetChances are, by two bins, the chance to meet: in each stratum, and in all but
// that of hot items.
type meetChances struct {
	by  [][len(null.Strata)]float64
	all []float64
}

func chancesOf(n *null.Model) meetChances {
	c := meetChances{by: make([][len(null.Strata)]float64, n.Bins*n.Bins), all: make([]float64, n.Bins*n.Bins)}
	for s := range null.Strata {
		for at, q := range n.Tables[s].Meet {
			c.by[at][s] = q
			if s < len(null.Strata)-1 {
				c.all[at] += q
			}
		}
	}
	return c
}

// of returns the times and bins of a rater's acts.
func (m *Meetings) of(a *null.Acts, u int32) ([]int32, []uint8) {
	from, to := a.RaterStart[u], a.RaterStart[u+1]
	return m.time[from:to], m.bin[from:to]
}
