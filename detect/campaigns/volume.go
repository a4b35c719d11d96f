package campaigns

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/internal/workers"
)

// A burst is a window of an item that has more ratings by a class than the item's
// own rate, the platform and the company of others explain.
type burst struct {
	item      int32
	class     int // index in columns.few
	reach     int // index in reaches
	span      span
	ratings   int
	expected  float64
	byTime    float64
	byCompany float64
	p         float64 // of a window as unusual among items of its size, the classes paid for
}

// A tail is how high the best window of an item is where nothing is the matter,
// by how many ratings the item has from others than the class: a campaign cannot
// add to these. Above its upper quartile it falls as an exponential does, as
// maxima of many windows do (Abrams et al. 2010, after Gumbel); the scale comes of
// the quartile, the median and the upper tenth, so that campaigns on up to a tenth
// of the items of a size leave it as it is.
type tail struct{ size, quartile, scale []float64 }

// parts is into how many sizes the items are parted, of partItems each at least.
const (
	parts     = 10
	partItems = 40
)

// widest is how many times the usual scale that of a size can be: where more than a
// tenth of the items of a size have crowds, they are no scatter, and the votes tell.
const widest = 2

// heaviest is how many times the scale of its middle that of a tail can be: where more
// than a tenth of all items have crowds, these are its upper tenth.
const heaviest = 2

// newTail fits the tail to the scores of all items.
func newTail(score []float32, size []float64) *tail {
	order := make([]int32, len(score))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(size[a], size[b]), cmp.Compare(score[a], score[b]))
	})
	n := max(1, min(parts, len(order)/partItems))
	f := &tail{}
	gumbel := func(q float64) float64 { return -math.Log(-math.Log(q)) }
	for p := range n {
		of := order[p*len(order)/n : (p+1)*len(order)/n]
		mean := 0.0
		scores := make([]float64, len(of))
		for k, i := range of {
			mean += size[i] / float64(len(of))
			scores[k] = float64(score[i])
		}
		slices.Sort(scores)
		q50, q75, q90 := quantile(scores, .5), quantile(scores, .75), quantile(scores, .9)
		f.size = append(f.size, mean)
		f.quartile = append(f.quartile, q75)
		upper := max((q90-q75)/(gumbel(.9)-gumbel(.75)), (q90-q50)/(gumbel(.9)-gumbel(.5)))
		f.scale = append(f.scale, max(min(upper, heaviest*(q75-q50)/(gumbel(.75)-gumbel(.5))), 1))
	}
	usual := quantile(slices.Sorted(slices.Values(f.scale)), .5)
	scale := slices.Clone(f.scale)
	// larger items have no lower quartile, and no size much less scatter; crowds on one size are not its scatter
	for p := range n {
		near := scale[max(0, min(p-1, n-3)):min(n, max(p+2, 3))]
		f.scale[p] = min(max(quantile(slices.Sorted(slices.Values(near)), .5), usual), widest*usual)
		if p > 0 {
			f.quartile[p] = max(f.quartile[p], f.quartile[p-1])
		}
	}
	return f
}

// p returns the chance of a score as high.
func (f *tail) p(score, size float64) float64 {
	quartile, scale := interpolate(f.size, f.quartile, size), interpolate(f.size, f.scale, size)
	return -math.Expm1(math.Log(.75) * math.Exp(-(score-quartile)/scale))
}

// quantile of sorted numbers, between two of them in proportion.
func quantile(sorted []float64, q float64) float64 {
	x := q * float64(len(sorted)-1)
	k := int(x)
	if k+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[k] + (x-float64(k))*(sorted[k+1]-sorted[k])
}

// interpolate returns the value at x of a line through points of ascending at.
func interpolate(at, value []float64, x float64) float64 {
	k, _ := slices.BinarySearch(at, x)
	switch {
	case k == 0:
		return value[0]
	case k == len(at):
		return value[k-1]
	case at[k] == at[k-1]:
		return value[k]
	}
	return value[k-1] + (x-at[k-1])/(at[k]-at[k-1])*(value[k]-value[k-1])
}

const (
	unusual     = .05 // p of a window that is looked at; a filter, not the claim
	leastExcess = 3   // ratings above what is expected, for the same
	mostWindows = 8   // of an item
	hinted      = 2   // the same of a window that may be one of a farm's
)

// A search is the bursts, and what finding them has made known.
type search struct {
	*columns
	kinds     []*class
	tails     [][len(reaches)]*tail // of each class
	bursts    []burst               // by item, then reach, then time
	faint     []burst               // the most unusual windows of items without a burst, by item
	calm      []int32               // items that have a best window of the widest class, but no burst
	manyItems bool                  // more have windows than farms were looked for among
	capped    int                   // items of which not all windows were looked at
}

