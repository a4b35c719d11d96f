package detect

import (
	"cmp"
	"math"
	"slices"
	"sort"
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

// tabulate finds the targets: the tableSize items that say most about who is in
// the group.
func (r *refiner) tabulate(g *group) {
	for at := range r.targets {
		r.slot[r.targets[at].item] = 0
	}
	least := int32(2)
	if len(g.raters) < 6 {
		least = 1
	}
	var seen []int32
	for _, u := range g.raters {
		for _, k := range r.actsOf(u) {
			if i := r.item[k]; r.count[i] == 0 {
				seen = append(seen, i)
			}
			r.count[r.item[k]]++
		}
	}
	type scored struct {
		item int32
		n    int32
		says float64
	}
	var items []scored
	for _, i := range seen {
		if h := r.count[i]; h >= least {
			x := float64(h)
			items = append(items, scored{i, h, x * math.Log1p(1e4*x/(float64(r.sizeOf(i))*float64(len(g.raters))))})
		}
		r.count[i] = 0
	}
	slices.SortFunc(items, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.says, a.says), cmp.Compare(a.item, b.item))
	})
	items = items[:min(len(items), tableSize)]
	for len(r.targets) < len(items) {
		r.targets = append(r.targets, target{})
	}
	r.targets = r.targets[:len(items)]
	for at, s := range items {
		t := &r.targets[at]
		t.item, t.acts, t.times, t.core = s.item, t.acts[:0], t.times[:0], false
		r.slot[s.item] = int32(at) + 1
	}
	for _, u := range g.raters {
		for _, k := range r.actsOf(u) {
			if at := r.slot[r.item[k]]; at > 0 {
				t := &r.targets[at-1]
				t.acts = append(t.acts, k)
			}
		}
	}
	r.crowd.gather(seen, r.slot, r.state)
	for at := range r.targets {
		t := &r.targets[at]
		slices.Sort(t.acts) // acts are numbered in time order
		if r.time != nil {
			for _, k := range t.acts {
				t.times = append(t.times, r.time[k])
			}
		}
	}
}

// leaveOut computes the shares of the targets among outsiders, leaving out the
// raters given, which are those whose state is not outside.
func (r *refiner) leaveOut(raters []int32) {
	r.crowd.total(r.total)
	for _, u := range raters {
		w := r.crowd.weight(u)
		for _, c := range r.binsOf(u) {
			r.total[c.bin] -= float64(c.count) * w
		}
	}
	for l, h := range r.null.half {
		windowSums(r.per[l], r.total, h)
		for b, sum := range r.per[l] {
			r.per[l][b] = r.null.weight[l] / max(minWindow, sum)
		}
	}
	for at := range r.targets {
		t := &r.targets[at]
		clear(r.x)
		for k := r.itemStart[t.item]; k < r.itemStart[t.item+1]; k++ {
			if u := r.rater[k]; r.state[u] == outside {
				r.x[r.bin[k]] += r.crowd.weight(u)
			}
		}
		t.share = slices.Grow(t.share[:0], r.bins)[:r.bins]
		for b := range t.share {
			t.share[b] = r.null.uniform
		}
		for l, h := range r.null.half {
			windowSums(r.sums, r.x, h)
			for b, n := range r.sums {
				t.share[b] += n * r.per[l][b]
			}
		}
		for b, s := range t.share {
			t.share[b] = min(s, maxShare)
		}
	}
}

// ownShare is what the act of outsider u in bin own adds to a share at bin b.
func (r *refiner) ownShare(u int32, own, b int) (sum float64) {
	for l, h := range r.null.half {
		if own >= b-h && own <= b+h {
			sum += r.per[l][b]
		}
	}
	return sum * r.crowd.weight(u)
}

