package detect

import (
	"cmp"
	"context"
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
func (e *engine) findings(ctx context.Context) *Findings {
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
	c := &court{engine: e, Findings: f, bar: bar, tests: len(groups), taken: make([]bool, e.Raters)}
	var heard []*result
	for i, r := range groups {
		if !r.Significant() {
			continue
		}
		r.ruled, r.Heard = true, innocent[0] < math.Log(judge.RingLevel)
		innocent, r.Bar = innocent[1:], bar
		r.lnQ = lnQ[i]
		heard = append(heard, r)
	}
	c.noRings(ctx, c.rings(ctx, heard))
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
	if c.unasked > 0 {
		f.Warnings = append(f.Warnings, fmt.Sprintf("whether rings are there without a tenth of the data was asked of "+
			"the stronger ones only, a bound on the cost: %d of %d %s in doubt for it", c.unasked, len(f.Rings),
			plural.Is(c.unasked)))
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

// passes reports whether a significant group's votes say that it is a ring.
func (r *result) passes() bool { return r.Heard && !r.Loose && r.AsOne() && !r.PartOfCrowd() }

// speakers returns which members' votes let them be of the ring, on two targets or more, but
// for those who are gone.
func (r *result) speakers(gone []int32) (members []int) {
	for j, u := range r.Raters {
		if r.Speaks[j] && r.Shared[j] >= 2 && !slices.Contains(gone, u) {
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
