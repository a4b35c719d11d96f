package search

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/cluster"
	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/internal/workers"
)

// ByAuthors returns groups of raters who rate one author's items more often than
// the null has it, and of authors who rate each other's, the latter first. author
// is of items, -1 where unknown; rater is of authors, the same person, -1 if none.
func ByAuthors(ctx context.Context, a *null.Acts, n *null.Model, author, rater []int32) ([][]int32, error) {
	w := newAuthorship(a, author, rater)
	fans, err := w.fans(ctx, n)
	if err != nil {
		return nil, err
	}
	// Once more without them, or a ring that is most of what its author gets
	// would excuse itself.
	w.leaveOut(fans)
	if fans, err = w.fans(ctx, n); err != nil {
		return nil, err
	}
	return append(w.mutual(fans), aroundOne(a.Raters, fans)...), nil
}

// authorship is who wrote what.
type authorship struct {
	*null.Acts
	author []int32        // of items; -1 where unknown
	writer []int32        // of authors: the same person as a rater; -1 if none
	items  []int32        // those with an author, by author
	runs   *null.ItemRuns // ratings of each author's items by bin, but for those left out
	out    map[fanOf]bool
}

// A fanOf is a rater and an author.
type fanOf struct{ rater, author int32 }

func newAuthorship(a *null.Acts, author, rater []int32) *authorship {
	w := &authorship{Acts: a, author: author, writer: rater}
	for i, by := range author {
		if by >= 0 {
			w.items = append(w.items, int32(i))
		}
	}
	slices.SortStableFunc(w.items, func(i, j int32) int { return cmp.Compare(author[i], author[j]) })
	w.count()
	return w
}

// count sets runs.
func (w *authorship) count() {
	w.runs = &null.ItemRuns{Start: make([]int32, len(w.writer)+1)}
	counts := make([]int32, w.Bins)
	items := w.items
	for a := range int32(len(w.writer)) {
		for ; len(items) > 0 && w.author[items[0]] == a; items = items[1:] {
			for k := w.ItemStart[items[0]]; k < w.ItemStart[items[0]+1]; k++ {
				if len(w.out) == 0 || !w.out[fanOf{w.Rater[k], a}] {
					counts[w.Bin[k]]++
				}
			}
		}
		for b, n := range counts {
			if n > 0 {
				w.runs.Runs = append(w.runs.Runs, null.ItemRun{Bin: uint8(b), Count: n})
				counts[b] = 0
			}
		}
		w.runs.Start[a+1] = int32(len(w.runs.Runs))
	}
}

// leaveOut counts anew without what the likelier fans rated of their author: in
// all, chance has about the square root of the raters an author.
func (w *authorship) leaveOut(fans []fan) {
	w.out = map[fanOf]bool{} // few beside the ratings
	for _, f := range fans {
		if f.ln < -.5*math.Log(float64(w.Raters)) {
			w.out[fanOf{f.rater, f.author}] = true
		}
	}
	w.count()
}

// A fan rated items of an author; ln is that of the chance of as many.
type fan struct {
	rater, author int32
	ln            float64
}

// fans tests every rater against every author whose items it rated and lists
// those who rated more than expected, by rater, then author.
func (w *authorship) fans(ctx context.Context, n *null.Model) ([]fan, error) {
	const step = 64
	found := make([][]fan, (w.Raters+step-1)/step)
	err := workers.Ranges(ctx, w.Raters, step, func() func(lo, hi int) {
		var reach []float64
		type work struct{ author, act int32 }
		var mine []work
		return func(lo, hi int) {
			for u := int32(lo); int(u) < hi; u++ {
				mine = mine[:0]
				items := w.ItemsOf(u)
				for j, k := range w.ActsOf(u) {
					if a := w.author[items[j]]; a >= 0 {
						mine = append(mine, work{a, k})
					}
				}
				if len(mine) == 0 {
					continue
				}
				slices.SortFunc(mine, func(x, y work) int {
					return cmp.Or(cmp.Compare(x.author, y.author), cmp.Compare(x.act, y.act))
				})
				reach = n.Reach(w.BinsOf(u), reach)
				for from := 0; from < len(mine); {
					a, rate, rated := mine[from].author, 0.0, 0
					counted := len(w.out) == 0 || !w.out[fanOf{u, a}]
					for ; from < len(mine) && mine[from].author == a; from++ {
						if counted {
							rate -= reach[w.Bin[mine[from].act]]
						}
						rated++
					}
					for _, c := range w.runs.Of(a) {
						rate += float64(c.Count) * reach[c.Bin]
					}
					rate = max(1e-3, n.Tilt[u]*rate)
					if float64(rated) > rate {
						found[lo/step] = append(found[lo/step], fan{u, a, null.CountTail(rated, rate)})
					}
				}
			}
		}
	})
	return slices.Concat(found...), err
}

// fanLevels are what ln of the number of raters is multiplied by to give the
// limits on -ln p of fans; the first lets a few in by chance, whom the group sheds.
var fanLevels = [...]float64{.7, 1, 1.5, 2, 3, 4, 6}

// aroundOne returns for each author those who rated so many of its items as
// hardly any rater would by chance, at several limits.
func aroundOne(raters int, fans []fan) (seeds [][]int32) {
	by := slices.Clone(fans)
	slices.SortFunc(by, func(a, b fan) int {
		return cmp.Or(cmp.Compare(a.author, b.author), cmp.Compare(a.rater, b.rater))
	})
	type seed struct {
		raters []int32
		says   float64
	}
	var all []seed
	for from := 0; from < len(by); {
		to := from
		for to < len(by) && by[to].author == by[from].author {
			to++
		}
		last := 0
		for _, times := range fanLevels {
			s := seed{}
			for _, f := range by[from:to] {
				if f.ln < -times*math.Log(float64(raters)) {
					s.raters = append(s.raters, f.rater)
					s.says -= f.ln
				}
			}
			if len(s.raters) >= 3 && len(s.raters) != last {
				all = append(all, s)
			}
			last = len(s.raters)
		}
		from = to
	}
	slices.SortStableFunc(all, func(a, b seed) int {
		return cmp.Or(cmp.Compare(b.says, a.says), slices.Compare(a.raters, b.raters))
	})
	for _, s := range all {
		seeds = append(seeds, s.raters)
	}
	return seeds
}

// mutual returns groups of authors of whom each of a pair rated the other more
// than expected, both together less likely than one pair an author.
func (w *authorship) mutual(fans []fan) [][]int32 {
	type pair struct{ a, b int32 }
	says := map[pair]float64{} // of authors who rate authors: few beside the ratings
	raters := 0
	for _, u := range w.writer {
		if u >= 0 {
			raters++
		}
	}
	writes := make([]bool, w.Raters)
	for _, u := range w.writer {
		if u >= 0 {
			writes[u] = true
		}
	}
	for _, f := range fans {
		if v := w.writer[f.author]; v >= 0 && v != f.rater && writes[f.rater] {
			says[pair{f.rater, v}] = -f.ln
		}
	}
	var edges []cluster.Edge
	least := math.Log(float64(max(2, raters)))
	for p, x := range says {
		if y, back := says[pair{p.b, p.a}]; back && p.a < p.b && x+y > least {
			edges = append(edges, cluster.Edge{A: p.a, B: p.b, W: float32(x + y)})
		}
	}
	slices.SortFunc(edges, func(x, y cluster.Edge) int { return cmp.Or(cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B)) })
	return linkSeeds(w.Raters, least, edges)
}
