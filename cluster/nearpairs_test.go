package cluster

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// crowds returns n rows of d numbers of length 1: every tenth is a slightly
// moved copy of the row before it, at a cosine of about 0.95.
func crowds(seed uint64, n, d int) []float32 {
	rng := rand.New(rand.NewPCG(seed, 1))
	x := make([]float32, n*d)
	for r := range n {
		row := x[r*d : (r+1)*d]
		spread := 1.0
		if r%10 == 9 {
			copy(row, x[(r-1)*d:r*d])
			spread = 0.33 / math.Sqrt(float64(d))
		}
		length := 0.0
		for j := range row {
			row[j] += float32(spread * rng.NormFloat64())
			length += float64(row[j]) * float64(row[j])
		}
		for j := range row {
			row[j] /= float32(math.Sqrt(length))
		}
	}
	return x
}

func pairs(t testing.TB, x []float32, d, k int, least float32) []Pair {
	t.Helper()
	p, err := NearPairs(context.Background(), x, d, k, least, 1)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNearPairsSmall(t *testing.T) {
	x := []float32{1, 0, 0.8, 0.6, 0, 1, 0, 0, 1, 0}
	for _, c := range []struct {
		k     int
		least float32
		want  []Pair
	}{
		{4, 0.7, []Pair{{0, 1, 0.8}, {0, 4, 1}, {1, 4, 0.8}}},
		{1, 0.5, []Pair{{0, 1, 0.8}, {0, 4, 1}, {1, 2, 0.6}}}, // 0 and 4 are equally near 1: the smaller
		{4, 0.9, []Pair{{0, 4, 1}}}, {0, 0, nil},
	} {
		if d := cmp.Diff(c.want, pairs(t, x, 2, c.k, c.least)); d != "" {
			t.Errorf("%d nearest from %g: %s", c.k, c.least, d)
		}
	}
	if p := pairs(t, nil, 3, 2, 0); len(p) > 0 {
		t.Errorf("pairs %v of no rows", p)
	}
}

// TestNearPairsRecall searches just above the number of rows up to which all
// are compared, and compares all.
func TestNearPairsRecall(t *testing.T) {
	const d, n, least = 16, exactBelow + 800, 0.85
	x := crowds(1, n, d)
	found := map[Pair]bool{}
	for _, p := range pairs(t, x, d, n, least) {
		found[p] = true
	}
	exact := &search{x: x, d: d, k: n, n: n, least: least}
	total, hit := 0, 0
	seen := map[Pair]bool{}
	for lo := 0; lo < n; lo += 4 * 64 { // of a quarter of the rows, as all take seconds
		for _, p := range exact.exact(lo, min(n, lo+64)) {
			if seen[p] {
				continue
			}
			seen[p] = true
			total++
			if found[p] {
				hit++
			}
		}
	}
	t.Logf("%d of %d pairs", hit, total)
	for p := range found {
		if near := dot32(exact.row(p.A), exact.row(p.B)); near < least {
			t.Errorf("%+v was found, but is %g near", p, near)
		}
	}
	if total < 125 || float64(hit) < 0.98*float64(total) {
		t.Errorf("%d of %d pairs found", hit, total)
	}
}

func TestNearPairsProcessors(t *testing.T) {
	x := crowds(2, exactBelow+100, 8)
	before := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(before)
	want := pairs(t, x, 8, 3, 0.9)
	runtime.GOMAXPROCS(3)
	if d := cmp.Diff(want, pairs(t, x, 8, 3, 0.9)); d != "" {
		t.Error(d)
	}
}

func TestNearPairsErrors(t *testing.T) {
	if _, err := NearPairs(context.Background(), make([]float32, 7), 2, 1, 0, 1); err == nil {
		t.Error("7 numbers in rows of 2 are no error")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, n := range []int{10, exactBelow + 1} {
		if _, err := NearPairs(ctx, crowds(1, n, 2), 2, 1, 0, 1); !errors.Is(err, context.Canceled) {
			t.Errorf("%d rows: %v", n, err)
		}
	}
}

func BenchmarkNearPairs(b *testing.B) {
	for _, n := range []int{exactBelow, 50000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			x := crowds(1, n, 24)
			b.ReportAllocs()
			for b.Loop() {
				pairs(b, x, 24, 10, 0.8)
			}
		})
	}
}
