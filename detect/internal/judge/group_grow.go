package judge

import (
	"cmp"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/detect/internal/null"
)

// Significant reports whether independent raters do not explain the group.
func (g *Group) Significant() bool { return !g.Open && g.LnP < math.Log(RingLevel) }

// RingLike reports whether a group is judged a ring, but for multiplicity.
func (g *Group) RingLike() bool {
	return g.Significant() && !g.Loose && g.Jury.Verdict.Evidence > 0 && g.AsOne() && !g.PartOfCrowd()
}

// AsOne reports whether the members vote as a ring does: so nearly as one that a
// community would not, or, whatever they spend on cover, by one plan rather than by
// what the items are.
func (g *Group) AsOne() bool {
	if !g.Jury.HasValues() {
		return g.Jury.Verdict.United()
	}
	v := &g.Jury.Verdict
	if g.Scripted() {
		return true
	}
	if g.mayBeBundle() || g.Jury.divided() {
		return false
	}
	return g.Apart > g.Bar && len(g.Core) >= leastApart || g.Apart > 0 && v.United() ||
		g.Apart > -g.Bar && v.Lift > unanimous/unity*v.Bar
}

// unanimous is the share of the lift of voting as one from which a few targets, too
// few to tell whether votes hang on the item, need only not speak against a plan: of
// honest groups, none had more than .66.
const unanimous = .85

// fewChoices is how many choices may be one bundle: most series, and what of an album
// people rate, have fewer parts.
const fewChoices = 5

// mayBeBundle reports whether the targets are so few choices that they may be one, the
// parts of a series whose fans come each when it suits them: then that all like it is
// no sign of a plan. It is if the members came together, or if their votes are apart
// from what people who think the same of all of it would say.
func (g *Group) mayBeBundle() bool {
	return g.Choices < fewChoices && g.Timing.Synchrony <= g.Bar && (g.Apart <= g.Bar || len(g.Core) < leastApart)
}

// Scripted reports whether members follow each other by a clock.
func (g *Group) Scripted() bool { return g.Timing.Cadence > g.Bar }

// Coordinated reports whether what is independent of what the items are says that
// the members act on one plan, though their votes leave it in doubt: a clock, or
// that they came together, beyond what the crowd's times explain, and agree beyond
// what viewpoints do, while nothing shows that they judge each item for itself; or
// vote by a plan of which many votes go against its goal.
func (g *Group) Coordinated() bool {
	if !g.Significant() {
		return false
	}
	planned := g.Jury.Verdict.Evidence > g.Bar && g.Apart > -g.Bar || g.Apart > g.Bar && len(g.Core) >= leastApart
	together := g.Jury.HasValues() && g.Timing.Synchrony > g.Bar && planned && !g.Jury.divided()
	return g.Scripted() || together && !g.PartOfCrowd()
}

// PartOfCrowd reports whether the group is the agreeing part of a larger crowd:
// whom selection would let in and their votes keep out are a third of it, and the
// votes do not pay for the choice of so many among both.
func (g *Group) PartOfCrowd() bool {
	n := len(g.Raters)
	return 3*len(g.Pool) > n && g.Jury.Verdict.Evidence-null.LnChoose(n+len(g.Pool), n) <= g.Bar
}

// A group grows, splits and shrinks on selection alone: who chose the same
// items, against a null that leaves the group and its likes out. Votes can stop
// a rater from joining; they never help one in, so that whom they judge in the
// end was not chosen by them.

