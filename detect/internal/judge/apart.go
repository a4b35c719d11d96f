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

// ofOneThing are people who like a series as a whole, of any opinion that a community has.
var ofOneThing = mind{communityShifts[2], communityShifts[2], []float64{0}, sharpness[:]}

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
	return j.planOf(voters) - j.innocent(voters, few)
}

// planOf is onePlan of the votes on all items, which is asked for several times.
func (j *Jury) planOf(voters [][]voter) float64 {
	if !j.isPlan {
		j.isPlan, j.plan = true, j.onePlan(voters)
	}
	return j.plan
}

// innocent returns ln of the likelihood of the votes heard by a community.
func (j *Jury) innocent(voters [][]voter, few bool) float64 {
	views := j.views(voters)
	if !j.isCommon {
		j.isCommon, j.common = true, j.community(views)
	}
	if few {
		return max(j.common, j.minded(views, ofOneThing))
	}
	return j.common
}

// withoutView is a jury that knows of no viewpoints; nil where there are none.
func (j *Jury) withoutView() *Jury {
	if j.view == nil {
		return nil
	}
	votes, blind := *j.Votes, *j
	votes.view = nil
	blind.Votes, blind.told, blind.heard = &votes, nil, nil
	return &blind
}

// lookedAt is how many items tell whether it is worth asking all.
const lookedAt = 12

// goesByPlan reports whether the votes are apart from the items at all. Most groups
// are told by what is quick: on the items that say most of who is in the group, a
// community does no worse than the crowd.
func (j *Jury) goesByPlan() bool {
	if !j.asked {
		j.asked, j.byPlan = true, j.isByPlan()
	}
	return j.byPlan
}

func (j *Jury) isByPlan() bool {
	if !j.HasValues() || len(j.items) < leastApart || j.divided() {
		return false
	}
	voters, crowd := j.firstVoters(), 0.
	for _, votes := range voters {
		for _, v := range votes {
			crowd += math.Log(v.likelihood)
		}
	}
	plan := j.onePlan(voters)
	if !(plan > crowd && plan > j.community([]view{{j, voters}})) {
		return false
	}
	blind := j.withoutView()
	return blind == nil || plan > blind.community([]view{{blind, blind.firstVoters()}})
}

// firstVoters is voters of the items that tell whether it is worth asking all.
func (j *Jury) firstVoters() (all [][]voter) {
	for at := range j.items[:min(len(j.items), lookedAt)] {
		all = append(all, j.votersOn(at))
	}
	return all
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
	if j.heard == nil {
		j.heard = make([][]voter, len(j.items))
		for at := range j.items {
			j.heard[at] = j.votersOn(at)
		}
	}
	return j.heard
}

func (j *Jury) votersOn(at int) (all []voter) {
	for _, k := range j.acts[at] {
		all = append(all, j.voter(at, k))
	}
	return all
}

func (j *Jury) voter(at int, k int32) voter {
	tails := j.aboveOf(at, k)
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

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
