package search

import (
	"slices"

	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/internal/mapped"
)

// Meetings is acts once more, in the order that counting needs: those on each
// item by rater; and times and bins of each rater's acts, one behind the other.
// It takes 13 bytes an act, in a room 17.
type Meetings struct {
	item []int32  // of each rater's acts; in a room only, where a look here and there brings pages in
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
	if room != nil {
		if m.item, err = null.ColumnIn[int32](room, "rateritem", a.Len()); err != nil {
			return nil, err
		}
		a.Each(a.Raters, func(u int32) {
			for at := a.RaterStart[u]; at < a.RaterStart[u+1]; at++ {
				m.item[at] = a.Item[a.OfRater[at]]
			}
		})
	}
	if a.Time == nil {
		return m, nil
	}
	if m.time, err = null.ColumnIn[int32](room, "ratertime", a.Len()); err != nil {
		return nil, err
	}
	if m.bin, err = null.ColumnIn[uint8](room, "raterbin", a.Len()); err != nil {
		return nil, err
	}
	a.Each(a.Raters, func(u int32) {
		for at := a.RaterStart[u]; at < a.RaterStart[u+1]; at++ {
			k := a.OfRater[at]
			m.time[at], m.bin[at] = a.Time[k], a.Bin[k]
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
	item, err := column("rateritem")
	m := &Meetings{on: mapped.Of[uint64](on), item: mapped.Of[int32](item)}
	if err != nil || a.Time == nil {
		return m, err
	}
	time, err := column("ratertime")
	if err != nil {
		return nil, err
	}
	bin, err := column("raterbin")
	m.time, m.bin = mapped.Of[int32](time), mapped.Of[uint8](bin)
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

// itemsOf returns the items of a rater's acts; it may put them into room.
func (m *Meetings) itemsOf(a *null.Acts, u int32, room *[]int32) []int32 {
	if m.item != nil {
		return m.item[a.RaterStart[u]:a.RaterStart[u+1]]
	}
	*room = (*room)[:0]
	for _, k := range a.ActsOf(u) {
		*room = append(*room, a.Item[k])
	}
	return *room
}

// of returns the times and bins of a rater's acts.
func (m *Meetings) of(a *null.Acts, u int32) ([]int32, []uint8) {
	from, to := a.RaterStart[u], a.RaterStart[u+1]
	return m.time[from:to], m.bin[from:to]
}