const (
	MostTargets     = 100  // items of a group that are looked at, those that say most of who is in it
	coreLevel       = 1e-3 // tail below which an item is one that the group chose
	growRounds      = 6    // a bound on the cost: a group that is not at rest by then is weighed as it is
	MostMembers     = 3000 // a bound on the cost, which is all acts on the members' items in each round; the user is told
	joinLevel       = .01  // over the number of raters, however large the group: at a level that grows with it, 300 benign accounts of weibo_s join
	stayLevel       = 1e-3 // not over the number of raters: a member was let in by that already
	linkShare       = .25  // of the most that either shares: two that each took half of the targets share a quarter
	expectedTargets = 10   // of a group, among all items: the prior of a target
	splitDepth      = 3    // a bound on the cost: eight parts, where each is cut in two
	openFrom        = 8    // members, from which a group that votes like strangers is dropped early
	openActs        = 100  // ..., of acts without values: there is less to grow by
	planTo          = 100  // members, up to which such a group is grown for the plan it may go by: weibo_s, with groups of up to 960, took five times the CPU without, and found no more
	windowItems     = 40   // a bound on the cost of telling how close in time a group acts
	looseSimilar    = .5   // of the mean member's core items, that make an outsider similar
	nearOutsider    = .3   // ..., that make one worth a test
	RingLevel       = .01  // one group in a hundred that chance explains is let through, after the search is paid for
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

// A Group is a set of raters under judgement.
type Group struct {
	Raters   []int32   // ascending
	loo      []float64 // per member: ln p against the others
	Speaks   []bool    // per member: whether its votes let it be of a ring
	Leads    []bool    // per member: whether the others follow it
	Shared   []int32   // per member: core items it chose
	Core     []int32   // items
	Choices  int       // that Core are, what outsiders rate together counted once
	window   int32     // seconds within which acts are at the same time; 0 without times
	together float64   // share of the members' acts that are so
	Pool     []int32   // raters whom selection would have let in and their votes stopped
	Beyond   int       // items that members share besides the MostTargets that were looked at

	Loose     bool    // a seed as it stands: its members cannot be told one by one
	Open      bool    // dropped early: it votes like strangers
	selection float64 // ln P of the selection
	LnP       float64 // with the search paid for
	Jury      *Jury
	Apart     float64 // ln of how much likelier the votes are by one plan than of a community
	Bar       float64 // from which that tells, the number of groups judged paid for
	Timing    Timing
	Heard     bool // its votes stand out, paid for by the number of groups
}

// A Refiner grows groups from seeds. It is the scratch space of one goroutine: a
// value for each step is lent by it, one at a time.
type Refiner struct {
	scratch reading
	lent    bool      // scratch is a reading
	cut     [][]int32 // groups that are being refined in parts
	// takesTurns: the seed may be of those who do so few of the targets each that none
	// stands out.
	takesTurns bool
	usual      usual // what innocent explanations are held against
}

// A reading is a group read against its background: what its members chose, and
// how likely others are to do so, the group and its likes left out. It holds until
// closed, and nothing of it is left in the scratch space then.
type reading struct {
	*null.Acts
	null  *null.Model
	votes *Votes
	usual *usual

	raters  []int32 // those read, marked as inside
	targets []target
	hiding  bool // several may be what the group is after, though they do not stand out
	beyond  int  // items besides the targets that several chose
	crowd   *crowd
	state   []uint8              // per rater: outside, inside, similar, absent
	gone    func(act int32) bool // acts of the raters read that count as not there; nil: none
	jury    *Jury                // of coreJury
	slot    []int32              // per item: 1 + place in targets
	total   []float64            // by bin: weighed acts of outsiders
	per     [][]float64          // by window and bin: what an outsider's act in the window adds to a share

	// Buffers, which say nothing between uses.
	count  []int32 // per item or rater, zero
	x      []float64
	padded []float64 // x between as many zeros on each side
	upTo   []float64
	store  []target
	own    []int32
	times  []int32
}

const (
	outside = iota
	inside
	similar
	absent
)

// NewRefiner returns scratch space, of some 14 bytes a rater or item.
func NewRefiner(a *null.Acts, n *null.Model, b *Votes) *Refiner {
	f := &Refiner{}
	f.scratch = reading{Acts: a, null: n, votes: b, usual: &f.usual, state: make([]uint8, a.Raters), slot: make([]int32, a.Items),
		count: make([]int32, max(a.Raters, a.Items)), crowd: newCrowd(a), total: make([]float64, n.Bins), x: make([]float64, n.Bins), padded: make([]float64, 3*n.Bins)}
	for range n.Half {
		f.scratch.per = append(f.scratch.per, make([]float64, n.Bins))
	}
	return f
}

// lend lends the scratch space for a reading of raters, of whom nothing but that
// they are left out is known.
func (f *Refiner) lend(raters []int32) *reading {
	if f.lent {
		panic("two readings from one refiner at a time")
	}
	f.lent = true
	r := &f.scratch
	r.raters = raters
	r.mark(raters, inside)
	return r
}

// read reads a group against its background.
func (f *Refiner) read(raters []int32) *reading {
	r := f.lend(raters)
	r.tabulate()
	r.leaveOut(raters)
	return r
}

// close gives the scratch space back as it was.
func (f *Refiner) close(r *reading) {
	r.mark(r.raters, outside)
	for at := range r.targets {
		r.slot[r.targets[at].item] = 0
	}
	r.raters, r.targets, r.gone, r.jury, f.lent = nil, nil, nil, nil, false
}

// Grown is what a seed grew into: no group, one, or several where it fell apart.
type Grown struct {
	Groups  []*Group
	Dropped int // that grew beyond MostMembers, and were not judged
}

// Refine grows a seed. It costs a pass over the acts of the members and on their
// items for each of a few rounds.
func (f *Refiner) Refine(seed []int32) (grown Grown) {
	f.takesTurns = false
	grown.Groups = f.refine(seed, 0, &grown.Dropped)
	kept := func(g *Group) bool { return g.Open || 2*len(g.Raters) > len(seed) }
	if f.takesTurns && !slices.ContainsFunc(grown.Groups, kept) {
		if g := f.asItStands(seed); g != nil {
			grown.Groups = append(grown.Groups, g)
		}
	}
	return grown
}

// A seed of looseFrom raters that falls apart as it grows may be a group all the same,
// whose members each do so few of its targets that they cannot be told one by one.
const (
	looseFrom    = 8   // as many, taken together, tell what three or four would not
	looseMost    = 100 // a bound on the cost: the seeds above are crowds
	looseTargets = 5   // of which each does a few
	looseLevel   = .05 // at which a member must be of the others
)

// asItStands weighs a seed that fell apart, without those who are of it by nothing
// they chose. It returns nil if independent raters explain it.
func (f *Refiner) asItStands(seed []int32) *Group {
	g := &Group{Raters: slices.Sorted(slices.Values(seed)), Loose: true}
	for range 2 {
		r := f.read(g.Raters)
		significant := r.weighedAsItStands(g)
		f.close(r)
		if !significant {
			return nil
		}
		var kept []int32
		for j, u := range g.Raters {
			if g.loo[j] < math.Log(looseLevel) {
				kept = append(kept, u)
			}
		}
		if len(kept) == len(g.Raters) {
			return g
		}
		if len(kept) < looseFrom {
			return nil
		}
		g = &Group{Raters: kept, Loose: true}
	}
	return nil
}

// weighedAsItStands reports whether independent raters do not explain the group.
func (r *reading) weighedAsItStands(g *Group) bool {
	if r.findCore(g) < looseTargets {
		return false
	}
	r.pickWindow(g)
	g.Beyond = r.beyond
	r.weigh(g)
	if r.judge(g); !g.Significant() {
		return false
	}
	for _, u := range g.Raters {
		g.loo = append(g.loo, r.test(g, r.deedsOf(u)).ln)
	}
	return true
}

func (f *Refiner) refine(seed []int32, depth int, dropped *int) []*Group {
	g := &Group{Raters: slices.Clone(seed)}
	for round := range growRounds {
		if len(g.Raters) > MostMembers {
			*dropped++
			return nil
		}
		if len(g.Raters) < 2 {
			return nil
		}
		r := f.read(g.Raters)
		next, parts, verdict := r.grow(g, round == 0, f.splits(g, depth))
		if round == 0 && depth == 0 {
			f.takesTurns = r.hiding && len(seed) >= looseFrom && len(seed) <= looseMost
		}
		f.close(r)
		switch verdict {
		case nothing:
			return nil
		case severed:
			return f.refineParts(g, parts, depth, dropped)
		case open:
			g.Open = true
			return []*Group{g}
		case changed:
			g.Raters = next
			continue
		}
		break
	}
	return f.finish(g, depth, dropped)
}

// What a round of growth comes to.
const (
	atRest  = iota
	changed // other raters are members now
	severed // it is several
	open    // it votes like strangers
	nothing // it chose no two items
)

// grow lets outsiders join and members leave, once. Whether a group falls apart is
// asked from the second round on, or when it votes like strangers.
func (r *reading) grow(g *Group, first, maySplit bool) (next []int32, parts [][]int32, verdict int) {
	if r.findCore(g) < 2 {
		return nil, nil, nothing
	}
	strangers := r.votesLikeStrangers(g)
	if (!first || strangers) && maySplit {
		if parts = r.split(g); len(parts) > 1 || strangers && len(parts) == 1 && len(parts[0]) < len(g.Raters) {
			return nil, parts, severed
		}
	}
	if strangers {
		return nil, nil, open
	}
	r.pickWindow(g)
	if next = r.step(g); slices.Equal(next, g.Raters) {
		return nil, nil, atRest
	}
	return next, nil, changed
}

// finish drops what is too small, splits once more, and weighs what stays.
func (f *Refiner) finish(g *Group, depth int, dropped *int) []*Group {
	if len(g.Raters) < 3 {
		return nil
	}
	r := f.read(g.Raters)
	parts, ok := r.weighed(g, f.splits(g, depth))
	f.close(r)
	switch {
	case len(parts) > 1:
		return f.refineParts(g, parts, depth, dropped)
	case ok:
		return []*Group{g}
	}
	return nil
}

// weighed weighs and judges a group as it stands, or returns its parts. It is not
// ok of a group that chose no two items.
func (r *reading) weighed(g *Group, maySplit bool) (parts [][]int32, ok bool) {
	if r.findCore(g) < 2 {
		return nil, false
	}
	if maySplit {
		if parts = r.split(g); len(parts) > 1 {
			return parts, false
		}
	}
	r.pickWindow(g)
	g.Beyond = r.beyond
	g.loo = g.loo[:0]
	for _, u := range g.Raters {
		g.loo = append(g.loo, r.test(g, r.deedsOf(u)).ln)
	}
	r.weigh(g)
	r.judge(g)
	if g.RingLike() {
		if g.Choices = r.choices(g); g.Choices < fewChoices && len(g.Core) >= fewChoices {
			g.Apart = r.apartness(g)
		}
	}
	return nil, true
}

// splits reports whether a group may still be split: not at a depth, and not if it
// grew back into what was cut.
func (f *Refiner) splits(g *Group, depth int) bool {
	return depth < splitDepth && !slices.ContainsFunc(f.cut, func(raters []int32) bool { return slices.Equal(raters, g.Raters) })
}

// refineParts grows the parts of a group each by itself. One that grows back
// into what was cut is not cut again.
func (f *Refiner) refineParts(g *Group, parts [][]int32, depth int, dropped *int) (all []*Group) {
	f.cut = append(f.cut, g.Raters)
	for _, part := range parts {
		for _, h := range f.refine(part, depth+1, dropped) {
			if !slices.ContainsFunc(all, func(o *Group) bool { return slices.Equal(o.Raters, h.Raters) }) {
				all = append(all, h)
			}
		}
	}
	f.cut = f.cut[:len(f.cut)-1]
	return all
}

func (r *reading) mark(raters []int32, state uint8) {
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
func (r *reading) candidates(g *Group) (all []candidate, mean float64) {
	var seen []int32
	for at := range r.targets {
		t := &r.targets[at]
		if !t.core {
			continue
		}
		mean += float64(len(t.acts)) / float64(len(g.Raters))
		for k := r.ItemStart[t.item]; k < r.ItemStart[t.item+1]; k++ {
			if u := r.Rater[k]; r.state[u] == outside {
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

// step returns the members after outsiders joined and members left.
func (r *reading) step(g *Group) (next []int32) {
	candidates, mean := r.candidates(g)
	left := slices.Clone(g.Raters)
	for _, c := range candidates[:min(len(candidates), max(10, 2*len(g.Raters)))] {
		if float64(c.core) >= looseSimilar*mean {
			r.state[c.rater] = similar
			left = append(left, c.rater)
		}
	}
	likes := left[len(g.Raters):]
	defer func() { r.mark(likes, outside) }()
	return r.exchange(g, candidates, left)
}

// exchange is the body of step, with the likes of the group left out of the
// crowd: otherwise the members that a seed lacks would be the crowd that excuses
// the others.
func (r *reading) exchange(g *Group, candidates []candidate, left []int32) []int32 {
	r.leaveOut(left)
	jury := r.coreJury()
	heard := jury.Verdict.Evidence > 0
	stays, joins := math.Log(stayLevel), math.Log(joinLevel/float64(r.Raters))
	lo, hi := r.span(g.Raters)
	peersJoin := math.Log(joinLevel / float64(r.peers(lo, hi))) // of whom there are fewer
	var next []int32
	g.Pool = nil
	for _, u := range g.Raters {
		if d := r.deedsOf(u); r.test(g, d).below(stays) {
			r.admit(g, d, heard, jury, &next)
		}
	}
	for _, c := range candidates {
		limit := joins
		if class := classOf(r.CountOf(c.rater)); lo <= class && class <= hi {
			limit = peersJoin
		}
		if d := r.deedsOf(c.rater); r.test(g, d).below(limit) {
			r.admit(g, d, heard, jury, &next)
		}
	}
	slices.Sort(next)
	return next
}

// admit lets a rater in unless its votes stop it, and counts it in the pool if they
// speak against it.
func (r *reading) admit(g *Group, d deeds, heard bool, j *Jury, next *[]int32) {
	sum, bar := r.ownVotes(d, j)
	switch {
	case !heard || j.fits(sum, bar):
		*next = append(*next, d.rater)
	case sum <= -oneSlip:
		g.Pool = append(g.Pool, d.rater)
	}
}

// ownVotes sums what the votes of a rater on the core items say for its being of
// the ring, in nats, and the least that they should.
func (r *reading) ownVotes(d deeds, j *Jury) (sum, bar float64) {
	for at := range r.targets {
		if t := &r.targets[at]; t.core && d.own[at] >= 0 {
			says, least := j.own(j.onItems[t.item], d.own[at])
			sum, bar = sum+says, bar+least
		}
	}
	return sum, bar
}

// fits reports whether votes let a rater be of the group heard: half of what the
// bar asks, or of what the group's votes say on average where that is less, as of
// members who spend votes on cover, one slip forgiven.
func (j *Jury) fits(sum, bar float64) bool {
	part := min(max(j.Verdict.Lift/j.Verdict.Bar, 0), 1)
	return sum+oneSlip > bar/2*part
}

// gateShare is the share of members that makes a core item count at the gate.
const gateShare = .15

// judge hears the votes on the core items that enough of the members chose.
func (r *reading) judge(g *Group) {
	for at := range r.targets {
		t := &r.targets[at]
		t.core = t.core && float64(len(t.acts)) >= max(2, gateShare*float64(len(g.Raters)))
		if t.core {
			g.Core = append(g.Core, t.item)
		}
	}
	g.Jury = r.coreJury()
	g.Choices = len(g.Core)
	g.Bar, g.Apart, g.Timing = -math.Log(RingLevel), r.apartness(g), r.timing(g)
	g.LnP = min(0, g.selection-max(0, g.Jury.Verdict.Evidence)+r.price(g))
	g.Leads = r.leaders(g)
	g.Speaks = make([]bool, len(g.Raters))
	g.Shared = make([]int32, len(g.Raters))
	for j, u := range g.Raters {
		d := r.deedsOf(u)
		g.Speaks[j] = g.Jury.fits(r.ownVotes(d, g.Jury)) && !g.Leads[j]
		for at := range r.targets {
			if r.targets[at].core && d.own[at] >= 0 {
				g.Shared[j]++
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
func (r *reading) leaders(g *Group) []bool {
	leads := make([]bool, len(g.Raters))
	if r.Time == nil {
		return leads
	}
	first := make([]float64, len(g.Raters))
	could := make([][]null.Choice, len(g.Raters))
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
			j, _ := slices.BinarySearch(g.Raters, r.Rater[k])
			could[j] = append(could[j], null.Choice{P: 1 / float64(hi-lo), W: 1})
			if n == lo && t.times[n] < t.times[n+1] {
				first[j]++
			}
		}
	}
	for j, n := range first {
		leads[j] = n > 0 && null.ChoiceTail(n, could[j]) < math.Log(leaderLevel/float64(len(g.Raters)))
	}
	return leads
}
