package judge

import (
	"math"

	"github.com/ringwatch/ringwatch/detect/internal/null"
)

// What makes a group a ring, or coordinated.

// Significant reports whether independent raters do not explain the group.
func (g *Group) Significant() bool { return !g.Open && g.LnP < math.Log(RingLevel) }

// RingLike reports whether a group is judged a ring, but for multiplicity.
func (g *Group) RingLike() bool {
	return g.Significant() && !g.Loose && g.VotesAsRing()
}

// VotesAsRing reports whether the votes are a ring's, whatever was chosen.
func (g *Group) VotesAsRing() bool {
	return g.Jury.Verdict.Evidence > 0 && g.AsOne() && !g.PartOfCrowd()
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
	return g.byPlan() || g.Apart > 0 && v.United() ||
		g.Apart > -g.Bar && v.Lift > unanimous/unity*v.Bar
}

// byPlan reports whether the votes are apart from the items, beyond what those of people
// are who think the same of all of these: fans give all parts of a series fours and fives
// alike, and no plan makes them. Such people are heard on many items as well as on few.
func (g *Group) byPlan() bool {
	return g.Apart > g.Bar && len(g.Core) >= leastApart && g.oneMind() > g.Bar
}

// oneMind is ln of how much likelier the votes are by one plan than of people who think
// the same of all the targets.
func (g *Group) oneMind() float64 {
	if !g.minded {
		g.mind, g.minded = g.Jury.oneMind(g.Jury.likeMinded(false)), true
	}
	return g.mind
}

// unanimous is the share of the lift of voting as one from which a few targets, too
// few to tell whether votes hang on the item, need only not speak against a plan: of
// honest groups, none had more than .66.
const unanimous = .85

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
// vote by a plan of which many votes go against its goal. What has an innocent reason
// says nothing.
func (g *Group) Coordinated() bool {
	if !g.Significant() {
		return false
	}
	planned := g.Jury.Verdict.Evidence > g.Bar && g.Apart > -g.Bar || g.byPlan()
	together := g.Jury.HasValues() && g.Timing.Synchrony > g.Bar && planned && !g.Jury.divided() && !g.excused
	return g.Scripted() || together && !g.PartOfCrowd()
}

// PartOfCrowd reports whether the group is the agreeing part of a larger crowd:
// whom selection would let in and their votes keep out are a third of it, and the
// votes do not pay for the choice of so many among both.
func (g *Group) PartOfCrowd() bool {
	n := len(g.Raters)
	return 3*len(g.Pool) > n && g.Jury.Verdict.Evidence-null.LnChoose(n+len(g.Pool), n) <= g.Bar
}