// chance returns the probability that u chose the target, by all its acts. own
// is u's act on it, or -1; that of an outsider is in the share and taken out.
func (r *refiner) chance(u int32, t *target, own int32) float64 {
	rate := 0.0
	for _, c := range r.binsOf(u) {
		rate += float64(c.count) * t.share[c.bin]
	}
	if own >= 0 && r.state[u] == outside {
		b := int(r.bin[own])
		for _, c := range r.binsOf(u) {
			rate -= float64(c.count) * r.ownShare(u, b, int(c.bin))
		}
	}
	return -math.Expm1(-max(1e-7, r.null.tilt[u]*rate))
}

// chanceNear is chance by the acts within delta of another member's act on the
// target. It expects times to hold the times of u's acts.
func (r *refiner) chanceNear(u int32, t *target, own, delta int32) float64 {
	rate, pos := 0.0, 0
	mine := r.actsOf(u)
	for j, at := range t.times {
		if t.acts[j] == own {
			continue
		}
		pos += sort.Search(len(r.times)-pos, func(i int) bool { return int64(r.times[pos+i]) >= int64(at)-int64(delta) })
		for pos < len(r.times) && int64(r.times[pos]) <= int64(at)+int64(delta) {
			b := int(r.bin[mine[pos]])
			rate += t.share[b]
			if own >= 0 && r.state[u] == outside {
				rate -= r.ownShare(u, int(r.bin[own]), b)
			}
			pos++
		}
	}
	return -math.Expm1(-max(1e-7, r.null.tilt[u]*rate))
}

// near reports whether act k is within delta of another member's act on t.
func (r *refiner) near(t *target, k, delta int32) bool {
	at := int64(r.time[k])
	from := sort.Search(len(t.times), func(i int) bool { return int64(t.times[i]) >= at-int64(delta) })
	for j := from; j < len(t.times) && int64(t.times[j]) <= at+int64(delta); j++ {
		if t.acts[j] != k {
			return true
		}
	}
	return false
}

// load prepares own and times for u.
func (r *refiner) load(u int32) {
	r.times = r.times[:0]
	r.own = slices.Grow(r.own[:0], len(r.targets))[:len(r.targets)]
	for at := range r.own {
		r.own[at] = -1
	}
	for _, k := range r.actsOf(u) {
		if at := r.slot[r.item[k]]; at > 0 {
			r.own[at-1] = k
		}
		if r.time != nil {
			r.times = append(r.times, r.time[k])
		}
	}
}

// findCore marks the targets that the group chose more often than the null has
// it, and are like each other in how many of the members did: an item that half
// of a ring chose for company, while nearly all took part in its targets, is not
// one of them. It returns their number.
func (r *refiner) findCore(g *group) int {
	k := float64(len(g.raters))
	says := make([]float64, len(r.targets)) // ln of the odds of a target with participation 1, but for those who missed
	missed := make([]float64, len(r.targets))
	var core []int
	for at := range r.targets {
		t := &r.targets[at]
		t.core = false
		if len(t.acts) < 2 {
			continue
		}
		mean := 0.0
		for _, u := range g.raters {
			mean += r.chance(u, t, -1)
		}
		if countTail(len(t.acts), mean) >= math.Log(coreLevel) {
			continue
		}
		core = append(core, at)
		t.core = true
		for _, u := range g.raters {
			says[at] -= math.Log1p(-min(r.chance(u, t, -1), .99))
		}
		for _, x := range t.acts {
			p := r.chance(r.rater[x], t, -1)
			says[at] += math.Log1p(-min(p, .99)) - math.Log(p)
		}
		missed[at] = k - float64(len(t.acts))
	}
	if len(core) < 3 {
		return len(core)
	}
	// EM for the one participation rate of the group, from the top.
	prior := math.Log(expectedTargets / float64(r.items))
	q := .95
	weight := make([]float64, len(r.targets))
	for range 20 {
		took, could := .9, 1.
		for _, at := range core {
			h := k - missed[at]
			w := 1 / (1 + math.Exp(-(prior + says[at] + h*math.Log(q) + missed[at]*math.Log(1-q))))
			weight[at] = w
			took += w * h
			could += w * k
		}
		q = min(max(took/could, .05), .95)
	}
	n := 0
	for _, at := range core {
		if r.targets[at].core = weight[at] > .5; r.targets[at].core {
			n++
		}
	}
	return n
}

