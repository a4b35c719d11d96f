package cluster

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"
)

// randomSparse returns a matrix of which about one in thin cells is not 0,
// on top of a few strong directions.
func randomSparse(seed uint64, rows, cols, thin int) *Sparse {
	rng := rand.New(rand.NewPCG(seed, 1))
	m := &Sparse{Rows: rows, Cols: cols, Off: make([]int64, rows+1)}
	for r := range rows {
		for c := range cols {
			if rng.IntN(thin) == 0 {
				m.Col = append(m.Col, int32(c))
				m.Val = append(m.Val, float32(rng.NormFloat64())/2+float32([]int{3, -2, 1, 0}[(r%4+c%4)%4]))
			}
		}
		m.Off[r+1] = int64(len(m.Col))
	}
	return m
}

func (m *Sparse) dense() *mat.Dense {
	d := mat.NewDense(m.Rows, m.Cols, nil)
	for r := range m.Rows {
		for i := m.Off[r]; i < m.Off[r+1]; i++ {
			d.Set(r, int(m.Col[i]), float64(m.Val[i]))
		}
	}
	return d
}

func TestTruncatedSVDAgainstDense(t *testing.T) {
	for _, size := range [][2]int{{120, 60}, {60, 120}, {40, 40}} {
		m := randomSparse(1, size[0], size[1], 3)
		var exact mat.SVD
		if !exact.Factorize(m.dense(), mat.SVDThinU) {
			t.Fatal("gonum does not factorise")
		}
		want := exact.Values(nil)
		var u mat.Dense
		exact.UTo(&u)
		const rank = 3
		sigma, got, err := TruncatedSVD(context.Background(), m, rank, 8, 1)
		if err != nil || len(sigma) != rank {
			t.Fatal(sigma, err)
		}
		for j, s := range sigma {
			if math.Abs(s-want[j]) > 1e-3*want[0] {
				t.Errorf("%v: singular value %d is %.6f, exactly %.6f", size, j, s, want[j])
			}
			cos := 0.0
			for r := range m.Rows {
				cos += got[r*rank+j] * u.At(r, j)
			}
			// A vector is as sure as its value stands apart from the next.
			if want[j]-want[j+1] > 0.1*want[0] && math.Abs(math.Abs(cos)-1) > 1e-4 {
				t.Errorf("%v: vector %d has cosine %.6f to the exact one", size, j, cos)
			}
		}
	}
}

func TestTruncatedSVDLowRank(t *testing.T) {
	// The outer product of 1..30 and -1, 2, -3, ...: one direction, known exactly.
	m := &Sparse{Rows: 30, Cols: 20, Off: make([]int64, 31)}
	var rr, cc float64
	for r := range 30 {
		for c := range 20 {
			m.Col = append(m.Col, int32(c))
			m.Val = append(m.Val, float32((r+1)*(c+1)*(2*(c%2)-1)))
		}
		m.Off[r+1] = int64(len(m.Col))
		rr += float64((r + 1) * (r + 1))
	}
	for c := range 20 {
		cc += float64((c + 1) * (c + 1))
	}
	sigma, u, err := TruncatedSVD(context.Background(), m, 5, 2, 1)
	if err != nil || len(sigma) != 1 || math.Abs(sigma[0]/math.Sqrt(rr*cc)-1) > 1e-9 {
		t.Fatalf("values %v, error %v; want one of %g", sigma, err, math.Sqrt(rr*cc))
	}
	for r, x := range u {
		if math.Abs(x-float64(r+1)/math.Sqrt(rr)) > 1e-9 {
			t.Errorf("component %d is %g", r, x)
		}
	}
	for _, empty := range []*Sparse{{Off: []int64{0}}, {Rows: 3, Cols: 2, Off: make([]int64, 4)},
		{Cols: 3, Off: []int64{0}}} {
		if sigma, _, err := TruncatedSVD(context.Background(), empty, 2, 2, 1); err != nil || len(sigma) > 0 {
			t.Errorf("%d x %d zeros: values %v, error %v", empty.Rows, empty.Cols, sigma, err)
		}
	}
}

func TestTruncatedSVDProcessors(t *testing.T) {
	m := randomSparse(1, 5000, 40, 10)
	before := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(before)
	sigma, u, _ := TruncatedSVD(context.Background(), m, 4, 3, 7)
	runtime.GOMAXPROCS(3)
	sigma3, u3, _ := TruncatedSVD(context.Background(), m, 4, 3, 7)
	if d := cmp.Diff([][]float64{sigma, u}, [][]float64{sigma3, u3}); d != "" {
		t.Error(d)
	}
}

func TestTruncatedSVDErrors(t *testing.T) {
	m := randomSparse(1, 30, 20, 3)
	if _, _, err := TruncatedSVD(context.Background(), m, 0, 2, 1); err == nil ||
		!strings.Contains(err.Error(), "rank 0") {
		t.Errorf("rank 0: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := TruncatedSVD(ctx, m, 2, 2, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	m.Val[5] = float32(math.Inf(1))
	if _, _, err := TruncatedSVD(context.Background(), m, 2, 2, 1); err == nil ||
		!strings.Contains(err.Error(), "+Inf") {
		t.Errorf("infinite: %v", err)
	}
}

func BenchmarkTruncatedSVD(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	m := &Sparse{Rows: 20000, Cols: 10000, Off: make([]int64, 20001)}
	for r := range m.Rows {
		for range 50 {
			m.Col = append(m.Col, rng.Int32N(10000))
			m.Val = append(m.Val, float32(rng.NormFloat64()))
		}
		m.Off[r+1] = int64(len(m.Col))
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := TruncatedSVD(context.Background(), m, 24, 3, 1); err != nil {
			b.Fatal(err)
		}
	}
}

// TestTruncatedSVDRoom: in a room it is the same, to the bit, and the room's errors come up.
func TestTruncatedSVDRoom(t *testing.T) {
	m := randomSparse(1, 300, 80, 5)
	sigma, u, err := TruncatedSVD(context.Background(), m, 4, 2, 7)
	if err != nil {
		t.Fatal(err)
	}
	full, left := errors.New("the disk is full"), 3
	m.Room = func(_ string, bytes int) ([]byte, error) {
		if left--; left < 0 {
			return nil, full
		}
		return make([]byte, bytes), nil
	}
	sigma2, u2, err := TruncatedSVD(context.Background(), m, 4, 2, 7)
	if d := cmp.Diff([][]float64{sigma, u}, [][]float64{sigma2, u2}); d != "" || err != nil || left != 0 {
		t.Errorf("%d columns are not asked for, error %v, (-memory +room):\n%s", left, err, d)
	}
	for rooms := range 3 {
		left = rooms
		if _, _, err := TruncatedSVD(context.Background(), m, 4, 2, 7); err != full {
			t.Errorf("with room for %d columns: %v", rooms, err)
		}
	}
}
