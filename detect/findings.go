package detect

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// findings applies the rule to all that was judged. A significant group is a
// ring if its votes say so: their evidence, paid for by the number of groups; a
// lift that does not grow with the group; and no larger crowd of which it is the
// agreeing part. Otherwise it shares interest or exposure, and nobody is accused.
func (e *engine) findings() *Findings {
	f := &Findings{Suspicion: make([]float64, e.raters), Warnings: e.warnings}
	groups := e.distinct()
	var innocent []float64 // of the significant groups: ln p of the votes of an innocent one
	for _, r := range groups {
		if r.significant() {
			innocent = append(innocent, min(0, -r.jury.verdict.evidence))
		}
	}
	innocent = adjust(innocent)
	lnP := make([]float64, len(groups))
	for i, r := range groups {
		lnP[i] = min(0, max(r.lnP, -r.jury.verdict.evidence))
	}
	lnQ := adjust(lnP)
	refine := newRefiner(e.acts, e.null, e.ballots)
	taken := make([]bool, e.raters)
	for i, r := range groups {
		if !r.significant() {
			continue
		}
		r.ruled, r.heard = true, innocent[0] < math.Log(ringLevel)
		innocent = innocent[1:]
		ring := Ring{Detectors: slices.Clone(r.detectors), LogP: lnP[i], LogQ: lnQ[i], P: math.Exp(lnP[i]), Q: math.Exp(lnQ[i])}
		passes := r.heard && r.jury.verdict.united() && !r.partOfCrowd()
		var members []int
		for j, u := range r.raters {
			if !passes || !taken[u] && r.speaks[j] && r.shared[j] >= 2 {
				members = append(members, j)
			}
		}
		if passes = passes && len(members) >= 3; passes {
			refine.describe(&ring, r.group, members)
			for _, u := range ring.Raters {
				taken[u] = true
			}
			f.Rings = append(f.Rings, ring)
		} else if len(members) >= 3 {
			refine.describe(&ring, r.group, members)
			f.Shared = append(f.Shared, ring)
		}
	}
	strongestFirst(f.Rings)
	strongestFirst(f.Shared)
	e.suspect(f, groups, lnP)
	f.Background = e.background(len(groups))
	if e.dropped > 0 {
		f.Warnings = append(f.Warnings, fmt.Sprintf("%d groups grew beyond %d raters and were not judged", e.dropped, mostMembers))
	}
	return f
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
	b := Background{Tested: tested, Weight: slices.Clone(e.null.weight)}
	for _, sums := range e.null.window {
		mean := 0.0
		for _, s := range sums {
			mean += s / float64(len(sums))
		}
		b.WindowRows = append(b.WindowRows, mean)
	}
	b.Weight = append(b.Weight, e.null.uniform*float64(e.items))
	return b
}

