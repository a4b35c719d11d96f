package scoring

import (
	"context"
	"math"
)

// reweigh scores anew with raters' weights multiplied by their reputations,
// from first on, and returns that with the reputations. Raters whose reputation
// is NaN count as unknown says.
func reweigh(ctx context.Context, s Scorer, in Input, first *Result, reputation []float32,
	unknown float64) (*Result, error) {
	in.Weight = reputed(&in, reputation, unknown)
	in.Start = first
	r, err := s.Score(ctx, in)
	if err != nil {
		return nil, err
	}
	r.Rater = reputation
	r.Reweighed, r.ItemRidge = r.ItemRidge, [2]float64{} // weights are not those of in, as Held takes them to be
	r.Iterations += first.Iterations
	r.Warnings = append(first.Warnings, r.Warnings...)
	return r, nil
}

// reputed returns the weights times the reputations. They never fall to 0: to
// be as if one had never rated is for in.Weight to say.
func reputed(in *Input, reputation []float32, unknown float64) []float32 {
	const least = 1e-3
	weight := make([]float32, in.Ratings.Raters.Len())
	for u := range weight {
		w := in.WeightOf(int32(u))
		if w == 0 {
			continue
		}
		x := float64(reputation[u])
		if math.IsNaN(x) {
			x = unknown
		}
		weight[u] = float32(float64(w) * max(least, min(1, x)))
	}
	return weight
}

// expected returns the model's value of a rater's rating of an item.
func (r *Result) expected(rater, item int32) float64 {
	return r.Mu + float64(r.RaterIntercept[rater]) + float64(r.ItemIntercept[item]) +
		float64(r.RaterFactor[rater])*float64(r.ItemFactor[item])
}
