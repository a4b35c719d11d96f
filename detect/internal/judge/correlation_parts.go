package judge

import (
	"cmp"
	"math"
	"slices"
)

// A group whose votes are heard may be two that share their company: brigades that rate
// the same well known items and then each its own targets. Growth keeps them as one, and
// it is no matter for an accusation; but what the one does to its target, the other may
// undo by rating it for company, and two plans are not heard as one.

const (
	// An item tells parts apart if more than middleItem of the raters chose it and as many
	// did not; mostMiddle such are looked at, a bound on the cost.
	middleItem = .15
	mostMiddle = 60
	partRounds = 8 // of EM; assignments are at rest by then or are left
	leastPart  = 4
)

// A chosen is an item, and who of some raters chose it, n of them.
type chosen struct {
	item int32
	by   []bool
	n    int
}

// parts cuts raters in two by what they chose, where two rates of choosing each item are so
// much better than one that they pay for who is in which (by the Bayesian information
// criterion): as each takes part in some of the targets at random, it is not. And half of
// what the group is told by must be company of both, as it is not of those who take turns.
func (v *Votes) parts(raters, core []int32) [][]int32 {
	if len(raters) < 2*leastPart || len(raters) > MostMembers {
		return [][]int32{raters}
	}
	all := v.chosenBy(raters)
	second := cut(middleOf(all, len(raters)))
	if second == nil || !shareCompany(all, core, second) {
		return [][]int32{raters}
	}
	var a, b []int32
	for n, u := range raters {
		if second[n] == second[0] {
			a = append(a, u)
		} else {
			b = append(b, u)
		}
	}
	return [][]int32{a, b}
}

// chosenBy returns what raters chose, by item.
func (v *Votes) chosenBy(raters []int32) (all []chosen) {
	at := make(map[int32]int)
	for n, u := range raters {
		for _, i := range v.ItemsOf(u) {
			x, known := at[i]
			if !known {
				x = len(all)
				at[i] = x
				all = append(all, chosen{item: i, by: make([]bool, len(raters))})
			}
			if !all[x].by[n] {
				all[x].by[n] = true
				all[x].n++
			}
		}
	}
	slices.SortFunc(all, func(a, b chosen) int { return cmp.Compare(a.item, b.item) })
	return all
}

// middleOf returns items that some chose and some did not, first those that halve the raters.
func middleOf(all []chosen, raters int) (middle []chosen) {
	least := max(leastPart, int(middleItem*float64(raters)))
	for _, x := range all {
		if x.n >= least && x.n <= raters-least {
			middle = append(middle, x)
		}
	}
	slices.SortStableFunc(middle, func(a, b chosen) int {
		return cmp.Compare(max(a.n, raters-a.n), max(b.n, raters-b.n))
	})
	return middle[:min(len(middle), mostMiddle)]
}

// cut tells who is in the second of two parts, or returns nil where there is one. EM begins
// with those who chose an item, for each item.
func cut(middle []chosen) (second []bool) {
	best := 0.
	for _, first := range middle {
		in := slices.Clone(first.by)
		for range partRounds {
			ln, gain := twoRates(middle, in)
			if ln > best {
				best, second = ln, slices.Clone(in)
			}
			for u := range in {
				in[u] = gain[u] > 0
			}
		}
	}
	return second
}

// twoRates returns ln of how much likelier the choices are with a rate of choosing each item
// for each part than with one, the parts and the rates paid for, and by rater what its
// choices say for the second part.
func twoRates(middle []chosen, second []bool) (ln float64, gain []float64) {
	raters, size := len(second), 0
	for _, is := range second {
		if is {
			size++
		}
	}
	gain = make([]float64, raters)
	if size < leastPart || raters-size < leastPart {
		return math.Inf(-1), gain
	}
	ln = -float64(raters)*math.Ln2 - .5*float64(len(middle))*math.Log(float64(raters))
	for _, x := range middle {
		n := x.within(second)
		ln += heads(n, size) + heads(x.n-n, raters-size) - heads(x.n, raters)
		p, q := (float64(n)+.5)/float64(size+1), (float64(x.n-n)+.5)/float64(raters-size+1)
		took, missed := math.Log(p/q), math.Log((1-p)/(1-q))
		for u, is := range x.by {
			if is {
				gain[u] += took
			} else {
				gain[u] += missed
			}
		}
	}
	return ln, gain
}

// within counts those of the second part who chose the item.
func (x *chosen) within(second []bool) (n int) {
	for u, is := range x.by {
		if is && second[u] {
			n++
		}
	}
	return n
}

// shareCompany reports whether more than half of either part chose half of the core items.
func shareCompany(all []chosen, core []int32, second []bool) bool {
	size, company := 0, 0
	for _, is := range second {
		if is {
			size++
		}
	}
	for _, x := range all {
		n := x.within(second)
		if slices.Contains(core, x.item) && 2*n > size && 2*(x.n-n) > len(second)-size {
			company++
		}
	}
	return 2*company >= len(core)
}

// disagree reports whether two parts of those heard are better told by a vote for each on
// the items that more than half of either chose than by one vote for both: if they are of
// one mind, they are copies of each other.
func (j *Jury) disagree(parts [][]int32) bool {
	sum := 0.
	for at, acts := range j.acts {
		var by [2][]voter
		for n, part := range parts {
			for _, k := range acts {
				if _, in := slices.BinarySearch(part, j.Rater[k]); in {
					by[n] = append(by[n], j.voter(at, k))
				}
			}
		}
		if 2*len(by[0]) > len(parts[0]) && 2*len(by[1]) > len(parts[1]) {
			named := j.namedByItem([][]voter{by[0], by[1], slices.Concat(by[0], by[1])})
			sum += logSum(named[0][:]) + logSum(named[1][:]) - logSum(named[2][:]) - math.Log(float64(len(ownShares)))
		}
	}
	return sum > 0
}

// heads is ln of the likelihood of n heads in all throws at the best chance of them.
func heads(n, all int) float64 {
	if n == 0 || n == all {
		return 0
	}
	p := float64(n) / float64(all)
	return float64(n)*math.Log(p) + float64(all-n)*math.Log1p(-p)
}

var (
	// ownShares are shares of own votes that a plan may leave its members. With three
	// in four a plan is no more than what the likelihood of a community misses of one: a
	// club with opinions of its own was heard as such.
	ownShares = [...]float64{.02, .1, .25, .5}
	// plannedParts are shares of a group's items that a plan may be about.
	plannedParts = [...]float64{.98, .5, .2}
)
