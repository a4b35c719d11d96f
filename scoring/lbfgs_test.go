package scoring

import (
	"context"
	"math"
	"testing"
)

// TestLogisticLossNeverRises, however many steps are taken, and ends where the
// gradient is all but zero.
func TestLogisticLossNeverRises(t *testing.T) {
	table := tagged(1, 60, 25, 900)
	in := Input{Ratings: table, Weight: weights(60)}
	m := in.matrixOf(context.Background(), func(k int) (float32, bool) { return float32(table.Tags[k] >> tagIncorrect & 1), true })
	l := newLogit(context.Background(), m, 7)
	for g := range l.at {
		l.free[g], l.ridge[g] = g != raterR, 0.02
		for k := range l.at[g] {
			l.at[g][k] = 0.3 * noise(uint64(k), "x")
		}
	}
	grad, curve := make([]float64, len(l.x)), make([]float64, len(l.x))
	loss, err := l.eval(l.x, grad, curve)
	if err != nil {
		t.Fatal(err)
	}
	held := append([]float64(nil), l.at[raterR]...)
	fit := newLBFGS(l.ctx, l.moving(), l.x, grad, curve, loss, func(x, grad []float64) (float64, error) { return l.eval(x, grad, nil) })
	steps := 0
	for ; steps < 200; steps++ {
		last := fit.value
		ok, err := fit.next()
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			break
		}
		if fit.value > last {
			t.Fatalf("loss %.15f after %.15f", fit.value, last)
		}
	}
	at, slopes := l.groups(fit.x), l.groups(fit.grad)
	for g := range slopes {
		for k, x := range slopes[g] {
			if l.free[g] && math.Abs(x) > 1e-7 {
				t.Errorf("group %d: slope %g after %d steps", g, x, steps)
			}
			if g == raterR && at[g][k] != held[k] {
				t.Errorf("parameter %d of a group that may not move went from %g to %g", k, held[k], at[g][k])
			}
		}
	}
	t.Logf("%d steps, loss from %.6f to %.6f", steps, loss, fit.value)
}
