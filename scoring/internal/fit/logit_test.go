package fit

import (
	"context"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring/internal/scoretest"
)

const incorrect = rating.TagNotHelpful + 1 // a tag, for labels

// TestLogisticLossNeverRises, however many steps are taken, and ends where the
// gradient is all but zero.
func TestLogisticLossNeverRises(t *testing.T) {
	table := scoretest.Tagged(1, 60, 25, 900)
	m, err := NewMatrix(context.Background(), nil, table, scoretest.Weights(60),
		func(k int) (float32, bool) { return float32(table.Tags[k] >> incorrect & 1), true })
	if err != nil {
		t.Fatal(err)
	}
	l, err := NewLogit(context.Background(), m, 7)
	if err != nil {
		t.Fatal(err)
	}
	for g := range l.At {
		l.Free[g], l.Ridge[g] = g != RaterR, 0.02
		for k := range l.At[g] {
			l.At[g][k] = 0.3 * noise(uint64(k), "x")
		}
	}
	grad, curve := make([]float64, len(l.X)), make([]float64, len(l.X))
	loss, err := l.eval(l.X, grad, curve)
	if err != nil {
		t.Fatal(err)
	}
	held := append([]float64(nil), l.At[RaterR]...)
	fit := newLBFGS(l.ctx, l.moving(), l.X, grad, curve, loss,
		func(x, grad []float64) (float64, error) { return l.eval(x, grad, nil) })
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
			if l.Free[g] && math.Abs(x) > 1e-7 {
				t.Errorf("group %d: slope %g after %d steps", g, x, steps)
			}
			if g == RaterR && at[g][k] != held[k] {
				t.Errorf("parameter %d of a group that may not move went from %g to %g", k, held[k], at[g][k])
			}
		}
	}
	t.Logf("%d steps, loss from %.6f to %.6f", steps, loss, fit.value)
}

func TestLogitGradient(t *testing.T) {
	table := scoretest.Tagged(1, 30, 12, 200)
	m, err := NewMatrix(context.Background(), nil, table, scoretest.Weights(30),
		func(k int) (float32, bool) { return float32(table.Tags[k] >> incorrect & 1), true })
	if err != nil {
		t.Fatal(err)
	}
	l, err := NewLogit(context.Background(), m, 7)
	if err != nil {
		t.Fatal(err)
	}
	l.itemWeight = make([]float64, 12)
	for g := range l.At {
		l.Free[g], l.Ridge[g] = true, 0.1*float64(g+1)
		for k := range l.At[g] {
			l.At[g][k] = noise(uint64(k), "x")
		}
	}
	for n := range l.itemWeight {
		l.itemWeight[n] = 0.5 + float64(n%3)
	}
	for _, weighted := range []bool{true, false} {
		if !weighted {
			l.itemWeight = nil
		}
		var vectors [4][]float64
		var grad, curve, up, down [Groups][]float64
		for k, by := range [...]*[Groups][]float64{&grad, &curve, &up, &down} {
			vectors[k] = make([]float64, len(l.X))
			*by = l.groups(vectors[k])
		}
		if _, err := l.eval(l.X, vectors[0], vectors[1]); err != nil {
			t.Fatal(err)
		}
		const h = 1e-4
		for g, x := range l.At {
			for k := range x {
				old := x[k]
				x[k] = old + h
				above, _ := l.eval(l.X, vectors[2], nil)
				x[k] = old - h
				below, _ := l.eval(l.X, vectors[3], nil)
				x[k] = old
				if d := (above - below) / (2 * h); math.Abs(d-grad[g][k]) > 1e-4 {
					t.Errorf("group %d: derivative %.6f, by differences %.6f", g, grad[g][k], d)
				}
				if d := (up[g][k] - down[g][k]) / (2 * h); math.Abs(d-curve[g][k]) > 1e-3 {
					t.Errorf("group %d: curvature %.6f, by differences %.6f", g, curve[g][k], d)
				}
			}
		}
	}
	links := newLinks()
	for z := -30.0; z < 30; z += 0.0137 {
		step, d := linkOf(z)
		if step >= uint64(len(links)) {
			if math.Abs(z) < linkReach {
				t.Errorf("%g is no link", z)
			}
			continue
		}
		soft, chance := links[step].at(d)
		wantSoft, want := math.Log1p(math.Exp(z)), 1/(1+math.Exp(-z))
		if math.Abs(soft-wantSoft) > 1e-8 || math.Abs(chance-want) > 1e-8 {
			t.Errorf("at %g: %g, %g; want %g, %g", z, soft, chance, wantSoft, want)
		}
	}
}

// TestLogitProcessors: of a matrix of several segments, the last bit is the same on any
// number of them.
func TestLogitProcessors(t *testing.T) {
	const raters, items = 1500, 300
	table := scoretest.Tagged(1, raters, items, 70000)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var want []float64
	for _, processors := range []int{1, 5} {
		runtime.GOMAXPROCS(processors)
		m, err := NewMatrix(t.Context(), nil, table, nil,
			func(k int) (float32, bool) { return float32(table.Tags[k] >> incorrect & 1), true })
		if err != nil {
			t.Fatal(err)
		}
		l, err := NewLogit(t.Context(), m, 7)
		if err != nil {
			t.Fatal(err)
		}
		if len(l.segments) < 3 {
			t.Fatalf("boundaries of segments: %v", l.segments)
		}
		for g := range l.At {
			l.Free[g], l.Ridge[g] = g != RaterR, .02
		}
		if err := l.Solve(); err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = l.X
		} else if !slices.Equal(want, l.X) {
			t.Error("they differ")
		}
	}
}
