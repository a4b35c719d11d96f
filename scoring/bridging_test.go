package scoring

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring/internal/fit"
	"github.com/ringwatch/ringwatch/scoring/internal/scoretest"
)

// made returns what a scorer makes of an input.
func made(t testing.TB, s Scorer, in Input) *Result {
	t.Helper()
	r, err := s.Score(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// pairsOf reads identifier, intercept and factor from three columns.
func pairsOf(t testing.TB, file string, names *rating.Names, id, intercept, factor int) []fit.Pair {
	t.Helper()
	p := make([]fit.Pair, names.Len())
	for _, row := range scoretest.GoldenRows(t, file) {
		k, ok := names.Find(row[id])
		if !ok {
			t.Fatalf("%s: %s is not in the input", file, row[id])
		}
		p[k] = fit.Pair{B: scoretest.Number(t, row[intercept]), F: scoretest.Number(t, row[factor])}
	}
	return p
}

// lossAt computes the official loss from its definition.
func lossAt(b *Bridging, t *rating.Table, raters, items []fit.Pair, mu float64) float64 {
	loss := 0.0
	for k, v := range t.Value {
		u, n := raters[t.Rater[k]], items[t.Item[k]]
		e := float64(v) - mu - u.B - n.B - u.F*n.F
		loss += e * e / float64(t.Len())
	}
	for _, side := range [][]fit.Pair{raters, items} {
		for _, p := range side {
			loss += (b.InterceptPenalty*p.B*p.B + b.FactorPenalty*p.F*p.F) / float64(len(side))
		}
	}
	return loss + b.GlobalPenalty*mu*mu
}

func TestBridgingOfficialLoss(t *testing.T) {
	table, b := scoretest.GoldenTable(t), NewBridging()
	raters := pairsOf(t, "mf-trace/raters.tsv.gz", table.Raters, 1, 5, 6)
	items := pairsOf(t, "mf-trace/notes.tsv.gz", table.Items, 1, 5, 6)
	var trace struct {
		Losses []float64
		Mu     float64 `json:"globalInterceptFinal"`
	}
	scoretest.GoldenJSON(t, "mf-trace/trace.json", &trace)
	got, want := lossAt(b, table, raters, items, trace.Mu), trace.Losses[len(trace.Losses)-1]
	if math.Abs(got-want) > 1e-6 {
		t.Errorf("loss at the official solution is %.9f, the official scorer says %.9f", got, want)
	}
	t.Logf("loss at the official solution %.9f, official %.9f", got, want)
}

func TestBridgingOptimum(t *testing.T) {
	table, b := scoretest.GoldenTable(t), NewBridging()
	var optimum struct {
		Loss float64
		Mu   float64 `json:"globalIntercept"`
	}
	scoretest.GoldenJSON(t, "mf-trace/optimum.json", &optimum)
	for seed := range uint64(3) {
		r, err := b.Score(context.Background(), Input{Ratings: table, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Warnings) > 0 || r.Loss > optimum.Loss+1e-9 || math.Abs(r.Mu-optimum.Mu) > 1e-4 {
			t.Errorf("seed %d: loss %.12f, mu %.6f, warnings %q; want %.12f, %.6f, none",
				seed, r.Loss, r.Mu, r.Warnings, optimum.Loss, optimum.Mu)
		}
		worst := max(
			farthest(r.ItemIntercept, r.ItemFactor, pairsOf(t, "mf-trace/optimum_notes.tsv.gz", table.Items, 0, 1, 2)),
			farthest(r.RaterIntercept, r.RaterFactor,
				pairsOf(t, "mf-trace/optimum_raters.tsv.gz", table.Raters, 0, 1, 2)))
		if worst > 1e-4 {
			t.Errorf("seed %d: a parameter is %.2g from the optimum", seed, worst)
		}
		t.Logf("seed %d: %d sweeps, loss - optimum %.2g, farthest parameter %.2g, move %.2g", seed, r.Iterations,
			r.Loss-optimum.Loss, worst, r.Move)
	}
}

// farthest returns the largest difference of a parameter, up to the sign of
// the factors.
func farthest(intercept, factor []float32, want []fit.Pair) float64 {
	var b, plus, minus float64
	for k, w := range want {
		b = max(b, math.Abs(float64(intercept[k])-w.B))
		plus = max(plus, math.Abs(float64(factor[k])-w.F))
		minus = max(minus, math.Abs(float64(factor[k])+w.F))
	}
	return max(b, min(plus, minus))
}

func TestBridgingNeverWorsens(t *testing.T) {
	in := Input{Ratings: scoretest.Synthetic(1, 300, 200, 4000)}
	b := NewBridging()
	b.Tolerance = 1e-9
	last := math.Inf(1)
	for b.MaxSweeps = 1; b.MaxSweeps <= 80; b.MaxSweeps++ {
		r := made(t, b, in)
		if r.Loss > last*(1+1e-12) {
			t.Errorf("loss %.15f after %d sweeps, %.15f before", r.Loss, b.MaxSweeps, last)
		}
		warned := strings.Contains(strings.Join(r.Warnings, " "), "did not settle")
		if warned == (r.Move <= b.Tolerance) {
			t.Errorf("%d sweeps: move %g, warnings %q", b.MaxSweeps, r.Move, r.Warnings)
		}
		last = r.Loss
	}
}

func TestBridgingWarmStart(t *testing.T) {
	table := scoretest.Synthetic(1, 1000, 400, 40000)
	in := Input{Ratings: table, Weight: make([]float32, 1000)}
	for u := range in.Weight {
		in.Weight[u] = float32(min(1, u%100))
	}
	cold := made(t, NewBridging(), in)
	in.Start = made(t, NewBridging(), Input{Ratings: table})
	warm := made(t, NewBridging(), in)
	if warm.Iterations*2 > cold.Iterations+1 {
		t.Errorf("%d sweeps from a warm start, %d from a cold one", warm.Iterations, cold.Iterations)
	}
	for n := range cold.Item {
		if math.Abs(float64(cold.Item[n]-warm.Item[n])) > 1e-4 {
			t.Errorf("item %d: %v cold, %v warm", n, cold.Item[n], warm.Item[n])
		}
	}
	in.Weight, in.Start = nil, warm
	in.Start.RaterFactor[0] = float32(math.NaN())
	if again := made(t, NewBridging(), in); len(again.Warnings) > 0 {
		t.Errorf("from a start that lacks raters: %q", again.Warnings)
	}
}

func TestBridgingStatus(t *testing.T) {
	b := NewBridging()
	b.MaxFactor = 0.5
	for _, c := range []struct {
		ratings           int32
		intercept, factor float64
		want              Status
	}{
		{0, math.NaN(), math.NaN(), Unrated}, {4, 0.9, 0, NeedsMore}, {5, 0.40, 0.1, Helpful}, {5, 0.39, 0, NeedsMore},
		{5, 0.45, -0.6, NeedsMore}, {5, -0.05, 0, NotHelpful}, {5, -0.2, 0.5, NeedsMore}, {5, -0.46, -0.5, NotHelpful},
		{9, math.NaN(), math.NaN(), NeedsMore},
	} {
		if got := b.status(c.ratings, c.intercept, c.factor); got != c.want {
			t.Errorf("%d ratings, intercept %g, factor %g: %v, want %v", c.ratings, c.intercept, c.factor, got, c.want)
		}
	}
}

func TestBridgingFilter(t *testing.T) {
	table := scoretest.Synthetic(1, 300, 300, 2000)
	b := NewBridging()
	b.MinItemRatings, b.MinRaterRatings = 5, 10
	r := made(t, b, Input{Ratings: table})
	keep := table
	for _, step := range []struct {
		key   func(t *rating.Table) *rating.Index
		of    func(t *rating.Table) []int32
		least int
	}{
		{(*rating.Table).ByItem, func(t *rating.Table) []int32 { return t.Item }, 5},
		{(*rating.Table).ByRater, func(t *rating.Table) []int32 { return t.Rater }, 10},
		{(*rating.Table).ByItem, func(t *rating.Table) []int32 { return t.Item }, 5},
	} {
		x, of := step.key(keep), step.of(keep)
		keep = keep.Select(func(k int) bool { return x.Count(of[k]) >= step.least })
	}
	want := made(t, NewBridging(), Input{Ratings: keep})
	d := cmp.Diff([][]float32{want.Item, want.RaterFactor}, [][]float32{r.Item, r.RaterFactor}, cmpopts.EquateNaNs(),
		cmpopts.EquateApprox(0, 1e-6))
	if d != "" {
		t.Errorf("filtered by the scorer, and before it:\n%s", d)
	}
	if keep.Len() == 0 || keep.Len() == table.Len() {
		t.Errorf("%d of %d ratings left: the test shows nothing", keep.Len(), table.Len())
	}
}

func TestBridgingBadOptions(t *testing.T) {
	if _, err := (&Bridging{}).Score(context.Background(),
		Input{Ratings: scoretest.Synthetic(1, 9, 9, 40)}); err == nil ||
		!strings.Contains(err.Error(), "InterceptPenalty") {
		t.Errorf("error %v of a Bridging without options", err)
	}
}
