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

// mostHeld is the share of a ring from which what a group does may be what the ring does; it is
// the share of overlap from which two groups are the same found twice.
const mostHeld = .6

// ruledAhead is how many groups are ruled on at a time.
const ruledAhead = 4

// runsAsked bounds how often all rings together are looked at without a tenth of the data: 125
// rings at least, the strongest, are asked in full. Of 774 rings of four twins that were made,
// they took three times as long as all else.
const runsAsked = 1000

// rings adds those of the groups that are rings, and returns the others. A ring has those whom
// no stronger one has and whose own votes say that they are of it; less than three are
// nothing more, and where a group holds most of a stronger one, the others are a ring if their
// own votes are one's: how the stronger one votes speaks for that alone. Several are ruled on
// at a time as if what is not known yet took nobody from them, and anew where that was wrong.
func (c *court) rings(ctx context.Context, groups []*result) (others []*result) {
	others = make([]*result, 0, len(groups))
	is := make([]bool, len(groups)) // a ring, or nothing
	gone, may, holds := make([][]int32, len(groups)), make([]bool, len(groups)), make([]bool, len(groups))
	workers.Ahead(ctx, len(groups), ruledAhead, func(at int) bool {
		if !groups[at].passes() {
			return false
		}
		gone[at], may[at] = c.takenOf(groups[at]), c.runs < c.mostRuns
		holds[at] = c.holdsRing(gone[at])
		is[at] = len(groups[at].speakers(gone[at])) < 3
		return !is[at]
	}, func(at int) ruling {
		return c.ring(groups[at], gone[at], holds[at], may[at])
	}, func(at int, done ruling) {
		if now := c.takenOf(groups[at]); !slices.Equal(now, gone[at]) {
			if is[at] = len(groups[at].speakers(now)) < 3; is[at] {
				return
			}
			done = c.ring(groups[at], now, c.holdsRing(now), may[at])
		}
		groups[at].Group, groups[at].rest = done.Group, done.rest
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

// takenOf returns which of a group's raters are a ring's.
func (c *court) takenOf(r *result) (taken []int32) {
	for _, u := range r.Raters {
		if c.taken[u] {
			taken = append(taken, u)
		}
	}
	return taken
}

// holdsRing reports whether most of a ring is among those of a group who are a ring's.
func (c *court) holdsRing(taken []int32) bool {
	return slices.ContainsFunc(c.Rings, func(r Ring) bool {
		in := 0
		for _, u := range r.Raters {
			if _, is := slices.BinarySearch(taken, u); is {
				in++
			}
		}
		return float64(in) > mostHeld*float64(len(r.Raters))
	})
}

// A ruling is a group as it was told.
type ruling struct {
	*judge.Group
	ring   *Ring // nil if what is innocent explains it
	rest   bool  // it holds a stronger ring, and the others are none
	stable judge.Stability
}

// ring rules on a group without those of its raters who are gone, who may hold a ring, and
// leaves the group as it is.
func (c *court) ring(r *result, gone []int32, holdsRing, mayRun bool) ruling {
	refine := c.refiner()
	defer c.refiners.put(refine)
	g, of := *r.Group, *r
	if holdsRing {
		h := refine.Without(&g, func(u int32) bool { return slices.Contains(gone, u) })
		if h == nil || !h.VotesAsRing() {
			return ruling{Group: r.Group, rest: true}
		}
		if h.Significant() { // or else they are a part of what they all did
			g, of.lnP = *h, max(r.lnP, lnPOf(h))
			of.lnQ = max(r.lnQ, min(0, of.lnP+math.Log(float64(c.tests))))
		}
	}
	of.Group = &g
	members := of.speakers(gone)
	if len(members) < 3 {
		return ruling{Group: r.Group, rest: true}
	}
	told := refine.Describe(&g, members)
	if told.Cleared(c.bar) {
		return ruling{Group: &g}
	}
	ring := of.ring(told)
	ring.Correlation = correlation(refine, &g, ring.Raters, judge.RingOdds)
	stable := refine.Stability(&g, mayRun)
	if ring.Unstable = stable.Unstable; stable.Unasked {
		ring.Innocent = append(ring.Innocent, Explanation{Name: "an accident of a few rows", Holds: true,
			Because: fmt.Sprintf("cannot be told, as whether it is there without a tenth of the data was not asked: "+
				"stronger rings took the %s that bound the cost", plural.Of(c.mostRuns, "run"))})
	}
	return ruling{&g, &ring, false, stable}
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
	switch {
	case r.Coordinated():
		if !c.besideRings(refine, r) {
			return nil
		}
	case r.rest: // what is not the rings' is nothing
		r.ruled, r.covered = false, true
		return nil
	}
	members := r.speakers(nil)
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
