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

// asItStands weighs a seed that fell apart, without those who are of it by nothing
// they chose. It returns nil if independent raters explain it.
func (f *Refiner) asItStands(seed []int32) *Group {
	g := &Group{Raters: slices.Sorted(slices.Values(seed)), Loose: true}
	for range 2 {
		r := f.read(g.Raters)
		significant := r.weighedAsItStands(g)
		f.close(r)
		if !significant {
			return nil
		}
		var kept []int32
		for j, u := range g.Raters {
			if g.loo[j] < math.Log(looseLevel) {
				kept = append(kept, u)
			}
		}
		if len(kept) == len(g.Raters) {
			return g
		}
		if len(kept) < looseFrom {
			return nil
		}
		g = &Group{Raters: kept, Loose: true}
	}
	return nil
}

// weighedAsItStands reports whether independent raters do not explain the group.
func (r *reading) weighedAsItStands(g *Group) bool {
	if r.findCore(g) < looseTargets {
		return false
	}
	r.pickWindow(g)
	g.Beyond = r.beyond
	r.weigh(g)
	if r.judge(g); !g.Significant() {
		return false
	}
	for _, u := range g.Raters {
		g.loo = append(g.loo, r.test(g, r.deedsOf(u)).ln)
	}
	return true
}
