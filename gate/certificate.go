package gate

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/scenarios"
	"github.com/ringwatch/ringwatch/scoring"
)

// A Position is where an account of a brigade may stand in the frozen fit of a
// bridging scorer.
type Position struct{ Intercept, Factor float64 }

// A Certificate says how many ratings it takes to change the status of an item
// by ratings of that item alone, everybody else's position held as it is.
type Certificate struct {
	Item    int32
	Status  scoring.Status
	Ratings int32
	// Below: no fewer ratings than this change the status, whatever they are and
	// whoever of the admissible positions gives them; more than most if none of
	// up to most do.
	Below int
	// Found is the size of an attack that was found to change it; 0 if none was.
	// The truth is from Below to Found.
	Found int
}

// Certify certifies each rated and fitted item of a Bridging result: what
// scorer made of in. Accounts may stand at any of the positions, any number at
// one, and give any value that is in the ratings. Up to most added ratings are
// considered.
//
// With raters and the global intercept held, an item's intercept and factor
// solve a ridge problem of two unknowns, M beta = c, to which a rating (1, f)
// with residual y adds [1 f; f f^2] and [y; fy]. Whether k ratings can bring a
// linear function of beta to t depends on their distribution over positions
// only: for a value of the other unknown that is a linear program with one
// equality beside the total, so two positions suffice (its basic solutions),
// with the extreme values, and between two positions the condition is a
// quadratic in the share of the first. So all pairs of positions are tried, and
// the answer is exact over distributions. A distribution need not be a whole
// number of ratings at each position, which from 3 ratings on makes Below a
// bound that may be too low, never too high; Found is from whole numbers.
//
// It takes time in items times most times the square of twice the positions.
func Certify(ctx context.Context, in scoring.Input, r *scoring.Result, scorer *scoring.Bridging, positions []Position,
	most int) ([]Certificate, error) {
	switch {
	case r.ItemIntercept == nil || r.RaterIntercept == nil || r.ItemRidge == [2]float64{}:
		return nil, errors.New("this scorer does not end by fitting items with raters held, " +
			"so nothing can be certified")
	case len(positions) == 0 || most < 1:
		return nil, errors.New("there is no position, or no rating, to certify against")
	}
	var extreme, every []added
	levels := values(in.Ratings.Value)
	for _, p := range positions {
		for k, value := range levels {
			a := newAdded(p, value-r.Mu-p.Intercept)
			every = append(every, a)
			if k == 0 || k == len(levels)-1 {
				extreme = append(extreme, a)
			}
		}
	}
	base := baseFits(in, r)
	var all []Certificate
	for i := range base {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if math.IsNaN(float64(r.ItemIntercept[i])) {
			continue
		}
		c := Certificate{Item: int32(i), Status: r.Status[i], Ratings: r.ItemRatings[i]}
		if c.Status != scoring.Unrated {
			c.Below, c.Found = certify(&base[i], c.Ratings, c.Status, scorer, extreme, every, most)
			all = append(all, c)
		}
	}
	return all, nil
}

// Beside holds certificates of the clean world of an experiment beside its
// attack: how many targets changed their status, how many of these by fewer of the
// brigades' ratings than certified, and the median, over them, of the ratings
// given for each that was certified; 0 if nothing changed. An attack can beat a
// certificate by what that leaves out: ratings of other items move positions.
func Beside(all []Certificate, x *scenarios.Experiment) (changed, fewer int, ratio float64) {
	given := make(map[int32]int)
	for k := x.World.Honest; k < x.World.Ratings.Len(); k++ {
		given[x.World.Ratings.Item[k]]++
	}
	var ratios []float64
	for _, c := range all {
		if n := given[c.Item]; n > 0 && x.World.Goal[c.Item] != 0 && x.Attacked.Status[c.Item] != c.Status {
			changed++
			if n < c.Below {
				fewer++
			}
			ratios = append(ratios, float64(n)/float64(c.Below))
		}
	}
	if changed > 0 {
		slices.Sort(ratios)
		ratio = ratios[len(ratios)/2]
	}
	return changed, fewer, ratio
}

