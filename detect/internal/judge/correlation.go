package judge

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/detect/internal/null"
)

// How far the votes of a group are one another's. Whoever is accused of nothing may
// be counted for no more than it says: votes that follow one plan are copies, and k
// of them at a correlation r are worth k/(1+(k-1)r) independent ones, the design
// effect of a cluster sample (Kish, Survey Sampling, 1965).
//
// A plan is heard as in apartness, with more room for what hides one: it may name a
// vote for each item, as a script does; it may be about a part of the items that the
// group shares, the others being company; and most of the votes may be the raters'
// own. Two votes are then correlated by the square of the share that is not. What a
// community thinks of an item is no plan, so an honest club counts in full however
// much its members like the same things.

// The odds of a plan before votes are heard, by what else is known of a group that
// selection found. Where votes say nothing, one of which nothing is known keeps 19 of
// 20 of its weight, and since the mean of a likelihood ratio is 1 where there is no
// plan, honest groups lose on average no more than that, however many are looked at.
// A coordinated group acts by one plan by other evidence, be its votes part of it or
// not; and of rings, one in a hundred may be none.
const (
	SharedOdds      = 1. / 19
	CoordinatedOdds = 1.
	RingOdds        = (1 - RingLevel) / RingLevel
)

// Correlation says how the votes of a group hang together beyond what its items,
// habits and viewpoints explain.
type Correlation struct {
	Raters  []int32   // whose votes they are, ascending
	Chance  float64   // that some of them go by a plan
	Within  float64   // of votes that do: the correlation of two members' on an item, 0 to 1
	Items   []int32   // where the group acts together, ascending
	Planned []float64 // per item: the chance that the votes on it go by a plan

	Others       []int32   // of Fringe
	OthersChance []float64 // that each is of the group
}

// ByPlan are the items of which the votes more likely than not go by a plan, ascending.
func (c *Correlation) ByPlan() (items []int32) {
	for at, p := range c.Planned {
		if p > .5 {
			items = append(items, c.Items[at])
		}
	}
	return items
}

// Correlation hears the votes of the members, or those of each part that they fall into,
// and with them those whom selection would have let in and their votes kept out, or else
// pays for the choice. The odds are those of a plan before that.
func (g *Group) Correlation(odds float64) (all []Correlation) {
	if !g.Jury.HasValues() {
		return nil
	}
	together := slices.Concat(g.Raters, g.Pool)
	slices.Sort(together)
	says := math.Log(odds) // of all parts: each acts by a plan or none does
	parts := g.Jury.parts(together, g.Core)
	if len(parts) > 1 && !g.actTogether(together).disagree(parts) {
		parts = [][]int32{together}
	}
	for _, part := range parts {
		var members []int32
		for _, u := range part {
			if _, is := slices.BinarySearch(g.Raters, u); is {
				members = append(members, u)
			}
		}
		if len(members) > 1 {
			c, ln := g.correlationOf(members, part, math.Log(odds))
			all, says = append(all, c), says+ln
		}
	}
	for n := range all {
		all[n].Chance = logistic(says)
		for at := range all[n].Planned {
			all[n].Planned[at] *= all[n].Chance
		}
	}
	return all
}

// correlationOf hears a part, and returns what is so if there is a plan, and ln of how much
// likelier the votes are then.
func (g *Group) correlationOf(members, part []int32, lnOdds float64) (c Correlation, says float64) {
	if len(members) == len(part) {
		return g.hear(members, lnOdds)
	}
	paid := null.LnChoose(len(part), len(members))
	alone, says := g.hear(members, lnOdds-paid)
	if all, ln := g.hear(part, lnOdds); ln > says-paid {
		all.Raters = members
		return all, ln
	}
	return alone, says - paid
}

func (g *Group) hear(raters []int32, lnOdds float64) (c Correlation, says float64) {
	j := g.actTogether(raters)
	core := make([]bool, len(j.items))
	for at, i := range j.items {
		core[at] = slices.Contains(g.Core, i)
	}
	c, says = j.correlation(core, g.nearness(j), lnOdds)
	c.Raters = raters
	return c, says
}

// nearness is, per item of a jury, ln of how much likelier it is that the members came
// as near each other as they did if it is a target than if each came as its outsiders
// do. Of votes it says nothing: it tells where a plan is, if there is one.
func (g *Group) nearness(j *Jury) []float64 {
	ln := make([]float64, len(j.items))
	if g.window == 0 || g.together == 0 {
		return ln
	}
	state := func(u int32) uint8 {
		if j.member(u) {
			return inside
		}
		return outside
	}
	for at, i := range j.items {
		ln[at] = nearnessOn(j.Acts, i, g.window, state).says(g.together)
	}
	return ln
}

// actTogether is a jury over all items where raters act as the group does on its
// targets: half as many of them as there on average, and two at least. A brigade of
// which some take part each time has targets that selection alone does not tell. With
// fewer, items that say nothing of a plan would hide it; a half was not held against
// other shares over enough seeds.
func (g *Group) actTogether(raters []int32) *Jury {
	b := g.Jury.Votes
	in := make(map[int32]bool, len(raters))
	on := make(map[int32][]int32)
	for _, u := range raters {
		in[u] = true
		for _, k := range b.ActsOf(u) {
			on[b.Item[k]] = append(on[b.Item[k]], k)
		}
	}
	sum := 0
	for _, i := range g.Core {
		sum += len(on[i])
	}
	least := max(4*len(g.Core), sum) // of twice an item's acts, times the number of core items
	maps.DeleteFunc(on, func(i int32, acts []int32) bool {
		return 2*len(acts)*len(g.Core) < least && !slices.Contains(g.Core, i)
	})
	items := slices.Sorted(maps.Keys(on))
	acts := make([][]int32, len(items))
	for at, i := range items {
		acts[at] = on[i]
		slices.SortFunc(acts[at], func(a, b int32) int { return cmp.Compare(a, b) }) // in the order of time
	}
	return b.judge(items, acts, func(u int32) bool { return in[u] })
}

// A community may be one of these: a shift, and one sharpness or another on each item,
// with viewpoint or without.
const communities = 2 * len(communityShifts) * (len(sharpness) + 1)

// correlation weighs plans against a community, core telling which items selection
// says are targets, near what times say for that, and lnOdds those of a plan before votes
// are heard. It returns what is so if there is a plan, and ln of how much likelier the
// votes are then.
func (j *Jury) correlation(core []bool, near []float64, lnOdds float64) (c Correlation, says float64) {
	h := j.hearPlans(core)
	h.lnOdds = lnOdds
	h.weighParts(near)
	innocent := math.Inf(-1)
	for y := range h.communities {
		innocent = logAdd(innocent, h.innocent(y)-math.Log(float64(h.communities)))
	}
	plans := append(h.namedPlans(), h.sidedPlans()...)
	ln := make([]float64, len(plans))
	for k, p := range plans {
		ln[k] = p.ln
	}
	total := logSum(ln)
	c = Correlation{Items: j.items, Planned: make([]float64, len(j.items))}
	for _, p := range plans {
		w := math.Exp(p.ln - total)
		if w < 1e-6 {
			continue // of all plans, which are some hundreds
		}
		share := 1 - ownShares[p.own]
		c.Within += w * share * share
		for at := range c.Planned {
			c.Planned[at] += w * h.isPlanned(p, at)
		}
	}
	return c, total - innocent
}
