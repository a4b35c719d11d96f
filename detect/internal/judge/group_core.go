package judge

import (
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/detect/internal/null"
)

// What the group chose: its targets, and how near each other in time.

// participations are where EM for the share of the targets that a member takes part in
// begins, each where those before it end with no targets: from the top, a group whose
// members each do a few of many has none, and from the bottom the company of one whose
// members do nearly all is taken for its targets.
var participations = [...]float64{.95, .6, .35, .2, .1}

// findCore marks the targets that the group chose more often than the null has
// it, and are like each other in how many of the members did: an item that half
// of a ring chose for company, while nearly all took part in its targets, is not
// one of them. It returns their number.
func (r *reading) findCore(g *Group) int {
	r.timed, r.found = false, 0
	if g.turns == 0 {
		r.found = r.coreBy(g, false)
	}
	if r.found < 2 {
		r.found = r.coreBy(g, true)
	}
	return r.found
}

// coreBy is findCore for members who all do most of the targets, or who take turns.
func (r *reading) coreBy(g *Group, turns bool) int {
	k := float64(len(r.raters))
	says := make([]float64, len(r.targets)) // ln of the odds of a target with participation 1, but for those who missed
	missed := make([]float64, len(r.targets))
	hidden := 0
	for at := range r.targets {
		t := &r.targets[at]
		t.core = len(t.acts) >= 2 && r.standsOut(at)
		if r.isCrowded(t) || turns && r.hides(g, t) {
			hidden++
		}
	}
	var near nearChances
	if r.hiding = hidden >= mostlyHidden || g.turns > 0; r.hiding {
		r.timed = true
		near = r.crowdedCore(g, turns)
	}
	var core []int
	for at := range r.targets {
		if t := &r.targets[at]; t.core {
			core = append(core, at)
			says[at] = r.oddsOf(g, at, near.of(at))
			missed[at] = k - float64(len(t.acts))
		}
	}
	if len(core) < 3 {
		return len(core)
	}
	// EM for the one participation rate of the group.
	prior := math.Log(expectedTargets / float64(r.Items))
	weight := make([]float64, len(r.targets))
	for _, q := range participations {
		for range 20 {
			took, could := .9, 1.
			lnTook, lnMissed := math.Log(q), math.Log(1-q)
			for _, at := range core {
				h := k - missed[at]
				w := 1 / (1 + math.Exp(-(prior + says[at] + h*lnTook + missed[at]*lnMissed)))
				weight[at] = w
				took += w * h
				could += w * k
			}
			was := q
			if q = min(max(took/could, .05), .95); q == was {
				break // and so for ever
			}
		}
		n := 0
		for _, at := range core {
			if r.targets[at].core = weight[at] > .5; r.targets[at].core {
				n++
			}
		}
		if n >= 2 {
			return n
		}
	}
	return 0
}

// standsOut reports whether more members chose the target than the null has it.
func (r *reading) standsOut(at int) bool {
	mean := 0.0
	for _, p := range r.chancesOn(at) {
		mean += p
	}
	return null.CountTail(len(r.targets[at].acts), mean) < math.Log(coreLevel)
}

// chancesOn returns, by rater read, the chance of choosing a target.
func (r *reading) chancesOn(at int) []float64 {
	n := len(r.raters)
	if !r.known {
		r.known = true
		r.chosen = slices.Grow(r.chosen[:0], len(r.targets)*n)[:len(r.targets)*n]
		r.toldOf = slices.Grow(r.toldOf[:0], len(r.targets))[:len(r.targets)]
		clear(r.toldOf)
	}
	p := r.chosen[at*n : (at+1)*n]
	if !r.toldOf[at] {
		r.toldOf[at] = true
		for j, u := range r.raters {
			p[j] = r.chance(u, &r.targets[at], -1)
		}
	}
	return p
}

// mostlyHidden is how many items that most of the members chose, or three at once, must
// not stand out for the group to be looked at as one in a crowd where everybody rates
// the same, or whose members take turns.
const mostlyHidden = 3

// isCrowded reports whether a target that does not stand out is what most members chose.
func (r *reading) isCrowded(t *target) bool {
	return !t.core && len(t.acts) >= 3 && 2*len(t.acts) >= len(r.raters)
}

// hides reports whether a target that does not stand out is what a quarter of the members
// chose, three of them at once, as three of fifty are by chance.
func (r *reading) hides(g *Group, t *target) bool {
	if g.turns > 0 {
		return !t.core && len(t.acts) >= 3 && t.hasThreeWithin(g.turns)
	}
	return !t.core && len(t.acts) >= 3 && 4*len(t.acts) >= len(r.raters) && t.hasBurst()
}

// hasBurst reports whether three members chose the target within burstOf seconds, and
// hardly anybody else did then.
func (t *target) hasBurst() bool {
	for j := 2; j < len(t.times); j++ {
		// acts on an item are numbered in time order
		if t.times[j]-t.times[j-2] <= burstOf && t.acts[j]-t.acts[j-2] < 5 {
			return true
		}
	}
	return false
}

// hasThreeWithin reports whether three members chose the target within so many seconds.
func (t *target) hasThreeWithin(seconds int32) bool {
	for j := 2; j < len(t.times); j++ {
		if int64(t.times[j])-int64(t.times[j-2]) <= int64(seconds) {
			return true
		}
	}
	return false
}

// burstOf is seconds: as long as one occasion may take, a post that spreads or a sale.
const burstOf = 3600

// nearChances are, by target and member, the chance of choosing it near another
// member; none where that was not asked.
type nearChances [][]float64

func (n nearChances) of(at int) []float64 {
	if n == nil {
		return nil
	}
	return n[at]
}

