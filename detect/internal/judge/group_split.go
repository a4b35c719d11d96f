package judge

import (
	"math"
	"math/bits"
	"slices"
)

// A group can be several: a chance edge glues a ring to an honest club, or an
// account belongs to both. Parts are told apart by selection alone, by who
// shares core items with whom, and each then grows and is judged by itself, so
// that nobody is carried by the votes of others.

// An itemSet is the core items of a member, by place among the targets.
type itemSet [(MostTargets + 63) / 64]uint64

func (s *itemSet) add(at int) { s[at/64] |= 1 << (at % 64) }

func (s *itemSet) has(at int) bool {
	return s[at/64]>>(at%64)&1 != 0
}

func (s *itemSet) shared(t *itemSet) (n int) {
	for w := range s {
		n += bits.OnesCount64(s[w] & t[w])
	}
	return n
}

// coreSets returns the core items of each member.
func (r *reading) coreSets(g *Group) []itemSet {
	sets := make([]itemSet, len(g.Raters))
	for at, t := range r.targets {
		if t.core {
			for _, k := range t.acts {
				j, _ := slices.BinarySearch(g.Raters, r.Rater[k])
				sets[j].add(at)
			}
		}
	}
	return sets
}

// split returns the parts, of three members or more, of the group: those that
// hang together by shared core items; or, where all do, its two halves, if one
// of them votes like a ring and the group does not, or if hardly anybody of the
// one chose what the other did and they do not both vote like a ring. Halves that
// both do are one ring that takes turns.
func (r *reading) split(g *Group) [][]int32 {
	sets := r.coreSets(g)
	parts := r.parts(sets)
	if len(parts) == 1 && len(g.Raters) >= 6 {
		if two, apart := r.halves(sets); two != nil {
			if r.mayPart(g, two, apart) {
				parts = two
			}
		}
	}
	all := make([][]int32, 0, len(parts))
	for _, part := range parts {
		raters := make([]int32, len(part))
		for i, j := range part {
			raters[i] = g.Raters[j]
		}
		all = append(all, raters)
	}
	return all
}

// mayPart reports whether halves are groups of their own. No half is heard that cannot
// change that.
func (r *reading) mayPart(g *Group, two [][]int, apart bool) bool {
	switch one := r.coreJury().Verdict.speaks(); {
	case one && apart:
		return !r.speaks(g, two[0]) || !r.speaks(g, two[1])
	case !one && !apart:
		return r.speaks(g, two[0]) || r.speaks(g, two[1])
	default: // both or neither: one of them speaks and the whole does not, or not both
		return !one
	}
}

// parts puts members together that hang together: two do if they share two items
// and linkShare of the most that either shares with anybody; and so do all who took
// from the same items, where items hang together by the members they share in the
// same way. Accounts that share work, a few targets each, hang together by that alone.
// It returns the parts of three or more.
func (r *reading) parts(sets []itemSet) [][]int {
	var core []int
	for at := range r.targets {
		if r.targets[at].core {
			core = append(core, at)
		}
	}
	part := linked(len(sets), func(a, b int) int { return sets[a].shared(&sets[b]) })
	shelf := linked(len(core), sharedBy(sets, core))
	// A part goes where most of what its members took stands.
	on := make([][]int, len(sets)) // by part and shelf
	for j := range sets {
		p := part[j]
		if on[p] == nil {
			on[p] = make([]int, len(core))
		}
		for c, at := range core {
			if sets[j].has(at) {
				on[p][shelf[c]]++
			}
		}
	}
	together := make([][]int, len(core))
	for j := range sets {
		best, most := -1, 0
		for c, n := range on[part[j]] {
			if n > most {
				best, most = c, n
			}
		}
		if best >= 0 {
			together[best] = append(together[best], j)
		}
	}
	return slices.DeleteFunc(together, func(part []int) bool { return len(part) < 3 })
}

// sharedBy returns how many members two items share, by place in core.
func sharedBy(sets []itemSet, core []int) func(a, b int) int {
	words := (len(sets) + 63) / 64
	takers := make([]uint64, len(core)*words)
	for j := range sets {
		for c, at := range core {
			if sets[j].has(at) {
				takers[c*words+j/64] |= 1 << (j % 64)
			}
		}
	}
	return func(a, b int) (n int) {
		for w, x := range takers[a*words : (a+1)*words] {
			n += bits.OnesCount64(x & takers[b*words+w])
		}
		return n
	}
}

