package detect

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/detect/internal/judge"
	"github.com/ringwatch/ringwatch/internal/plural"
)

// findings applies the rule to all that was judged. A significant group is a
// ring if its votes say so: their evidence, paid for by the number of groups; that
// they are as one, or go by a plan rather than by the items; and no larger crowd of
// which it is the agreeing part. Otherwise nobody is accused: it is coordinated, for
// review, where its times say so, and else shares interest or exposure.
func (e *engine) findings() *Findings {
	f := &Findings{Suspicion: make([]float64, e.Raters), Warnings: e.warnings}
	groups := e.distinct()
	var innocent []float64 // of the significant groups: ln p of the votes of an innocent one
	for _, r := range groups {
		if r.Significant() {
			innocent = append(innocent, min(0, -r.Jury.Verdict.Evidence))
		}
	}
	bar := math.Log(float64(max(1, len(innocent))) / judge.RingLevel)
	innocent = adjust(innocent)
	lnP := make([]float64, len(groups))
	for i, r := range groups {
		lnP[i] = lnPOf(r.Group)
		r.lnP = lnP[i]
	}
	lnQ := adjust(lnP)
	c := &court{engine: e, Findings: f, refine: e.refiner(), bar: bar,
		tests: len(groups), taken: make([]bool, e.Raters)}
	var beside []*result
	for i, r := range groups {
		if !r.Significant() {
			continue
		}
		r.ruled, r.Heard = true, innocent[0] < math.Log(judge.RingLevel)
		innocent, r.Bar = innocent[1:], bar
		r.lnQ = lnQ[i]
		if !c.ring(r) {
			beside = append(beside, r)
		}
	}
	for _, r := range beside {
		c.noRing(r)
	}
	e.refiners.put(c.refine)
	strongestFirst(f.Rings)
	strongestFirst(f.Coordinated)
	strongestFirst(f.Shared)
	e.suspect(f, groups)
	f.Background = e.background(len(groups))
	if c.narrowed > 0 {
		f.Warnings = append(f.Warnings, fmt.Sprintf("rings that share more than %d items were judged on the %d that "+
			"tell most about who is in them: %d of %d",
			judge.MostTargets, judge.MostTargets, c.narrowed, len(f.Rings)))
	}
	if e.dropped > 0 {
		f.Warnings = append(f.Warnings, fmt.Sprintf("%s grew beyond %d raters and %s not judged",
			plural.Of(e.dropped, "group"), judge.MostMembers, plural.Was(e.dropped)))
	}
	return f
}

// lnPOf is ln of the chance of a group without any plan: it takes both, that raters who
// choose alone choose so, and that innocent ones vote so.
func lnPOf(g *judge.Group) float64 { return min(0, max(g.LnP, -g.Jury.Verdict.Evidence)) }

// lnPOfPlan is the same of a coordinated group, for which not only unanimous votes speak:
// that raters who choose alone choose so, and that without a plan they vote for its goal,
// or by it however many are against its goal, or follow each other by a clock. The best of
// the three is taken, and paid for.
func lnPOfPlan(g *judge.Group) float64 {
	says := max(g.Jury.Verdict.Evidence, g.Apart, g.Timing.Cadence) - math.Log(3)
	return min(0, max(g.LnP, -says))
}

// A court rules on groups, the strongest first.
type court struct {
	*engine
	*Findings
	refine   *judge.Refiner
	bar      float64 // of evidence, the number of groups paid for
	tests    int     // groups
	taken    []bool  // per rater: whether it is a ring's
	narrowed int     // rings that were judged on some of their items
}

// besideRings leaves of a group what those whom no ring has did themselves, and reports
// whether that is significant.
func (c *court) besideRings(r *result) bool {
	g := c.refine.Beside(r.Group, func(u int32) bool { return c.taken[u] })
	switch {
	case g == r.Group:
		return true
	case g == nil || !g.Significant():
		r.ruled, r.covered = false, true
		return false
	}
	r.Group, r.lnP = g, lnPOf(g)
	r.lnQ = min(0, r.lnP+math.Log(float64(c.tests)))
	return true
}

// ring reports whether a group is a ring, and adds those of it whom no stronger ring has
// and whose own votes say that they are of it. Less than three are nothing more.
func (c *court) ring(r *result) bool {
	if !r.passes() {
		return false
	}
	members := slices.DeleteFunc(r.speakers(), func(j int) bool { return c.taken[r.Raters[j]] })
	if len(members) < 3 {
		return true
	}
	told := c.refine.Describe(r.Group, members)
	if told.Cleared(c.bar) {
		return false
	}
	ring := r.ring(told)
	ring.Correlation = correlation(c.refine, r.Group, ring.Raters, judge.RingOdds)
	ring.Unstable = c.refine.Unstable(r.Group)
	for _, u := range ring.Raters {
		c.taken[u] = true
	}
	c.Rings = append(c.Rings, ring)
	if r.Beyond > 0 {
		c.narrowed++
	}
	return true
}

