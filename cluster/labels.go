package cluster

// LabelPropagation returns a community label of each vertex, labels being
// numbered by their smallest members. Every vertex starts with a label of its
// own and then takes, vertices in ascending order and at once, the label of the
// largest total weight among its neighbours (a loop speaks for the vertex's own
// label); of equal ones the smaller. It ends after the given number of rounds,
// or when none changes (Raghavan, Albert and Kumara, Near linear time algorithm
// to detect community structures in large-scale networks, Phys. Rev. E 2007;
// there orders and ties are random).
//
// Without chance in it the result depends on the numbering of vertices, but not
// on the order of the edges the graph was built from. A round costs one pass
// over the edges. Blind spot: in dense graphs one label easily takes all.
func LabelPropagation(g *CSR, rounds int) []int32 {
	n := g.Order()
	label := make([]int32, n)
	for v := range label {
		label[v] = int32(v)
	}
	t := tally{weight: make([]float64, n)}
	for changed := true; changed && rounds > 0; rounds-- {
		changed = false
		for v := range n {
			for i := g.Off[v]; i < g.Off[v+1]; i++ {
				t.add(label[g.Nbr[i]], float64(g.W[i]))
			}
			best, most := label[v], 0.0
			for _, c := range t.seen {
				if w := t.weight[c]; w > most || w == most && c < best {
					best, most = c, w
				}
			}
			changed = changed || best != label[v]
			label[v] = best
			t.reset()
		}
	}
	return canonical(label)
}
