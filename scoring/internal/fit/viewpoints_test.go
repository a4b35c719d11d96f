package fit

import (
	"context"
	"math"
	"testing"

	"github.com/ringwatch/ringwatch/scoring/internal/scoretest"
)

// TestGradient compares the model's gradient and objective with the
// definition, on weighted ratings, whichever side is the outer one.
func TestGradient(t *testing.T) {
	for _, size := range [][2]int{{30, 12}, {12, 30}} {
		table := scoretest.Synthetic(1, size[0], size[1], 150)
		b := &Viewpoints{InterceptPenalty: 0.15, FactorPenalty: 0.03, GlobalPenalty: 0.15}
		weight := scoretest.Weights(size[0])
		m, err := NewMatrix(context.Background(), nil, table, weight,
			func(k int) (float32, bool) { return table.Value[k], true })
		if err != nil {
			t.Fatal(err)
		}
		d := newModel(context.Background(), m, b)
		x, grad := make([]Pair, d.outer.Len()), make([]Pair, d.outer.Len())
		for k := range x {
			if d.outer.Count(int32(k)) > 0 {
				x[k] = Pair{noise(1, table.Raters.Name(0)) * float64(k%7) / 7, float64(k%5)/5 - 0.4}
			}
		}
		value, err := d.eval(x, grad)
		if err != nil {
			t.Fatal(err)
		}
		raters, items := x, d.z
		if d.outer == &m.Items {
			raters, items = d.z, x
		}
		want := 0.0
		for k, v := range table.Value {
			u, n := raters[table.Rater[k]], items[table.Item[k]]
			e := float64(v) - d.mu - u.B - n.B - u.F*n.F
			want += float64(weight[table.Rater[k]]) * e * e / d.total
		}
		for _, s := range []struct {
			p []Pair
			s *Side
		}{{raters, &m.Raters}, {items, &m.Items}} {
			for _, p := range s.p {
				want += (b.InterceptPenalty*p.B*p.B + b.FactorPenalty*p.F*p.F) / float64(s.s.Used())
			}
		}
		want += b.GlobalPenalty * d.mu * d.mu
		if math.Abs(value/d.total-want) > 1e-12 {
			t.Errorf("%v: objective %.15f, by definition %.15f", size, value/d.total, want)
		}
		const h = 1e-5
		scratch := make([]Pair, len(x))
		for k := range x {
			for _, at := range []*float64{&x[k].B, &x[k].F} {
				old := *at
				*at = old + h
				up, _ := d.eval(x, scratch)
				*at = old - h
				down, _ := d.eval(x, scratch)
				*at = old
				exact := 2 * grad[k].B
				if at == &x[k].F {
					exact = 2 * grad[k].F
				}
				if math.Abs((up-down)/(2*h)-exact) > 1e-6 {
					t.Errorf("%v: gradient %g, by differences %g", size, exact, (up-down)/(2*h))
				}
			}
		}
	}
}
