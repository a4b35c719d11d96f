package judge

import (
	"cmp"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/detect/internal/null"
)

// What a member, and a whole group, are worth against the null.

// A test is a rater against the other members.
type test struct {
	ln   float64 // ln p
	fits bool    // is likelier a member than not by what it chose and what it missed
}

// below reports whether a rater may be a member, and p is below the limit.
func (t test) below(lnLimit float64) bool { return t.fits && t.ln < lnLimit }

// ownRates are how much less than the others a member may take part.
var ownRates = [...]float64{1, .7, .5}

// test asks how unlikely it is that u chose so many of the other members'
// items, at such times, weighing each by how much likelier a member is to do so.
func (r *reading) test(g *Group, d deeds) test {
	u := d.rater
	others := len(g.Raters)
	member := r.state[u] == inside
	if member {
		others--
	}
	least := 2
	if len(g.Raters) < 6 && !r.hasTargets() {
		least = 1
	}
	tally := tally{together: g.together}
	var odds [len(ownRates)]float64
	has := 0
	for at := range r.targets {
		t, own := &r.targets[at], d.own[at]
		h := len(t.acts)
		if member && own >= 0 {
			h--
		}
		if t.core && own >= 0 {
			has++
		}
		if h < least {
			continue
		}
		q := .9 * float64(h) / float64(others)
		p := r.chance(u, t, own)
		if t.core {
			for i, a := range ownRates {
				if own >= 0 {
					odds[i] += math.Log(a * q / p)
				} else {
					odds[i] += math.Log1p(-a*q) - math.Log1p(-p)
				}
			}
		}
		tally.add(q, p, r.chanceAt(g, d, t, own, p), r.kind(g, t, own))
	}
	return test{ln: min(0, tally.tail()), fits: has >= 2 && slices.Max(odds[:]) > 0}
}

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
	before := make(map[int32]bool, len(g.Raters))
	sum := 0.0
	for j, at := range order {
		u := g.Raters[at]
		if j > 0 {
			sum -= r.sequential(g, u, order[:j], before)
		}
		before[u] = true
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

// sequential returns ln p of u against the members before it.
func (r *reading) sequential(g *Group, u int32, earlier []int, before map[int32]bool) float64 {
	d := r.deedsOf(u)
	tally := tally{together: g.together}
	if len(earlier) < wholeLists {
		r.againstLists(g, d, earlier, &tally)
		return tally.tail()
	}
	for at := range r.targets {
		t := &r.targets[at]
		early := target{share: t.share}
		for j, k := range t.acts {
			if before[r.Rater[k]] {
				early.acts = append(early.acts, k)
				if r.Time != nil {
					early.times = append(early.times, t.times[j])
				}
			}
		}
		if len(early.acts) < 2 {
			continue
		}
		own := d.own[at]
		p := r.chance(u, t, own)
		tally.add(.9*float64(len(early.acts))/float64(len(earlier)), p, r.chanceAt(g, d, &early, own, p),
			r.kind(g, &early, own))
	}
	return tally.tail()
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
	for _, k := range r.ActsOf(u) {
		mine[r.Item[k]] = k
	}
	reach := r.reachWithout(u)
	for len(theirs) > 0 {
		n := 1
		for n < len(theirs) && r.Item[theirs[n]] == r.Item[theirs[0]] {
			n++
		}
		t := target{item: r.Item[theirs[0]], acts: theirs[:n]}
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
