package scoring_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/internal/scoretest"
)

// sensitiveCrowd returns ratings of a polarised crowd of which every third
// rater takes no notice of quality, and those raters.
func sensitiveCrowd(seed uint64) (*rating.Table, []bool) {
	const raters, items, each = 600, 300, 60
	rng := rand.New(rand.NewPCG(seed, 3))
	t := &rating.Table{Raters: rating.Numbered("r", raters), Items: rating.Numbered("i", items),
		Scale: rating.Scale{Max: 1}}
	quality, side := make([]float64, items), make([]float64, items)
	for n := range items {
		quality[n], side[n] = 0.25*rng.NormFloat64(), 0.5*rng.NormFloat64()
	}
	blind := make([]bool, raters)
	for u := range raters {
		blind[u] = u%3 == 0
		sensitivity := 1.5
		if blind[u] {
			sensitivity = 0
		}
		lenience, stand := 0.1*rng.NormFloat64(), 0.7*rng.NormFloat64()
		for _, n := range rng.Perm(items)[:each] {
			v := 0.5 + lenience + sensitivity*quality[n] + stand*side[n] + 0.25*rng.NormFloat64()
			t.Append(int32(u), int32(n), float32(min(2, max(0, math.Round(2*v))))/2, rating.NoTime)
		}
	}
	return t, blind
}

// auc is the chance that a rater of the one kind has a higher reputation than
// one of the other.
func auc(reputation []float32, low []bool) float64 {
	pairs, wins := 0.0, 0.0
	for u, x := range reputation {
		for v, y := range reputation {
			if !low[u] && low[v] {
				pairs++
				switch {
				case x > y:
					wins++
				case x == y:
					wins += 0.5
				}
			}
		}
	}
	return wins / pairs
}

// TestQualityFindsTheSensitive: the paper reports an AUC above 0.94.
func TestQualityFindsTheSensitive(t *testing.T) {
	table, blind := sensitiveCrowd(1)
	r := score(t, scoring.NewQuality(), scoring.Input{Ratings: table})
	t.Logf("AUC %.4f in %d sweeps, warnings %q", auc(r.Rater, blind), r.Iterations, r.Warnings)
	if got := auc(r.Rater, blind); got < 0.94 {
		t.Errorf("sensitivities tell the raters apart with an AUC of %.3f", got)
	}
}

func TestQualityNeverWorsens(t *testing.T) {
	table, _ := sensitiveCrowd(2)
	in := scoring.Input{Ratings: table, Weight: scoretest.Weights(600)}
	q := scoring.NewQuality()
	last := math.Inf(1)
	for q.MaxSweeps = 20; q.MaxSweeps <= 60; q.MaxSweeps++ {
		r := score(t, q, in)
		if r.Loss > last*(1+1e-12) {
			t.Errorf("loss %.15f after %d sweeps, %.15f before", r.Loss, q.MaxSweeps, last)
		}
		last = r.Loss
	}
}

// TestQualityIsBridging where sensitivities may not leave 1.
func TestQualityIsBridging(t *testing.T) {
	table := scoretest.Synthetic(1, 200, 100, 4000)
	q := scoring.NewQuality()
	q.SensitivityPenalty = 1e9
	got := score(t, q, scoring.Input{Ratings: table})
	want := score(t, scoring.NewBridging(), scoring.Input{Ratings: table})
	for n := range want.Item {
		if math.Abs(float64(got.Item[n]-want.Item[n])) > 1e-3 {
			t.Errorf("item %d scores %v, by bridging %v", n, got.Item[n], want.Item[n])
		}
	}
	if slices.Max(got.Rater) > 0.501 || slices.Min(got.Rater) < 0.499 {
		t.Errorf("sensitivities from %v to %v", slices.Min(got.Rater), slices.Max(got.Rater))
	}
}