// crowdedCore marks what stands out where most rate the same items: there a count
// that cannot exceed the members has a tail that Poisson's does not have, and the
// time says what the choice does not. So how near is near is told first, by all
// targets, or where members take turns by those that may be some.
func (r *reading) crowdedCore(g *Group, turns bool) nearChances {
	var near nearChances
	if r.Time != nil {
		if g.window == 0 {
			was := make([]bool, len(r.targets))
			for at := range r.targets {
				t := &r.targets[at]
				was[at], t.core = t.core, !turns || t.core || r.hides(g, t)
			}
			r.pickWindow(g)
			for at := range r.targets {
				r.targets[at].core = was[at]
			}
		}
		near = r.nearChances(g)
	}
	var all, closest []null.Choice
	for at := range r.targets {
		t := &r.targets[at]
		if t.core || len(t.acts) < 2 {
			continue
		}
		all, closest = all[:0], closest[:0]
		for j, p := range r.chancesOn(at) {
			all = append(all, null.Choice{P: min(p, .99), W: 1})
			if near != nil {
				closest = append(closest, null.Choice{Near: min(near[at][j], .99), WNear: 1})
			}
		}
		ln := null.ChoiceTail(float64(len(t.acts)), all)
		if near != nil {
			n := 0
			for _, x := range t.acts {
				if r.near(t, x, g.window) {
					n++
				}
			}
			if n > 1 {
				ln = min(ln, null.ChoiceTail(float64(n), closest))
			}
		}
		t.core = ln < math.Log(coreLevel)
	}
	return near
}

// nearChances returns nil where the group has no window.
func (r *reading) nearChances(g *Group) nearChances {
	if g.window == 0 {
		return nil
	}
	if r.nearBy != nil && r.nearWithin == g.window {
		return r.nearBy
	}
	all := make(nearChances, len(r.targets))
	for at := range all {
		all[at] = make([]float64, len(r.raters))
	}
	for j, u := range r.raters {
		d := r.deedsOf(u)
		for at := range r.targets {
			if t := &r.targets[at]; len(t.acts) > 1 {
				all[at][j] = r.chanceNear(d, t, d.own[at], g.window)
			}
		}
	}
	r.nearBy, r.nearWithin = all, g.window
	return all
}

// oddsOf returns ln of the odds of a target with participation 1, but for those who
// missed it: near, where it is given, by the times of the acts too.
func (r *reading) oddsOf(g *Group, at int, near []float64) (says float64) {
	t, by := &r.targets[at], r.chancesOn(at)
	for _, p := range by {
		says -= math.Log1p(-min(p, .99))
	}
	for _, x := range t.acts {
		j, _ := slices.BinarySearch(r.raters, r.Rater[x])
		p := by[j]
		says += math.Log1p(-min(p, .99))
		if near == nil || near[j] <= 0 {
			says -= math.Log(p)
			continue
		}
		q := min(near[j], .999*p)
		if r.near(t, x, g.window) {
			says += math.Log(g.together / q)
		} else {
			says += math.Log((1 - g.together) / (p - q))
		}
	}
	return says
}

// coreJury judges the group's votes on its core items, once for each core.
func (r *reading) coreJury() *Jury {
	var items []int32
	var acts [][]int32
	for at := range r.targets {
		if t := &r.targets[at]; t.core {
			items, acts = append(items, t.item), append(acts, slices.Clone(t.acts))
		}
	}
	if r.jury == nil || !slices.Equal(r.jury.items, items) {
		r.jury = r.votes.judge(items, acts, func(u int32) bool { return r.state[u] == inside || r.state[u] == absent })
	}
	return r.jury
}

// votesLikeStrangers reports whether a group is so large, and its votes so
// plainly innocent, that growing it is idle: they are no ring's, and go by no plan.
func (r *reading) votesLikeStrangers(g *Group) bool {
	if len(g.Raters) < openFrom || !r.votes.HasValues() && len(g.Raters) < openActs { // whose reason is to be told
		return false
	}
	j := r.coreJury()
	return j.Verdict.innocent() && (len(g.Raters) > planTo || !j.goesByPlan())
}

// LikeStrangers reports whether the votes of many are innocent but for a plan of which
// many go against its goal: a part of them may be a ring all the same.
func (g *Group) LikeStrangers() bool {
	return !g.Open && len(g.Raters) >= openFrom && g.Jury.Verdict.innocent()
}

// innocent reports whether votes are plainly no ring's.
func (v *Verdict) innocent() bool { return v.Evidence < 0 && v.Lift < v.Bar/2 }

// pickWindow chooses the width of "at the same time" at which the members' acts
// on the core items stand out most.
func (r *reading) pickWindow(g *Group) {
	g.window, g.together = 0, 0
	if r.Time == nil {
		return
	}
	acts := 0.0
	var seen, expected [len(syncGrid)]float64
	for _, u := range g.Raters {
		d := r.deedsOf(u)
		looked := 0
		for at := range r.targets {
			t := &r.targets[at]
			if !t.core {
				continue
			}
			if looked++; looked > windowItems {
				break
			}
			if d.own[at] >= 0 {
				acts++
			}
			by := r.chancesNear(d, t, d.own[at])
			for w, delta := range syncGrid {
				if d.own[at] >= 0 && r.near(t, d.own[at], delta) {
					seen[w]++
				}
				expected[w] += by[w]
			}
		}
	}
	best := math.Inf(-1)
	for d, delta := range syncGrid {
		x, l := seen[d], expected[d]
		if x > l && l > 0 {
			if gain := x*math.Log(x/l) - x + l; gain > best {
				best, g.window = gain, delta
				g.together = (math.Floor(x/acts*togetherSteps) + .5) / togetherSteps
				g.together = min(g.together, 1-.5/togetherSteps)
			}
		}
	}
}
