package judge

import (
	"fmt"
	"slices"
)

// Describe returns members, targets, evidence and explanations of a group. It
// weighs the group anew, as what it needs is too much to keep of every group.
func (f *Refiner) Describe(g *Group, members []int) *Description {
	ring := &Description{}
	r := f.readAgain(g)
	defer f.close(r)
	defer g.Jury.forget()
	in := map[int32]bool{}
	for _, j := range members {
		u := g.Raters[j]
		in[u] = true
		ring.Raters = append(ring.Raters, u)
		role := "part"
		if 2*int(g.Shared[j]) >= len(g.Core) {
			role = "core"
		}
		ring.Members = append(ring.Members, Member{u, role, -g.loo[j], g.Shared[j]})
	}
	ring.Items = slices.Sorted(slices.Values(g.Core))
	r.selection(ring, g, in)
	if g.window > 0 {
		r.together(ring, g)
	}
	r.agreement(ring, g, in)
	r.cadenceEvidence(ring, g)
	r.ahead(ring, g)
	r.explain(ring, g)
	return ring
}

// readAgain reads a group as it was judged.
func (f *Refiner) readAgain(g *Group) *reading {
	r := f.readBeside(g.Raters, g.besides)
	r.core(g)
	for at := range r.targets {
		t := &r.targets[at]
		t.core = t.core && slices.Contains(g.Core, t.item)
	}
	return r
}

// selection is how often the members chose the targets.
func (r *reading) selection(ring *Description, g *Group, in map[int32]bool) {
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
			if !in[r.Rater[k]] {
				continue
			}
			e.Observed++
			e.Rows = append(e.Rows, r.Row[k])
			if r.Time != nil {
				if first {
					ring.First, ring.Last, first = r.Time[k], r.Time[k], false
				}
				ring.First, ring.Last = min(ring.First, r.Time[k]), max(ring.Last, r.Time[k])
			}
		}
	}
	e.Note = fmt.Sprintf("of %d possible; expected of raters who each choose alone at the times these were active, "+
		"ln P = %.0f", len(ring.Raters)*len(ring.Items), g.selection)
	ring.Evidence = append(ring.Evidence, e)
}

// together is how often they did so at the same time as another, against those who chose
// the same and came each when the item's others did.
func (r *reading) together(ring *Description, g *Group) {
	e := Evidence{Measure: "synchrony", Unit: fmt.Sprintf("ratings within %s of another member's", span(g.window)),
		Note: "expected of those who chose the same and came when others did"}
	if r.usual.grainOf(r.Acts) >= 86400 && g.window < 86400 { // of times that are days, it is the same one
		e.Unit = "ratings on the same day as another member's"
	}
	type tally struct{ acts, near, others float64 } // of others, held against each of the acts
	var of []tally
	var all tally
	for at := range r.targets {
		t := &r.targets[at]
		if !t.core {
			continue
		}
		others := r.othersOn(t.item)
		var one tally
		for _, k := range t.acts {
			if _, in := slices.BinarySearch(ring.Raters, r.Rater[k]); !in {
				continue
			}
			one.acts++
			if r.near(t, k, g.window) {
				e.Observed++
				e.Rows = append(e.Rows, r.Row[k])
			}
			for _, o := range others {
				if one.others++; t.nearAt(r.Time[o], k, g.window) {
					one.near++
				}
			}
		}
		of = append(of, one)
		all.near, all.others = all.near+one.near, all.others+one.others
	}
	for _, one := range of { // two others, as they come to all targets, where an item has few
		as := 2 * one.acts
		e.Expected += one.acts * (one.near + as*(all.near+.5)/(all.others+1)) / max(1, one.others+as)
	}
	ring.Evidence = append(ring.Evidence, e)
}

// mostOthers of an item are enough to tell when it is rated.
const mostOthers = 200

// othersOn returns acts of outsiders on an item, in time order, evenly drawn.
func (r *reading) othersOn(item int32) (acts []int32) {
	from, to := r.ItemStart[item], r.ItemStart[item+1]
	for k := from; k < to; k += 1 + (to-from)/mostOthers {
		if r.state[r.Rater[k]] == outside {
			acts = append(acts, k)
		}
	}
	return acts
}

// agreement is how often they voted as the majority of the ring did, against
// what outsiders and their own habits have it.
func (r *reading) agreement(ring *Description, g *Group, in map[int32]bool) {
	v := g.Jury.Verdict
	if !r.votes.HasValues() {
		if r.Time == nil {
			return
		}
		ring.Evidence = append(ring.Evidence, Evidence{Measure: "moment", Unit: "nats an act", Observed: v.Lift,
			Note: fmt.Sprintf("how much likelier the moments are for hands that act together (%.0f s) than for humans "+
				"who react each on their own (%.0f s)", r.votes.Together, momentAlone*r.votes.Together)})
		return
	}
	e := Evidence{Measure: "agreement", Unit: "share of votes on the ring's side"}
	votes := 0.0
	for at := range g.Jury.items {
		for _, k := range g.Jury.acts[at] {
			if !in[r.Rater[k]] {
				continue
			}
			on, p := g.Jury.side(at, k)
			votes++
			e.Expected += p
			if on {
				e.Observed++
				e.Rows = append(e.Rows, r.Row[k])
			}
		}
	}
	e.Observed /= max(1, votes)
	e.Expected /= max(1, votes)
	e.Note = fmt.Sprintf("expected of raters who vote as the %d others on these targets did; evidence %.0f nats, "+
		"%.2f a vote", v.outside, v.Evidence, v.Lift)
	ring.Evidence = append(ring.Evidence, e)
}
