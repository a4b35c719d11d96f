package scoring

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/scoring/internal/fit"
)

// Mean scores an item by the weighted mean of its ratings.
type Mean struct {
	HelpfulAt    float64 `doc:"score in 0..1 from which on an item is helpful"`
	NotHelpfulAt float64 `doc:"score in 0..1 up to which an item is not helpful"`
	MinRatings   int     `doc:"ratings of a positive weight below which an item needs more"`
}

// NewMean returns a Mean with cut-offs at 0.7 and 0.3 and at least 5 ratings.
func NewMean() *Mean { return &Mean{HelpfulAt: 0.7, NotHelpfulAt: 0.3, MinRatings: 5} }

func (s *Mean) Name() string { return "mean" }

func (s *Mean) Doc() Doc {
	return Doc{
		Summary:   "the mean of an item's ratings",
		Source:    "what most sites show",
		Cost:      "one pass over the ratings; 16 bytes a rating",
		BlindSpot: "every rating counts alike: a brigade of a tenth of an item's raters moves it by up to a tenth",
	}
}

// Score returns the weighted mean in 0..1 of each item.
func (s *Mean) Score(ctx context.Context, in Input) (*Result, error) {
	return average(ctx, &in, s.Name(), cutoffs(*s), mean)
}

func mean(of []fit.Cell, weight []float64) float64 {
	var sum, total float64
	for _, c := range of {
		w := 1.0
		if weight != nil {
			w = weight[c.Other]
		}
		sum += w * float64(c.Value)
		total += w
	}
	return sum / total
}

// Median scores an item by the weighted median of its ratings: the value that
// half of the weight lies below and half above; half way between two values
// where the weight divides evenly between them.
type Median struct {
	HelpfulAt    float64 `doc:"score in 0..1 from which on an item is helpful"`
	NotHelpfulAt float64 `doc:"score in 0..1 up to which an item is not helpful"`
	MinRatings   int     `doc:"ratings of a positive weight below which an item needs more"`
}

// NewMedian returns a Median with cut-offs at 0.7 and 0.3 and at least 5 ratings.
func NewMedian() *Median { return &Median{HelpfulAt: 0.7, NotHelpfulAt: 0.3, MinRatings: 5} }

func (s *Median) Name() string { return "median" }

func (s *Median) Doc() Doc {
	return Doc{
		Summary:   "the median of an item's ratings",
		Source:    "the classical robust location estimate (Huber, Robust Statistics, 1981)",
		Cost:      "a sort of each item's ratings; 16 bytes a rating",
		BlindSpot: "a brigade decides as soon as it outweighs the margin of a split crowd; tells few levels apart",
	}
}

// Score returns the weighted median in 0..1 of each item.
func (s *Median) Score(ctx context.Context, in Input) (*Result, error) {
	return average(ctx, &in, s.Name(), cutoffs(*s), median)
}

func median(of []fit.Cell, weight []float64) float64 {
	sorted := slices.Clone(of)
	slices.SortFunc(sorted, func(a, b fit.Cell) int {
		return cmp.Or(cmp.Compare(a.Value, b.Value), cmp.Compare(a.Other, b.Other))
	})
	if weight == nil {
		return (float64(sorted[(len(sorted)-1)/2].Value) + float64(sorted[len(sorted)/2].Value)) / 2
	}
	total := 0.0
	for _, c := range sorted {
		total += weight[c.Other]
	}
	below := 0.0
	for k, c := range sorted {
		below += weight[c.Other]
		if 2*below == total && k+1 < len(sorted) {
			return (float64(c.Value) + float64(sorted[k+1].Value)) / 2
		}
		if 2*below >= total {
			return float64(c.Value)
		}
	}
	return float64(sorted[len(sorted)-1].Value)
}

type cutoffs struct {
	HelpfulAt, NotHelpfulAt float64
	MinRatings              int
}

func (c cutoffs) status(ratings int32, score float64) Status {
	switch {
	case ratings == 0:
		return Unrated
	case int(ratings) < c.MinRatings:
		return NeedsMore
	case score >= c.HelpfulAt:
		return Helpful
	case score <= c.NotHelpfulAt:
		return NotHelpful
	}
	return NeedsMore
}

// average scores each item by what of makes of its ratings.
func average(ctx context.Context, in *Input, name string, cut cutoffs,
	of func([]fit.Cell, []float64) float64) (*Result, error) {
	if err := in.Check(name); err != nil {
		return nil, err
	}
	m, err := in.matrix(ctx)
	if err != nil {
		return nil, err
	}
	n := m.Items.Len()
	r := &Result{Item: make([]float32, n), Status: make([]Status, n),
		ItemRatings: m.Items.Counts(), RaterRatings: m.Raters.Counts()}
	err = fit.Each(ctx, m.Items.Blocks, func(_ int, lo, hi int32) {
		for k := lo; k < hi; k++ {
			score := math.NaN()
			if m.Items.Count(k) > 0 {
				score = of(m.Items.Of(k), m.Raters.Weight)
			}
			r.Item[k], r.Status[k] = float32(score), cut.status(r.ItemRatings[k], score)
		}
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}
