package fit

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/ringwatch/ringwatch/scoring/internal/scoretest"
)

// TestStopped: nothing half done comes back, wherever it is stopped.
func TestStopped(t *testing.T) {
	table := scoretest.Synthetic(1, 300, 120, 9000)
	value := func(k int) (float32, bool) { return table.Value[k], true }
	stopped, stop := context.WithCancel(context.Background())
	stop()
	if m, err := NewMatrix(stopped, nil, table, nil, value); m != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("matrix %v, error %v", m, err)
	}
	for at := range 3 { // of its passes over the rows
		ctx, stop := context.WithCancel(context.Background())
		seen := 0
		m, err := NewMatrix(ctx, nil, table, nil, func(k int) (float32, bool) {
			if k == 0 {
				if seen++; seen > at {
					stop()
				}
			}
			return value(k)
		})
		stop()
		if at < 2 && (m != nil || !errors.Is(err, context.Canceled)) || at == 2 && err != nil {
			t.Errorf("stopped in pass %d: matrix %v, error %v", at, m, err)
		}
	}
	m, err := NewMatrix(context.Background(), nil, table, nil, value)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Filter(stopped, 40, 40); !errors.Is(err, context.Canceled) {
		t.Errorf("a filter that was stopped: %v", err)
	}
	if f, err := new(Viewpoints).Fit(stopped, m, table); f != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("a fit that was stopped: %v, error %v", f, err)
	}
}

// TestGather: pairs fetched ahead are added in the order of one by one.
func TestGather(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	at := make([]Pair, 1000)
	for k := range at {
		at[k] = Pair{random.NormFloat64(), random.NormFloat64()}
	}
	for _, n := range []int{0, 1, fetched - 1, fetched, fetched + 1, 3 * fetched, 777} {
		cells := make([]Cell, n)
		for k := range cells {
			cells[k] = Cell{int32(random.IntN(len(at))), random.Float32()}
		}
		want := Accumulate(cells, at, nil, .1)
		got := Sums{N: float64(n)}
		if got.gather(cells, at, .1); got != want {
			t.Errorf("%d cells: %v, want %v", n, got, want)
		}
	}
}
