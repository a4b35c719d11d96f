package judge

import (
	"maps"
	"math"
	"slices"
)

// Apart from the items: a community's votes follow the item, a ring's do not. Two
// accounts of all votes of a group, and of those whom selection would have let in
// and their votes kept out, so that nobody was chosen by votes:
//
//   - one plan: one distribution of votes whatever the item, or one for each of two
//     sides, the side of each item told by the votes and paid for; or the votes on an
//     item repeat one, which the item's crowd might have given; a part of the votes may
//     be the raters' own, as the crowd, habits and viewpoint have them;
//   - a community: each item has the crowd's opinion, bent by habit and viewpoint,
//     moved by what the community thinks of it, and is judged more sharply or not;
//     or the same without viewpoint, where members stand together across camps; or,
//     where the items are so few that they may be parts of one, all are moved alike.
//
// Unlike unanimity this is not lost by votes that are spent for cover, and does not
// grow with members: its unit is the item.

var (
	// ownParts are the shares of their own votes that members of a plan may give.
	ownParts = [...]float64{0, .1, .25}
	// companies are the shares of the core items that may be company, what a ring rates
	// as others do and so nearly as often as its targets that it cannot be told from them.
	// At even odds a group of 19 of an honest kind came within .6 nats of the bar; at one
	// in twenty FilmTrust's camo ring is still 9 above it.
	companies = [...]struct{ share, odds float64 }{{0, .95}, {.2, .05}}
	// plainness is how many votes a level of the plan's distribution begins with.
	plainness = [...]float64{.25, .5, 1}
	// communityShifts are standard deviations, in logits, of what a community thinks
	// of an item beyond the crowd: an echo club of standard deviation 1 in the
	// probit worlds of docs/detection.md has 1.7.
	communityShifts = [...]float64{0, 1, 2}
	// sharpness is how much more alike than the crowd a community judges: critics
	// who share a standard have up to 2.
	sharpness = [...]float64{1, 1.6, 2.5}
)

const (
	shiftStep  = .5 // of the grid of shifts, a third of the narrowest posterior that 12 votes give
	shiftReach = 10 // either way: at e^10 to one nothing is left to tell
	leastApart = 3  // items that tell by themselves: two always fit two sides
)

// A voter is one vote of the group on an item, as the innocent would give it.
type voter struct {
	level      int
	low, high  float64 // logits of P(less than level), P(level or less)
	likelihood float64 // of the level
}

// apartness hears the group on its core items with its pool.
func (r *reading) apartness(g *Group) float64 {
	few := g.Choices < fewChoices
	switch {
	case g.Jury.Verdict.Evidence <= 0 && !g.Jury.goesByPlan():
		return math.Inf(-1)
	case len(g.Pool) == 0:
		return g.Jury.apartness(few)
	}
	in := make(map[int32]bool, len(g.Raters)+len(g.Pool))
	for _, u := range slices.Concat(g.Raters, g.Pool) {
		in[u] = true
	}
	acts := make([][]int32, len(g.Core))
	for at, i := range g.Core {
		for k := r.ItemStart[i]; k < r.ItemStart[i+1]; k++ {
			if in[r.Rater[k]] {
				acts[at] = append(acts[at], k)
			}
		}
	}
	return r.votes.judge(g.Core, acts, func(u int32) bool { return in[u] }).apartness(few)
}

// apartness returns ln of how much likelier the votes heard are by one plan than
// of a community; where few is set, or of people who think the same of all of it.
func (j *Jury) apartness(few bool) float64 {
	if !j.HasValues() {
		return math.Inf(-1)
	}
	voters := j.voters()
	return j.onePlan(voters) - j.innocent(voters, few)
}

// innocent returns ln of the likelihood of the votes heard by a community.
func (j *Jury) innocent(voters [][]voter, few bool) float64 {
	by := func(j *Jury, voters [][]voter) float64 {
		if few {
			return max(j.community(voters), j.fandom(voters))
		}
		return j.community(voters)
	}
	ln := by(j, voters)
	if j.view != nil {
		votes, blind := *j.Votes, *j
		votes.view = nil
		blind.Votes = &votes
		ln = max(ln, by(&blind, blind.voters()))
	}
	return ln
}

