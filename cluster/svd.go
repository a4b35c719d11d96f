package cluster

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"unsafe"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/ringwatch/ringwatch/internal/workers"
)

// A Sparse is a matrix in compressed sparse rows: row r has the values Val, in
// the columns Col, of the places Off[r] to Off[r+1].
type Sparse struct {
	Rows, Cols int
	Off        []int64 // len Rows+1
	Col        []int32
	Val        []float32

	// Room makes a column of zeros for what TruncatedSVD needs as long as m, such as of a
	// mapped file; nil is memory.
	Room func(name string, bytes int) ([]byte, error)
}

// column returns n zeros of the room of m.
func column[T int32 | float32 | float64](m *Sparse, n int) ([]T, error) {
	if m.Room == nil || n == 0 {
		return make([]T, n), nil
	}
	var one T
	data, err := m.Room("", n*int(unsafe.Sizeof(one)))
	if err != nil {
		return nil, err
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&data[0])), n), nil
}

// transpose returns the transposed matrix, columns ascending.
func (m *Sparse) transpose() (t *Sparse, err error) {
	t = &Sparse{Rows: m.Cols, Cols: m.Rows, Off: make([]int64, m.Cols+1)}
	if t.Col, err = column[int32](m, len(m.Col)); err != nil {
		return nil, err
	}
	if t.Val, err = column[float32](m, len(m.Val)); err != nil {
		return nil, err
	}
	for _, c := range m.Col {
		t.Off[c+1]++
	}
	for c := range m.Cols {
		t.Off[c+1] += t.Off[c]
	}
	next := append([]int64(nil), t.Off...)
	for r := range m.Rows {
		for i := m.Off[r]; i < m.Off[r+1]; i++ {
			c := m.Col[i]
			t.Col[next[c]], t.Val[next[c]] = int32(r), m.Val[i]
			next[c]++
		}
	}
	return t, nil
}

const (
	oversample = 8     // directions beyond the rank asked for
	dependent  = 1e-12 // squared length, relative to the longest, of a direction that is rounding
)

// TruncatedSVD returns the largest singular values of m, descending, at most
// rank of them, and their left singular vectors: u[r*len(sigma)+j] is row r of
// vector j. Values below 1e-6 of the largest are left out, so there are fewer
// than rank if m has a lower rank. The largest component of each vector is
// positive.
//
// It is randomised subspace iteration (Halko, Martinsson and Tropp, Finding
// structure with randomness, SIAM Review 2011, algorithm 4.4) on 8 directions
// more than rank, with the given number of power iterations: 2 for a rough
// picture, 6 for three to four digits of well separated values. Bases are made
// orthonormal by the eigenvectors of their Gram matrix, which drops directions
// that depend on others (Stathopoulos and Wu, SIAM J. Sci. Comput. 2002).
//
// The seed and m fix every bit, for any GOMAXPROCS. Each power iteration costs
// two passes over m times the directions, and memory is 8 bytes a direction
// for each row and column, with a transposed copy of m.
func TruncatedSVD(ctx context.Context, m *Sparse, rank, power int, seed uint64) (sigma, u []float64, err error) {
	if rank < 1 || power < 0 {
		return nil, nil, fmt.Errorf("cluster: truncated SVD of rank %d with %d power iterations; "+
			"at least 1 and 0 are needed", rank, power)
	}
	for _, x := range m.Val {
		if x != x || math.IsInf(float64(x), 0) {
			return nil, nil, fmt.Errorf("cluster: truncated SVD of a matrix that holds %g", x)
		}
	}
	dim := min(rank+oversample, m.Rows, m.Cols)
	if dim == 0 {
		return nil, nil, ctx.Err()
	}
	t, err := m.transpose()
	if err != nil {
		return nil, nil, err
	}
	rng := rand.New(rand.NewPCG(seed, 0x737664))
	right, left := &basis{}, &basis{}
	if right.v, err = column[float64](m, m.Cols*dim); err != nil { // which is large: it is made once
		return nil, nil, err
	}
	left.v = make([]float64, m.Rows*dim)
	right.shape(m.Cols, dim)
	for i := range right.v {
		right.v[i] = rng.NormFloat64()
	}
	err = m.times(ctx, right, left)
	for range power {
		if err == nil {
			left.orthonormal(ctx, 1)
			err = t.times(ctx, left, right)
		}
		if err == nil {
			right.orthonormal(ctx, 1)
			err = m.times(ctx, right, left)
		}
	}
	if err != nil {
		return nil, nil, err
	}
	left.orthonormal(ctx, 2)
	if err = t.times(ctx, left, right); err != nil {
		return nil, nil, err
	}
	// m is about left right^T, and right^T right = V sigma^2 V^T.
	value, vector := right.gram(ctx)
	keep := 0
	for keep < min(rank, len(value)) && value[keep] > dependent*value[0] && value[keep] > 0 {
		sigma = append(sigma, math.Sqrt(value[keep]))
		keep++
	}
	left.combine(ctx, vector, keep, func(int) float64 { return 1 })
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	left.fixSigns()
	u = make([]float64, 0, left.rows*keep)
	for r := range left.rows {
		u = append(u, left.row(r)...)
	}
	return sigma, u, nil
}

