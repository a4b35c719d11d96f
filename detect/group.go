package detect

import (
	"cmp"
	"math"
	"slices"
)

// A group grows, splits and shrinks on selection alone: who chose the same
// items, against a null that leaves the group and its likes out. Votes can stop
// a rater from joining; they never help one in, so that whom they judge in the
// end was not chosen by them.

const (
	tableSize       = 100  // items of a group that are looked at
	coreLevel       = 1e-3 // tail below which an item is one that the group chose
	growRounds      = 6
	mostMembers     = 3000
	joinLevel       = .01 // over the number of raters
	stayLevel       = 1e-3
	linkShare       = .25
	expectedTargets = 10 // of a group, among all items: the prior of a target
	splitDepth      = 3
	openFrom        = 8 // members, from which a group that votes like strangers is dropped early
	windowItems     = 40
	looseSimilar    = .5 // of the mean member's core items, that make an outsider similar
	nearOutsider    = .3 // ..., that make one worth a test
	ringLevel       = .01
)

// oneSlip is what a ring's member loses by one vote that is not the ring's.
var oneSlip = -math.Log(ringSlips)

// syncGrid holds the widths, in seconds, of "at the same time".
var syncGrid = [...]int32{60, 600, 3600, 6 * 3600, 86400, 7 * 86400}

// togetherSteps is how finely the share of acts at the same time is told.
const togetherSteps = 10

// A target is an item that several members chose.
type target struct {
	item  int32
	acts  []int32 // the members', in time order
	times []int32 // of acts; nil without times
	share []float64
	core  bool
}

// A group is a set of raters under judgement.
type group struct {
	raters   []int32   // ascending
	loo      []float64 // per member: ln p against the others
	speaks   []bool    // per member: whether its votes let it be of a ring
	leads    []bool    // per member: whether the others follow it
	shared   []int32   // per member: core items it chose
	core     []int32   // items
	window   int32     // seconds within which acts are at the same time; 0 without times
	together float64   // share of the members' acts that are so
	pool     int       // raters whom selection would have let in and their votes stopped

	open      bool    // dropped early: it votes like strangers
	settled   bool    // growth came to rest
	selection float64 // ln P of the selection
	lnP       float64 // with the search paid for
	jury      *jury
}

// A refiner grows groups from seeds. It is the scratch space of one goroutine.
type refiner struct {
	*acts
	null    *null
	ballots *ballots

	state   []uint8 // per rater: outside, inside, similar
	slot    []int32 // per item: 1 + place in targets
	count   []int32 // per item or rater, zero between uses
	targets []target
	total   []float64
	per     [][]float64 // by window and bin: what an outsider's act in the window adds to a share
	crowd   *crowd
	x, sums []float64
	upTo    []float64 // of the item at hand; see shareAt

	cut [][]int32 // groups that are being refined in parts

	own   []int32 // of the rater loaded, per target: its act, or -1
	times []int32 // of its acts
}

const (
	outside = iota
	inside
	similar
)

func newRefiner(a *acts, n *null, b *ballots) *refiner {
	r := &refiner{acts: a, null: n, ballots: b, state: make([]uint8, a.raters), slot: make([]int32, a.items),
		count: make([]int32, max(a.raters, a.items)), crowd: newCrowd(a), total: make([]float64, n.bins), x: make([]float64, n.bins), sums: make([]float64, n.bins)}
	for range n.half {
		r.per = append(r.per, make([]float64, n.bins))
	}
	return r
}

// refine returns the groups that a seed grows into: none, one, or several where
// it falls apart.
func (r *refiner) refine(seed []int32, depth int) []*group {
	g := &group{raters: slices.Clone(seed)}
	defer func() { r.mark(g.raters, outside) }()
	for round := range growRounds {
		if len(g.raters) < 2 || len(g.raters) > mostMembers {
			return nil
		}
		r.mark(g.raters, inside)
		r.tabulate(g)
		r.leaveOut(g.raters)
		if r.findCore(g) < 2 {
			return nil
		}
		strangers := r.votesLikeStrangers(g)
		if round > 0 || strangers {
			parts := r.split(g, depth)
			if len(parts) > 1 || strangers && len(parts) == 1 && len(parts[0]) < len(g.raters) {
				return r.refineParts(g, parts, depth)
			}
		}
		if strangers {
			g.open = true
			return []*group{g}
		}
		r.pickWindow(g)
		if !r.step(g) {
			g.settled = true
			break
		}
	}
	return r.finish(g, depth)
}

