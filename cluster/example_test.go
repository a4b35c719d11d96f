package cluster_test

import (
	"context"
	"fmt"

	"github.com/ringwatch/ringwatch/cluster"
)

// Two triangles that one weak tie joins are one component, and two communities.
func Example() {
	g := cluster.NewCSR(7, []cluster.Edge{{A: 0, B: 1, W: 2}, {A: 1, B: 2, W: 2}, {A: 0, B: 2, W: 2},
		{A: 3, B: 4, W: 2}, {A: 4, B: 5, W: 2}, {A: 3, B: 5, W: 2}, {A: 2, B: 3, W: 1}})
	fmt.Println(cluster.Components(g))
	fmt.Println(cluster.LabelPropagation(g, 15))
	// Output:
	// [[0 1 2 3 4 5] [6]]
	// [0 0 0 1 1 1 2]
}

// Points that are near each other, by their cosine.
func ExampleNearPairs() {
	points := []float32{1, 0, .8, .6, 0, 1} // three of two dimensions, of length 1
	pairs, err := cluster.NearPairs(context.Background(), points, 2, 1, .7, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range pairs {
		fmt.Printf("%d and %d: %.1f\n", p.A, p.B, p.Cos)
	}
	// Output:
	// 0 and 1: 0.8
}
