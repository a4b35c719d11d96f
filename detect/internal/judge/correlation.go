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
// A coordinated group acts by one plan by other evidence; in 138 worlds where nobody does
// one was found (at most 4 in 100 at 95 %; docs/detection.md), and votes that are no part of
// the plan say so. Of rings, one in a hundred may be none.
const (
	SharedOdds      = 1. / 19
	CoordinatedOdds = 19.
	RingOdds        = (1 - RingLevel) / RingLevel
)

// Correlation says how the votes of a group hang together beyond what its items,
// habits and viewpoints explain.
type Correlation struct {
	Raters  []int32   // whose votes they are, ascending
	Chance  float64   // that some of them go by a plan
	Within  float64   // of votes that do: the correlation of two members' on an item, 0 to 1
	Away    float64   // of these: how far they lie from the items' crowds, see away
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
	if len(parts) > 1 {
		if all, _ := g.actTogether(together); !all.disagree(parts) {
			parts = [][]int32{together}
		}
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
	j, faint := g.actTogether(raters)
	core := make([]bool, len(j.items))
	for at, i := range j.items {
		core[at] = slices.Contains(g.Core, i)
	}
	c, says = j.correlation(core, faint, g.nearness(j), lnOdds)
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
// other shares over enough seeds. Where times are known, items of half as many again are
// there too, but faint: they do not tell whether there is a plan, and are its targets only
// if the members came together.
func (g *Group) actTogether(raters []int32) (j *Jury, faint []bool) {
	b := g.Jury.Votes
	in := make(map[int32]bool, len(raters))
	on := make(map[int32][]int32)
	for _, u := range raters {
		in[u] = true
		items := b.ItemsOf(u)
		for n, k := range b.ActsOf(u) {
			on[items[n]] = append(on[items[n]], k)
		}
	}
	sum := 0
	for _, i := range g.Core {
		sum += len(on[i])
	}
	least := max(4*len(g.Core), sum) // of twice an item's acts, times the number of core items
	few := func(i int32, n int) bool { return 2*n*len(g.Core) < least && !slices.Contains(g.Core, i) }
	maps.DeleteFunc(on, func(i int32, acts []int32) bool {
		n := len(acts)
		return few(i, n) && (g.window == 0 || g.together == 0 || n < leastFaint || few(i, 2*n))
	})
	items := slices.Sorted(maps.Keys(on))
	faint = make([]bool, len(items))
	for at, i := range items {
		faint[at] = few(i, len(on[i]))
	}
	acts := make([][]int32, len(items))
	for at, i := range items {
		acts[at] = on[i]
		slices.SortFunc(acts[at], func(a, b int32) int { return cmp.Compare(a, b) }) // in the order of time
	}
	return b.judge(items, acts, func(u int32) bool { return in[u] }), faint
}

// leastFaint is how many members make an item of few one where they may have come together.
const leastFaint = 3

// A community may be one of these: a shift, and one sharpness or another on each item,
// with viewpoint or without.
const communities = 2 * len(communityShifts) * (len(sharpness) + 1)

// correlation weighs plans against a community, core telling which items selection says
// are targets, faint those that are not asked, near what times say for that, and lnOdds
// those of a plan before votes are heard. It returns what is so if there is a plan, and ln
// of how much likelier the votes are then.
func (j *Jury) correlation(core, faint []bool, near []float64,
	lnOdds float64) (c Correlation, says float64) {
	h := j.hearPlans(core, faint)
	h.near, h.lnOdds = near, lnOdds
	h.weighParts()
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
	c.Away = j.away(c.Planned)
	return c, total - innocent
}

// away is the mean square distance, over the items that go by the plan, of the members' mean
// vote from the outsiders', less what it is by chance, in units of the variance of an
// outsider's vote: 1 where the plan is as near to what others think as one of them is. An
// opinion's weight is the inverse of its variance.
func (j *Jury) away(planned []float64) float64 {
	apart, variance := 0., 0.
	for at, acts := range j.acts {
		mean, square, n := levelMoments(j.crowd[at])
		own := make([]float64, j.Levels)
		for _, k := range acts {
			own[j.Level[k]]++
		}
		members, _, k := levelMoments(own)
		if k == 0 {
			continue
		}
		of := square - mean*mean
		apart += planned[at] * ((members-mean)*(members-mean) - of/n)
		variance += planned[at] * of
	}
	if !(apart > 0 && variance > 0) {
		return 0
	}
	return apart / variance
}

// levelMoments returns the mean and the mean square of votes that are counted by level, and how
// many there are.
func levelMoments(count []float64) (mean, square, n float64) {
	for level, c := range count {
		n += c
		mean += c * float64(level)
		square += c * float64(level*level)
	}
	return mean / n, square / n, n
}
