package scenarios

import (
	"math"

	"github.com/ringwatch/ringwatch/detect"
)

// leastDamage is the shift, in the unit of the scores, below which no share of it is
// told: that is what fitting anew moves a score by.
const leastDamage = .01

// damageLeft is the share of the attack's shift that the defence leaves.
func (x *Experiment) damageLeft() float64 {
	shift := x.shift(x.Attacked)
	if !(math.Abs(shift) >= leastDamage) {
		return math.NaN()
	}
	return x.shift(x.Defended) / shift
}

// opinionLost is the share of the ratings by some honest raters that the defence
// takes away, a weight between 0 and 1 by what it lacks of 1.
func (x *Experiment) opinionLost(among func(u int) bool) float64 {
	honest := func(u int32) bool { return x.World.Brigade[u] == 0 && among(int(u)) }
	given, kept := 0., 0.
	for _, u := range x.World.Ratings.Rater {
		if honest(u) {
			given++
		}
	}
	in := &x.defence
	if in.Ratings == nil {
		return math.NaN() // nobody defended
	}
	for row, u := range in.Ratings.Rater {
		if !honest(u) {
			continue
		}
		w := float64(in.WeightOf(u))
		if in.RowWeight != nil {
			w *= float64(in.RowWeight[row])
		}
		kept += w
	}
	return 1 - kept/given
}

// listed counts the raters in a ring or a coordinated group who are of a brigade.
func (x *Experiment) listed() float64 {
	in := ringed(x.Findings.Rings, len(x.World.Brigade))
	for u, is := range ringed(x.Findings.Coordinated, len(x.World.Brigade)) {
		in[u] = in[u] || is
	}
	both, members := 0., 0.
	for u, b := range x.World.Brigade {
		if b != 0 {
			members++
			if in[u] {
				both++
			}
		}
	}
	return both / members
}

// falseGroups counts groups of which less than half is of a brigade by what most of
// their honest members are, for 1,000 honest raters of that kind.
func (x *Experiment) falseGroups(groups []detect.Ring, among func(u int) bool) float64 {
	honest := 0.0
	for u, b := range x.World.Brigade {
		if b == 0 && among(u) {
			honest++
		}
	}
	n := 0.0
	for _, r := range groups {
		innocent, these := 0, 0
		for _, u := range r.Raters {
			if x.World.Brigade[u] == 0 {
				innocent++
				if among(int(u)) {
					these++
				}
			}
		}
		if 2*innocent > len(r.Raters) && 2*these > innocent {
			n++
		}
	}
	return 1000 * n / honest
}

func (x *Experiment) falseCoordinated(among func(u int) bool) float64 {
	return x.falseGroups(x.Findings.Coordinated, among)
}
