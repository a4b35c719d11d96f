package campaigns

import (
	"cmp"
	"slices"
)

const (
	classesOfItems = 10 // by how the established like them
	launch         = 14 * day
	late           = 30 * day // after the data begins, from which on an item that appears is new
	sampled        = 5000     // items, about, that the spreads are fitted on: more change little and cost much
)

// A usual is how the established and the few vote where nothing is the matter, as
// the data itself shows it: everything is fitted to ratings outside of bursts, so
// that campaigns do not teach it.
type usual struct {
	*search
	level    []float64 // of each item, by its established ratings
	edges    []float64 // of the classes of items
	all      votes     // of the established on the platform
	settled  [2][classesOfItems]votes
	few      [2][classesOfItems]votes // [1]: in the weeks after an item appears
	items    float64                  // weight of what items of a class get, beside an item's own established ratings
	told     float64                  // weight of what the established say, beside an item's own few
	together float64                  // concentration of votes in a burst
	launches float64                  // the same of bursts in an item's first weeks: some appear to acclaim
	moves    float64                  // share of the times when an item's established vote otherwise for a while
	lives    lives                    // ratings of the few by how many ratings their raters have
	scatter  float64                  // concentration of the established at other times
}

// spans returns the spans of an item's bursts.
func (s *search) spans(item int32) (all []span) {
	for _, b := range s.burstsOf(item) {
		all = append(all, b.span)
	}
	return all
}

func (s *search) burstsOf(item int32) []burst {
	k, _ := slices.BinarySearchFunc(s.bursts, item, func(b burst, i int32) int { return cmp.Compare(b.item, i) })
	end := k
	for end < len(s.bursts) && s.bursts[end].item == item {
		end++
	}
	return s.bursts[k:end]
}

func (s *search) widest() uint8 { return uint8(s.columns.few[len(s.columns.few)-1]) }

// isNew reports whether a row is of the weeks after its item appeared.
func (c *columns) isNew(item int32, k int32) bool {
	first := int64(c.time[c.start[item]])
	return first > int64(c.first)+late && int64(c.time[k])-first <= launch
}

// counts returns an item's votes by the established, and by the few outside of
// its bursts.
func (u *usual) counts(item int32) (settled, few votes) {
	spans, widest := u.spans(item), u.widest()
	for k := u.start[item]; k < u.start[item+1]; k++ {
		if u.life[k] >= u.established {
			settled[u.columns.level[k]]++
		}
		if u.life[k] <= widest && (len(spans) == 0 || !within(spans, u.time[k])) {
			few[u.columns.level[k]]++
		}
	}
	return settled, few
}

// place returns where on the scale votes lie, from 0 to 1, 3 votes as on the
// whole platform added.
func (u *usual) place(v *votes) float64 {
	sum, n, step := 0., 0., 1/float64(u.levels-1)
	for k := range u.levels {
		sum += float64(k) * step * (v[k] + 3*u.all[k])
		n += v[k]
	}
	return sum / (n + 3)
}

// classOf returns the class of items of a place.
func (u *usual) classOf(place float64) int {
	k, _ := slices.BinarySearch(u.edges, place)
	return k
}
