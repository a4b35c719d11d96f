package judge

import "math"

// What the votes of a group say once it is at rest.

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
	r.tellChance(g)
	r.tellVotes(g)
	r.hearUnled(g)
	r.tellMembers(g)
}

// tellChance finds the core that counts, and how likely chance is to make such a group.
func (r *reading) tellChance(g *Group) {
	r.gate(g)
	g.Jury = r.coreJury()
	g.Choices = len(g.Core)
	votes := max(0, g.evidence())
	g.LnP = min(0, g.selection+r.price(g)-votes)
	if g.byTargets = 0; !g.Significant() {
		g.byTargets = min(0, r.byTargets()-votes)
	}
}

// evidence is that of the votes, of which a group that shares a home pays for where they
// were heard before.
func (g *Group) evidence() float64 {
	if g.home != noHome {
		return g.Jury.Verdict.Evidence - math.Ln2
	}
	return g.Jury.Verdict.Evidence
}

// tellVotes weighs what votes and times say by themselves.
func (r *reading) tellVotes(g *Group) {
	g.Bar, g.Apart, g.Timing = -math.Log(RingLevel), r.apartness(g), r.timing(g)
	if g.home != noHome {
		paid := *g.Jury
		paid.Verdict.Evidence = g.evidence()
		g.Jury, g.Apart = &paid, g.Apart-math.Ln2
	}
}

// tellMembers tells who leads, and whose votes let it be of a ring.
func (r *reading) tellMembers(g *Group) {
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
