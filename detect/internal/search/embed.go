package search

import (
	"context"
	"math"

	"github.com/ringwatch/ringwatch/cluster"
)

// NearRows returns groups of rows of m that are near each other, by their cosine,
// among the neighbors nearest to each, in as many leading dimensions as rank.
func NearRows(ctx context.Context, m *cluster.Sparse, rank, neighbors int, minCosine float64,
	seed uint64) ([][]int32, error) {
	_, u, err := cluster.TruncatedSVD(ctx, m, rank, 2, seed)
	if err != nil {
		return nil, err
	}
	if rank = len(u) / max(1, m.Rows); rank == 0 { // every vote is what its item's crowd says
		return nil, nil
	}
	rows := make([]float32, len(u))
	for r := range m.Rows {
		norm := 0.0
		for _, x := range u[r*rank : (r+1)*rank] {
			norm += x * x
		}
		for c, x := range u[r*rank : (r+1)*rank] {
			rows[r*rank+c] = float32(x / math.Sqrt(max(norm, 1e-30)))
		}
	}
	near, err := cluster.NearPairs(ctx, rows, rank, neighbors, float32(minCosine), seed)
	if err != nil {
		return nil, err
	}
	edges := make([]cluster.Edge, len(near))
	for i, p := range near {
		edges[i] = cluster.Edge{A: p.A, B: p.B, W: p.Cos}
	}
	return graphSeeds(m.Rows, edges), nil
}
