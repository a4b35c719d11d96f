package live

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// An engine looks for groups as acts come, and holds what the two e-processes say of
// them. What it finds depends on the acts alone, and on nothing that a clock says.
type engine struct {
	*acts
	votes
	alpha float64
	most  int // acts that are kept

	pairs  *meetings
	tried  []int32 // per rater: its acts when its neighbourhood was last judged
	chosen []choice
	last   []int32 // per rater: its last group of chosen, from 1 on
	told   []int32 // per rater: the number of the last alert that names it, from 1 on
	alerts int
	budget float64
	fitAt  int // acts, when viewpoints are found next
	beside int // acts from which on they are found beside
	count  searched

	scratch scratch
	weight  []float32 // per rater, zero between calls
	met     []int32
}

// searched tells how the search went.
type searched struct {
	Judged  int // neighbourhoods
	Chosen  int // groups that choose together, whose votes were then looked at
	Evicted int // acts
}

const (
	pairWithin = 3600 // seconds
	pairMost   = 64   // raters on an item before, that an act is paired with
	pairLeast  = 2.5  // nats that an act on the item must be unlikely; others make nobody suspicious
	perAct     = .1   // nats of chance that the less active of two has with every act
	// three or four who copy each other are a household: in worlds with such, all alerts were on three
	leastMembers = 5
	mostMembers  = 64
	epochDays    = 30
	mostActs     = 1 << 30 // numbers of acts are of 32 bits
	followed     = 4       // of so many acts of whom is followed, one is in what a group took together
	perWealth    = 24      // acts that pay for working out the wealth of a group once,
	actsPaid     = 256     // if it has so many acts, some .3 ms
	mostBudget   = 400     // of these
)

func newEngine(alpha float64, mostPairs int) *engine {
	return &engine{acts: newActs(), alpha: alpha, most: mostActs, pairs: newMeetings(mostPairs), budget: mostBudget / 2,
		fitAt: sideFirst, beside: sideBeside}
}

// A finding is a group whose evidence crossed.
type finding struct {
	group         []int32
	from, to      int32 // acts: since when, and what it crossed with
	choice, votes float64
	barChoice     float64
	barVotes      float64
	grows         int32 // the alert that most of it is in already, from 1 on
}

// take takes an act up, and returns a group that it makes cross.
func (e *engine) take(ctx context.Context, rater, item int32, value float64, time int32) (found *finding) {
	k, first := e.add(rater, item, time)
	if !first {
		return nil
	}
	level := e.levelOf(value)
	e.level = append(e.level, level)
	e.free = append(e.free, e.predict(rater, item, level))
	e.last, e.tried, e.told, e.weight, e.met = reach(e.last, rater), reach(e.tried, rater), reach(e.told, rater),
		reach(e.weight, rater), reach(e.met, rater)
	e.budget = min(e.budget+1./perWealth, mostBudget)
	n := len(e.rater) + e.gone
	if n == e.fitAt {
		e.fitAt *= 2
		e.side(ctx, e.acts, n, e.lo, e.hi)
	}
	if e.sides != nil && n >= e.sidesCount() {
		e.settle(e.acts)
	}
	if rare := max(e.rare[k], e.quiet[k]); rare >= pairLeast {
		found = e.meet(k, rare)
	}
	return found
}

// sidesCount is the number of acts from which on the viewpoints count that are being found.
func (e *engine) sidesCount() int {
	if n := e.sides.acts; n >= e.beside {
		return n + n/sideLater
	}
	return e.sides.acts
}

// meet pairs an act with those before it on the item, and looks closer where a pair
// has met too often.
func (e *engine) meet(k int32, rare float32) (found *finding) {
	u, on := e.rater[k], e.ofItem[e.item[k]]
	var seed int32 = -1
	// Less is expected of a rater's nearest of all. Where many pairs would be looked at, those with most go first.
	enough := float32(math.Log(float64(e.raters)) * (1 + 2*(1-e.budget/mostBudget)))
	from := len(on) - 1
	for from > 0 && from >= len(on)-pairMost && e.time[k]-e.time[on[from-1]] <= pairWithin {
		from--
	}
	// Where many came, any two meet.
	if rare = min(rare, 12) - float32(math.Log(float64(len(on)-from))); rare <= 0 {
		return nil
	}
	var most float32
	var listed int32
	for _, j := range on[from : len(on)-1] {
		v := e.rater[j]
		if e.last[v] == e.last[u] {
			listed = e.last[u]
		}
		p := e.pairs.meet(pairOf(min(u, v), max(u, v)), rare)
		if more := p.nats - perAct*float32(min(len(e.ofRater[u]), len(e.ofRater[v]))); p.times >= 2 && more >= enough &&
			more > most {
			seed, most = v, more
		}
	}
	if listed > 0 && e.told[u] == 0 && e.budget >= 1 {
		if found = e.again(k, int(listed)); found != nil {
			return found
		}
	}
	if seed < 0 || e.budget < 1 || !e.due(u) || !e.due(seed) {
		return nil
	}
	e.budget -= .2
	return e.judge(k, []int32{u, seed})
}