// finish drops what is too small, splits once more, and weighs what stays.
func (r *refiner) finish(g *group, depth int) []*group {
	if len(g.raters) < 3 {
		return nil
	}
	r.mark(g.raters, inside)
	r.tabulate(g)
	r.leaveOut(g.raters)
	if r.findCore(g) < 2 {
		return nil
	}
	if parts := r.split(g, depth); len(parts) > 1 {
		return r.refineParts(g, parts, depth)
	}
	r.pickWindow(g)
	g.loo = g.loo[:0]
	for _, u := range g.raters {
		g.loo = append(g.loo, r.test(g, u).ln)
	}
	r.weigh(g)
	r.judge(g)
	return []*group{g}
}

// refineParts grows the parts of a group each by itself. One that grows back
// into what was cut is not cut again.
func (r *refiner) refineParts(g *group, parts [][]int32, depth int) (all []*group) {
	r.mark(g.raters, outside)
	r.cut = append(r.cut, g.raters)
	g.raters = nil
	for _, part := range parts {
		for _, h := range r.refine(part, depth+1) {
			if !slices.ContainsFunc(all, func(o *group) bool { return slices.Equal(o.raters, h.raters) }) {
				all = append(all, h)
			}
		}
	}
	r.cut = r.cut[:len(r.cut)-1]
	return all
}

func (r *refiner) mark(raters []int32, state uint8) {
	for _, u := range raters {
		r.state[u] = state
	}
}

// A candidate is an outsider who chose several core items.
type candidate struct {
	rater int32
	core  int
}

// candidates returns the outsiders with two core items or more, those with most
// first, and how many core items the mean member has.
func (r *refiner) candidates(g *group) (all []candidate, mean float64) {
	var seen []int32
	for at := range r.targets {
		t := &r.targets[at]
		if !t.core {
			continue
		}
		mean += float64(len(t.acts)) / float64(len(g.raters))
		for k := r.itemStart[t.item]; k < r.itemStart[t.item+1]; k++ {
			if u := r.rater[k]; r.state[u] == outside {
				if r.count[u] == 0 {
					seen = append(seen, u)
				}
				r.count[u]++
			}
		}
	}
	for _, u := range seen {
		if c := int(r.count[u]); c >= 2 && float64(c) >= nearOutsider*mean {
			all = append(all, candidate{u, c})
		}
		r.count[u] = 0
	}
	slices.SortFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.core, a.core), cmp.Compare(a.rater, b.rater))
	})
	return all, mean
}

// step lets outsiders join and members leave, and reports whether any did.
func (r *refiner) step(g *group) (changed bool) {
	candidates, mean := r.candidates(g)
	left := slices.Clone(g.raters)
	for _, c := range candidates[:min(len(candidates), max(10, 2*len(g.raters)))] {
		if float64(c.core) >= looseSimilar*mean {
			r.state[c.rater] = similar
			left = append(left, c.rater)
		}
	}
	likes := left[len(g.raters):]
	defer func() { r.mark(likes, outside) }()
	return r.exchange(g, candidates, left)
}

