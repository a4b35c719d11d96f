package judge

import (
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/detect/internal/null"
)

// What the votes and the order of a group say once it is at rest.

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

// gateShare is the share of members that makes a core item count at the gate. Where each
// member does three of twenty targets most of these have less: then half of what the mean
// core item has is enough, if it is gateLeast members or more. With fewer, a part of
// amazon_sdlib of whom half are labelled benign was a ring by items that three of 29 chose.
const (
	gateShare = .15
	gateLeast = 8.
)

// gate leaves those core items that enough of the members chose.
func (r *reading) gate(g *Group) {
	acts, core := 0, 0
	for at := range r.targets {
		if t := &r.targets[at]; t.core {
			acts, core = acts+len(t.acts), core+1
		}
	}
	half := float64(acts) / float64(2*max(1, core))
	least := max(2, min(gateShare*float64(len(g.Raters)), max(half, gateLeast)))
	for at := range r.targets {
		if t := &r.targets[at]; t.core {
			if t.core = float64(len(t.acts)) >= least; t.core {
				g.Core = append(g.Core, t.item)
			}
		}
	}
}

// judge hears the votes on the core items that enough of the members chose.
func (r *reading) judge(g *Group) {
	r.gate(g)
	g.Jury = r.coreJury()
	g.Choices = len(g.Core)
	g.Bar, g.Apart, g.Timing = -math.Log(RingLevel), r.apartness(g), r.timing(g)
	if g.homely { // votes on all that it shares had been heard before
		paid := *g.Jury
		paid.Verdict.Evidence -= math.Ln2
		g.Jury, g.Apart = &paid, g.Apart-math.Ln2
	}
	votes := max(0, g.Jury.Verdict.Evidence)
	g.LnP = min(0, g.selection+r.price(g)-votes)
	if g.byTargets = 0; !g.Significant() {
		g.byTargets = min(0, r.byTargets()-votes)
	}
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
