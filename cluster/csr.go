package cluster

import (
	"cmp"
	"math"
	"slices"

	"github.com/yourbasic/graph"
)

// A CSR is an undirected weighted graph in compressed sparse rows: the
// neighbours of vertex v are Nbr[Off[v]:Off[v+1]], ascending, with weights W of
// the same places. Every edge stands in the rows of both its ends, a loop once.
// It takes 16 bytes an edge and 8 a vertex.
//
// A CSR is an Iterator of github.com/yourbasic/graph.
type CSR struct {
	Off []int64 // len vertices+1
	Nbr []int32
	W   []float32
}

// An Edge joins two vertices, or a vertex to itself.
type Edge struct {
	A, B int32
	W    float32
}

// NewCSR returns the graph of n vertices with the given edges. Edges between
// the same vertices are summed; those whose weight is not above 0 are left out.
// The order of edges, and which end is named first, changes nothing. It panics
// if a vertex is not in [0, n). It costs a sort of each row.
func NewCSR(n int, edges []Edge) *CSR {
	off := make([]int64, n+1)
	for _, e := range edges {
		if e.W > 0 {
			off[e.A+1]++
			if e.A != e.B {
				off[e.B+1]++
			}
		}
	}
	for v := range n {
		off[v+1] += off[v]
	}
	type half struct {
		to int32
		w  float32
	}
	halves := make([]half, off[n])
	next := slices.Clone(off)
	for _, e := range edges {
		if e.W > 0 {
			halves[next[e.A]] = half{e.B, e.W}
			next[e.A]++
			if e.A != e.B {
				halves[next[e.B]] = half{e.A, e.W}
				next[e.B]++
			}
		}
	}
	g := &CSR{Off: make([]int64, n+1), Nbr: make([]int32, 0, len(halves)), W: make([]float32, 0, len(halves))}
	for v := range n {
		row := halves[off[v]:off[v+1]]
		// By weight too, so that sums do not depend on the order of edges.
		slices.SortFunc(row, func(a, b half) int { return cmp.Or(cmp.Compare(a.to, b.to), cmp.Compare(a.w, b.w)) })
		for i := 0; i < len(row); {
			to, sum := row[i].to, 0.0
			for ; i < len(row) && row[i].to == to; i++ {
				sum += float64(row[i].w)
			}
			g.Nbr, g.W = append(g.Nbr, to), append(g.W, float32(sum))
		}
		g.Off[v+1] = int64(len(g.Nbr))
	}
	return g
}

// Order returns the number of vertices.
func (g *CSR) Order() int { return len(g.Off) - 1 }

// CostScale is what Visit multiplies weights by, as costs are whole numbers.
const CostScale = 1 << 16

// Visit calls do for each neighbour w of v in ascending order, with the weight
// of the edge times CostScale, rounded, as its cost c; at least 1 and at most
// 1<<52, so that costs can be summed. It stops, and returns true, when do does.
func (g *CSR) Visit(v int, do func(w int, c int64) (skip bool)) (aborted bool) {
	for i := g.Off[v]; i < g.Off[v+1]; i++ {
		c := min(max(math.Round(float64(g.W[i])*CostScale), 1), 1<<52)
		if do(int(g.Nbr[i]), int64(c)) {
			return true
		}
	}
	return false
}

// Components returns the connected components of g, each ascending, in the
// order of their first members. It costs about linear time.
func Components(g graph.Iterator) [][]int32 {
	parts := graph.Components(g)
	all := make([][]int32, len(parts))
	for i, part := range parts {
		c := make([]int32, len(part))
		for j, v := range part {
			c[j] = int32(v)
		}
		slices.Sort(c)
		all[i] = c
	}
	slices.SortFunc(all, func(a, b []int32) int { return cmp.Compare(a[0], b[0]) })
	return all
}

// canonical renumbers labels by the smallest vertex that has them.
func canonical(label []int32) []int32 {
	top := int32(-1)
	for _, l := range label {
		top = max(top, l)
	}
	to := slices.Repeat([]int32{-1}, int(top)+1)
	next := int32(0)
	for v, l := range label {
		if to[l] < 0 {
			to[l] = next
			next++
		}
		label[v] = to[l]
	}
	return label
}
