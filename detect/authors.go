package detect

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/cluster"
	"github.com/ringwatch/ringwatch/rating"
)

// Authors looks for raters who rate one author's items more often than the null
// has it, whichever of them, and for authors who rate each other's.
type Authors struct {
	MaxSeeds int `doc:"groups that are proposed at most, the strongest first"`
}

// NewAuthors returns an Authors with its defaults.
func NewAuthors() *Authors { return &Authors{MaxSeeds: 200} }

func (d *Authors) Name() string { return "authors" }

func (d *Authors) Doc() Doc {
	return Doc{
		Summary:   "raters who go by the author, whichever items, and authors who rate each other's; needs to know authors, as Community Notes does",
		Source:    "writer and rater pairs of post selection similarity (twitter/communitynotes); ballot stuffing (Dellarocas, EC 2000); counted against the fitted null",
		Cost:      "ratings times the bins that an author's ratings fall in, 256 at most; memory linear in ratings",
		BlindSpot: "rings that spread over many authors; an author's honest fans are proposed too, and it is the judge who lets them off",
		Notes:     true,
	}
}

const errNoAuthors = unable("the data does not say who wrote the items (Community Notes does)")

func (d *Authors) Detect(ctx context.Context, in Input) (*Findings, error) {
	return in.propose(ctx, d, func(e *engine) ([][]int32, error) {
		w := e.authorship(in.Ratings)
		if w == nil {
			return nil, errNoAuthors
		}
		fans, err := w.fans(ctx, e)
		if err != nil {
			return nil, err
		}
		// Once more without them, or a ring that is most of what its author gets
		// would excuse itself.
		w.leaveOut(e, fans)
		if fans, err = w.fans(ctx, e); err != nil {
			return nil, err
		}
		return e.atMost(d.Name(), append(w.mutual(e, fans), aroundOne(e, fans)...), d.MaxSeeds), nil
	})
}

// authorship is who wrote what.
type authorship struct {
	author []int32   // of items; -1 where unknown
	rater  []int32   // of authors: the same person as a rater; -1 if none
	items  []int32   // those with an author, by author
	runs   *itemRuns // ratings of each author's items by bin, but for those left out
	out    map[fanOf]bool
}

// A fanOf is a rater and an author.
type fanOf struct{ rater, author int32 }

func (e *engine) authorship(t *rating.Table) *authorship {
	if t.Notes == nil || !slices.ContainsFunc(t.Notes.Author, func(a int32) bool { return a >= 0 }) {
		return nil
	}
	names := t.Notes.Authors
	w := &authorship{author: slices.Repeat([]int32{-1}, e.items), rater: make([]int32, names.Len())}
	copy(w.author, t.Notes.Author[:min(e.items, len(t.Notes.Author))])
	for a := range w.rater {
		w.rater[a] = -1
		if u, ok := t.Raters.Find(names.Name(int32(a))); ok {
			w.rater[a] = u
		}
	}
	for i, a := range w.author {
		if a >= 0 {
			w.items = append(w.items, int32(i))
		}
	}
	slices.SortStableFunc(w.items, func(i, j int32) int { return cmp.Compare(w.author[i], w.author[j]) })
	w.count(e)
	return w
}

// count sets runs.
func (w *authorship) count(e *engine) {
	w.runs = &itemRuns{start: make([]int32, len(w.rater)+1)}
	counts := make([]int32, e.bins)
	items := w.items
	for a := range int32(len(w.rater)) {
		for ; len(items) > 0 && w.author[items[0]] == a; items = items[1:] {
			for k := e.itemStart[items[0]]; k < e.itemStart[items[0]+1]; k++ {
				if len(w.out) == 0 || !w.out[fanOf{e.rater[k], a}] {
					counts[e.bin[k]]++
				}
			}
		}
		for b, n := range counts {
			if n > 0 {
				w.runs.runs = append(w.runs.runs, itemRun{uint8(b), n})
				counts[b] = 0
			}
		}
		w.runs.start[a+1] = int32(len(w.runs.runs))
	}
}

// leaveOut counts anew without what the likelier fans rated of their author: in
// all, chance has about the square root of the raters an author.
func (w *authorship) leaveOut(e *engine, fans []fan) {
	w.out = map[fanOf]bool{} // few beside the ratings
	for _, f := range fans {
		if f.ln < -.5*math.Log(float64(e.raters)) {
			w.out[fanOf{f.rater, f.author}] = true
		}
	}
	w.count(e)
}

// A fan rated items of an author; ln is that of the chance of as many.
type fan struct {
	rater, author int32
	ln            float64
}

// fans tests every rater against every author whose items it rated and lists
// those who rated more than expected, by rater, then author.
func (w *authorship) fans(ctx context.Context, e *engine) ([]fan, error) {
	const block = 64
	found := make([][]fan, (e.raters+block-1)/block)
	err := parallel(ctx, e.raters, block, func() func(lo, hi int) {
		var reach []float64
		var mine []int32
		return func(lo, hi int) {
			for u := int32(lo); int(u) < hi; u++ {
				mine = mine[:0]
				for _, k := range e.actsOf(u) {
					if w.author[e.item[k]] >= 0 {
						mine = append(mine, k)
					}
				}
				if len(mine) == 0 {
					continue
				}
				slices.SortFunc(mine, func(x, y int32) int {
					return cmp.Or(cmp.Compare(w.author[e.item[x]], w.author[e.item[y]]), cmp.Compare(x, y))
				})
				reach = e.null.reach(e.binsOf(u), reach)
				for from := 0; from < len(mine); {
					a, rate, n := w.author[e.item[mine[from]]], 0.0, 0
					counted := len(w.out) == 0 || !w.out[fanOf{u, a}]
					for ; from < len(mine) && w.author[e.item[mine[from]]] == a; from++ {
						if counted {
							rate -= reach[e.bin[mine[from]]]
						}
						n++
					}
					for _, c := range w.runs.of(a) {
						rate += float64(c.count) * reach[c.bin]
					}
					rate = max(1e-3, e.null.tilt[u]*rate)
					if float64(n) > rate {
						found[lo/block] = append(found[lo/block], fan{u, a, countTail(n, rate)})
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
func aroundOne(e *engine, fans []fan) (seeds [][]int32) {
	by := slices.Clone(fans)
	slices.SortFunc(by, func(a, b fan) int { return cmp.Or(cmp.Compare(a.author, b.author), cmp.Compare(a.rater, b.rater)) })
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
				if f.ln < -times*math.Log(float64(e.raters)) {
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
func (w *authorship) mutual(e *engine, fans []fan) [][]int32 {
	type pair struct{ a, b int32 }
	says := map[pair]float64{} // of authors who rate authors: few beside the ratings
	raters := 0
	for _, u := range w.rater {
		if u >= 0 {
			raters++
		}
	}
	writes := make([]bool, e.raters)
	for _, u := range w.rater {
		if u >= 0 {
			writes[u] = true
		}
	}
	for _, f := range fans {
		if v := w.rater[f.author]; v >= 0 && v != f.rater && writes[f.rater] {
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
	return linkSeeds(e.raters, least, edges)
}
