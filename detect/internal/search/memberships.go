package search

import (
	"iter"
	"slices"
)

// memberships list which of some sets of raters each rater is in, ascending.
type memberships struct {
	set   func(b int32) []int32 // raters of a set, each once
	sets  int32
	start []int32 // sets of rater u are of[start[u]:start[u+1]]
	of    []int32
}

// membershipsOf lists those of sets below a number; what is as long as the sets together is in
// room, where there is enough of it.
func membershipsOf(raters, sets int, set func(b int32) []int32, room []int32) *memberships {
	m := &memberships{set: set, sets: int32(sets), start: make([]int32, raters+1)}
	total := 0
	for b := range m.sets {
		raters := set(b)
		total += len(raters)
		for _, u := range raters {
			m.start[u]++
		}
	}
	for u := range raters {
		m.start[u+1] += m.start[u] // where it ends
	}
	if m.of = room; total > len(room) {
		m.of = make([]int32, total)
	}
	for b := m.sets - 1; b >= 0; b-- {
		for _, u := range set(b) {
			m.start[u]--
			m.of[m.start[u]] = b
		}
	}
	return m
}

func (m *memberships) count(u int32) int { return int(m.start[u+1] - m.start[u]) }

func (m *memberships) setsOf(u int32) []int32 { return m.of[m.start[u]:m.start[u+1]] }

// met tells of each pair of sets with least raters in common or more, in order, the lesser
// one first, and in how many both are. Only raters that link count, and only sets that are
// there. It holds a number for each set, and the pairs of one set at a time.
func (m *memberships) met(least int, links, there func(x int32) bool) iter.Seq2[int, [2]int32] {
	return func(yield func(int, [2]int32) bool) {
		count := make([]int32, m.sets)
		var others, often []int32 // later sets with a rater of this one, and with enough of them
		for d := range m.sets {
			if !there(d) {
				continue
			}
			for _, u := range m.set(d) {
				if !links(u) {
					continue
				}
				mine := m.setsOf(u)
				for at := len(mine) - 1; mine[at] > d; at-- {
					b := mine[at]
					if count[b]++; count[b] == 1 {
						others = append(others, b)
					}
					if int(count[b]) == least {
						often = append(often, b)
					}
				}
			}
			slices.Sort(often)
			for _, b := range often {
				if there(b) && !yield(int(count[b]), [2]int32{d, b}) {
					return
				}
			}
			for _, b := range others {
				count[b] = 0
			}
			others, often = others[:0], often[:0]
		}
	}
}

func always(int32) bool { return true }
