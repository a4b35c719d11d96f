package cluster

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/yourbasic/graph"
	"pgregory.net/rapid"
)

var _ graph.Iterator = (*CSR)(nil)

// randomEdges returns edges between random vertices, loops and repeats
// among them.
func randomEdges(rng *rand.Rand, n, edges int) []Edge {
	e := make([]Edge, edges)
	for i := range e {
		e[i] = Edge{rng.Int32N(int32(n)), rng.Int32N(int32(n)), rng.Float32() + 0.01}
	}
	return e
}

// planted returns a graph of equal groups, dense inside and thin between, and
// the group of each vertex. Vertices of a group are not next to each other.
func planted(seed uint64, groups, size int, inside, between float64) ([]Edge, []int32) {
	rng := rand.New(rand.NewPCG(seed, 1))
	n := groups * size
	group := make([]int32, n)
	for v := range group {
		group[v] = int32(v % groups)
	}
	var edges []Edge
	for a := range n {
		for b := range a {
			p := between
			if group[a] == group[b] {
				p = inside
			}
			if rng.Float64() < p {
				edges = append(edges, Edge{int32(a), int32(b), 1})
			}
		}
	}
	return edges, group
}

// reordered returns the edges in another order with some ends swapped.
func reordered(rng *rand.Rand, edges []Edge) []Edge {
	other := slices.Clone(edges)
	rng.Shuffle(len(other), func(i, j int) { other[i], other[j] = other[j], other[i] })
	for i, e := range other {
		if rng.IntN(2) == 0 {
			other[i] = Edge{e.B, e.A, e.W}
		}
	}
	return other
}

func TestNewCSR(t *testing.T) {
	got := NewCSR(4, []Edge{{2, 0, 1}, {0, 1, 2}, {0, 2, 0.5}, {1, 1, 3}, {3, 0, 0}, {3, 0, -1}})
	want := &CSR{Off: []int64{0, 2, 4, 5, 5}, Nbr: []int32{1, 2, 0, 1, 0}, W: []float32{2, 1.5, 2, 3, 1.5}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if empty := NewCSR(0, nil); empty.Order() != 0 {
		t.Errorf("an empty graph has %d vertices", empty.Order())
	}
}

func TestEdgeOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
		edges := randomEdges(rng, 20, 100)
		g, other := NewCSR(20, edges), NewCSR(20, reordered(rng, edges))
		if d := cmp.Diff(g, other); d != "" {
			rt.Fatal(d)
		}
	})
}

func TestVisit(t *testing.T) {
	g := NewCSR(3, []Edge{{0, 1, 2}, {0, 2, 1e-9}, {0, 0, 1e30}})
	type step struct {
		W int
		C int64
	}
	var got []step
	collect := func(stopAt int) bool {
		got = nil
		return g.Visit(0, func(w int, c int64) bool {
			got = append(got, step{w, c})
			return w == stopAt
		})
	}
	want := []step{{0, 1 << 52}, {1, 2 * CostScale}, {2, 1}}
	if aborted := collect(-1); aborted || cmp.Diff(want, got) != "" {
		t.Errorf("aborted %v: %s", aborted, cmp.Diff(want, got))
	}
	if aborted := collect(1); !aborted || cmp.Diff(want[:2], got) != "" {
		t.Errorf("aborted %v: %s", aborted, cmp.Diff(want[:2], got))
	}
}

// TestComponents compares with a search that knows nothing of the library.
func TestComponents(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
		const n = 60
		g := NewCSR(n, randomEdges(rng, n, rapid.IntRange(0, 60).Draw(rt, "edges")))
		seen := make([]bool, n)
		var want [][]int32
		for v := range int32(n) {
			if seen[v] {
				continue
			}
			seen[v] = true
			part := []int32{v}
			for i := 0; i < len(part); i++ {
				for _, w := range g.Nbr[g.Off[part[i]]:g.Off[part[i]+1]] {
					if !seen[w] {
						seen[w] = true
						part = append(part, w)
					}
				}
			}
			slices.Sort(part)
			want = append(want, part)
		}
		if d := cmp.Diff(want, Components(g)); d != "" {
			rt.Fatal(d)
		}
	})
}

func BenchmarkNewCSR(b *testing.B) {
	edges := randomEdges(rand.New(rand.NewPCG(1, 1)), 100000, 1000000)
	b.ReportAllocs()
	for b.Loop() {
		NewCSR(100000, edges)
	}
	b.ReportMetric(float64(len(edges))*float64(b.N)/b.Elapsed().Seconds()/1e6, "Medges/s")
}

func BenchmarkComponents(b *testing.B) {
	for _, degree := range []int{1, 10} {
		b.Run(fmt.Sprintf("degree=%d", 2*degree), func(b *testing.B) {
			g := NewCSR(100000, randomEdges(rand.New(rand.NewPCG(1, 1)), 100000, 100000*degree))
			for b.Loop() {
				Components(g)
			}
		})
	}
}