// lookedAt is how many items tell whether it is worth asking all.
const lookedAt = 12

// goesByPlan reports whether the votes are apart from the items at all. Most groups
// are told by what is quick: on the items that say most of who is in the group, a
// community does no worse than the crowd.
func (j *Jury) goesByPlan() bool {
	if !j.HasValues() || len(j.items) < leastApart || j.divided() {
		return false
	}
	var voters [][]voter
	crowd := 0.
	for at := range j.items[:min(len(j.items), lookedAt)] {
		voters = append(voters, j.votersOn(at))
		for _, v := range voters[at] {
			crowd += math.Log(v.likelihood)
		}
	}
	plan := j.onePlan(voters)
	return plan > crowd && plan > j.innocent(voters, false)
}

// againstAll is the share of votes with the others that a member gives who is against
// them, or the share against them of one who is with them. At a tenth, two camps who slip
// in a twentieth are told, and members of whom each goes against a third are not.
const againstAll = .1

// divided reports whether the group is two that meet on the same items: members of
// whom some vote against the others nearly always, and the rest nearly never, rather than
// each now and then. In bitcoin_alpha 17 who condemn seven accounts and the 4 who
// praise these act on the same days; what is apart from the items then is their quarrel.
// Two camps of one size have no majority to be against, and are not told.
func (j *Jury) divided() bool {
	if !j.HasValues() {
		return false
	}
	type tally struct{ with, against float64 }
	of := map[int32]tally{}
	middle := j.middle()
	for at := range j.items {
		up, all := 0, len(j.acts[at])
		for _, k := range j.acts[at] {
			if int(j.Level[k]) > middle {
				up++
			}
		}
		if 2*up == all { // they are of no mind
			continue
		}
		for _, k := range j.acts[at] {
			t := of[j.Rater[k]]
			if (int(j.Level[k]) > middle) == (2*up > all) {
				t.with++
			} else {
				t.against++
			}
			of[j.Rater[k]] = t
		}
	}
	raters := slices.Sorted(maps.Keys(of)) // sums in one order
	with, against, theirs := 0., 0., 0.    // theirs: members who are against the others
	for _, u := range raters {
		with, against = with+of[u].with, against+of[u].against
		if of[u].against > of[u].with {
			theirs++
		}
	}
	if theirs < 2 {
		return false
	}
	one := against*math.Log(against/(with+against)) + with*math.Log(with/(with+against))
	part, two := theirs/float64(len(raters)), 0.
	for _, u := range raters {
		t := of[u]
		two += logAdd(math.Log(1-part)+t.with*math.Log(1-againstAll)+t.against*math.Log(againstAll),
			math.Log(part)+t.against*math.Log(1-againstAll)+t.with*math.Log(againstAll))
	}
	return two-one > -math.Log(RingLevel)
}

func (j *Jury) voters() [][]voter {
	all := make([][]voter, len(j.items))
	for at := range j.items {
		all[at] = j.votersOn(at)
	}
	return all
}

func (j *Jury) votersOn(at int) (all []voter) {
	for _, k := range j.acts[at] {
		all = append(all, j.voter(at, k))
	}
	return all
}

func (j *Jury) voter(at int, k int32) voter {
	tails := j.above(at, j.crowd[at], j.Rater[k])
	v := voter{level: int(j.Level[k]), low: math.Inf(-1), high: math.Inf(1)}
	below, next := 0., 0.
	if v.level > 0 {
		below = clip(1 - tails[v.level])
		v.low = logit(below)
	}
	if v.level+1 < j.Levels {
		next = clip(tails[v.level+1])
		v.high = -logit(next)
	}
	v.likelihood = max(1-below-next, 1e-9)
	return v
}

func clip(p float64) float64  { return min(max(p, 1e-9), 1-1e-9) }
func logit(p float64) float64 { return math.Log(p / (1 - p)) }

// shiftSteps is the number of shifts on the grid, evenly from -shiftReach.
const shiftSteps = int(2*shiftReach/shiftStep) + 1

type shifts [shiftSteps]float64

