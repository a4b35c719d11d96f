package judge

import (
	"cmp"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/detect/internal/null"
)

// What a member, and a whole group, are worth against the null.

// ownRates are how much less than the others a member may take part.
var ownRates = [...]float64{1, .7, .5}

// A test is a rater against the other members, until the next.
type test struct {
	*reading
	group  *Group
	deeds  deeds
	member bool
	others int // members
	least  int // of them on a target that counts
	fits   bool
}

// test begins a test of how unlikely it is that a rater chose so many of the other members'
// items, at such times, weighing each by how much likelier a member is to do so. It fits
// if it is likelier a member than not by what it chose and what it missed.
func (r *reading) test(g *Group, d deeds) (t test) {
	t = test{reading: r, group: g, deeds: d, member: r.state[d.rater] == inside, others: len(g.Raters), least: 2}
	if t.member {
		t.others--
	}
	if len(g.Raters) < 6 && !r.hasTargets() {
		t.least = 1
	}
	r.chances = slices.Grow(r.chances[:0], len(r.targets))[:len(r.targets)]
	var odds [len(ownRates)]float64
	has := 0
	for at := range r.targets {
		x, own := &r.targets[at], d.own[at]
		if !x.core {
			continue
		}
		if own >= 0 {
			has++
		}
		h := t.choseIt(at)
		if h < t.least {
			continue
		}
		q, p := t.rate(h), r.chance(d.rater, x, own)
		r.chances[at] = p
		missed := math.Log1p(-p)
		for i, a := range ownRates {
			if own >= 0 {
				odds[i] += math.Log(a * q / p)
			} else {
				odds[i] += math.Log1p(-a*q) - missed
			}
		}
	}
	t.fits = has >= 2 && slices.Max(odds[:]) > 0
	return t
}

// choseIt is how many other members chose a target.
func (t *test) choseIt(at int) int {
	h := len(t.targets[at].acts)
	if t.member && t.deeds.own[at] >= 0 {
		h--
	}
	return h
}

// rate is how often a member is expected to choose what so many of the others did.
func (t *test) rate(h int) float64 { return .9 * float64(h) / float64(t.others) }

// ln is ln p.
func (t *test) ln() float64 {
	r, g, d := t.reading, t.group, t.deeds
	tally := tally{together: g.together, choices: r.tallied[:0]}
	for at := range r.targets {
		x, own := &r.targets[at], d.own[at]
		h := t.choseIt(at)
		if h < t.least {
			continue
		}
		p := r.chances[at]
		if !x.core {
			p = r.chance(d.rater, x, own)
		}
		tally.add(t.rate(h), p, r.chanceAt(g, d, x, own, p), r.kind(g, x, own))
	}
	r.tallied = tally.choices
	return min(0, tally.tail())
}

// lnOf is ln p of a rater.
func (r *reading) lnOf(g *Group, u int32) float64 {
	t := r.test(g, r.deedsOf(u))
	return t.ln()
}

// below reports whether a rater may be a member, and p is below the limit.
func (t test) below(lnLimit float64) bool { return t.fits && t.ln() < lnLimit }

// hasTargets reports whether three members or more chose each of three core items, the least that a ring has.
// Then what only one other member chose says nothing of the group: members that copy
// the history of somebody who acts alone would pull the copied into it.
func (r *reading) hasTargets() bool {
	n := 0
	for at := range r.targets {
		if t := &r.targets[at]; t.core && len(t.acts) >= 3 {
			n++
		}
	}
	return n >= 3
}

// chanceAt is chanceNear, where the group has a window, and no more than p.
func (r *reading) chanceAt(g *Group, d deeds, t *target, own int32, p float64) float64 {
	if g.window == 0 {
		return 0
	}
	return min(r.chanceNear(d, t, own, g.window), .999*p)
}

// What a rater did with a target.
const (
	missed = iota
	chose
	choseNear // within the window of another member
)

func (r *reading) kind(g *Group, t *target, own int32) int {
	switch {
	case own < 0:
		return missed
	case g.window > 0 && r.near(t, own, g.window):
		return choseNear
	}
	return chose
}

// A tally sums, over items, ln of how much likelier a member is to do what was
// done with each.
type tally struct {
	together float64 // share of the members' acts that are near another's
	sum      float64
	choices  []null.Choice
}

func (t *tally) add(member, chance, near float64, kind int) {
	c := null.Choice{P: chance - near, Near: near}
	if c.W = math.Log(member * (1 - t.together) / c.P); c.W <= .2 {
		c.W = 0
	}
	if near > 0 {
		if c.WNear = math.Log(member * t.together / near); c.WNear <= .2 {
			c.WNear = 0
		}
	}
	if c.W == 0 && c.WNear == 0 {
		return
	}
	t.choices = append(t.choices, c)
	switch kind {
	case chose:
		t.sum += c.W
	case choseNear:
		t.sum += c.WNear
	}
}

func (t *tally) tail() float64 {
	if t.sum == 0 {
		return 0
	}
	return null.ChoiceTail(t.sum, t.choices)
}

