package judge

import (
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/rating"
)

// maxLevels is how many distinct values are told apart: stars, their halves, grades and
// points up to 20 have fewer, and a level that hardly anybody gives teaches nothing.
const maxLevels = 25

// votedActs is acts with the level of each vote, and how far crowds and habits differ.
type votedActs struct {
	*null.Acts
	Level     []uint8   // of acts
	Levels    int       // distinct values, or their quantiles; 1: the values say nothing
	LevelBase []float64 // share of acts of each level

	ItemPrior, RaterPrior float64 // pseudo votes of the crowd on an item, of a rater's habit
}

// HasValues reports whether ratings say more than that they were made.
func (b *votedActs) HasValues() bool { return b.Levels > 1 }

// cutValues numbers the distinct values in ascending order; more than maxLevels
// become ten classes of equal counts.
func (b *votedActs) cutValues(t *rating.Table) (err error) {
	b.Levels, b.LevelBase = 1, []float64{1}
	if b.Level, err = null.ScratchOf[uint8](b.Acts, t.Len()); err != nil || t.Scale.Unary() || t.Len() == 0 {
		return err
	}
	var cuts []float32 // a value is of the level of the last cut at or below it
	for _, v := range t.Value {
		if at, found := slices.BinarySearch(cuts, v); !found {
			if cuts = slices.Insert(cuts, at, v); len(cuts) > maxLevels {
				break
			}
		}
	}
	if len(cuts) > maxLevels {
		sorted, err := null.ScratchOf[float32](b.Acts, t.Len())
		if err != nil {
			return err
		}
		copy(sorted, t.Value)
		slices.Sort(sorted)
		cuts = cuts[:0]
		for q := range 10 {
			cuts = append(cuts, sorted[q*len(sorted)/10])
		}
		cuts = slices.Compact(cuts)
	}
	b.Levels, b.LevelBase = len(cuts), make([]float64, len(cuts))
	b.Each(b.Items, func(i int32) {
		for k := b.ItemStart[i]; k < b.ItemStart[i+1]; k++ {
			at, found := slices.BinarySearch(cuts, t.Value[b.Row[k]])
			if !found {
				at--
			}
			b.Level[k] = uint8(at)
		}
	})
	for _, l := range b.Level {
		b.LevelBase[l]++
	}
	for l := range b.LevelBase {
		b.LevelBase[l] /= float64(len(b.Row))
	}
	return nil
}

// fitPrior returns the concentration s of a Dirichlet prior s*levelBase under
// which the votes of items, or of raters, are likeliest, on a grid.
func (b *votedActs) fitPrior(n int, votes func(key int32) (int, func(j int) uint8)) float64 {
	const sample = 5000
	best, most := 1., math.Inf(-1)
	count := make([]float64, b.Levels)
	for s := .5; s <= 256; s *= math.Sqrt2 {
		ll := 0.0
		for key := 0; key < n; key += max(1, n/sample) {
			size, level := votes(int32(key))
			if size < 2 {
				continue
			}
			clear(count)
			for j := range min(size, 1000) {
				// The chance of each vote given those before it.
				l := level(j)
				ll += math.Log((s*b.LevelBase[l] + count[l]) / (s + float64(j)))
				count[l]++
			}
		}
		if ll > most {
			best, most = s, ll
		}
	}
	return best
}

// priorParts are parts of ItemPrior that an item's own may be, and what share of the
// items has each. Most items are alike,
// and some, a scam or a masterpiece, are as nothing else: one prior for all would
// take those who agree on them for people who agree on everything.
var priorParts = [...]struct{ part, share float64 }{{1, .7}, {.5, .1}, {.25, .1}, {.125, .1}}

// priorOf returns the concentration of the prior of an item with these votes, the
// mean of its logarithm over what they say of it.
func (b *votedActs) priorOf(votes []float64) float64 {
	var ll [len(priorParts)]float64
	n := 0.
	for _, c := range votes {
		n += c
	}
	for x, part := range priorParts {
		s := part.part * b.ItemPrior
		ll[x] = math.Log(part.share) + lgamma(s) - lgamma(s+n)
		for l, base := range b.LevelBase {
			if votes[l] > 0 {
				ll[x] += lgamma(s*base+votes[l]) - lgamma(s*base)
			}
		}
	}
	norm, mean := logSum(ll[:]), 0.
	for x, part := range priorParts {
		mean += math.Exp(ll[x]-norm) * math.Log(part.part)
	}
	return b.ItemPrior * math.Exp(mean)
}

func lgamma(x float64) float64 { y, _ := math.Lgamma(x); return y }

func logSum(x []float64) float64 {
	top, sum := slices.Max(x), 0.
	for _, v := range x {
		sum += math.Exp(v - top)
	}
	return top + math.Log(sum)
}

func logAdd(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	return a + math.Log1p(math.Exp(b-a))
}