// shiftOdds are e to the shifts.
var shiftOdds = func() (e shifts) {
	for y := range e {
		e[y] = math.Exp(shiftAt(y))
	}
	return e
}()

func shiftAt(y int) float64 { return -shiftReach + float64(y)*shiftStep }

// moved returns, by shift of an item, ln of the likelihood of the votes on it by people
// who are so much sharper than its crowd.
func moved(votes []voter, sharp float64) (ll shifts) {
	const atOnce = 20 // factors of 1e-12 that a number holds
	var product shifts
	for y := range product {
		product[y] = 1
	}
	for i := range votes {
		// The chance between two logits, as a fraction of exponentials: one for each vote
		// instead of two for each shift, and nothing lost between near ones.
		high, low := math.Exp(-sharp*votes[i].high), math.Exp(-sharp*votes[i].low)
		for y, e := range shiftOdds {
			p := 1 / (1 + high*e)
			if !math.IsInf(low, 1) {
				p *= (low - high) * e / (1 + low*e)
			}
			product[y] *= max(p, 1e-12)
		}
		if i%atOnce == atOnce-1 || i == len(votes)-1 {
			for y := range ll {
				ll[y] += math.Log(product[y])
				product[y] = 1
			}
		}
	}
	return ll
}

// around returns ln of the mean of likelihoods over a normal shift.
func (ll *shifts) around(mean, variance float64) float64 {
	var prior shifts
	for y := range prior {
		s := shiftAt(y) - mean
		prior[y] = -s * s / (2 * variance)
	}
	norm := logSum(prior[:])
	for y := range prior {
		prior[y] += ll[y]
	}
	return logSum(prior[:]) - norm
}

// community returns ln of the likelihood of the votes by a community: the best of
// the shifts, over the mean of sharpness, each item's shift integrated.
func (j *Jury) community(voters [][]voter) float64 {
	var sums [len(communityShifts)][len(sharpness)]float64
	for at, votes := range voters {
		sure := j.crowdError(at)
		for x, sharp := range sharpness {
			ll := moved(votes, sharp)
			for t, shift := range communityShifts {
				sums[t][x] += ll.around(0, shift*shift+sure*sharp*sharp+shiftStep*shiftStep/4)
			}
		}
	}
	return bestShift(&sums)
}

// fandom is community for people who think the same of all the items, as of parts of
// one series.
func (j *Jury) fandom(voters [][]voter) float64 {
	var sums [len(communityShifts)][len(sharpness)]float64
	for x, sharp := range sharpness {
		var all shifts
		for at, votes := range voters {
			ll := moved(votes, sharp)
			variance := j.crowdError(at)*sharp*sharp + shiftStep*shiftStep/4
			for y, l := range ll.blurred(variance) {
				all[y] += l
			}
		}
		for t, shift := range communityShifts {
			sums[t][x] = all.around(0, shift*shift+shiftStep*shiftStep/4)
		}
	}
	return bestShift(&sums)
}

func bestShift(sums *[len(communityShifts)][len(sharpness)]float64) float64 {
	best := math.Inf(-1)
	for t := range sums {
		best = max(best, logSum(sums[t][:])-math.Log(float64(len(sharpness))))
	}
	return best
}

// crowdError is the variance of the logit of the crowd's opinion of items[at], as
// so few votes tell it.
func (j *Jury) crowdError(at int) float64 {
	below, all, mass := 0., 0., 0.
	for _, c := range j.crowd[at] {
		mass += c
	}
	upper := j.middle() + 1
	for l, c := range j.crowd[at] {
		if all += c; l < upper {
			below += c
		}
	}
	share := min(max(below/all, .02), .98)
	return min(9, trigamma(max(.05, mass*share))+trigamma(max(.05, mass*(1-share))))
}

// middle is the level of the median vote, or the last but one.
func (b *Votes) middle() int {
	sum := 0.
	for l, share := range b.LevelBase {
		if sum += share; sum >= .5 {
			return min(l, b.Levels-2)
		}
	}
	return b.Levels - 2
}

