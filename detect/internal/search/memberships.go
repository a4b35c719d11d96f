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

// met tells of each pair of sets with a rater in common, in order, the lesser one first, and in
// how many both are. Only raters that link count, and only sets that are there. It holds the
// pairs of one set at a time.
func (m *memberships) met(links, there func(x int32) bool) iter.Seq2[int, [2]int32] {
	return func(yield func(int, [2]int32) bool) {
		var others []int32 // once for each rater
		for d := range m.sets {
			if !there(d) {
				continue
			}
			others = others[:0]
			for _, u := range m.set(d) {
				if !links(u) {
					continue
				}
				mine := m.setsOf(u)
				at, _ := slices.BinarySearch(mine, d)
				for _, b := range mine[at+1:] {
					if there(b) {
						others = append(others, b)
					}
				}
			}
			slices.Sort(others)
			for from := 0; from < len(others); {
				to := from + 1
				for to < len(others) && others[to] == others[from] {
					to++
				}
				if !yield(to-from, [2]int32{d, others[from]}) {
					return
				}
				from = to
			}
		}
	}
}

func always(int32) bool { return true }
