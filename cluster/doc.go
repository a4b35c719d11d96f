// Package cluster finds what belongs together in graphs, sparse matrices and points.
// It knows nothing of ratings.
//
// Whoever has pairs that are tied, with a weight, makes a graph of them and takes it
// apart:
//
//	g := cluster.NewCSR(vertices, edges)
//	parts := cluster.Components(g)             // that no edge joins
//	label := cluster.LabelPropagation(g, 15)   // cut further, quickly
//	label = cluster.Louvain(g, 1, seed)        // or by modularity, where that is worth its time
//
// Whoever has rows of many sparse columns embeds them, and asks who is near whom:
//
//	_, u, err := cluster.TruncatedSVD(ctx, m, rank, 2, seed)
//	pairs, err := cluster.NearPairs(ctx, rows, rank, neighbours, minCosine, seed)
//
// The same input and seed give the same result on any number of processors. A CSR
// is an Iterator of github.com/yourbasic/graph, so that its algorithms run on the
// same memory.
//
// # Blind spots
//
// Label propagation is quick and greedy: what hangs together by few strong ties may
// be cut. Above a few thousand points NearPairs hashes, and a pair at the very limit
// may be missed; each function says how often.
package cluster