// suspect ranks all raters: those in a ring by what speaks for the ring and for
// their part in it, first of rings without doubt; then the others by their strongest pair or by what speaks
// for a group of theirs being a ring, whichever says more.
func (e *engine) suspect(f *Findings, groups []*result, lnP []float64) {
	if e.found != nil {
		for u, ln := range e.found.best {
			f.Suspicion[u] = max(0, .5*-math.Expm1(float64(ln)/20)) // not -0
		}
	}
	for i, r := range groups {
		for j, u := range r.raters {
			if r.speaks[j] {
				f.Suspicion[u] = max(f.Suspicion[u], .5*-math.Expm1(lnP[i]/20))
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

// describe fills in members, targets, evidence and explanations of a ring. It
// weighs the group anew, as what it needs is too much to keep of every group.
func (r *refiner) describe(ring *Ring, g *group, members []int) {
	r.mark(g.raters, inside)
	defer r.mark(g.raters, outside)
	r.tabulate(g)
	r.leaveOut(g.raters)
	r.findCore(g)
	for at := range r.targets {
		t := &r.targets[at]
		t.core = t.core && slices.Contains(g.core, t.item)
	}
	in := map[int32]bool{}
	for _, j := range members {
		u := g.raters[j]
		in[u] = true
		ring.Raters = append(ring.Raters, u)
		role := "part"
		if 2*int(g.shared[j]) >= len(g.core) {
			role = "core"
		}
		ring.Members = append(ring.Members, Member{Rater: u, Role: role, Strength: -g.loo[j], Shared: g.shared[j]})
	}
	ring.Items = slices.Sorted(slices.Values(g.core))
	r.selection(ring, g, in)
	if g.window > 0 {
		r.together(ring, g, in)
	}
	r.agreement(ring, g, in)
	r.explain(ring, g)
}

// selection is how often the members chose the targets.
func (r *refiner) selection(ring *Ring, g *group, in map[int32]bool) {
	e := Evidence{Measure: "co-selection", Unit: "ratings on the targets"}
	first := true
	for at := range r.targets {
		t := &r.targets[at]
		if !t.core {
			continue
		}
		for _, u := range ring.Raters {
			e.Expected += r.chance(u, t, -1)
		}
		for _, k := range t.acts {
			if !in[r.rater[k]] {
				continue
			}
			e.Observed++
			e.Rows = append(e.Rows, r.row[k])
			if r.time != nil {
				if first {
					ring.First, ring.Last, first = r.time[k], r.time[k], false
				}
				ring.First, ring.Last = min(ring.First, r.time[k]), max(ring.Last, r.time[k])
			}
		}
	}
	e.Note = fmt.Sprintf("of %d possible; expected of raters who each choose alone at the times these were active, ln P = %.0f", len(ring.Raters)*len(ring.Items), g.selection)
	ring.Evidence = append(ring.Evidence, e)
}

// together is how often they did so at the same time as another.
func (r *refiner) together(ring *Ring, g *group, in map[int32]bool) {
	e := Evidence{Measure: "synchrony", Unit: fmt.Sprintf("ratings within %s of another member's", span(g.window))}
	for _, u := range ring.Raters {
		r.load(u)
		for at := range r.targets {
			t := &r.targets[at]
			if !t.core {
				continue
			}
			own := r.own[at]
			e.Expected += r.chanceNear(u, t, own, g.window)
			if own >= 0 && r.near(t, own, g.window) {
				e.Observed++
				e.Rows = append(e.Rows, r.row[own])
			}
		}
	}
	ring.Evidence = append(ring.Evidence, e)
}

// agreement is how often they voted as the majority of the ring did, against
// what outsiders and their own habits have it.
func (r *refiner) agreement(ring *Ring, g *group, in map[int32]bool) {
	v := g.jury.verdict
	if !r.hasValues() {
		if r.time == nil {
			return
		}
		ring.Evidence = append(ring.Evidence, Evidence{Measure: "moment", Unit: "nats an act", Observed: v.lift,
			Note: fmt.Sprintf("how much likelier the moments are for hands that act together (%.0f s) than for humans who react each on their own (%.0f s)", momentTogether, momentAlone)})
		return
	}
	e := Evidence{Measure: "agreement", Unit: "share of votes on the ring's side"}
	votes := 0.0
	for at := range g.jury.items {
		for _, k := range g.jury.acts[at] {
			if !in[r.rater[k]] {
				continue
			}
			on, p := g.jury.side(at, k)
			votes++
			e.Expected += p
			if on {
				e.Observed++
				e.Rows = append(e.Rows, r.row[k])
			}
		}
	}
	e.Observed /= max(1, votes)
	e.Expected /= max(1, votes)
	e.Note = fmt.Sprintf("expected of raters who vote as the %d others on these targets did; evidence %.0f nats, %.2f a vote", v.outside, v.evidence, v.lift)
	ring.Evidence = append(ring.Evidence, e)
}

// span writes a width of time.
func span(seconds int32) string {
	switch d := time.Duration(seconds) * time.Second; {
	case d >= 24*time.Hour:
		return fmt.Sprintf("%d d", d/(24*time.Hour))
	case d >= time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	default:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
}

func count(of []bool) (n int) {
	for _, x := range of {
		if x {
			n++
		}
	}
	return n
}
