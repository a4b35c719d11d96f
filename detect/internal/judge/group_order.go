package judge

import (
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/detect/internal/null"
)

// leaderLevel is the chance, over the members, of being taken for one whom the
// others follow.
const leaderLevel = .01

// leaders tells which members came first on shared items more often than one of a
// group that acts in no order would. Anybody can be followed, so whoever is may
// be the victim of those who do, and is not accused with them.
func (r *reading) leaders(g *Group) []bool {
	leads := make([]bool, len(g.Raters))
	for j, o := range r.order(g) {
		leads[j] = o.first > 0 && null.ChoiceTail(o.first, o.could) < math.Log(leaderLevel/float64(len(g.Raters)))
	}
	return leads
}

// An order is on how many shared items a member came first, and on which it could have.
type order struct {
	first float64
	could []null.Choice
}

// order returns that of each member; nil without times.
func (r *reading) order(g *Group) []order {
	if r.Time == nil {
		return nil
	}
	all := make([]order, len(g.Raters))
	for at := range r.targets {
		t := &r.targets[at]
		for n, k := range t.acts {
			// Those near it, before and after; all where the group has no window.
			lo, hi := 0, len(t.acts)
			if g.window > 0 {
				for lo = n; lo > 0 && t.times[n]-t.times[lo-1] <= g.window; {
					lo--
				}
				for hi = n + 1; hi < len(t.acts) && t.times[hi]-t.times[n] <= g.window; {
					hi++
				}
			}
			if hi-lo < 2 {
				continue
			}
			j, _ := slices.BinarySearch(g.Raters, r.Rater[k])
			all[j].could = append(all[j].could, null.Choice{P: 1 / float64(hi-lo), W: 1})
			if n == lo && t.times[n] < t.times[n+1] {
				all[j].first++
			}
		}
	}
	return all
}

// ahead tells of those whom the others follow.
func (r *reading) ahead(ring *Description, g *Group) {
	for j, o := range r.order(g) {
		if !g.Leads[j] {
			continue
		}
		a := Ahead{Rater: g.Raters[j], First: int32(o.first), Of: int32(len(o.could))}
		for _, c := range o.could {
			a.Expected += c.P
		}
		ring.Ahead = append(ring.Ahead, a)
	}
}