// exchange is the body of step, with the likes of the group left out of the
// crowd: otherwise the members that a seed lacks would be the crowd that excuses
// the others.
func (r *refiner) exchange(g *group, candidates []candidate, left []int32) bool {
	r.leaveOut(left)
	jury := r.coreJury()
	heard := jury.verdict.evidence > 0
	stays, joins := math.Log(stayLevel), math.Log(joinLevel/float64(r.raters))
	lo, hi := r.span(g.raters)
	peersJoin := math.Log(joinLevel / float64(r.peers(lo, hi))) // of whom there are fewer
	var next []int32
	g.pool = 0
	for _, u := range g.raters {
		if t := r.test(g, u); t.fits && t.ln < stays {
			r.admit(g, u, heard, jury, &next)
		}
	}
	for _, c := range candidates {
		limit := joins
		if class := classOf(r.countOf(c.rater)); lo <= class && class <= hi {
			limit = peersJoin
		}
		if t := r.test(g, c.rater); t.fits && t.ln < limit {
			r.admit(g, c.rater, heard, jury, &next)
		}
	}
	slices.Sort(next)
	if slices.Equal(next, g.raters) {
		return false
	}
	r.mark(left, outside)
	g.raters = next
	return true
}

// admit lets the rater loaded in unless its votes stop it, and counts it in the
// pool if they speak against it.
func (r *refiner) admit(g *group, u int32, heard bool, j *jury, next *[]int32) {
	sum, bar := r.ownVotes(j)
	switch {
	case !heard || fits(sum, bar):
		*next = append(*next, u)
	case sum <= -oneSlip:
		g.pool++
	}
}

// ownVotes sums what the votes of the rater loaded on the core items say for its
// being of the ring, in nats, and the least that they should.
func (r *refiner) ownVotes(j *jury) (sum, bar float64) {
	for at := range r.targets {
		if t := &r.targets[at]; t.core && r.own[at] >= 0 {
			says, least := j.own(j.onItems[t.item], r.own[at])
			sum, bar = sum+says, bar+least
		}
	}
	return sum, bar
}

// fits reports whether votes let a rater be of a ring, one slip forgiven.
func fits(sum, bar float64) bool { return sum+oneSlip > bar/2 }

// gateShare is the share of members that makes a core item count at the gate.
const gateShare = .15

// judge hears the votes on the core items that enough of the members chose.
func (r *refiner) judge(g *group) {
	for at := range r.targets {
		t := &r.targets[at]
		t.core = t.core && float64(len(t.acts)) >= max(2, gateShare*float64(len(g.raters)))
		if t.core {
			g.core = append(g.core, t.item)
		}
	}
	g.jury = r.coreJury()
	g.lnP = min(0, g.selection-max(0, g.jury.verdict.evidence)+r.price(g))
	g.leads = r.leaders(g)
	g.speaks = make([]bool, len(g.raters))
	g.shared = make([]int32, len(g.raters))
	for j, u := range g.raters {
		r.load(u)
		g.speaks[j] = fits(r.ownVotes(g.jury)) && !g.leads[j]
		for at := range r.targets {
			if r.targets[at].core && r.own[at] >= 0 {
				g.shared[j]++
			}
		}
	}
}

// leaderLevel is the chance, over the members, of being taken for one whom the
// others follow.
const leaderLevel = .01

// leaders tells which members came first on shared items more often than one of a
// group that acts in no order would. Anybody can be followed, so whoever is may
// be the victim of those who do, and is not accused with them.
func (r *refiner) leaders(g *group) []bool {
	leads := make([]bool, len(g.raters))
	if r.time == nil {
		return leads
	}
	first := make([]float64, len(g.raters))
	could := make([][]choice, len(g.raters))
	for at := range r.targets {
		t := &r.targets[at]
		for n, k := range t.acts {
			// Those near it, before and after; all where the group has no window.
			lo, hi := 0, len(t.acts)
			if g.window > 0 {
				for lo = n; lo > 0 && t.times[n]-t.times[lo-1] <= g.window; {
					lo--
				}
				for hi = n + 1; hi < len(t.acts) && t.times[hi]-t.times[n] <= g.window; {
					hi++
				}
			}
			if hi-lo < 2 {
				continue
			}
			j, _ := slices.BinarySearch(g.raters, r.rater[k])
			could[j] = append(could[j], choice{p: 1 / float64(hi-lo), w: 1})
			if n == lo && t.times[n] < t.times[n+1] {
				first[j]++
			}
		}
	}
	for j, n := range first {
		leads[j] = n > 0 && choiceTail(n, could[j]) < math.Log(leaderLevel/float64(len(g.raters)))
	}
	return leads
}
