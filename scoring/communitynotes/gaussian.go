package communitynotes

import (
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/scoring/internal/fit"
)

const (
	gaussianSomewhat = 0.7
	gaussianFar      = 0.14 // from the mean of the ratings of value 0
	gaussianSteep    = 200
	priorRatings     = 9
	priorAlone       = 0.1 // where fewer than priorSide raters are on one side
	priorSide        = 3
)

// newGaussian returns X's parameters.
func newGaussian() *gaussian {
	var points []float64
	for _, x := range [...]float64{.01, .04, .07, .09, .12, .14, .17, .20, .22, .25, .28, .30, .33, .35, .38, .41, .43,
		.46, .49, .52, .55, .58, .61, .65, .92} {
		points = append(points, x, -x)
	}
	slices.Sort(points)
	var sparse []float64
	for k := 0; k < 25; k += 2 {
		sparse = append(sparse, points[k])
	}
	for k := 25; k < 50; k += 2 {
		sparse = append(sparse, points[k])
	}
	return &gaussian{
		helpful: gaussianPass{points: points, width: 0.1, normalise: true, least: 1e-9, zero: 1.75,
			spread: 3, spreadTo: 2, prior: 0.35, priorFrom: 0.2, priorWeight: 0.4, lo: 0.05, hi: 0.8},
		against: gaussianPass{points: sparse, width: 0.2, flip: true, least: 5e-4, zero: 1.25, spread: 4, spreadTo: 4,
			prior: 0.35, priorFrom: 0.3, priorWeight: 5, lo: 0.25, hi: 0.65},
	}
}

// A vote is what a rating says, and from where.
type vote struct{ value, factor, weight float64 }

// scores returns each item's score: how helpful it is, or minus how unhelpful,
// whichever is more.
func (g *gaussian) scores(n *notesRun, m *fit.Matrix) ([]float64, error) {
	scores := make([]float64, m.Items.Len())
	err := fit.Each(n.ctx, m.Items.Blocks, func(_ int, lo, hi int32) {
		var votes []vote
		for item := lo; item < hi; item++ {
			if m.Items.Count(item) == 0 {
				continue
			}
			votes = votes[:0]
			author, rated := n.author(item), false
			for _, c := range m.Items.Of(item) {
				votes = append(votes, vote{float64(level(c.Value)) / 2, n.raters[c.Other].F,
					m.Raters.WeightOf(c.Other)})
				rated = rated || c.Other == author
			}
			against := g.against.score(votes)
			if author >= 0 && !rated && n.second.Raters.Count(author) > 0 {
				votes = append(votes, vote{1, n.raters[author].F, 1})
			}
			scores[item] = g.helpful.score(votes)
			if against > scores[item] {
				scores[item] = -against
			}
		}
	})
	return scores, err
}

// author returns the rater who wrote an item, -1 where that is not known.
func (n *notesRun) author(item int32) int32 {
	notes := n.t.Notes
	if notes == nil || int(item) >= len(notes.Author) || notes.Author[item] < 0 {
		return -1
	}
	if u, ok := n.t.Raters.Find(notes.Authors.Name(notes.Author[item])); ok {
		return u
	}
	return -1
}

// score returns the geometric mean over the points, 0 if one is empty.
func (p *gaussianPass) score(votes []vote) float64 {
	zero := func(v vote) bool { return p.flip && v.value == 1 || !p.flip && v.value == 0 }
	var count, lean, zeros, zeroSum float64
	var sides [2]int
	for _, v := range votes {
		count += v.weight
		y := v.value
		if p.flip {
			y = 1 - y
		}
		lean += v.weight * 2 * (y - 0.5) * v.factor
		if zero(v) {
			zeros, zeroSum = zeros+v.weight, zeroSum+v.weight*v.factor
		}
		if v.factor < 0 {
			sides[0]++
		} else if v.factor > 0 {
			sides[1]++
		}
	}
	lean /= count
	far := 0.0
	for _, v := range votes {
		if zero(v) {
			far += v.weight / (1 + math.Exp(-gaussianSteep*(math.Abs(v.factor-zeroSum/zeros)-gaussianFar)))
		}
	}
	zeroWeight := p.zero * min(p.spreadTo, 1+p.spread*far/count)
	priorWeight := p.priorWeight * math.Log(max(count, priorRatings)) / math.Log(priorRatings)
	base, weight, value := p.smooth(votes, zeroWeight)
	sum := 0.0
	for q, x := range p.points {
		if !(base[q] >= p.least) {
			return 0
		}
		prior := max(min(lean*x/2+p.prior, p.prior), p.priorFrom)
		if min(sides[0], sides[1]) < priorSide {
			prior = priorAlone
		}
		sum += math.Log(max(p.lo, min(p.hi, (value[q]+prior*priorWeight)/(weight[q]+priorWeight))))
	}
	return math.Exp(sum / float64(len(p.points)))
}

// smooth returns at each point what votes near it weigh in all, what they weigh with
// zeros counted as zeroWeight, and what they say.
func (p *gaussianPass) smooth(votes []vote, zeroWeight float64) (base, weight, value []float64) {
	base = make([]float64, len(p.points))
	weight = make([]float64, len(p.points))
	value = make([]float64, len(p.points))
	kernel := make([]float64, len(p.points))
	for _, v := range votes {
		all := 0.0
		for q, x := range p.points {
			d := (v.factor - x) / p.width
			kernel[q] = math.Exp(-d*d/2) / (p.width * math.Sqrt(2*math.Pi))
			all += kernel[q]
		}
		y, times := v.value, v.weight
		if y == 0.5 {
			y = gaussianSomewhat
		}
		if p.flip {
			y = 1 - y
		}
		if p.normalise {
			if times /= all; math.IsInf(times, 0) {
				continue // too far out for any point
			}
		}
		for q, k := range kernel {
			base[q] += times * k
			if y == 0 {
				weight[q] += zeroWeight * times * k
			} else {
				weight[q] += times * k
				value[q] += times * k * y
			}
		}
	}
	return base, weight, value
}

// besides runs the Gaussian model on the raters of these fits.
func (n *notesRun) besides(model notesModel, g *gaussian, thresholds *Core) (*notesRun, *told, error) {
	other := *n // with a scope of its own
	other.Core, other.notesModel, other.gaussian = thresholds, model, g
	other.findScope()
	r := other.counts()
	err := other.final(r)
	return &other, r, err
}
