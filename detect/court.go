package detect

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/detect/internal/judge"
	"github.com/ringwatch/ringwatch/internal/plural"
	"github.com/ringwatch/ringwatch/internal/workers"
)

// A court rules on groups, the strongest first.
type court struct {
	*engine
	*Findings
	bar      float64 // of evidence, the number of groups paid for
	tests    int     // groups
	taken    []bool  // per rater: whether it is a ring's
	narrowed int     // rings that were judged on some of their items
	runs     int     // that told whether rings are stable
	unasked  int     // rings that others left no run for
}

// ruledAhead is how many groups are ruled on at a time.
const ruledAhead = 4

// runsAsked bounds how often all rings together are looked at without a tenth of the data: 125
// rings at least, the strongest, are asked in full. Of 774 rings of four twins that were made,
// they took three times as long as all else.
const runsAsked = 1000

// rings adds those of the groups that are rings, and returns the others. A ring has those whom
// no stronger one has and whose own votes say that they are of it; less than three are
// nothing more. Several are ruled on at a time as if what is not known yet took nobody from
// them, and anew where that was wrong.
func (c *court) rings(ctx context.Context, groups []*result) (others []*result) {
	others = make([]*result, 0, len(groups))
	is := make([]bool, len(groups)) // a ring, or nothing
	members, may := make([][]int, len(groups)), make([]bool, len(groups))
	untaken := func(at int) []int {
		r := groups[at]
		return slices.DeleteFunc(r.speakers(), func(j int) bool { return c.taken[r.Raters[j]] })
	}
	workers.Ahead(ctx, len(groups), ruledAhead, func(at int) bool {
		if !groups[at].passes() {
			return false
		}
		members[at], may[at] = untaken(at), c.runs < c.mostRuns
		is[at] = len(members[at]) < 3
		return !is[at]
	}, func(at int) ruling {
		return c.ring(groups[at], members[at], may[at])
	}, func(at int, done ruling) {
		if now := untaken(at); !slices.Equal(now, members[at]) {
			if is[at] = len(now) < 3; is[at] {
				return
			}
			done = c.ring(groups[at], now, may[at])
		}
		groups[at].Group = done.Group
		ring := done.ring
		if is[at] = ring != nil; !is[at] {
			return
		}
		for _, u := range ring.Raters {
			c.taken[u] = true
		}
		c.Rings = append(c.Rings, *ring)
		if c.runs += done.stable.Runs; done.stable.Unasked {
			c.unasked++
		}
		if groups[at].Beyond > 0 {
			c.narrowed++
		}
	})
	for at, r := range groups {
		if !is[at] {
			others = append(others, r)
		}
	}
	return others
}

// A ruling is a group as it was told.
type ruling struct {
	*judge.Group
	ring   *Ring // nil if what is innocent explains it
	stable judge.Stability
}

// ring rules on members of a group, and leaves the group as it is.
func (c *court) ring(r *result, members []int, mayRun bool) ruling {
	refine := c.refiner()
	defer c.refiners.put(refine)
	g := *r.Group
	told := refine.Describe(&g, members)
	if told.Cleared(c.bar) {
		return ruling{Group: &g}
	}
	ring := r.ring(told)
	ring.Correlation = correlation(refine, &g, ring.Raters, judge.RingOdds)
	stable := refine.Stability(&g, mayRun)
	if ring.Unstable = stable.Unstable; stable.Unasked {
		ring.Innocent = append(ring.Innocent, Explanation{Name: "an accident of a few rows", Holds: true,
			Because: fmt.Sprintf("cannot be told, as whether it is there without a tenth of the data was not asked: "+
				"stronger rings took the %s that bound the cost", plural.Of(c.mostRuns, "run"))})
	}
	return ruling{&g, &ring, stable}
}

// noRings adds groups that are no rings: as coordinated, if what their members did beside
// rings says so, or else as of shared interest.
func (c *court) noRings(ctx context.Context, groups []*result) {
	workers.Ahead(ctx, len(groups), ruledAhead, func(int) bool { return true },
		func(at int) *Ring { return c.noRing(groups[at]) },
		func(at int, ring *Ring) {
			switch {
			case ring == nil:
			case groups[at].Coordinated():
				c.Coordinated = append(c.Coordinated, *ring)
			default:
				c.Shared = append(c.Shared, *ring)
			}
		})
}

// noRing returns nil for a group that is nothing beside rings.
func (c *court) noRing(r *result) *Ring {
	refine := c.refiner()
	defer c.refiners.put(refine)
	if r.Coordinated() && !c.besideRings(refine, r) {
		return nil
	}
	members := r.speakers()
	if !r.passes() {
		members = members[:0]
		for j := range r.Raters {
			members = append(members, j)
		}
	}
	ring := r.ring(refine.Describe(r.Group, members))
	if !r.Coordinated() {
		ring.Correlation = correlations(r.Correlation(judge.SharedOdds), ring.Raters)
		for n := range ring.Correlation {
			ring.Correlation[n].Away = 0
		}
		return &ring
	}
	ring.LogP = lnPOfPlan(r.Group)
	ring.LogQ = min(0, ring.LogP+math.Log(float64(c.tests)))
	ring.P, ring.Q = math.Exp(ring.LogP), math.Exp(ring.LogQ)
	ring.Correlation = correlation(refine, r.Group, ring.Raters, judge.CoordinatedOdds)
	return &ring
}

// besideRings leaves of a group what those whom no ring has did themselves, and reports
// whether that is significant.
func (c *court) besideRings(refine *judge.Refiner, r *result) bool {
	g := refine.Beside(r.Group, func(u int32) bool { return c.taken[u] })
	switch {
	case g == r.Group:
		return true
	case g == nil || !g.Significant():
		r.ruled, r.covered = false, true
		return false
	}
	r.Group, r.lnP = g, lnPOf(g)
	r.lnQ = min(0, r.lnP+math.Log(float64(c.tests)))
	return true
}
