package official

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/ringwatch/ringwatch/cluster"
	"github.com/ringwatch/ringwatch/internal/plural"
	"github.com/ringwatch/ringwatch/internal/workers"
	"github.com/ringwatch/ringwatch/rating"
)

// PostSelection has the options of detect.PostSelection.
//
// Two raters meet on a post if both rate one of its notes within Window seconds,
// with whatever value. With L posts of a rater and N of all raters together, a pair
// that met on c is suspect if
//
//	ln(c N / ((L1+500)(L2+500))) / -ln(c/N) >= MinNPMI, or c / (min(L1, L2)+10) >= MinSimilar
type PostSelection struct {
	Window, MinPosts    int
	MinNPMI, MinSimilar float64
}

const (
	// X's own: posts added to those of a rater before two are compared, so that few in common
	// say little
	npmiSmoothing    = 500
	similarSmoothing = 10
)

// Find returns the groups, those of one rater left out; a rater in several is in the
// largest. It needs times.
func (d *PostSelection) Find(ctx context.Context, t *rating.Table, progress Progress) ([]Group, error) {
	n := newNoted(t)
	s, err := d.suspects(ctx, n, progress)
	if err != nil {
		return nil, err
	}
	window := int32(d.Window)
	rows := func(g []int32) []int32 {
		return n.together(g, anyRow, func(a, b int32) bool {
			return n.Time[a]-n.Time[b] <= window && n.Time[b]-n.Time[a] <= window
		})
	}
	return n.apart(s.groups(n), rows, func(g, shown []int32) Evidence { return s.evidence(g, shown, n) }), nil
}

func anyRow(int32) bool { return true }

// Groups returns what hangs together, as raters and, after them, writers who
// never rated, each as the number of raters plus that in Notes.Authors; each
// ascending, in the order of their first members. It needs times.
func (d *PostSelection) Groups(ctx context.Context, t *rating.Table) ([][]int32, error) {
	n := newNoted(t)
	s, err := d.suspects(ctx, n, nil)
	if err != nil {
		return nil, err
	}
	return s.groups(n), nil
}

// suspects are pairs beyond a threshold.
type suspects struct {
	raters  []metPair
	npmi    []float64 // of raters
	similar []float64
	writers []admirer
	posts   []int32 // of raters: L
	all     float64 // N
}

// An admirer is a pair of a writer and one who is quick to call the notes
// helpful.
type admirer struct {
	rater, writer      int32
	pair, quick        [3]int32 // by quickSeconds: of these two; of the rater on any note
	notes              int32    // of the writer
	affinity, coverage [3]float64
	suspect            bool
}

var (
	quickSeconds    = [3]int32{60, 5 * 60, 20 * 60}
	affinityLevels  = [3]float64{.2, .45, .7}
	coverageLevels  = [3]float64{.2, .3, .4}
	admirerSupports = int32(10)
)

func (d *PostSelection) suspects(ctx context.Context, n *noted, progress Progress) (*suspects, error) {
	s := &suspects{posts: make([]int32, n.Raters.Len())}
	var rows []int32
	for u := range s.posts {
		last := int32(-1)
		rows = n.byPost(int32(u), rows, func(int32) bool { return true })
		for _, row := range rows {
			if p := n.post[n.Item[row]]; p != last {
				s.posts[u]++
				last = p
			}
		}
		s.all += float64(s.posts[u])
	}
	met, err := d.pairs(ctx, n, func(a, b, posts int32) bool {
		if int(min(s.posts[a], s.posts[b])) < d.MinPosts {
			return false
		}
		npmi, similar := s.similarity(a, b, posts)
		return npmi >= d.MinNPMI || similar >= d.MinSimilar
	}, progress)
	if err != nil {
		return nil, err
	}
	s.raters = met
	for _, p := range met {
		npmi, similar := s.similarity(p.a, p.b, p.posts)
		s.npmi, s.similar = append(s.npmi, npmi), append(s.similar, similar)
	}
	s.admirers(n)
	return s, ctx.Err()
}

func (s *suspects) similarity(a, b, posts int32) (npmi, similar float64) {
	c, la, lb := float64(posts), float64(s.posts[a]), float64(s.posts[b])
	npmi = math.Log(c*s.all/((la+npmiSmoothing)*(lb+npmiSmoothing))) / -math.Log(c/s.all)
	return npmi, c / (min(la, lb) + similarSmoothing)
}

// pairs returns the pairs that keep takes, ascending.
func (d *PostSelection) pairs(ctx context.Context, n *noted, keep func(a, b, posts int32) bool,
	progress Progress) ([]metPair, error) {
	return n.pairs(ctx, anyRow, func(row int32) []int32 {
		i, at := n.Item[row], n.place[row]
		lo, hi, now, window := at, at+1, n.times[at], int32(d.Window)
		for first := n.byItem.Start[i]; lo > first && now-n.times[lo-1] <= window; lo-- {
		}
		for end := n.byItem.Start[i+1]; hi < end && n.times[hi]-now <= window; hi++ {
		}
		return n.raters[lo:hi]
	}, keep, progress)
}

