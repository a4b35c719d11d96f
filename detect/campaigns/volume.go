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

// score returns the score of which p is the chance.
func (f *tail) score(p, size float64) float64 {
	quartile, scale := interpolate(f.size, f.quartile, size), interpolate(f.size, f.scale, size)
	return quartile - scale*math.Log(math.Log1p(-p)/math.Log(.75))
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

// A peak is the best window of an item, of one class and reach: its first and last rating.
type peak struct {
	a, b  int32
	score float32
}

// A summit is an item's peaks of each class whose windows may be unusual.
type summit struct {
	item int32
	of   [len(lifetimes)][len(reaches)]peak
}

// newSearch looks for bursts on all items.
func (c *columns) newSearch(ctx context.Context, report func(done, total int)) (*search, error) {
	s := &search{columns: c}
	at := slices.Repeat([]int32{-1}, c.items()) // of summits
	var summits []summit
	peaks, size := make([][len(reaches)]peak, c.items()), make([]float64, c.items())
	var err error
	if s.kinds, err = c.newClasses(ctx); err != nil {
		return nil, err
	}
	for n, k := range s.kinds {
		report(n, len(c.few)+1)
		if err := c.peaks(ctx, k, peaks, size); err != nil {
			return nil, err
		}
		tails := c.tailsOf(peaks, size)
		for i := range peaks {
			if !s.mayBe(tails, &peaks[i], size[i]) {
				continue
			}
			if at[i] < 0 {
				at[i] = int32(len(summits))
				summits = append(summits, summit{item: int32(i)})
			}
			summits[at[i]].of[n] = peaks[i]
		}
		s.tails = append(s.tails, tails)
	}
	report(len(c.few), len(c.few)+1)
	slices.SortFunc(summits, func(a, b summit) int { return cmp.Compare(a.item, b.item) })
	for i := range peaks {
		if peaks[i][len(reaches)-1].score > 0 && at[i] < 0 {
			s.calm = append(s.calm, int32(i))
		}
	}
	return s, s.collect(ctx, summits, peaks)
}

// newClasses returns the class of each lifetime.
func (c *columns) newClasses(ctx context.Context) ([]*class, error) {
	all := make([]*class, len(c.few))
	return all, workers.Ranges(ctx, len(all), 1, func() func(n, _ int) {
		return func(n, _ int) { all[n] = c.newClass(c.few[n]) }
	})
}

// peaks finds the best windows of all items, and their size.
func (c *columns) peaks(ctx context.Context, k *class, peaks [][len(reaches)]peak, size []float64) error {
	return workers.Ranges(ctx, c.items(), 64, func() func(lo, hi int) {
		var own series
		return func(lo, hi int) {
			for i := lo; i < hi; i++ {
				own.load(c, k, int32(i), nil)
				for r, w := range own.best() {
					peaks[i][r] = peak{int32(w.a), int32(w.b), float32(w.score)}
				}
				size[i] = math.Log1p(float64(len(own.other)))
			}
		}
	})
}

// tailsOf fits the tail of each reach to the items that have any rating.
func (c *columns) tailsOf(peaks [][len(reaches)]peak, size []float64) (tails [len(reaches)]*tail) {
	for r := range tails {
		of, at := make([]float32, 0, len(size)), make([]float64, 0, len(size))
		for i := range peaks {
			if c.start[i+1] > c.start[i] {
				of, at = append(of, peaks[i][r].score), append(at, size[i])
			}
		}
		tails[r] = newTail(of, at)
	}
	return tails
}

// mayBe reports whether any of an item's best windows is unusual enough to be looked at.
func (s *search) mayBe(tails [len(reaches)]*tail, of *[len(reaches)]peak, size float64) bool {
	for r, p := range of {
		if p.score > 0 && tails[r].p(float64(p.score), size)*s.tried() <= hinted {
			return true
		}
	}
	return false
}

// collect finds the bursts of the items with summits. Of widest, which has the best windows
// of the widest class, those without a burst are calm.
func (s *search) collect(ctx context.Context, items []summit, widest [][len(reaches)]peak) error {
	found, hints := make([][]burst, len(items)), make([]*burst, len(items))
	capped := make([]bool, len(items))
	err := workers.Ranges(ctx, len(items), 4, func() func(lo, hi int) {
		var own series
		return func(lo, hi int) {
			for k := lo; k < hi; k++ {
				found[k], hints[k], capped[k] = s.windows(&own, &items[k])
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
		if i := items[k].item; len(of) == 0 && widest[i][len(reaches)-1].score > 0 {
			s.calm = append(s.calm, i)
		}
	}
	slices.Sort(s.calm)
	return nil
}

// tried is how many kinds of windows are looked at.
func (c *columns) tried() float64 { return float64(len(c.few) * len(reaches)) }

// windows returns the bursts of an item, and its most unusual window if that is
// none. Of each reach bursts are found one after another, with the ratings of those
// before taken out, until what is left is usual. Bursts of different reach may
// overlap; the votes tell which of them counts.
func (s *search) windows(own *series, x *summit) (all []burst, hint *burst, capped bool) {
	first := s.first(own, x)
	for r := range reaches {
		var taken []span
		for b := first[r]; b.ratings > 0 && b.p <= unusual; b = s.most(own, x.item, taken, r) {
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

// first returns of each reach the most unusual window of any class; one without
// ratings if there is none.
func (s *search) first(own *series, x *summit) (most [len(reaches)]burst) {
	for n, k := range s.kinds {
		if x.of[n] == [len(reaches)]peak{} {
			continue
		}
		own.load(s.columns, k, x.item, nil)
		for r, p := range x.of[n] {
			w := window{a: int(p.a), b: int(p.b)}
			if p.score > 0 {
				w.score, w.byTime, w.byCompany = own.weigh(w.a, w.b)
				w.expected = max(w.byTime, w.byCompany, faint)
			}
			s.keep(&most[r], own, w, x.item, n, r)
		}
	}
	return most
}

// most returns the most unusual window of a reach, of any class, outside of the spans.
func (s *search) most(own *series, item int32, without []span, reach int) (most burst) {
	for n, k := range s.kinds {
		own.load(s.columns, k, item, without)
		tail := s.tails[n][reach]
		least := tail.score(hinted/s.tried(), math.Log1p(float64(len(own.other))))
		s.keep(&most, own, own.bestOf(reach, least), item, n, reach)
	}
	return most
}

// keep puts a window of a class in the place of the most unusual so far, if it is more so.
func (s *search) keep(most *burst, own *series, w window, item int32, class, reach int) {
	if w.score == 0 || float64(w.b-w.a+1)-w.expected < leastExcess {
		return
	}
	p := s.tails[class][reach].p(w.score, math.Log1p(float64(len(own.other)))) * s.tried()
	if p > hinted || most.ratings > 0 && p >= most.p {
		return
	}
	w = own.narrow(w)
	b := burst{item: item, class: class, reach: reach, span: span{own.time[w.a], own.time[w.b]}, ratings: w.b - w.a + 1,
		expected: w.expected, byTime: w.byTime, byCompany: w.byCompany, p: p}
	if float64(b.ratings)-b.expected >= leastExcess {
		*most = b
	}
}