// A basis is a tall matrix, row-major, of dim columns with room for stride.
type basis struct {
	rows, dim, stride int
	v                 []float64
}

// shape makes it one of rows and dim, in the room that it has.
func (b *basis) shape(rows, dim int) {
	b.rows, b.dim, b.stride, b.v = rows, dim, dim, b.v[:rows*dim]
}

func (b *basis) row(r int) []float64 { return b.v[r*b.stride : r*b.stride+b.dim] }

const rowBlock = 1024 // rows of a block: what is summed per block is summed in the order of blocks

// parallel calls do for blocks of rows, on all processors.
func parallel(ctx context.Context, rows int, do func(block, lo, hi int)) error {
	blocks := (rows + rowBlock - 1) / rowBlock
	var next atomic.Int64
	work := func() {
		for ctx.Err() == nil {
			b := int(next.Add(1)) - 1
			if b >= blocks {
				return
			}
			do(b, b*rowBlock, min(rows, (b+1)*rowBlock))
		}
	}
	var crew workers.Crew
	for range min(runtime.GOMAXPROCS(0), blocks) {
		crew.Go(work)
	}
	crew.Wait()
	return ctx.Err()
}

// times sets y to m x.
func (m *Sparse) times(ctx context.Context, x, y *basis) error {
	y.shape(m.Rows, x.dim)
	return parallel(ctx, m.Rows, func(_, lo, hi int) {
		for r := lo; r < hi; r++ {
			out := y.row(r)
			clear(out)
			for i := m.Off[r]; i < m.Off[r+1]; i++ {
				floats.AddScaled(out, float64(m.Val[i]), x.row(int(m.Col[i])))
			}
		}
	})
}

// gram, like orthonormal and combine, returns rubbish when ctx is cancelled,
// which the next product reports.
//
// It returns the eigenvalues, descending, and eigenvectors of b^T b.
func (b *basis) gram(ctx context.Context) (value []float64, vector *mat.Dense) {
	k := b.dim
	part := make([][]float64, (b.rows+rowBlock-1)/rowBlock)
	parallel(ctx, b.rows, func(block, lo, hi int) {
		sum := make([]float64, k*k)
		for r := lo; r < hi; r++ {
			row := b.row(r)
			for i, x := range row {
				floats.AddScaled(sum[i*k+i:(i+1)*k], x, row[i:])
			}
		}
		part[block] = sum
	})
	total := make([]float64, k*k)
	for _, sum := range part {
		for i, x := range sum {
			total[i] += x
		}
	}
	if k == 0 {
		return nil, nil
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(mat.NewSymDense(k, total), true) {
		panic("cluster: no eigenvalues of a finite matrix")
	}
	var up mat.Dense
	eigen.VectorsTo(&up)
	value, vector = make([]float64, k), mat.NewDense(k, k, nil)
	for j, x := range eigen.Values(nil) {
		value[k-1-j] = x
		for i := range k {
			vector.Set(i, k-1-j, up.At(i, j))
		}
	}
	return value, vector
}

// orthonormal makes a basis orthonormal, of the same span. Rounding in the Gram
// matrix leaves one pass not quite orthogonal, which is good enough for another
// power iteration; a second pass mends it.
func (b *basis) orthonormal(ctx context.Context, passes int) {
	for range passes {
		value, vector := b.gram(ctx)
		keep := 0
		for keep < len(value) && value[keep] > 0 && value[keep] > dependent*value[0] {
			keep++
		}
		b.combine(ctx, vector, keep, func(j int) float64 { return 1 / math.Sqrt(value[j]) })
	}
}

// combine multiplies b by the first columns of v, column j scaled.
func (b *basis) combine(ctx context.Context, v *mat.Dense, columns int, scale func(j int) float64) {
	w := make([]float64, b.dim*columns)
	for i := range b.dim {
		for j := range columns {
			w[i*columns+j] = v.At(i, j) * scale(j)
		}
	}
	parallel(ctx, b.rows, func(_, lo, hi int) {
		to := make([]float64, columns)
		for r := lo; r < hi; r++ {
			clear(to)
			for i, x := range b.row(r) {
				floats.AddScaled(to, x, w[i*columns:(i+1)*columns])
			}
			copy(b.row(r), to)
		}
	})
	b.dim = columns
}

// fixSigns makes the largest component of each column positive, the first of
// equal ones.
func (b *basis) fixSigns() {
	for j := range b.dim {
		largest := 0.0
		for r := range b.rows {
			if x := b.row(r)[j]; math.Abs(x) > math.Abs(largest) {
				largest = x
			}
		}
		if largest < 0 {
			for r := range b.rows {
				b.row(r)[j] *= -1
			}
		}
	}
}