// Admissible are positions all over the range of those that raters have, less
// the most extreme one in a hundred at each end: factors in steps, each with
// the lowest and the highest intercept.
func Admissible(r *scoring.Result, steps int) ([]Position, error) {
	intercept, factor := finite(r.RaterIntercept), finite(r.RaterFactor)
	if len(intercept) == 0 || steps < 2 {
		return nil, errors.New("the scorer gives raters no positions")
	}
	low, high := ends(factor)
	least, most := ends(intercept)
	var all []Position
	for k := range steps {
		f := low + (high-low)*float64(k)/float64(steps-1)
		all = append(all, Position{least, f}, Position{most, f})
	}
	return all, nil
}

// fit is the normal equation of an item's intercept and factor, or of linear
// functions of them.
type fit struct {
	m11, m12, m22 float64
	c1, c2        float64
}

// added is what one rating adds to a fit.
type added struct{ fit }

func newAdded(p Position, y float64) added {
	return added{fit{1, p.Factor, p.Factor * p.Factor, y, p.Factor * y}}
}

// plus adds n of what is added.
func (f fit) plus(n float64, a *fit) fit {
	return fit{f.m11 + n*a.m11, f.m12 + n*a.m12, f.m22 + n*a.m22, f.c1 + n*a.c1, f.c2 + n*a.c2}
}

func (f *fit) solve() (intercept, factor float64) {
	det := f.m11*f.m22 - f.m12*f.m12
	return (f.m22*f.c1 - f.m12*f.c2) / det, (f.m11*f.c2 - f.m12*f.c1) / det
}

// turn writes a fit in unknowns of which the first is u1 intercept + u2 factor.
func (f fit) turn(u [2]float64) fit {
	if u[0] == 0 { // (factor, intercept), the first with the sign of u2
		s := u[1]
		return fit{f.m22 / (s * s), f.m12 / s, f.m11, f.c2 / s, f.c1}
	}
	// intercept = (first - u2 factor) / u1
	a, b := 1/u[0], -u[1]/u[0]
	return fit{
		a * a * f.m11, a * (b*f.m11 + f.m12), b*b*f.m11 + 2*b*f.m12 + f.m22,
		a * f.c1, b*f.c1 + f.c2,
	}
}

// reaches is at least 0 if the first unknown is at least t.
func (f *fit) reaches(t float64) float64 {
	return f.m22*(f.c1-f.m11*t) - f.m12*(f.c2-f.m12*t)
}

// A goal is that u1 intercept + u2 factor gets to t.
type goal struct {
	u [2]float64
	t float64
}

// goals returns what must be reached for another status: all goals of any of
// the lists.
func goals(status scoring.Status, s *scoring.Bridging) [][]goal {
	helpful := []goal{{[2]float64{1, 0}, s.HelpfulAt}}
	if s.MaxFactor > 0 {
		helpful = append(helpful, goal{[2]float64{0, -1}, -s.MaxFactor}, goal{[2]float64{0, 1}, -s.MaxFactor})
	}
	not := []goal{{[2]float64{-1, -s.NotHelpfulSlope}, -s.NotHelpfulAt},
		{[2]float64{-1, s.NotHelpfulSlope}, -s.NotHelpfulAt}}
	switch status {
	case scoring.Helpful:
		ways := [][]goal{{{[2]float64{-1, 0}, -s.HelpfulAt}}}
		if s.MaxFactor > 0 {
			ways = append(ways, []goal{{[2]float64{0, 1}, s.MaxFactor}}, []goal{{[2]float64{0, -1}, s.MaxFactor}})
		}
		return ways
	case scoring.NotHelpful:
		return [][]goal{{{[2]float64{1, s.NotHelpfulSlope}, s.NotHelpfulAt}},
			{{[2]float64{1, -s.NotHelpfulSlope}, s.NotHelpfulAt}}}
	}
	return [][]goal{helpful, not}
}

// statusOf is the status of a fit, as Bridging gives it.
func statusOf(ratings int, f *fit, s *scoring.Bridging) scoring.Status {
	intercept, factor := f.solve()
	factor = math.Abs(factor)
	switch {
	case ratings < s.MinRatings:
		return scoring.NeedsMore
	case intercept >= s.HelpfulAt && (s.MaxFactor == 0 || factor <= s.MaxFactor):
		return scoring.Helpful
	case intercept <= s.NotHelpfulAt-s.NotHelpfulSlope*factor:
		return scoring.NotHelpful
	}
	return scoring.NeedsMore
}