// due tells whether a rater did enough since it was last judged.
func (e *engine) due(u int32) bool {
	n, last := int32(len(e.ofRater[u])), e.tried[u]
	return last == 0 || n >= last+1+last/6
}

// judge grows a group from two raters, by choices alone, and asks both e-processes.
func (e *engine) judge(k int32, group []int32) *finding {
	e.count.Judged++
	best, gain := group, math.Inf(-1)
	var at stake
	for range 4 {
		grown, s, g := e.grow(best)
		if g <= gain {
			break
		}
		best, at, gain = grown, s, g
		if s.nats < (s.nats-g)/3 { // far from its price
			break
		}
	}
	for _, u := range append(group, best...) {
		e.tried[u] = int32(len(e.ofRater[u]))
	}
	if len(best) < leastMembers || gain < e.bar() {
		return nil
	}
	slices.Sort(best)
	best, at, gain = e.prune(slices.Clone(best), at, gain)
	if len(best) < leastMembers {
		return nil
	}
	m, listed := e.list(best)
	if listed != nil { // nearly the same; as it stands in the list its votes cost no more
		s := e.pay(listed.group)
		if g := s.nats - e.price(listed.group); g >= e.bar() {
			best, at, gain = listed.group, stake{s.nats, e.since(listed)}, g
		} else {
			listed = nil
		}
	}
	if listed == nil {
		e.chosen = append(e.chosen, choice{best, int(at.from) + e.gone, 0})
		m = len(e.chosen)
		e.count.Chosen++
		for _, u := range best {
			e.last[u] = int32(m)
		}
	}
	return e.ask(k, best, m, at, gain)
}

// pay works out a group's wealth, and takes it off the budget, by its acts.
func (e *engine) pay(group []int32) stake {
	n := 0
	for _, u := range group {
		n += len(e.ofRater[u])
	}
	e.budget -= max(1, float64(n)/actsPaid)
	return e.wealth(group, &e.scratch)
}

// bar is what a group must win beyond its price, whatever day of an epoch it begins with.
func (e *engine) bar() float64 { return math.Log(epochDays / e.alpha) }

func (e *engine) since(c *choice) int32 { return int32(max(0, c.from-e.gone)) }

// again asks a group anew that choices found before, as its members act.
func (e *engine) again(k int32, m int) *finding {
	c := &e.chosen[m-1]
	if c.acts++; c.acts%max(1, len(c.group)/4) != 0 {
		return nil
	}
	s := e.pay(c.group)
	gain := s.nats - e.price(c.group)
	if gain < e.bar() {
		return nil
	}
	return e.ask(k, c.group, m, stake{s.nats, e.since(c)}, gain)
}

// ask asks for the votes of the m-th group that choices found.
func (e *engine) ask(k int32, group []int32, m int, at stake, gain float64) *finding {
	fresh, of := 0, map[int32]int{}
	for _, u := range group {
		if x := e.told[u]; x == 0 {
			fresh++
		} else {
			of[x]++
		}
	}
	if 3*fresh < len(group) {
		return nil
	}
	barVotes := math.Log(float64(m)) + math.Log(float64(m+1)) - math.Log(e.alpha)
	agree := e.agreement(group, at.from, len(e.levels))
	if agree < barVotes || e.led(group, at.from) {
		return nil
	}
	f := &finding{group: slices.Clone(group), from: at.from, to: k, choice: at.nats, votes: agree, barChoice: e.bar() +
		at.nats - gain, barVotes: barVotes}
	for x, n := range of {
		if 2*n >= len(group)-fresh && x > f.grows {
			f.grows = x
		}
	}
	e.alerts++
	for _, u := range group {
		e.told[u] = int32(e.alerts)
	}
	return f
}

// A choice is a group that chooses together. The list of them follows from choices
// alone, so that the n-th pays for its place in the list, and not for all groups, when its votes are
// looked at.
type choice struct {
	group []int32
	from  int // act, counted from the first ever
	acts  int // of its members beside other members since it was found
}

