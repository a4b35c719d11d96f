package judge

import (
	"math"
	"slices"
)

// Members who take turns.

// A seed of looseFrom raters that falls apart as it grows may be a group all the same,
// whose members each do so few of its targets that they cannot be told one by one.
const (
	looseFrom    = 8   // as many, taken together, tell what three or four would not
	looseMost    = 100 // a bound on the cost: the seeds above are crowds
	looseTargets = 5   // of which each does a few
	looseLevel   = .05 // at which a member must be of the others
)

// looseRounds bounds how often those who are not of the others are told, at most a quarter
// of the members at once: who is there by chance hides who is not.
const looseRounds = 6

// asItStands weighs a seed that fell apart, without those who are of it by nothing
// they chose. It returns nil if independent raters explain it.
func (f *Refiner) asItStands(seed []int32) *Group {
	g := &Group{Raters: slices.Sorted(slices.Values(seed)), Loose: true, turns: f.turns}
	for range looseRounds {
		r := f.read(g.Raters)
		kept := r.withoutStrangers(g)
		if len(kept) == len(g.Raters) {
			r.weigh(g)
			r.judge(g)
			f.close(r)
			if !g.Significant() {
				return nil
			}
			return g
		}
		f.close(r)
		if len(kept) < looseFrom {
			return nil
		}
		g = &Group{Raters: kept, Loose: true, turns: f.turns}
	}
	return nil
}

// withoutStrangers returns the members but for those who are least of the others; nobody
// of a group with too few targets.
func (r *reading) withoutStrangers(g *Group) []int32 {
	if !r.asItStands(g) {
		return nil
	}
	r.againstOthers(g)
	least := math.Log(looseLevel)
	worst := slices.Sorted(slices.Values(g.loo))
	if at := len(worst) - max(1, len(worst)/4); worst[at] > least {
		least = worst[at]
	}
	var kept []int32
	for j, u := range g.Raters {
		if g.loo[j] < least {
			kept = append(kept, u)
		}
	}
	return kept
}

// asItStands is not ok of a seed with too few targets.
func (r *reading) asItStands(g *Group) (ok bool) {
	if r.findCore(g) < looseTargets {
		return false
	}
	r.pickWindow(g)
	g.Beyond = r.beyond
	return true
}

// againstOthers tells what each member is against the others.
func (r *reading) againstOthers(g *Group) {
	g.loo = g.loo[:0]
	for _, u := range g.Raters {
		g.loo = append(g.loo, r.lnOf(g, u))
	}
}

// weighedAsItStands is not ok of a group with too few targets.
func (r *reading) weighedAsItStands(g *Group) (ok bool) {
	if ok = r.asItStands(g); ok {
		r.weigh(g)
		r.judge(g)
		r.againstOthers(g)
	}
	return ok
}
