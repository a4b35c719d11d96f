package cluster

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	gonum "gonum.org/v1/gonum/graph"
	"gonum.org/v1/gonum/graph/community"
	"gonum.org/v1/gonum/graph/simple"
	"pgregory.net/rapid"
)

// toGonum returns the same graph, without loops, as gonum has it.
func toGonum(g *CSR) *simple.WeightedUndirectedGraph {
	to := simple.NewWeightedUndirectedGraph(0, 0)
	for v := range g.Order() {
		to.AddNode(simple.Node(v))
	}
	for v := range g.Order() {
		for i := g.Off[v]; i < g.Off[v+1]; i++ {
			if int(g.Nbr[i]) < v {
				to.SetWeightedEdge(to.NewWeightedEdge(simple.Node(v), simple.Node(g.Nbr[i]), float64(g.W[i])))
			}
		}
	}
	return to
}

// quality returns the modularity of labels by gonum's measure.
func quality(g *simple.WeightedUndirectedGraph, label []int32, resolution float64) float64 {
	parts := make([][]gonum.Node, slices.Max(label)+1)
	for v, c := range label {
		parts[c] = append(parts[c], simple.Node(v))
	}
	return community.Q(g, parts, resolution)
}

func withoutLoops(edges []Edge) []Edge {
	return slices.DeleteFunc(edges, func(e Edge) bool { return e.A == e.B })
}

// TestLouvainAgainstGonum takes the best of a few seeds of either: Louvain ends
// in a local maximum, now the one's and now the other's is the higher.
func TestLouvainAgainstGonum(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	distinct, _ := planted(1, 5, 20, 0.5, 0.02)
	blurred, _ := planted(2, 6, 25, 0.3, 0.08)
	for _, c := range []struct {
		name       string
		n          int
		edges      []Edge
		resolution float64
	}{
		{"random sparse", 150, withoutLoops(randomEdges(rng, 150, 250)), 1},
		{"random dense", 80, withoutLoops(randomEdges(rng, 80, 900)), 1},
		{"planted", 100, distinct, 1}, {"planted blurred", 150, blurred, 1}, {"planted, fine", 100, distinct, 3},
		{"planted, coarse", 150, blurred, 0.5},
	} {
		g := NewCSR(c.n, c.edges)
		them := toGonum(g)
		ours, theirs := -1.0, -1.0
		for seed := range uint64(5) {
			ours = max(ours, quality(them, Louvain(g, c.resolution, seed), c.resolution))
			r := community.Modularize(them, c.resolution, rand.NewPCG(seed, 1))
			theirs = max(theirs, community.Q(them, r.Communities(), c.resolution))
		}
		t.Logf("%s: modularity %.4f, gonum's %.4f", c.name, ours, theirs)
		if ours < theirs-0.01 {
			t.Errorf("%s: modularity %.4f, gonum's %.4f", c.name, ours, theirs)
		}
	}
}

func TestLouvainFindsPlanted(t *testing.T) {
	edges, group := planted(3, 8, 25, 0.5, 0.02)
	g := NewCSR(len(group), edges)
	for seed := range uint64(10) {
		if d := cmp.Diff(canonical(slices.Clone(group)), Louvain(g, 1, seed)); d != "" {
			t.Errorf("seed %d: %s", seed, d)
		}
	}
}

func TestLouvainLaws(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "graph"), 0))
		seed := rapid.Uint64().Draw(rt, "seed")
		edges := withoutLoops(randomEdges(rng, 40, rapid.IntRange(0, 120).Draw(rt, "edges")))
		g := NewCSR(40, edges)
		label := Louvain(g, 1, seed)
		if d := cmp.Diff(label, Louvain(NewCSR(40, reordered(rng, edges)), 1, seed)); d != "" {
			rt.Fatalf("the order of edges matters: %s", d)
		}
		if d := cmp.Diff(canonical(slices.Clone(label)), label); d != "" {
			rt.Fatalf("labels are not numbered by smallest members: %s", d)
		}
		apart(rt, g, label)
		if len(edges) == 0 {
			return
		}
		them := toGonum(g)
		alone := make([]int32, 40)
		for v := range alone {
			alone[v] = int32(v)
		}
		const rounding = 1e-12
		if q := quality(them, label, 1); q < max(0, quality(them, alone, 1))-rounding {
			rt.Fatalf("modularity %g is below that of no communities or of one", q)
		}
	})
}

