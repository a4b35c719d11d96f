package scoring

import (
	"context"
	"math"
	"testing"
)

// TestHeld: nobody left out, the last fit is the result's; without some raters
// it is the fit to the other ratings.
func TestHeld(t *testing.T) {
	held := 0
	laws(t, func(t *testing.T, s Scorer) {
		table := tagged(1, 300, 120, 9000)
		in := Input{Ratings: table, Weight: weights(300)}
		r := score(t, s, in)
		h, err := NewHeld(in, r)
		if err != nil {
			return
		}
		held++
		fitted := 0
		for n := range r.ItemIntercept {
			if h.m.items.count(int32(n)) == 0 {
				continue
			}
			fitted++
			p := h.solve(h.sums[n])
			if math.Abs(p.b-float64(r.ItemIntercept[n])) > 1e-5 || math.Abs(p.f-float64(r.ItemFactor[n])) > 1e-5 {
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
			var left []cell
			for _, c := range h.m.items.of(m.Item) {
				if !gone[c.other] {
					left = append(left, c)
				}
			}
			want := h.solve(accumulate(left, h.raters, h.m.raters.weight, h.mu))
			if int(m.Ratings) != len(left) || len(left) > 0 && (math.Abs(float64(m.Intercept)-want.b) > 1e-6 || math.Abs(float64(m.Factor)-want.f) > 1e-6) {
				t.Errorf("%s: without the ring %+v, fitted anew %v of %d ratings", s.Name(), m, want, len(left))
			}
		}
		most := h.Influences(moved[0].Item)
		for _, m := range h.Without([]int32{most[0].Rater}) {
			if m.Item == moved[0].Item && math.Abs(float64(r.ItemIntercept[m.Item]-m.Intercept-most[0].Moved)) > 1e-5 {
				t.Errorf("%s: the first of %+v, but without it the intercept is %v", s.Name(), most[0], m.Intercept)
			}
		}
	})
	if held < 2 {
		t.Errorf("%d scorers have a last fit", held)
	}
	if _, err := NewHeld(Input{Ratings: synthetic(1, 9, 9, 40)}, score(t, NewMean(), Input{Ratings: synthetic(1, 9, 9, 40)})); err == nil {
		t.Error("a mean has a last fit")
	}
}

// TestHeldBackfires: a rating of not helpful can raise an item's intercept.
// Two raters of one side like it; a third, far out on that side, does not. The
// factor takes the blame, and the intercept rises (Gaming Consensus,
// arXiv:2607.01824).
func TestHeldBackfires(t *testing.T) {
	h := &Held{m: &matrix{}, raters: []pair{{0, 0.1}, {0, 0.2}, {0, 1.5}}, mu: 0.3, ridge: pair{0.5, 0.1}}
	cells := []cell{{0, 1}, {1, 1}, {2, 0}}
	with, without := accumulate(cells, h.raters, nil, h.mu), accumulate(cells[:2], h.raters, nil, h.mu)
	if a, b := h.solve(with).b, h.solve(without).b; a <= b {
		t.Errorf("intercept %.4f with the rating, %.4f without", a, b)
	}
}

func BenchmarkHeld(b *testing.B) {
	t := synthetic(1, 20000, 10000, 1000000)
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
