package communitynotes

import (
	"math"
	"math/bits"
	"slices"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/internal/fit"
)

// A tagCount is how much the raters near to an item say against it.
type tagCount struct {
	weight float64 // of the ratings, in which a rater near to the item counts for up to 1
	tag    [tagKinds]float64
}

// nearQuantile is that of the distances of rater and item at which a rating has
// weight one half; farther off it falls with the fifth power of the distance.
const nearQuantile = 0.40

// tagCounts weighs the tags of each item's ratings by how near its rater is.
// Factors are brought to mean 0 and variance 1 on either side first.
func (n *notesRun) tagCounts(m *fit.Matrix, items []fit.Pair) ([]tagCount, error) {
	raters, notes := standardised(&m.Raters, n.raters), standardised(&m.Items, items)
	half := distanceQuantile(m, raters, notes, nearQuantile)
	counts := make([]tagCount, m.Items.Len())
	byItem := n.t.ByItem()
	err := fit.Each(n.ctx, m.Items.Blocks, func(_ int, lo, hi int32) {
		for item := lo; item < hi; item++ {
			if m.Items.Count(item) == 0 {
				continue
			}
			c := &counts[item]
			for _, k := range byItem.Rows(item) {
				u := n.t.Rater[k]
				if !n.scope.has(int(k)) || m.Raters.Count(u) == 0 {
					continue
				}
				far := math.Abs(raters[u]-notes[item]) / half
				w := m.Raters.WeightOf(u) / (1 + far*far*far*far*far)
				c.weight += w
				for tags := n.t.Tags[k] & notHelpfulTags >> rating.TagNotHelpful; tags != 0; tags &= tags - 1 {
					c.tag[bits.TrailingZeros32(tags)] += w
				}
			}
		}
	})
	return counts, err
}

// distanceQuantile returns the p-quantile of the distances of raters and items
// over the ratings, to a millionth of the longest. It counts rather than sorts:
// there are as many distances as ratings.
func distanceQuantile(m *fit.Matrix, raters, items []float64, p float64) float64 {
	if len(m.Items.Cells) == 0 {
		return 0
	}
	const bins = 1 << 20
	longest := max(slices.Max(raters), slices.Max(items)) - min(slices.Min(raters), slices.Min(items))
	if !(longest > 0) {
		return 0
	}
	count := make([]int32, bins)
	for item := range int32(m.Items.Len()) {
		for _, c := range m.Items.Of(item) {
			count[min(bins-1, int(math.Abs(raters[c.Other]-items[item])*(bins/longest)))]++
		}
	}
	left := p * float64(len(m.Items.Cells)-1)
	for k, n := range count {
		if left < float64(n) {
			return (float64(k) + (left+0.5)/float64(n)) * (longest / bins)
		}
		left -= float64(n)
	}
	return longest
}

// quantile returns the p-quantile of ascending numbers, with linear
// interpolation; NaN of none.
func quantile(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	at := p * float64(len(sorted)-1)
	k := min(int(at), len(sorted)-1)
	next := min(k+1, len(sorted)-1)
	return sorted[k] + (at-float64(k))*(sorted[next]-sorted[k])
}

// standardised returns the factors with mean 0 and variance 1 over entities
// with ratings.
func standardised(s *fit.Side, p []fit.Pair) []float64 {
	var sum, squares, count float64
	for k := range p {
		if s.Count(int32(k)) > 0 {
			sum, count = sum+p[k].F, count+1
		}
	}
	mean := sum / count
	for k := range p {
		if s.Count(int32(k)) > 0 {
			squares += (p[k].F - mean) * (p[k].F - mean)
		}
	}
	z := make([]float64, len(p))
	for k := range p {
		if s.Count(int32(k)) > 0 && squares > 0 {
			z[k] = (p[k].F - mean) / math.Sqrt(squares/count)
		}
	}
	return z
}

const (
	tagQuantile = 0.95 // of helpful items: a tag's share above is a fault
	tagLeast    = 2.5  // weighed tags that make a fault
)

// findTagLimits returns for each tag the share in an item's ratings that few
// helpful items exceed.
func (n *notesRun) findTagLimits() (limit [tagKinds]float64, err error) {
	counts, err := n.tagCounts(n.second, n.secondItems)
	var shares [tagKinds][]float64
	for item, c := range counts {
		if n.second.Items.Count(int32(item)) == 0 || n.firstStatus[item] != scoring.Helpful {
			continue
		}
		for tag, w := range c.tag {
			shares[tag] = append(shares[tag], w/c.weight)
		}
	}
	for tag := range limit {
		if len(shares[tag]) > 0 {
			slices.Sort(shares[tag])
			limit[tag] = quantile(shares[tag], tagQuantile)
		}
	}
	return limit, err
}

// faults are what the tags of items' ratings say. The zero value knows none.
type faults struct {
	n      *notesRun
	counts []tagCount
	wrong  []wrong
}

// A wrong is what raters near to an item say of its being incorrect.
type wrong struct {
	tags, voters int32
	habit        float64 // sum over voters of the share of their faults that are of this kind
}

// When an item is incorrect.
const (
	incorrectTags   = 2
	incorrectVoters = 3
	incorrectAt     = 2.5
	incorrectNear   = 0.3
	incorrectClip   = 0.4 // factors beyond count as this
)

func (f *faults) tagged(item int32) bool {
	if f.counts == nil {
		return false
	}
	c := &f.counts[item]
	for tag, w := range c.tag {
		if tag != tagHard-rating.TagNotHelpful && w > tagLeast && w/c.weight > f.n.tagLimits[tag] {
			return true
		}
	}
	return false
}

func (f *faults) incorrect(item int32) bool {
	if f.wrong == nil {
		return false
	}
	w := f.wrong[item]
	return w.tags >= incorrectTags && w.voters >= incorrectVoters && float64(w.tags)/math.Log1p(w.habit) >= incorrectAt
}

// faults collects the tags of the last fit.
func (n *notesRun) faults(m *fit.Matrix, items []fit.Pair) (*faults, error) {
	if n.t.Tags == nil {
		return &faults{}, nil
	}
	counts, err := n.tagCounts(m, items)
	if err != nil {
		return nil, err
	}
	f := &faults{n, counts, make([]wrong, len(items))}
	of, incorrect := make([]int32, n.t.Raters.Len()), make([]int32, n.t.Raters.Len())
	for k, u := range n.t.Rater {
		if n.past.has(k) && n.t.Tags[k]&notHelpfulTags != 0 {
			of[u]++
			incorrect[u] += int32(n.t.Tags[k] >> tagIncorrect & 1)
		}
	}
	clip := func(p fit.Pair) float64 { return max(-incorrectClip, min(incorrectClip, p.F)) }
	byItem := n.t.ByItem()
	err = fit.Each(n.ctx, m.Items.Blocks, func(_ int, lo, hi int32) {
		for item := lo; item < hi; item++ {
			if m.Items.Count(item) == 0 {
				continue
			}
			w := &f.wrong[item]
			for _, k := range byItem.Rows(item) {
				u := n.t.Rater[k]
				if !n.scope.has(int(k)) || n.t.Tags[k]&notHelpfulTags == 0 || m.Raters.Count(u) == 0 ||
					math.Abs(clip(n.raters[u])-clip(items[item])) >= incorrectNear {
					continue
				}
				w.voters++
				w.tags += int32(n.t.Tags[k] >> tagIncorrect & 1)
				w.habit += float64(incorrect[u]) / float64(of[u])
			}
		}
	})
	return f, err
}
