package scoring

import (
	"cmp"
	"context"
	"math"
)

// Stability scores items as Bridging does, with raters weighed by how steady
// their residuals are: how little their ratings scatter about what the model
// expects of them, given their lenience and viewpoint. Whoever steadily
// dissents is steady, so that weights do not push minorities towards the
// majority, as weights by agreement with outcomes do.
//
// (Auditing the Auditors, arXiv:2603.18053, of which this is a reading of the
// abstract.) A rater's variance is estimated from the residuals of the first
// fit about their own mean, and drawn towards that of all raters as if Prior
// ratings of average scatter came with it. The weight is the average variance
// by the rater's, relative to twice the average: 0.5 for the average rater.
type Stability struct {
	Prior        float64 `doc:"ratings of average scatter that each rater starts with, > 0"`
	HelpfulAt    float64 `doc:"item intercept from which on an item is helpful"`
	NotHelpfulAt float64 `doc:"item intercept up to which an item without a side is not helpful"`
	MinRatings   int     `doc:"ratings of a positive weight below which an item needs more"`
}

// NewStability returns a Stability with Bridging's thresholds.
func NewStability() *Stability {
	b := NewBridging()
	return &Stability{Prior: 10, HelpfulAt: b.HelpfulAt, NotHelpfulAt: b.NotHelpfulAt, MinRatings: b.MinRatings}
}

func (s *Stability) Name() string { return "stability" }

func (s *Stability) Doc() Doc {
	return Doc{
		Summary:   "bridging with raters weighed by the steadiness of their residuals, not by agreement with outcomes",
		Source:    "arXiv:2603.18053, after its abstract",
		Cost:      "two fits of bridging",
		BlindSpot: "a ring that rates by rule is steady; noise in honest raters costs them weight",
	}
}

// Score fits twice. Rater is the weight of the second fit.
func (s *Stability) Score(ctx context.Context, in Input) (*Result, error) {
	if err := cmp.Or(positive(s.Name(), "Prior", s.Prior), in.Check(s.Name()), ctx.Err()); err != nil {
		return nil, err
	}
	b := NewBridging()
	b.HelpfulAt, b.NotHelpfulAt, b.MinRatings = s.HelpfulAt, s.NotHelpfulAt, s.MinRatings
	first, err := b.Score(ctx, in)
	if err != nil {
		return nil, err
	}
	steady, err := s.steadiness(ctx, &in, first)
	if err != nil {
		return nil, err
	}
	return reweigh(ctx, b, in, first, steady, 0.5)
}

func (s *Stability) steadiness(ctx context.Context, in *Input, r *Result) ([]float32, error) {
	m, err := in.matrix(ctx)
	if err != nil {
		return nil, err
	}
	raters := m.Raters.Len()
	scatter := make([]float64, raters)
	var all, freedom float64
	for u := range int32(raters) {
		var sum, squares float64
		for _, c := range m.Raters.Of(u) {
			e := float64(c.Value) - r.expected(u, c.Other)
			sum, squares = sum+e, squares+e*e
		}
		if n := float64(m.Raters.Count(u)); n > 0 {
			scatter[u] = max(0, squares-sum*sum/n)
			w := m.Raters.WeightOf(u)
			all, freedom = all+w*scatter[u], freedom+w*(n-1)
		}
	}
	steady := make([]float32, raters)
	for u := range steady {
		n := float64(m.Raters.Count(int32(u)))
		average := all / freedom
		switch {
		case n == 0:
			steady[u] = float32(math.NaN())
		case !(average > 0): // nobody scatters, or nobody rated twice
			steady[u] = 0.5
		default:
			variance := (s.Prior*average + scatter[u]) / (s.Prior + n - 1)
			steady[u] = float32(min(1, average/variance/2))
		}
	}
	return steady, nil
}