// list looks a group up that differs from it in a fifth at most, and returns its place from 1 on.
func (e *engine) list(group []int32) (m int, known *choice) {
	common := map[int32]int{}
	for _, u := range group {
		if x := e.last[u]; x > 0 {
			common[x]++
		}
	}
	for x, n := range common {
		c := &e.chosen[x-1]
		if 5*n >= 4*max(len(group), len(c.group)) && int(x) > m {
			m, known = int(x), c
		}
	}
	return m, known
}

// prune lets those go without whom a group has more beyond its price: who stands
// beside others is not in what these win.
func (e *engine) prune(group []int32, at stake, gain float64) ([]int32, stake, float64) {
	for m := len(group) - 1; m >= 0 && len(group) > leastMembers; m-- {
		without := slices.Delete(slices.Clone(group), m, m+1)
		s := e.pay(without)
		if g := s.nats - e.price(without); g > gain {
			group, at, gain = without, s, g
		}
	}
	return group, at, gain
}

// led tells whether the same rater, a member or not, was there before the others on
// most of what a group took together: whoever is followed is, innocently perhaps, what
// its followers have in common. Who is there first on much else, too, is not followed: else whoever
// rates most items early keeps a brigade from being told of.
func (e *engine) led(group []int32, from int32) bool {
	by := map[int32][]int32{}
	for _, k := range e.of(group) {
		if k >= from {
			by[e.item[k]] = append(by[e.item[k]], k)
		}
	}
	items, before := 0, map[int32]int{}
	for i, acts := range by {
		if len(acts) < 3 {
			continue
		}
		items++
		on := e.ofItem[i]
		for at, _ := slices.BinarySearch(on, acts[0]); at >= 0 && e.time[on[at]] >= e.time[acts[0]]-day; at-- {
			before[e.rater[on[at]]]++
		}
	}
	if items < 4 {
		return false
	}
	for u, n := range before {
		if 2*n <= items {
			continue
		}
		acts := e.ofRater[u]
		since, _ := slices.BinarySearch(acts, from)
		if followed*n >= len(acts)-since {
			return true
		}
	}
	return false
}

// grow looks who took the items that members of a group took about the same time,
// and returns the best of the groups of those who did it most, with what it has
// beyond its price.
func (e *engine) grow(group []int32) (best []int32, at stake, gain float64) {
	all := e.of(group)
	by := map[int32][]int32{} // members' acts per item
	for _, k := range all {
		by[e.item[k]] = append(by[e.item[k]], k)
	}
	items := make([]int32, 0, len(by))
	for i, acts := range by {
		if len(acts) > 1 {
			items = append(items, i)
		}
	}
	slices.Sort(items)
	var near []int32
	for _, i := range items {
		on := e.ofItem[i]
		first, last := e.time[by[i][0]], e.time[by[i][len(by[i])-1]]
		from, _ := slices.BinarySearchFunc(on, first-pairWithin,
			func(k, t int32) int { return cmp.Compare(e.time[k], t) })
		for _, k := range on[from:min(len(on), from+1000)] {
			if e.time[k] > last+pairWithin {
				break
			}
			u := e.rater[k]
			if e.met[u] == 0 {
				near = append(near, u)
			}
			e.met[u]++
			e.weight[u] += min(max(e.rare[k], e.quiet[k]), 12)
		}
	}
	near = slices.DeleteFunc(near, func(u int32) bool {
		if e.met[u] >= 2 {
			return false
		}
		e.met[u], e.weight[u] = 0, 0
		return true
	})
	slices.SortFunc(near, func(u, v int32) int {
		return cmp.Or(cmp.Compare(e.weight[v], e.weight[u]), cmp.Compare(u, v))
	})
	could := make([]float64, len(near)+1) // win, the first of them, about the same time
	for x, u := range near {
		could[x+1] = could[x] + float64(e.weight[u])
		e.met[u], e.weight[u] = 0, 0
	}
	gain = math.Inf(-1)
	for size := leastMembers; size <= min(len(near), mostMembers); size += 1 + size/3 {
		if 2*could[size] < e.price(near[:size]) { // what they win within a day included, they are far from it
			continue
		}
		s := e.pay(near[:size])
		g := s.nats - e.price(near[:size])
		if g > gain {
			best, at, gain = near[:size], s, g
		}
		if g < gain-30 { // those who are left did less and less of it
			break
		}
	}
	return best, at, gain
}