// coreJury judges the group's votes on its core items.
func (r *refiner) coreJury() *jury {
	var items []int32
	var acts [][]int32
	for at := range r.targets {
		if t := &r.targets[at]; t.core {
			items, acts = append(items, t.item), append(acts, slices.Clone(t.acts))
		}
	}
	return r.ballots.judge(items, acts, func(u int32) bool { return r.state[u] == inside })
}

// votesLikeStrangers reports whether a group is so large, and its votes so
// plainly innocent, that growing it is idle.
func (r *refiner) votesLikeStrangers(g *group) bool {
	if len(g.raters) < openFrom {
		return false
	}
	v := r.coreJury().verdict
	return v.evidence < 0 && v.lift < v.bar/2
}

// pickWindow chooses the width of "at the same time" at which the members' acts
// on the core items stand out most.
func (r *refiner) pickWindow(g *group) {
	g.window, g.together = 0, 0
	if r.time == nil {
		return
	}
	acts := 0.0
	var seen, expected [len(syncGrid)]float64
	for _, u := range g.raters {
		r.load(u)
		looked := 0
		for at := range r.targets {
			t := &r.targets[at]
			if !t.core {
				continue
			}
			if looked++; looked > windowItems {
				break
			}
			if r.own[at] >= 0 {
				acts++
			}
			for d, delta := range syncGrid {
				if r.own[at] >= 0 && r.near(t, r.own[at], delta) {
					seen[d]++
				}
				expected[d] += r.chanceNear(u, t, r.own[at], delta)
			}
		}
	}
	best := math.Inf(-1)
	for d, delta := range syncGrid {
		x, l := seen[d], expected[d]
		if x > l && l > 0 {
			if gain := x*math.Log(x/l) - x + l; gain > best {
				best, g.window = gain, delta
				g.together = (math.Floor(x/acts*togetherSteps) + .5) / togetherSteps
				g.together = min(g.together, 1-.5/togetherSteps)
			}
		}
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

// A test is a rater against the other members.
type test struct {
	ln   float64 // ln p
	fits bool    // is likelier a member than not by what it chose and what it missed
}

// ownRates are how much less than the others a member may take part.
var ownRates = [...]float64{1, .7, .5}

// test asks how unlikely it is that u chose so many of the other members'
// items, at such times, weighing each by how much likelier a member is to do so.
func (r *refiner) test(g *group, u int32) test {
	r.load(u)
	others := len(g.raters)
	member := r.state[u] == inside
	if member {
		others--
	}
	least := 2
	if len(g.raters) < 6 {
		least = 1
	}
	tally := tally{together: g.together}
	var odds [len(ownRates)]float64
	has := 0
	for at := range r.targets {
		t, own := &r.targets[at], r.own[at]
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
		tally.add(q, p, r.chanceAt(g, u, t, own, p), r.kind(g, t, own))
	}
	return test{ln: min(0, tally.tail()), fits: has >= 2 && slices.Max(odds[:]) > 0}
}

// chanceAt is chanceNear, where the group has a window, and no more than p.
func (r *refiner) chanceAt(g *group, u int32, t *target, own int32, p float64) float64 {
	if g.window == 0 {
		return 0
	}
	return min(r.chanceNear(u, t, own, g.window), .999*p)
}

// What a rater did with a target.
const (
	missed = iota
	chose
	choseNear // within the window of another member
)

func (r *refiner) kind(g *group, t *target, own int32) int {
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
	choices  []choice
}

func (t *tally) add(member, chance, near float64, kind int) {
	c := choice{p: chance - near, near: near}
	if c.w = math.Log(member * (1 - t.together) / c.p); c.w <= .2 {
		c.w = 0
	}
	if near > 0 {
		if c.wNear = math.Log(member * t.together / near); c.wNear <= .2 {
			c.wNear = 0
		}
	}
	if c.w == 0 && c.wNear == 0 {
		return
	}
	t.choices = append(t.choices, c)
	switch kind {
	case chose:
		t.sum += c.w
	case choseNear:
		t.sum += c.wNear
	}
}

func (t *tally) tail() float64 {
	if t.sum == 0 {
		return 0
	}
	return choiceTail(t.sum, t.choices)
}

// weigh computes the chance of the whole group: each member is tested against
// those before it only, so that the tests are independent under the null. The
// order, the least active first, does not depend on what was chosen; so the
// number of sets of k raters, ln C(R,k), pays for the search, and the number of
// windows and of shares that could have been chosen for theirs.
func (r *refiner) weigh(g *group) {
	order := make([]int, len(g.raters))
	for j := range order {
		order[j] = j
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(r.countOf(g.raters[a]), r.countOf(g.raters[b])) })
	before := make(map[int32]bool, len(g.raters))
	sum := 0.0
	for j, at := range order {
		u := g.raters[at]
		if j > 0 {
			sum -= r.sequential(g, u, order[:j], before)
		}
		before[u] = true
	}
	g.selection = erlangTail(len(g.raters)-1, sum)
	if g.window > 0 {
		g.selection = min(0, g.selection+math.Log(float64(len(syncGrid)*togetherSteps)))
	}
}

// price is ln of the number of groups that could have been found: sets of as many
// raters among their peers, times the spans of activity there are. It depends on
// how much the members did, never on what they chose, so the span may be told
// afterwards; accounts that are run alike cost less.
func (r *refiner) price(g *group) float64 {
	lo, hi := r.span(g.raters)
	used := 0
	for _, n := range r.crowd.peers {
		if n > 0 {
			used++
		}
	}
	return lnChoose(r.peers(lo, hi), len(g.raters)) + math.Log(float64(used*(used+1)/2))
}

// span returns the least and the greatest class of activity of some raters.
func (r *refiner) span(raters []int32) (lo, hi int) {
	lo = classes
	for _, u := range raters {
		class := classOf(r.countOf(u))
		lo, hi = min(lo, class), max(hi, class)
	}
	return lo, hi
}

// peers returns how many raters are of the classes from lo to hi.
func (r *refiner) peers(lo, hi int) (n int) {
	for _, raters := range r.crowd.peers[lo : hi+1] {
		n += raters
	}
	return n
}

// wholeLists is how many members are tested by all items of those before them:
// among so few, an item that only they share must be allowed to be missed.
const wholeLists = 4

// sequential returns ln p of u against the members before it.
func (r *refiner) sequential(g *group, u int32, earlier []int, before map[int32]bool) float64 {
	r.load(u)
	tally := tally{together: g.together}
	if len(earlier) < wholeLists {
		r.againstLists(g, u, earlier, &tally)
		return tally.tail()
	}
	for at := range r.targets {
		t := &r.targets[at]
		early := target{share: t.share}
		for j, k := range t.acts {
			if before[r.rater[k]] {
				early.acts = append(early.acts, k)
				if r.time != nil {
					early.times = append(early.times, t.times[j])
				}
			}
		}
		if len(early.acts) < 2 {
			continue
		}
		own := r.own[at]
		p := r.chance(u, t, own)
		tally.add(.9*float64(len(early.acts))/float64(len(earlier)), p, r.chanceAt(g, u, &early, own, p), r.kind(g, &early, own))
	}
	return tally.tail()
}

// againstLists tests u by every item of the few members before it.
func (r *refiner) againstLists(g *group, u int32, earlier []int, tally *tally) {
	var theirs []int32
	for _, at := range earlier {
		theirs = append(theirs, r.actsOf(g.raters[at])...)
	}
	slices.Sort(theirs) // so those on one item stand together, in time order
	mine := map[int32]int32{}
	for _, k := range r.actsOf(u) {
		mine[r.item[k]] = k
	}
	reach := r.reachWithout(u)
	for len(theirs) > 0 {
		n := 1
		for n < len(theirs) && r.item[theirs[n]] == r.item[theirs[0]] {
			n++
		}
		t := target{item: r.item[theirs[0]], acts: theirs[:n]}
		theirs = theirs[n:]
		own, has := mine[t.item]
		if !has {
			own = -1
		}
		rate := float64(r.countOf(u)) * r.null.uniform
		for k := r.itemStart[t.item]; k < r.itemStart[t.item+1]; k++ {
			if v := r.rater[k]; r.state[v] == outside {
				rate += r.crowd.weight(v) * reach[r.bin[k]]
			}
		}
		if g.window > 0 {
			for _, k := range t.acts {
				t.times = append(t.times, r.time[k])
			}
			t.share = r.x // where it is not set it is not read
			r.sharesNear(u, &t, g.window)
		}
		p := -math.Expm1(-max(1e-7, r.null.tilt[u]*rate))
		tally.add(.9*float64(n)/float64(len(earlier)), p, r.chanceAt(g, u, &t, own, p), r.kind(g, &t, own))
	}
}

// reachWithout is null.reach with the acts of raters whose state is not outside
// left out of the windows.
func (r *refiner) reachWithout(u int32) []float64 {
	reach := make([]float64, r.bins)
	for l, h := range r.null.half {
		for _, c := range r.binsOf(u) {
			b := int(c.bin)
			add := float64(c.count) * r.per[l][b]
			for x := max(0, b-h); x <= min(r.bins-1, b+h); x++ {
				reach[x] += add
			}
		}
	}
	return reach
}

// sharesNear sets t.share for the bins of u's acts that are within delta of t's.
func (r *refiner) sharesNear(u int32, t *target, delta int32) {
	pos, done := 0, -1
	mine := r.actsOf(u)
	r.upTo = r.upTo[:0]
	for _, at := range t.times {
		pos += sort.Search(len(r.times)-pos, func(i int) bool { return int64(r.times[pos+i]) >= int64(at)-int64(delta) })
		for ; pos < len(r.times) && int64(r.times[pos]) <= int64(at)+int64(delta); pos++ {
			if b := int(r.bin[mine[pos]]); b != done {
				t.share[b] = min(r.shareAt(t.item, b), maxShare)
				done = b
			}
		}
	}
}

// shareAt returns the share of an item at bin b. It expects upTo to hold the
// weights of the outsiders among the item's first acts, summed, or nothing yet.
func (r *refiner) shareAt(item int32, b int) float64 {
	from, to := r.itemStart[item], r.itemStart[item+1]
	if len(r.upTo) == 0 {
		sum := 0.0
		r.upTo = append(r.upTo, 0)
		for _, v := range r.rater[from:to] {
			if r.state[v] == outside {
				sum += r.crowd.weight(v)
			}
			r.upTo = append(r.upTo, sum)
		}
	}
	share := r.null.uniform
	bins := r.bin[from:to] // ascending
	for l, h := range r.null.half {
		lo := sort.Search(len(bins), func(i int) bool { return int(bins[i]) >= b-h })
		hi := sort.Search(len(bins), func(i int) bool { return int(bins[i]) > b+h })
		share += r.per[l][b] * (r.upTo[hi] - r.upTo[lo])
	}
	return share
}

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
	g.speaks = make([]bool, len(g.raters))
	g.shared = make([]int32, len(g.raters))
	for j, u := range g.raters {
		r.load(u)
		g.speaks[j] = fits(r.ownVotes(g.jury))
		for at := range r.targets {
			if r.targets[at].core && r.own[at] >= 0 {
				g.shared[j]++
			}
		}
	}
}
