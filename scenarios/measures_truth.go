package scenarios

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/ringwatch/ringwatch/scoring"
)

// rank is Spearman's correlation of scores with quality, over the items that
// have both.
func (x *Experiment) rank(r *scoring.Result) float64 {
	var score, quality []float64
	for i, q := range x.World.Quality {
		if s := float64(r.Item[i]); !math.IsNaN(s) {
			score, quality = append(score, s), append(quality, float64(q))
		}
	}
	if len(score) < 2 {
		return math.NaN()
	}
	return stat.Correlation(ranks(score), ranks(quality), nil)
}

// ranks returns the place of each value in their order, equal values sharing
// the mean of theirs.
func ranks(v []float64) []float64 {
	order := make([]int, len(v))
	for k := range order {
		order[k] = k
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(v[a], v[b]) })
	rank := make([]float64, len(v))
	for from := 0; from < len(order); {
		to := from
		for ; to < len(order) && v[order[to]] == v[order[from]]; to++ {
		}
		for _, k := range order[from:to] {
			rank[k] = float64(from+to-1) / 2
		}
		from = to
	}
	return rank
}

func (x *Experiment) precisionAtHelpful(r *scoring.Result) float64 {
	if r.Status == nil {
		return math.NaN()
	}
	good, helpful := 0.0, 0.0
	for i, q := range x.World.Quality {
		if r.Status[i] == scoring.Helpful {
			helpful++
			if q > 0 {
				good++
			}
		}
	}
	return good / helpful
}

func (x *Experiment) scored(r *scoring.Result) float64 {
	rated := make([]bool, len(r.Item))
	for _, i := range x.World.Ratings.Item {
		rated[i] = true
	}
	have, all := 0.0, 0.0
	for i, yes := range rated {
		if yes {
			all++
			if !math.IsNaN(float64(r.Item[i])) {
				have++
			}
		}
	}
	return have / all
}

func (x *Experiment) falseRings(among func(u int) bool) float64 {
	return x.falseGroups(x.Findings.Rings, among)
}
