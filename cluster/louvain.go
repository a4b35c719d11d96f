package cluster

import "math/rand/v2"

// Louvain returns a community label of each vertex, labels being numbered by
// their smallest members. The communities are those of a local maximum of
// modularity
//
//	Q = 1/2m sum over v, w in one community of (A_vw - resolution k_v k_w / 2m)
//
// where m is the total weight, k_v the weight at v, a loop counted twice
// (Blondel, Guillaume, Lambiotte and Lefebvre, Fast unfolding of communities in
// large networks, J. Stat. Mech. 2008; resolution: Reichardt and Bornholdt
// 2006). A larger resolution gives smaller communities; 1 is the usual one.
//
// At each level vertices are visited in a random order drawn from seed until
// none moves. A vertex moves only to a strictly better community, the smallest
// label of equally good ones. So the graph and the seed fix the result,
// whatever the order of edges it was built from; numbering the vertices
// otherwise acts as another seed does.
//
// It costs a few passes over the edges at each of a few levels. Blind spot:
// communities below a size of about the root of the number of edges are merged
// (Fortunato and Barthelemy 2007), and a community need not be connected.
func Louvain(g *CSR, resolution float64, seed uint64) []int32 {
	rng := rand.New(rand.NewPCG(seed, 0x6c6f757661696e))
	label := make([]int32, g.Order())
	for v := range label {
		label[v] = int32(v)
	}
	l := newLevel(g)
	for {
		to, n := l.move(resolution, rng)
		for v, c := range label {
			label[v] = to[c]
		}
		if n == len(to) {
			return canonical(label)
		}
		l = l.merge(to, n)
	}
}

// A level is a graph whose vertices are the communities of the level below.
type level struct {
	off    []int64
	nbr    []int32 // without loops
	w      []float64
	loop   []float64 // weight of the edges inside of a vertex
	degree []float64 // weight of all edge ends at a vertex
	total  float64   // sum of degrees
}

func newLevel(g *CSR) *level {
	n := g.Order()
	l := &level{off: make([]int64, n+1), nbr: make([]int32, 0, len(g.Nbr)), w: make([]float64, 0, len(g.Nbr)),
		loop: make([]float64, n), degree: make([]float64, n)}
	for v := range n {
		for i := g.Off[v]; i < g.Off[v+1]; i++ {
			w := float64(g.W[i])
			if int(g.Nbr[i]) == v {
				l.loop[v] = w
				continue
			}
			l.nbr, l.w = append(l.nbr, g.Nbr[i]), append(l.w, w)
			l.degree[v] += w
		}
		l.finish(v)
	}
	return l
}

// finish closes the row of v.
func (l *level) finish(v int) {
	l.degree[v] += 2 * l.loop[v]
	l.total += l.degree[v]
	l.off[v+1] = int64(len(l.nbr))
}

// move moves vertices between communities until none gains, and returns the
// community of each, numbered by smallest member, and their number.
func (l *level) move(resolution float64, rng *rand.Rand) (label []int32, communities int) {
	n := len(l.degree)
	label = make([]int32, n)
	inside := make([]float64, n) // sum of degrees of a community
	for v := range label {
		label[v], inside[v] = int32(v), l.degree[v]
	}
	to := tally{weight: make([]float64, n)}
	order := rng.Perm(n)
	for moved := true; moved; {
		moved = false
		for _, v := range order {
			if l.off[v] == l.off[v+1] {
				continue
			}
			for i := l.off[v]; i < l.off[v+1]; i++ {
				to.add(label[l.nbr[i]], l.w[i])
			}
			old, k := label[v], l.degree[v]
			inside[old] -= k
			gain := func(c int32) float64 { return to.weight[c] - resolution*k*inside[c]/l.total }
			best, most := old, gain(old)+1e-12*k // more than rounding
			for _, c := range to.seen {
				if x := gain(c); x > most || x == most && best != old && c < best {
					best, most = c, x
				}
			}
			inside[best] += k
			moved = moved || best != old
			label[v] = best
			to.reset()
		}
	}
	label = canonical(label)
	for _, c := range label {
		communities = max(communities, int(c)+1)
	}
	return label, communities
}

// merge returns the graph of the n communities that label names.
func (l *level) merge(label []int32, n int) *level {
	m := &level{off: make([]int64, n+1), loop: make([]float64, n), degree: make([]float64, n)}
	start, member := byLabel(label, n)
	to := tally{weight: make([]float64, n)}
	for c := range n {
		for _, v := range member[start[c]:start[c+1]] {
			m.loop[c] += l.loop[v]
			for i := l.off[v]; i < l.off[v+1]; i++ {
				to.add(label[l.nbr[i]], l.w[i])
			}
		}
		for _, d := range to.seen {
			w := to.weight[d]
			if int(d) == c {
				m.loop[c] += w / 2
				continue
			}
			m.nbr, m.w = append(m.nbr, d), append(m.w, w)
			m.degree[c] += w
		}
		to.reset()
		m.finish(c)
	}
	return m
}

// byLabel lists the vertices of each of n labels, ascending.
func byLabel(label []int32, n int) (start, member []int32) {
	start = make([]int32, n+1)
	for _, c := range label {
		start[c+1]++
	}
	for c := range n {
		start[c+1] += start[c]
	}
	member = make([]int32, len(label))
	next := append([]int32(nil), start...)
	for v, c := range label {
		member[next[c]] = int32(v)
		next[c]++
	}
	return start, member
}

// A tally sums weights by label.
type tally struct {
	weight []float64 // by label; 0 if not seen
	seen   []int32   // in order of first appearance
}

func (t *tally) add(label int32, w float64) {
	if t.weight[label] == 0 {
		t.seen = append(t.seen, label)
	}
	t.weight[label] += w
}

func (t *tally) reset() {
	for _, c := range t.seen {
		t.weight[c] = 0
	}
	t.seen = t.seen[:0]
}
