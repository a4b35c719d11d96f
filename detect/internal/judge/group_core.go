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
func (r *reading) findCore() int {
	k := float64(len(r.raters))
	says := make([]float64, len(r.targets)) // ln of the odds of a target with participation 1, but for those who missed
	missed := make([]float64, len(r.targets))
	var core []int
	for at := range r.targets {
		t := &r.targets[at]
		t.core = false
		if len(t.acts) < 2 {
			continue
		}
		mean := 0.0
		for _, u := range r.raters {
			mean += r.chance(u, t, -1)
		}
		if null.CountTail(len(t.acts), mean) >= math.Log(coreLevel) {
			continue
		}
		core = append(core, at)
		t.core = true
		for _, u := range r.raters {
			says[at] -= math.Log1p(-min(r.chance(u, t, -1), .99))
		}
		for _, x := range t.acts {
			p := r.chance(r.Rater[x], t, -1)
			says[at] += math.Log1p(-min(p, .99)) - math.Log(p)
		}
		missed[at] = k - float64(len(t.acts))
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
			for _, at := range core {
				h := k - missed[at]
				w := 1 / (1 + math.Exp(-(prior + says[at] + h*math.Log(q) + missed[at]*math.Log(1-q))))
				weight[at] = w
				took += w * h
				could += w * k
			}
			q = min(max(took/could, .05), .95)
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

// coreJury judges the group's votes on its core items.
func (r *reading) coreJury() *Jury {
	var items []int32
	var acts [][]int32
	for at := range r.targets {
		if t := &r.targets[at]; t.core {
			items, acts = append(items, t.item), append(acts, slices.Clone(t.acts))
		}
	}
	return r.votes.judge(items, acts, func(u int32) bool { return r.state[u] == inside })
}

// votesLikeStrangers reports whether a group is so large, and its votes so
// plainly innocent, that growing it is idle.
func (r *reading) votesLikeStrangers(g *Group) bool {
	if len(g.Raters) < openFrom {
		return false
	}
	v := r.coreJury().Verdict
	return v.Evidence < 0 && v.Lift < v.Bar/2
}

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
			for w, delta := range syncGrid {
				if d.own[at] >= 0 && r.near(t, d.own[at], delta) {
					seen[w]++
				}
				expected[w] += r.chanceNear(d, t, d.own[at], delta)
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