// linked returns, for each of n, the least one that it hangs together with: two do
// if they share two and linkShare of the most that either shares with any.
func linked(n int, share func(a, b int) int) []int {
	most := make([]int, n)
	for a := range n {
		for b := range a {
			c := share(a, b)
			most[a], most[b] = max(most[a], c), max(most[b], c)
		}
	}
	root := make([]int, n)
	for a := range root {
		root[a] = a
	}
	find := func(a int) int {
		for root[a] != a {
			root[a] = root[root[a]]
			a = root[a]
		}
		return a
	}
	for a := range n {
		for b := range a {
			if s := share(a, b); s >= 2 && float64(s) >= linkShare*float64(max(most[a], most[b])) {
				x, y := find(a), find(b)
				root[max(x, y)] = min(x, y)
			}
		}
	}
	for a := range root {
		root[a] = find(a)
	}
	return root
}

// halves cuts members in two by two-means on their items, starting from the one
// with most items and the one that shares least with it. They are apart if each
// half chose the other's items less than linkShare as often as the other did. It
// returns nil if a half has less than three.
func (r *reading) halves(sets []itemSet) (two [][]int, areApart bool) {
	far := [2]int{}
	for j := range sets {
		if sets[j].shared(&sets[j]) > sets[far[0]].shared(&sets[far[0]]) {
			far[0] = j
		}
	}
	apart := func(j int) float64 {
		return float64(sets[j].shared(&sets[far[0]])+1) / float64(sets[j].shared(&sets[j])+1)
	}
	for j := range sets {
		if apart(j) < apart(far[1]) {
			far[1] = j
		}
	}
	if far[0] == far[1] {
		return nil, false
	}
	var rate [2][]float64 // share of a half that chose each item
	var half [2][]int
	half[0], half[1] = far[:1:1], far[1:]
	for range 10 {
		for h := range half {
			rate[h] = r.rates(sets, half[h])
		}
		var next [2][]int
		for j := range sets {
			ll := 0.0
			for at := range r.targets {
				switch {
				case !r.targets[at].core:
				case sets[j].has(at):
					ll += math.Log(rate[1][at] / rate[0][at])
				default:
					ll += math.Log((1 - rate[1][at]) / (1 - rate[0][at]))
				}
			}
			h := 0
			if ll > 0 {
				h = 1
			}
			next[h] = append(next[h], j)
		}
		if slices.Equal(next[0], half[0]) && slices.Equal(next[1], half[1]) {
			break
		}
		half = next
	}
	if len(half[0]) < 3 || len(half[1]) < 3 {
		return nil, false
	}
	var own, other [2]float64 // a half's rate on its items, and the other's there
	for at := range r.targets {
		if r.targets[at].core {
			h := 0
			if rate[1][at] > rate[0][at] {
				h = 1
			}
			own[h] += rate[h][at]
			other[h] += rate[1-h][at]
		}
	}
	return half[:], other[0] < linkShare*own[0] && other[1] < linkShare*own[1]
}

// speaks reports whether the votes of some members, by themselves, are a ring's.
func (r *reading) speaks(g *Group, members []int) bool {
	in := make(map[int32]bool, len(members))
	for _, j := range members {
		in[g.Raters[j]] = true
	}
	var items []int32
	var acts [][]int32
	for at := range r.targets {
		t := &r.targets[at]
		if !t.core {
			continue
		}
		var theirs []int32
		for _, k := range t.acts {
			if in[r.Rater[k]] {
				theirs = append(theirs, k)
			}
		}
		if len(theirs) >= 2 {
			items, acts = append(items, t.item), append(acts, theirs)
		}
	}
	return r.votes.judge(items, acts, func(u int32) bool { return r.state[u] == inside }).Verdict.speaks()
}

// rates returns the share of some members that chose each target, drawn a
// little towards a half.
func (r *reading) rates(sets []itemSet, members []int) []float64 {
	rate := make([]float64, len(r.targets))
	for at := range rate {
		n := .05
		for _, j := range members {
			if sets[j].has(at) {
				n++
			}
		}
		rate[at] = n / (float64(len(members)) + .1)
	}
	return rate
}