// TestLouvainLoops: a loop counts twice at its vertex. Vertices 0 and 1 have so
// much of their weight inside that they stay apart; without loops they join.
func TestLouvainLoops(t *testing.T) {
	edges := []Edge{{0, 1, 1}, {0, 0, 10}, {1, 1, 10}}
	if got := Louvain(NewCSR(2, edges), 1, 0); !slices.Equal(got, []int32{0, 1}) {
		t.Errorf("with loops: %v", got)
	}
	if got := Louvain(NewCSR(2, edges[:1]), 1, 0); !slices.Equal(got, []int32{0, 0}) {
		t.Errorf("without: %v", got)
	}
}

func TestLabelPropagation(t *testing.T) {
	// Two triangles that a bridge joins.
	bridge := []Edge{{0, 1, 2}, {1, 2, 2}, {0, 2, 2}, {3, 4, 2}, {4, 5, 2}, {3, 5, 2}, {2, 3, 1}}
	for _, c := range []struct {
		name  string
		n     int
		edges []Edge
		want  []int32
	}{
		{"nothing", 0, nil, []int32{}}, {"no edges", 3, nil, []int32{0, 1, 2}},
		{"two triangles", 6, bridge, []int32{0, 0, 0, 1, 1, 1}},
		// 2 has equal ties to 0 and 1, which loops hold: it takes the smaller.
		{"tie", 3, []Edge{{0, 0, 5}, {1, 1, 5}, {2, 0, 1}, {2, 1, 1}}, []int32{0, 1, 0}},
		{"heavier wins", 3, []Edge{{0, 0, 5}, {1, 1, 5}, {2, 0, 1}, {2, 1, 2}}, []int32{0, 1, 1}},
	} {
		if d := cmp.Diff(c.want, LabelPropagation(NewCSR(c.n, c.edges), 20)); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
	if got := LabelPropagation(NewCSR(6, bridge), 0); !slices.Equal(got, []int32{0, 1, 2, 3, 4, 5}) {
		t.Errorf("in no rounds: %v", got)
	}
}

func TestLabelPropagationLaws(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "graph"), 0))
		edges := randomEdges(rng, 40, rapid.IntRange(0, 120).Draw(rt, "edges"))
		g := NewCSR(40, edges)
		label := LabelPropagation(g, 10)
		if d := cmp.Diff(label, LabelPropagation(NewCSR(40, reordered(rng, edges)), 10)); d != "" {
			rt.Fatalf("the order of edges matters: %s", d)
		}
		apart(rt, g, label)
	})
}

// apart checks that no label reaches beyond a component.
func apart(rt *rapid.T, g *CSR, label []int32) {
	home := map[int32]int{}
	for i, part := range Components(g) {
		for _, v := range part {
			if at, ok := home[label[v]]; ok && at != i {
				rt.Fatalf("label %d is in two components", label[v])
			}
			home[label[v]] = i
		}
	}
}

func BenchmarkLouvain(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	const n, groups = 100000, 1000
	edges := make([]Edge, 1000000)
	for i := range edges { // four of five inside of a group
		a := rng.Int32N(n)
		to := rng.Int32N(n)
		if i%5 > 0 {
			to = to/groups*groups + a%groups
		}
		edges[i] = Edge{a, to, 1}
	}
	g := NewCSR(n, edges)
	b.Run("louvain", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Louvain(g, 1, 1)
		}
	})
	b.Run("labels", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			LabelPropagation(g, 20)
		}
	})
}
