package scoring

import (
	"context"
	"math"
	"testing"

	"github.com/ringwatch/ringwatch/scoring/internal/fit"
	"github.com/ringwatch/ringwatch/scoring/internal/scoretest"
)

// TestHeld: nobody left out, the last fit is the result's; without some raters
// it is the fit to the other ratings.
func TestHeld(t *testing.T) {
	s := NewBridging()
	table := scoretest.Tagged(1, 300, 120, 9000)
	in := Input{Ratings: table, Weight: scoretest.Weights(300)}
	r := made(t, s, in)
	h, err := NewHeld(in, r)
	if err != nil {
		t.Fatal(err)
	}
	fitted := 0
	for n := range r.ItemIntercept {
		if h.m.Items.Count(int32(n)) == 0 {
			continue
		}
		fitted++
		p := h.solve(h.sums[n])
		if math.Abs(p.B-float64(r.ItemIntercept[n])) > 1e-5 || math.Abs(p.F-float64(r.ItemFactor[n])) > 1e-5 {
			t.Errorf("%s: item %d is %v, the result says %v, %v", s.Name(), n, p, r.ItemIntercept[n], r.ItemFactor[n])
		}
	}
	if fitted < 60 {
		t.Fatalf("%s: only %d items are fitted", s.Name(), fitted)
	}
	gone := map[int32]bool{}
	var ring []int32
	for u := int32(0); u < 300; u += 7 {
		ring, gone[u] = append(ring, u, u), true
	}
	moved := h.Without(ring)
	if len(moved) < 60 {
		t.Errorf("%s: the ring moves %d items", s.Name(), len(moved))
	}
	for _, m := range moved {
		var left []fit.Cell
		for _, c := range h.m.Items.Of(m.Item) {
			if !gone[c.Other] {
				left = append(left, c)
			}
		}
		want := h.solve(fit.Accumulate(left, h.raters, h.m.Raters.Weight, h.mu))
		if int(m.Ratings) != len(left) || len(left) > 0 &&
			(math.Abs(float64(m.Intercept)-want.B) > 1e-6 || math.Abs(float64(m.Factor)-want.F) > 1e-6) {
			t.Errorf("%s: without the ring %+v, fitted anew %v of %d ratings", s.Name(), m, want, len(left))
		}
	}
	if _, err := NewHeld(Input{Ratings: scoretest.Synthetic(1, 9, 9, 40)},
		made(t, NewMean(), Input{Ratings: scoretest.Synthetic(1, 9, 9, 40)})); err == nil {
		t.Error("a mean has a last fit")
	}
}

// TestHeldBackfires: a rating of not helpful can raise an item's intercept.
// Two raters of one side like it; a third, far out on that side, does not. The
// factor takes the blame, and the intercept rises (Gaming Consensus,
// arXiv:2607.01824).
func TestHeldBackfires(t *testing.T) {
	h := &Held{m: &fit.Matrix{}, raters: []fit.Pair{{B: 0, F: 0.1}, {B: 0, F: 0.2}, {B: 0, F: 1.5}}, mu: 0.3,
		ridge: fit.Pair{B: 0.5, F: 0.1}}
	cells := []fit.Cell{{Other: 0, Value: 1}, {Other: 1, Value: 1}, {Other: 2, Value: 0}}
	with, without := fit.Accumulate(cells, h.raters, nil, h.mu), fit.Accumulate(cells[:2], h.raters, nil, h.mu)
	if a, b := h.solve(with).B, h.solve(without).B; a <= b {
		t.Errorf("intercept %.4f with the rating, %.4f without", a, b)
	}
}

func BenchmarkHeld(b *testing.B) {
	t := scoretest.Synthetic(1, 20000, 10000, 1000000)
	in := Input{Ratings: t}
	r, err := NewBridging().Score(context.Background(), in)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("new", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			NewHeld(in, r)
		}
	})
	h, _ := NewHeld(in, r)
	b.Run("thousand rings of 20", func(b *testing.B) {
		ring := make([]int32, 20)
		for b.Loop() {
			for k := range 1000 {
				for i := range ring {
					ring[i] = int32(k*20 + i)
				}
				h.Without(ring)
			}
		}
	})
}
