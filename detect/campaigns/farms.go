package campaigns

import (
	"cmp"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/cluster"
	"github.com/ringwatch/ringwatch/rating"
)

const (
	// times as many shared accounts as chance alone makes: 1.0 to 3.1 between unusual windows of
	// four real sets and three made ones without a farm
	clustering = 3
	leastItem  = 2 // ties of an item to the others of its farm: one is what one visitor makes
	leastFarm  = 3 // items
	mostNodes  = 50_000
)

// A node is an item's most unusual window, for the search of farms.
type node struct {
	*trial
	raters []int32
	ties   float64 // other ratings of its accounts, wherever they are
}

// link finds farms: items whose bursts share accounts, far more than accounts of a
// few ratings share items by chance, and whose votes all lie at one end. A burst
// that is too small to be named by itself is named as one of a farm's. It returns
// the campaigns with those of farms, and whether the cap on items was reached.
//
// Accounts are linked through items, never judged: of two that rate the same two
// items of a farm nothing is said but that the items have them in common.
func (u *usual) link(all []Campaign, t *rating.Table) ([]Campaign, bool) {
	nodes, capped := u.nodes(t)
	edges := tie(nodes)
	if len(edges) == 0 {
		return all, capped
	}
	label := cluster.Louvain(cluster.NewCSR(len(nodes), edges), 1, 1)
	groups := make(map[int32][]int32)
	for n, l := range label {
		groups[l] = append(groups[l], int32(n))
	}
	var farms []farm
	reach := 0. // ratings of accounts with more than one, on the whole platform
	for _, l := range u.life {
		if l >= 2 && l <= u.widest() {
			reach++
		}
	}
	var p, weight []float64
	for l := range int32(len(nodes)) {
		if len(groups[l]) < leastFarm {
			continue
		}
		f, ok := u.farm(nodes, edges, groups[l], reach)
		if !ok {
			f.p = 1 // it was looked at all the same, and q pays for it
		}
		farms, p, weight = append(farms, f), append(p, f.p), append(weight, 1)
	}
	number := 0
	for k, q := range multiple(p, weight) {
		if q > named || farms[k].p == 1 {
			continue
		}
		items, doubt := u.sold(u.whole(farms[k], reach, t))
		if len(items) < leastFarm || doubt > mostDoubt {
			continue
		}
		number++
		for _, x := range items {
			x.campaign.Doubt = doubt
			all = u.join(all, x, number, q, t)
		}
	}
	return all, capped
}

// nodes returns the most unusual window of each item that has two accounts or more
// with other ratings, in an order that names do not tell.
func (u *usual) nodes(t *rating.Table) (nodes []node, capped bool) {
	best := make(map[int32]*burst)
	for _, list := range [][]burst{u.bursts, u.faint} {
		for k := range list {
			b := &list[k]
			if o := best[b.item]; o == nil || b.p < o.p {
				best[b.item] = b
			}
		}
	}
	for _, b := range best {
		x := node{trial: &trial{burst: b}}
		few := uint8(u.columns.few[b.class])
		for k := u.start[b.item]; k < u.start[b.item+1]; k++ {
			if l := u.life[k]; b.span.holds(u.time[k]) && l >= 2 && l <= few {
				x.raters = append(x.raters, t.Rater[u.row[k]])
				x.ties += float64(l - 1)
			}
		}
		if len(x.raters) >= leastItem {
			nodes = append(nodes, x)
		}
	}
	slices.SortFunc(nodes, func(a, b node) int {
		return cmp.Or(cmp.Compare(a.p, b.p), cmp.Compare(a.span.from, b.span.from), cmp.Compare(a.span.to, b.span.to),
			cmp.Compare(a.ratings, b.ratings), cmp.Compare(a.item, b.item))
	})
	if capped = len(nodes) > mostNodes; capped {
		nodes = nodes[:mostNodes]
	}
	return nodes, capped
}