// newSearch looks for bursts on all items.
func (c *columns) newSearch(ctx context.Context, report func(done, total int)) (*search, error) {
	s := &search{columns: c}
	passes, peak := make([]bool, c.items()), make([]bool, c.items())
	rated := func(i int) bool { return c.start[i+1] > c.start[i] }
	for n, few := range c.few {
		report(n, len(c.few)+1)
		k := c.newClass(few)
		size := make([]float64, c.items())
		var score [len(reaches)][]float32
		for r := range score {
			score[r] = make([]float32, c.items())
		}
		err := workers.Ranges(ctx, c.items(), 64, func() func(lo, hi int) {
			var own series
			return func(lo, hi int) {
				for i := lo; i < hi; i++ {
					own.load(c, k, int32(i), nil)
					for r, w := range own.best() {
						score[r][i] = float32(w.score)
					}
					size[i] = math.Log1p(float64(len(own.other)))
				}
			}
		})
		if err != nil {
			return nil, err
		}
		var tails [len(reaches)]*tail
		for r, score := range score {
			of, at := make([]float32, 0, len(score)), make([]float64, 0, len(score))
			for i := range score {
				if peak[i] = score[i] > 0; rated(i) {
					of, at = append(of, score[i]), append(at, size[i])
				}
			}
			tails[r] = newTail(of, at)
			for i := range score {
				if score[i] > 0 && tails[r].p(float64(score[i]), size[i])*s.tried() <= hinted {
					passes[i] = true
				}
			}
		}
		s.kinds, s.tails = append(s.kinds, k), append(s.tails, tails)
	}
	report(len(c.few), len(c.few)+1)
	return s, s.collect(ctx, passes, peak)
}

// collect finds the bursts of the items that pass. Of peak, which says who has a best
// window of the widest class, those without a burst are calm.
func (s *search) collect(ctx context.Context, passes, peak []bool) error {
	var items []int32
	for i, yes := range passes {
		if yes {
			items = append(items, int32(i))
		}
	}
	found, hints := make([][]burst, len(items)), make([]*burst, len(items))
	capped := make([]bool, len(items))
	err := workers.Ranges(ctx, len(items), 4, func() func(lo, hi int) {
		var own series
		return func(lo, hi int) {
			for k := lo; k < hi; k++ {
				found[k], hints[k], capped[k] = s.windows(&own, items[k])
			}
		}
	})
	if err != nil {
		return err
	}
	for k, of := range found {
		s.bursts = append(s.bursts, of...)
		if hints[k] != nil {
			s.faint = append(s.faint, *hints[k])
		}
		if capped[k] {
			s.capped++
		}
		if len(of) > 0 {
			peak[items[k]] = false
		}
	}
	for i, yes := range peak {
		if yes {
			s.calm = append(s.calm, int32(i))
		}
	}
	return nil
}

// tried is how many kinds of windows are looked at.
func (c *columns) tried() float64 { return float64(len(c.few) * len(reaches)) }

// windows returns the bursts of an item, and its most unusual window if that is
// none. Of each reach bursts are found one after another, with the ratings of those
// before taken out, until what is left is usual. Bursts of different reach may
// overlap; the votes tell which of them counts.
func (s *search) windows(own *series, item int32) (all []burst, hint *burst, capped bool) {
	first := s.most(own, item, nil)
	for r := range reaches {
		var taken []span
		for b := first[r]; b.ratings > 0 && b.p <= unusual; b = s.most(own, item, taken)[r] {
			if len(taken) == mostWindows {
				capped = true
				break
			}
			taken = append(taken, b.span)
			if !slices.ContainsFunc(all, func(x burst) bool { return x.span == b.span && x.class == b.class }) {
				all = append(all, b)
			}
		}
		if b := first[r]; b.ratings > 0 && b.p > unusual && (hint == nil || b.p < hint.p) {
			hint = &b
		}
	}
	if len(all) > 0 {
		hint = nil
	}
	slices.SortFunc(all, func(a, b burst) int {
		return cmp.Or(cmp.Compare(a.reach, b.reach), cmp.Compare(a.span.from, b.span.from))
	})
	return all, hint, capped
}

// most returns of each reach the most unusual window of any class outside of the
// spans; one without ratings if there is none.
func (s *search) most(own *series, item int32, without []span) (most [len(reaches)]burst) {
	for n, k := range s.kinds {
		own.load(s.columns, k, item, without)
		for r, w := range own.best() {
			if w.score == 0 || float64(w.b-w.a+1)-w.expected < leastExcess {
				continue
			}
			p := s.tails[n][r].p(w.score, math.Log1p(float64(len(own.other)))) * s.tried()
			if p > hinted || most[r].ratings > 0 && p >= most[r].p {
				continue
			}
			w = own.narrow(w)
			b := burst{item: item, class: n, reach: r, span: span{own.time[w.a], own.time[w.b]}, ratings: w.b - w.a + 1,
				expected: w.expected, byTime: w.byTime, byCompany: w.byCompany, p: p}
			if float64(b.ratings)-b.expected >= leastExcess {
				most[r] = b
			}
		}
	}
	return most
}