// certify tries pairs of any ratings while pairs are all that there is, and then
// shares of pairs of extreme ones.
func certify(f *fit, ratings int32, status scoring.Status, s *scoring.Bridging, extreme, every []added,
	most int) (below, found int) {
	changes := func(k int, first, second *added, whole float64) bool {
		end := f.plus(whole, &first.fit)
		end = end.plus(float64(k)-whole, &second.fit)
		return statusOf(int(ratings)+k, &end, s) != status
	}
	ways := goals(status, s)
	for k := max(1, s.MinRatings-int(ratings)); k <= most; k++ {
		if k <= 2 {
			for i := range every {
				for j := range i + 1 {
					if found == 0 && changes(k, &every[i], &every[j], 1) {
						found = k
					}
				}
			}
			if found > 0 {
				return k, k
			}
			continue
		}
		for _, way := range ways {
			f.shares(way, float64(k), extreme, func(i, j int, share float64) bool {
				if below == 0 {
					below = k
				}
				whole := math.Floor(share * float64(k))
				if changes(k, &extreme[i], &extreme[j], whole) ||
					changes(k, &extreme[i], &extreme[j], min(whole+1, float64(k))) {
					found = k
				}
				return found > 0
			})
			if found > 0 {
				return below, found
			}
		}
	}
	if below == 0 {
		below = most + 1
	}
	return below, 0
}

// shares yields pairs of ratings, and shares of the first, of which k reach all
// goals, until it is told to stop. The set of what distributions over all
// ratings reach is bounded by what pairs reach, and what is to be reached is
// connected and has no bound, so if any distribution reaches it a pair does.
func (f *fit) shares(way []goal, k float64, all []added, stop func(i, j int, share float64) bool) {
	base := make([]fit, len(way))
	turned := make([][]fit, len(way))
	alone := make([][]float64, len(way))
	for g := range way {
		base[g] = f.turn(way[g].u)
		for i := range all {
			one := all[i].turn(way[g].u)
			end := base[g].plus(k, &one)
			turned[g], alone[g] = append(turned[g], one), append(alone[g], end.reaches(way[g].t))
		}
	}
	for i := range all {
		for j := range i + 1 {
			at := []float64{0, 1}
			var curves [3]curve
			possible := true
			for g := range way {
				middle := base[g].plus(k/2, &turned[g][i])
				middle = middle.plus(k/2, &turned[g][j])
				curves[g] = through(alone[g][j], middle.reaches(way[g].t), alone[g][i])
				if possible = curves[g].peak() >= -rounding; !possible {
					break
				}
				at = curves[g].roots(at)
			}
			for _, w := range at {
				holds := possible
				for g := range way {
					holds = holds && curves[g].of(w) >= -rounding
				}
				if holds && stop(i, j, w) {
					return
				}
			}
		}
	}
}

// baseFits are the normal equations of all items as they are.
func baseFits(in scoring.Input, r *scoring.Result) []fit {
	base := make([]fit, len(r.ItemIntercept))
	for i := range base {
		base[i] = fit{m11: r.ItemRidge[0], m22: r.ItemRidge[1]}
	}
	t := in.Ratings
	for k, u := range t.Rater {
		b := float64(r.RaterIntercept[u])
		w := 1.0
		if in.Weight != nil {
			w = float64(in.Weight[u])
		}
		if w == 0 || math.IsNaN(b) {
			continue
		}
		a := newAdded(Position{b, float64(r.RaterFactor[u])}, float64(t.Value[k])-r.Mu-b)
		base[t.Item[k]] = base[t.Item[k]].plus(w, &a.fit)
	}
	return base
}

func finite(column []float32) []float64 {
	var all []float64
	for _, v := range column {
		if x := float64(v); !math.IsNaN(x) {
			all = append(all, x)
		}
	}
	return all
}

// values are the distinct values, if they are few, or eleven from 0 to 1.
func values(column []float32) []float64 {
	distinct := slices.Compact(slices.Sorted(slices.Values(column)))
	if len(distinct) > 11 {
		distinct = nil
		for k := range 11 {
			distinct = append(distinct, float32(k)/10)
		}
	}
	var all []float64
	for _, v := range distinct {
		all = append(all, float64(v))
	}
	return all
}

// ends are the 1st and the 99th percentile.
func ends(v []float64) (low, high float64) {
	slices.Sort(v)
	return v[len(v)/100], v[len(v)-1-len(v)/100]
}