// noRing adds a group that is no ring: as coordinated, if what its members did beside
// rings says so, or else as of shared interest.
func (c *court) noRing(r *result) {
	if r.Coordinated() && !c.besideRings(r) {
		return
	}
	members := r.speakers()
	if !r.passes() {
		members = members[:0]
		for j := range r.Raters {
			members = append(members, j)
		}
	}
	ring := r.ring(c.refine.Describe(r.Group, members))
	if r.Coordinated() {
		ring.LogP = lnPOfPlan(r.Group)
		ring.LogQ = min(0, ring.LogP+math.Log(float64(c.tests)))
		ring.P, ring.Q = math.Exp(ring.LogP), math.Exp(ring.LogQ)
		ring.Correlation = correlation(c.refine, r.Group, ring.Raters, judge.CoordinatedOdds)
		c.Coordinated = append(c.Coordinated, ring)
		return
	}
	ring.Correlation = correlations(r.Correlation(judge.SharedOdds), ring.Raters)
	for n := range ring.Correlation {
		ring.Correlation[n].Away = 0
	}
	c.Shared = append(c.Shared, ring)
}

// passes reports whether a significant group's votes say that it is a ring.
func (r *result) passes() bool { return r.Heard && !r.Loose && r.AsOne() && !r.PartOfCrowd() }

// speakers returns which members' votes let them be of the ring, on two targets or more.
func (r *result) speakers() (members []int) {
	for j := range r.Raters {
		if r.Speaks[j] && r.Shared[j] >= 2 {
			members = append(members, j)
		}
	}
	return members
}

// ring is a result as it is told.
func (r *result) ring(told *judge.Description) Ring {
	ring := Ring{Detectors: slices.Clone(r.detectors), LogP: r.lnP, LogQ: r.lnQ, P: math.Exp(r.lnP), Q: math.Exp(r.lnQ)}
	ring.describe(told)
	return ring
}

// correlation is that of a group whose members act together, with those who may be of it.
func correlation(refine *judge.Refiner, g *judge.Group, members []int32, odds float64) []Correlation {
	all := g.Correlation(odds)
	if len(all) == 1 {
		all[0].Others, all[0].OthersChance = refine.Fringe(g, members, all[0].ByPlan())
	}
	return correlations(all, members)
}

// correlations leaves out raters whom a ring's members follow, or who speak for themselves.
func correlations(all []judge.Correlation, members []int32) []Correlation {
	as := make([]Correlation, len(all))
	for n, c := range all {
		c.Raters = slices.DeleteFunc(slices.Clone(c.Raters), func(u int32) bool { return !slices.Contains(members, u) })
		as[n] = Correlation(c)
	}
	return as
}

// adjust returns ln q of ln p (Benjamini and Hochberg 1995).
func adjust(lnP []float64) []float64 {
	order := make([]int, len(lnP))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(lnP[a], lnP[b]), cmp.Compare(a, b)) })
	lnQ, least := make([]float64, len(lnP)), 0.0
	for rank := len(order) - 1; rank >= 0; rank-- {
		at := order[rank]
		least = min(least, lnP[at]+math.Log(float64(len(lnP))/float64(rank+1)))
		lnQ[at] = least
	}
	return lnQ
}

func (e *engine) background(tested int) Background {
	b := Background{Tested: tested, Weight: slices.Clone(e.null.Weight)}
	for _, sums := range e.null.Window {
		mean := 0.0
		for _, s := range sums {
			mean += s / float64(len(sums))
		}
		b.WindowRows = append(b.WindowRows, mean)
	}
	b.Weight = append(b.Weight, e.null.Uniform*float64(e.Items))
	return b
}

// suspect ranks all raters: those in a ring by what speaks for the ring and for
// their part in it, first of rings without doubt; then the others by their strongest pair or by what speaks
// for a group of theirs being a ring, whichever says more.
func (e *engine) suspect(f *Findings, groups []*result) {
	if e.found != nil {
		for u, ln := range e.found.Best {
			f.Suspicion[u] = max(0, .5*-math.Expm1(float64(ln)/20)) // not -0
		}
	}
	for _, r := range groups {
		if r.covered {
			continue
		}
		// of a plan, many votes may go against its goal
		ln, together := min(r.lnP, max(r.LnP, -r.Apart)), r.ruled && r.Coordinated()
		if together {
			ln = r.LnP
		}
		for j, u := range r.Raters {
			if r.Speaks[j] || together {
				f.Suspicion[u] = max(f.Suspicion[u], .5*-math.Expm1(ln/20))
			}
		}
	}
	for _, r := range f.Rings {
		speaks := -r.LogP / (50 - r.LogP)
		for _, m := range r.Members {
			s := .5 + .25*speaks*(1-.5*math.Exp(-m.Strength/20))
			if !r.Doubtful() {
				s += .25
			}
			f.Suspicion[m.Rater] = max(f.Suspicion[m.Rater], s)
		}
	}
}

// describe takes over what the judge tells of a group.
func (r *Ring) describe(d *judge.Description) {
	r.Raters, r.Items, r.First, r.Last = d.Raters, d.Items, d.First, d.Last
	for _, m := range d.Members {
		r.Members = append(r.Members, Member(m))
	}
	for _, a := range d.Ahead {
		r.Ahead = append(r.Ahead, Ahead(a))
	}
	for _, e := range d.Evidence {
		r.Evidence = append(r.Evidence, Evidence(e))
	}
	for _, x := range d.Innocent {
		r.Innocent = append(r.Innocent, Explanation(x))
	}
}
