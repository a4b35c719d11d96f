package scoring

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
)

// TestRowWeight: every scorer sees rows of weight 1, none of weight 0, and of 40
// rows of a weight as many as it says, whatever the order of rows.
func TestRowWeight(t *testing.T) {
	table := &rating.Table{Raters: rating.Numbered("r", 60), Items: rating.Numbered("i", 8),
		Scale: rating.Scale{Min: 1, Max: 5}}
	rng := rand.New(rand.NewPCG(1, 2))
	for u := range int32(60) {
		for i := range int32(8) {
			if i > 0 || u < 50 {
				table.Append(u, i, float32(rng.IntN(5))/4, rating.NoTime)
			}
		}
	}
	weight := make([]float32, table.Len())
	for k := range weight {
		if weight[k] = 1; table.Item[k] == 0 && table.Rater[k] < 40 {
			weight[k] = .3
			if table.Rater[k] < 10 {
				weight[k] = 0
			}
			table.Value[k] = 1
		}
	}
	for _, s := range []Scorer{NewMean(), NewMedian(), NewBridging(), NewQuality()} {
		r, err := s.Score(context.Background(), Input{Ratings: table, RowWeight: weight, Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		if s.Name() == "mean" && (r.ItemRatings[0] != 10+9 || r.ItemRatings[1] != 60) {
			t.Errorf("%s counts %d and %d ratings; want 19 and 60", s.Name(), r.ItemRatings[0], r.ItemRatings[1])
		}
		if with, err := s.Score(context.Background(), Input{Ratings: table, Seed: 3}); err != nil ||
			!(with.Item[0] > r.Item[0]) && s.Name() != "median" {
			t.Errorf("%s: %g without the rows and %g with them, %v", s.Name(), r.Item[0], with.Item[0], err)
		}
	}
	if _, err := NewMean().Score(context.Background(), Input{Ratings: table, RowWeight: weight[1:]}); err == nil {
		t.Error("too few weights are no error")
	}
	weight[3] = float32(math.NaN())
	if _, err := NewMean().Score(context.Background(), Input{Ratings: table, RowWeight: weight}); err == nil {
		t.Error("a weight that is no number is no error")
	}
}
