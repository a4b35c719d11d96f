package judge

import "slices"

// Stability: a ring is there whichever tenth of the data is missing. A tenth of the
// acts of its members and pool on what they share, and a tenth of the outsiders, are
// left out, and the group is weighed and judged anew. The fitted null, habits and
// viewpoints stay: they are of all the data, and a tenth of it moves them little.

const (
	stabilityRuns = 8  // a bound on the cost; a ring is stable that is there in half of them
	leftOutOf     = 10 // one act in so many is left out
	// Sums that pass by half of what is asked as well do not fall below it by a tenth.
	firmly = 1.5
)

// firm reports whether a ring passes each bar by so much that a tenth does not matter.
func (g *Group) firm() bool {
	v := &g.Jury.Verdict
	asOne := min(g.Apart, g.oneMind()) > firmly*g.Bar ||
		g.Apart > g.Bar/2 && v.Lift > 1.2*v.Bar || g.Timing.Cadence > firmly*g.Bar
	return g.LnP < -firmly*3*g.Bar && v.Evidence > firmly*g.Bar && asOne && g.Choices >= fewChoices
}

// Stability says whether a ring is there without some of the data, and what that took to know.
type Stability struct {
	Unstable bool // it is not there in half of the runs without a tenth of the data
	Unasked  bool // that is not known
	Runs     int
}

// Stability asks whether a ring is there in half of the runs without a tenth of the data, each
// another one, if it may; a ring that passes by far is. Each run costs a tenth of the data.
func (f *Refiner) Stability(g *Group, may bool) (s Stability) {
	if g.firm() {
		return s
	}
	if !may {
		s.Unasked = true
		return s
	}
	gone := 0
	for s.Runs < stabilityRuns {
		if !f.holdsWithout(g, uint32(s.Runs)) {
			gone++
		}
		s.Runs++
		if left := stabilityRuns - s.Runs; 2*gone >= stabilityRuns || 2*(gone+left) < stabilityRuns {
			break
		}
	}
	s.Unstable = 2*gone >= stabilityRuns
	return s
}

// holdsWithout reports whether a group is a ring without a tenth of the data.
func (f *Refiner) holdsWithout(g *Group, run uint32) bool {
	absentees := slices.Clone(g.besides)
	for u := range int32(f.scratch.Raters) {
		_, is := slices.BinarySearch(g.Raters, u)
		_, not := slices.BinarySearch(g.besides, u)
		if !is && !not && tenth(run, u, 0) {
			absentees = append(absentees, u)
		}
	}
	r := f.lend(g.Raters, absentees)
	defer f.close(r)
	r.gone = func(k int32) bool { return tenth(run, r.Rater[k], r.ItemOf(k)+1) }
	r.tabulate()
	r.leaveOut(slices.Concat(g.Raters, absentees))
	h := &Group{Raters: g.Raters, Pool: g.Pool, home: g.home, turns: g.turns}
	return r.isRing(h, g.Bar)
}

// tenth draws, for a run, one in ten of what has these numbers.
func tenth(run uint32, a, b int32) bool {
	x := (run+1)*0x9e3779b9 ^ uint32(a)*0x85ebca6b ^ uint32(b)*0xc2b2ae35
	x = (x ^ x>>16) * 0x7feb352d
	x = (x ^ x>>15) * 0x846ca68b
	return (x^x>>16)%leftOutOf == 0
}