// tie returns an edge for each account that two nodes share: up to 36 an account.
func tie(nodes []node) (edges []cluster.Edge) {
	type visit struct{ rater, node int32 }
	var visits []visit
	for n := range nodes {
		for _, r := range nodes[n].raters {
			visits = append(visits, visit{r, int32(n)})
		}
	}
	slices.SortFunc(visits, func(a, b visit) int {
		return cmp.Or(cmp.Compare(a.rater, b.rater), cmp.Compare(a.node, b.node))
	})
	shared := make(map[[2]int32]float32)
	for from := 0; from < len(visits); {
		to := from
		for to < len(visits) && visits[to].rater == visits[from].rater {
			to++
		}
		for a := from; a < to; a++ {
			for b := a + 1; b < to; b++ {
				shared[[2]int32{visits[a].node, visits[b].node}]++
			}
		}
		from = to
	}
	for pair, n := range shared {
		edges = append(edges, cluster.Edge{A: pair[0], B: pair[1], W: n})
	}
	slices.SortFunc(edges, func(a, b cluster.Edge) int { return cmp.Or(cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B)) })
	return edges
}

// A farm is items that share accounts.
type farm struct {
	items []*trial
	p     float64
}

// farm tests the nodes of a community: whether they share more accounts than
// independent ones would, the search paid for, and whether their votes, together,
// are neither as usual nor as the witnesses'. It leaves out items with few ties and
// those whose votes lie elsewhere.
func (u *usual) farm(nodes []node, edges []cluster.Edge, members []int32, reach float64) (f farm, ok bool) {
	in, high := u.oneSided(nodes, members)
	observed := tied(in, edges, members)
	if len(in) < leastFarm {
		return f, false
	}
	var expected, fisher, strongest, witnesses float64
	for _, a := range members {
		x := nodes[a].trial
		// of all that the accounts tie together: whose votes lie elsewhere speaks against a farm
		if x.cut.high == high {
			p := -2 * math.Log(max(x.campaign.P, 1e-300))
			fisher, strongest = fisher+p, max(strongest, p)
		}
		if !in[a] {
			continue
		}
		f.items = append(f.items, x)
		witnesses += float64(x.campaign.Witnesses)
		for _, b := range members {
			if in[b] && b != a {
				expected += nodes[a].ties * float64(len(nodes[b].raters)) / reach / 2
			}
		}
	}
	expected = max(clustering*expected, faint)
	if observed <= expected || witnesses < leastWitnesses {
		return f, false
	}
	n, m := float64(len(nodes)), float64(len(f.items))
	search := lgamma(n+1) - lgamma(m+1) - lgamma(n-m+1)
	links := min(1, math.Exp(search-(observed*math.Log(observed/expected)-(observed-expected))))
	// Fans of one item who rate others as anybody does are no farm: its other items must be beyond, too.
	f.p = max(links, chiAbove(fisher-strongest, len(members)-1))
	return f, true
}

// oneSided returns the members whose votes nothing explains, of the end of the scale at which
// most of them are.
func (u *usual) oneSided(nodes []node, members []int32) (in map[int32]bool, high bool) {
	in = make(map[int32]bool)
	side := 0
	for _, n := range members {
		x := nodes[n].trial
		u.hear(x)
		u.test(x)
		if x.campaign.Effect >= leastEffect {
			if in[n] = true; x.cut.high {
				side++
			} else {
				side--
			}
		}
	}
	high = side > 0
	for _, n := range members {
		if in[n] && nodes[n].cut.high != high {
			delete(in, n)
		}
	}
	return in, high
}

// tied leaves in those that have ties to one another, and returns how many.
func tied(in map[int32]bool, edges []cluster.Edge, members []int32) (observed float64) {
	for shrunk := true; shrunk; {
		ties := make(map[int32]float64)
		observed = 0
		for _, e := range edges {
			if in[e.A] && in[e.B] {
				w := float64(e.W)
				ties[e.A] += w
				ties[e.B] += w
				observed += w
			}
		}
		shrunk = false
		for _, n := range members {
			if in[n] && ties[n] < leastItem {
				delete(in, n)
				shrunk = true
			}
		}
	}
	return observed
}

// join names an item's burst as one of a farm.
func (u *usual) join(all []Campaign, x *trial, number int, q float64, t *rating.Table) []Campaign {
	for k := range all {
		if c := &all[k]; c.Item == x.item && c.From <= x.span.to && x.span.from <= c.To && c.Verdict == Campaigned {
			c.Farm = number
			return all
		}
	}
	c := &x.campaign
	c.Q = q
	c.Likelier = math.Exp(min(x.likelier(u.levels), 100))
	c.Verdict, c.Farm = Campaigned, number
	u.decide(x)
	added := []Campaign{*c}
	u.score(added, t)
	all = slices.DeleteFunc(all, func(o Campaign) bool {
		return o.Item == x.item && o.From <= x.span.to && x.span.from <= o.To
	})
	return append(all, added...)
}