// pairs counts for every pair of raters the posts on which the first has a row
// that sees the second, and returns the pairs that keep takes, ascending. Memory is linear
// in raters and in what is kept.
func (n *noted) pairs(ctx context.Context, rows func(row int32) bool, sees func(row int32) []int32,
	keep func(a, b, posts int32) bool, progress Progress) ([]metPair, error) {
	const chunk = 64
	raters := n.Raters.Len()
	n.ByRater()
	found := make([][]metPair, (raters+chunk-1)/chunk)
	var lock sync.Mutex
	done := 0
	err := workers.Ranges(ctx, raters, chunk, func() func(lo, hi int) {
		t := newTallied(raters)
		var own []int32
		return func(lo, hi int) {
			for u := int32(lo); u < int32(hi) && ctx.Err() == nil; u++ {
				own = n.byPost(u, own, rows)
				for _, row := range own {
					post := n.post[n.Item[row]]
					for _, v := range sees(row) {
						if v > u {
							t.meet(v, post)
						}
					}
				}
				t.each(func(v, posts int32) {
					if keep(u, v, posts) {
						found[lo/chunk] = append(found[lo/chunk], metPair{u, v, posts})
					}
				})
			}
			if progress != nil {
				lock.Lock()
				done += hi - lo
				progress("comparing raters", done, raters)
				lock.Unlock()
			}
		}
	})
	all := slices.Concat(found...)
	slices.SortFunc(all, func(x, y metPair) int { return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b)) })
	return all, err
}

// admirers finds the pairs of writers and quick raters.
func (s *suspects) admirers(n *noted) {
	if n.written == nil {
		return
	}
	notes := make([]int32, n.people)
	for _, a := range n.author {
		if a >= 0 {
			notes[a]++
		}
	}
	for a, count := range n.Notes.Written { // with those that nobody rated
		who := int32(n.Raters.Len() + a)
		if u, ok := n.Raters.Find(n.Notes.Authors.Name(int32(a))); ok {
			who = u
		}
		notes[who] = max(notes[who], count)
	}
	for u := range int32(n.Raters.Len()) {
		var quick [3]int32
		of := map[int32]*admirer{}
		for _, row := range n.ByRater().Rows(u) {
			i := n.Item[row]
			if !n.kept[i] || n.written[i] == rating.NoTime || n.Value[row] < 0.75 || n.author[i] < 0 {
				continue
			}
			a := of[n.author[i]]
			for l, limit := range quickSeconds {
				if n.Time[row]-n.written[i] > limit {
					continue
				}
				if a == nil {
					a = &admirer{rater: u, writer: n.author[i], notes: notes[n.author[i]]}
					of[n.author[i]] = a
				}
				quick[l]++
				a.pair[l]++
			}
		}
		for _, a := range of {
			a.quick = quick
			for l := range quickSeconds {
				a.affinity[l], a.coverage[l] = math.NaN(), math.NaN()
				if quick[l] >= admirerSupports {
					a.affinity[l] = float64(a.pair[l]) / float64(quick[l])
				}
				if a.notes >= admirerSupports {
					a.coverage[l] = float64(a.pair[l]) / float64(a.notes)
				}
				a.suspect = a.suspect || a.affinity[l] >= affinityLevels[l] || a.coverage[l] >= coverageLevels[l]
			}
			s.writers = append(s.writers, *a)
		}
	}
	slices.SortFunc(s.writers, func(a, b admirer) int {
		return cmp.Or(cmp.Compare(a.rater, b.rater), cmp.Compare(a.writer, b.writer))
	})
}

// groups returns what hangs together by suspect pairs.
func (s *suspects) groups(n *noted) [][]int32 {
	var edges []cluster.Edge
	for _, p := range s.raters {
		edges = append(edges, cluster.Edge{A: p.a, B: p.b, W: 1})
	}
	for _, a := range s.writers {
		if a.suspect {
			edges = append(edges, cluster.Edge{A: a.rater, B: a.writer, W: 1})
		}
	}
	return slices.DeleteFunc(cluster.Components(cluster.NewCSR(n.people, edges)),
		func(g []int32) bool { return len(g) < 2 })
}

// evidence says how often the suspect pairs of a group met.
func (s *suspects) evidence(g, shown []int32, n *noted) Evidence {
	e := Evidence{Measure: "post selection similarity",
		Unit: fmt.Sprintf("meetings of suspect pairs on a post within %d min", quickSeconds[2]/60), Rows: shown}
	in := func(u int32) bool { _, ok := slices.BinarySearch(g, u); return ok }
	pairs, npmi, similar, quick := 0, math.Inf(-1), math.Inf(-1), 0
	for i, p := range s.raters {
		if in(p.a) && in(p.b) {
			pairs++
			e.Observed += float64(p.posts)
			e.Expected += float64(s.posts[p.a]) * float64(s.posts[p.b]) / s.all
			npmi, similar = max(npmi, s.npmi[i]), max(similar, s.similar[i])
		}
	}
	for _, a := range s.writers {
		if a.suspect && in(a.rater) {
			quick++
		}
	}
	if pairs > 0 {
		e.Note = fmt.Sprintf("%s, normalised PMI up to %.2f, similarity up to %.2f; "+
			"expected as if each chose posts by itself", plural.Of(pairs, "suspect pair"), npmi, similar)
	}
	if quick > 0 {
		if e.Note != "" {
			e.Note += "; "
		}
		e.Note += plural.Of(quick, "pair") + " of a writer and a rater who is quick to call the writer's notes helpful"
	}
	return e
}