// weigh computes the chance of the whole group: each member is tested against
// those before it only, so that the tests are independent under the null. The
// order, the least active first, does not depend on what was chosen; so the
// number of sets of k raters, ln C(R,k), pays for the search, and the number of
// windows and of shares that could have been chosen for theirs.
func (r *reading) weigh(g *Group) {
	order := make([]int, len(g.Raters))
	for j := range order {
		order[j] = j
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(r.CountOf(g.Raters[a]), r.CountOf(g.Raters[b]))
	})
	early := make([]target, len(r.targets)) // by those before
	sum := 0.0
	for j, at := range order {
		d := r.deedsOf(g.Raters[at])
		if j > 0 {
			sum -= r.sequential(g, d, order[:j], early)
		}
		acts := r.ActsOf(d.rater)
		for n, i := range r.ItemsOf(d.rater) {
			if at := r.slot[i]; at > 0 && (r.gone == nil || !r.gone(acts[n])) {
				early[at-1].insert(acts[n], r.Time)
			}
		}
	}
	g.selection = null.ErlangTail(len(g.Raters)-1, sum)
	if g.window > 0 {
		g.selection = min(0, g.selection+math.Log(float64(len(syncGrid)*togetherSteps)))
	}
}

// price is ln of the number of groups that could have been found: sets of as many
// raters among their peers, times the spans of activity there are. It depends on
// how much the members did, never on what they chose, so the span may be told
// afterwards; accounts that are run alike cost less.
func (r *reading) price(g *Group) float64 {
	lo, hi := r.span(g.Raters)
	used := 0
	for _, n := range r.crowd.peers {
		if n > 0 {
			used++
		}
	}
	return null.LnChoose(r.peers(lo, hi), len(g.Raters)) + math.Log(float64(used*(used+1)/2))
}

// span returns the least and the greatest class of activity of some raters.
func (r *reading) span(raters []int32) (lo, hi int) {
	lo = classes
	for _, u := range raters {
		class := classOf(r.CountOf(u))
		lo, hi = min(lo, class), max(hi, class)
	}
	return lo, hi
}

// peers returns how many raters are of the classes from lo to hi.
func (r *reading) peers(lo, hi int) (n int) {
	for _, raters := range r.crowd.peers[lo : hi+1] {
		n += raters
	}
	return n
}

// wholeLists is how many members are tested by all items of those before them:
// among so few, an item that only they share must be allowed to be missed.
const wholeLists = 4

// sequential returns ln p of a rater against the members before it, and what these did
// with the targets.
func (r *reading) sequential(g *Group, d deeds, earlier []int, early []target) float64 {
	tally := tally{together: g.together}
	if len(earlier) < wholeLists {
		r.againstLists(g, d, earlier, &tally)
		return tally.tail()
	}
	for at := range early {
		t := &early[at]
		if len(t.acts) < 2 {
			continue
		}
		t.told, t.share = true, r.shareOf(&r.targets[at])
		own := d.own[at]
		p := r.chance(d.rater, t, own)
		tally.add(.9*float64(len(t.acts))/float64(len(earlier)), p, r.chanceAt(g, d, t, own, p), r.kind(g, t, own))
	}
	return tally.tail()
}

// insert adds an act to those that are known, in time order.
func (t *target) insert(k int32, time []int32) {
	at, _ := slices.BinarySearch(t.acts, k)
	t.acts = slices.Insert(t.acts, at, k)
	if time != nil {
		t.times = slices.Insert(t.times, at, time[k])
	}
}

// againstLists tests a rater by every item of the few members before it.
func (r *reading) againstLists(g *Group, d deeds, earlier []int, tally *tally) {
	u := d.rater
	var theirs []int32
	for _, at := range earlier {
		theirs = append(theirs, r.ActsOf(g.Raters[at])...)
	}
	slices.Sort(theirs) // so those on one item stand together, in time order
	mine := map[int32]int32{}
	items := r.ItemsOf(u)
	for n, k := range r.ActsOf(u) {
		mine[items[n]] = k
	}
	reach := r.reachWithout(u)
	for len(theirs) > 0 {
		n, i := 1, r.ItemOf(theirs[0])
		for n < len(theirs) && theirs[n] < r.ItemStart[i+1] {
			n++
		}
		t := target{item: i, acts: theirs[:n], told: true}
		theirs = theirs[n:]
		own, has := mine[t.item]
		if !has {
			own = -1
		}
		rate := float64(r.CountOf(u)) * r.null.Uniform
		for k := r.ItemStart[t.item]; k < r.ItemStart[t.item+1]; k++ {
			if v := r.Rater[k]; r.state[v] == outside {
				rate += r.crowd.weight(v) * reach[r.Bin[k]]
			}
		}
		if g.window > 0 {
			for _, k := range t.acts {
				t.times = append(t.times, r.Time[k])
			}
			t.share = r.x // where it is not set it is not read
			r.sharesNear(d, &t, g.window)
		}
		p := -math.Expm1(-max(1e-7, r.null.Tilt[u]*rate))
		tally.add(.9*float64(n)/float64(len(earlier)), p, r.chanceAt(g, d, &t, own, p), r.kind(g, &t, own))
	}
}