// onePlan returns ln of the likelihood of the votes by one plan: the mean of one
// side and of two, over plainness and the part of own votes, and of one vote repeated.
func (j *Jury) onePlan(voters [][]voter) float64 {
	up := j.sidesOfPlan(voters)
	var all []float64
	for _, a := range plainness {
		for _, own := range ownParts {
			for _, company := range companies {
				prior := math.Log(float64(len(companies)) * company.odds)
				all = append(all, prior+j.planned(voters, nil, a, own, company.share),
					prior+j.planned(voters, up, a, own, company.share)-float64(len(voters))*math.Ln2)
			}
		}
	}
	for _, own := range ownParts {
		all = append(all, j.repeated(voters, own))
	}
	return logSum(all) - math.Log(float64(len(all)))
}

// sidesOfPlan tells two sides: the items by their mean vote, cut where two
// distributions of votes fit best.
func (j *Jury) sidesOfPlan(voters [][]voter) (up []bool) {
	order, mean := make([]int, len(voters)), make([]float64, len(voters))
	high := make([]float64, j.Levels)
	for at, votes := range voters {
		order[at] = at
		for _, v := range votes {
			mean[at] += float64(v.level) / float64(len(votes))
			high[v.level]++
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case mean[a] < mean[b]:
			return -1
		case mean[a] > mean[b]:
			return 1
		}
		return 0
	})
	low := make([]float64, j.Levels)
	best, cut := math.Inf(-1), 0
	for n, at := range order {
		if fit := polya(low, .5) + polya(high, .5); fit > best {
			best, cut = fit, n
		}
		for _, v := range voters[at] {
			low[v.level]++
			high[v.level]--
		}
	}
	up = make([]bool, len(voters))
	for _, at := range order[cut:] {
		up[at] = true
	}
	return up
}

// planned returns ln of the likelihood of the votes, each predicted from those
// before it: of its side's distribution, or the rater's own with probability own; all
// of an item are the raters' own with probability company.
func (j *Jury) planned(voters [][]voter, up []bool, a, own, company float64) (ll float64) {
	type heard struct {
		count [maxLevels]float64
		n     float64
	}
	var sides [2]heard
	for at, votes := range voters {
		side := &sides[0]
		if up != nil && up[at] {
			side = &sides[1]
		}
		now, plan, alone := *side, math.Log(1-company), math.Log(company)
		for _, v := range votes {
			said := (1 - own) * (a + now.count[v.level]) / (a*float64(j.Levels) + now.n)
			p := said + own*v.likelihood
			plan += math.Log(p)
			alone += math.Log(v.likelihood)
			now.count[v.level] += said / p
			now.n += said / p
		}
		both := logAdd(plan, alone)
		ll += both
		share := math.Exp(plan - both) // how likely the item is of the plan
		for l := range now.count {
			side.count[l] += share * (now.count[l] - side.count[l])
		}
		side.n += share * (now.n - side.n)
	}
	return ll
}

// repeated returns ln of the likelihood of the votes if those on an item repeat one
// vote that the item's crowd might give, each the rater's own with probability own.
func (j *Jury) repeated(voters [][]voter, own float64) (ll float64) {
	said := make([]float64, j.Levels)
	for at, votes := range voters {
		all := 0.
		for _, c := range j.crowd[at] {
			all += c
		}
		for l, c := range j.crowd[at] {
			said[l] = math.Log(c / all)
		}
		for _, v := range votes {
			for l := range said {
				p := own*v.likelihood + (1-own)*ringSlips*j.LevelBase[v.level]
				if l == v.level {
					p += (1 - own) * (1 - ringSlips)
				}
				said[l] += math.Log(p)
			}
		}
		ll += logSum(said)
	}
	return ll
}

// polya is ln of the chance of votes in some order whose distribution is unknown,
// each level beginning with a votes.
func polya(count []float64, a float64) (ll float64) {
	n, all := 0., a*float64(len(count))
	for _, c := range count {
		n += c
		ll += lgamma(a+c) - lgamma(a)
	}
	return ll + lgamma(all) - lgamma(all+n)
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func trigamma(x float64) (r float64) {
	for ; x < 6; x++ {
		r += 1 / (x * x)
	}
	return r + 1/x + 1/(2*x*x) + 1/(6*x*x*x) - 1/(30*math.Pow(x, 5))
}
