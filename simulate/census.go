package simulate

import (
	"cmp"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/rating"
)

// A census is what anybody can count in the honest ratings. Columns are per
// item.
type census struct {
	t         *rating.Table
	raters    int
	count     []int32
	mean      []float64
	deviation []float64 // of an item's ratings
	all       float64   // mean of all ratings
	scatter   float64   // standard deviation of all ratings
	apart     float64   // standard deviation of the items' means
	levels    []float32 // the values there are, ascending; nil where they are too many to be levels
	popular   []int32   // items with a rating, the most rated first
}

func newCensus(t *rating.Table, raters int) *census {
	n := t.Items.Len()
	c := &census{t: t, raters: raters, count: make([]int32, n), mean: make([]float64, n), deviation: make([]float64, n)}
	for k, i := range t.Item {
		v := float64(t.Value[k])
		c.count[i]++
		c.mean[i] += v
		c.deviation[i] += v * v
	}
	squares := 0.0
	for i, n := range c.count {
		if n == 0 {
			continue
		}
		c.popular = append(c.popular, int32(i))
		c.all += c.mean[i]
		squares += c.deviation[i]
		c.mean[i] /= float64(n)
		c.deviation[i] = math.Sqrt(max(0, c.deviation[i]/float64(n)-c.mean[i]*c.mean[i]))
	}
	rows := max(1, float64(t.Len()))
	c.all /= rows
	c.scatter = math.Sqrt(max(0, squares/rows-c.all*c.all))
	for _, i := range c.popular {
		c.apart += (c.mean[i] - c.all) * (c.mean[i] - c.all)
	}
	c.apart = math.Sqrt(c.apart / max(1, float64(len(c.popular))))
	slices.SortStableFunc(c.popular, func(a, b int32) int { return cmp.Compare(c.count[b], c.count[a]) })
	c.findLevels()
	return c
}

// findLevels fills in levels, of which a scale has 100 at most.
func (c *census) findLevels() {
	for _, v := range c.t.Value {
		if k, ok := slices.BinarySearch(c.levels, v); !ok {
			if len(c.levels) == 100 {
				c.levels = nil
				return
			}
			c.levels = slices.Insert(c.levels, k, v)
		}
	}
}

// busiest returns the n raters with the most ratings.
func (c *census) busiest(n int) []int32 {
	x := c.t.ByRater()
	raters := make([]int32, c.raters)
	for u := range raters {
		raters[u] = int32(u)
	}
	slices.SortStableFunc(raters, func(a, b int32) int { return cmp.Compare(x.Count(b), x.Count(a)) })
	return raters[:min(n, len(raters))]
}

// around returns the n items that raters of an item rate most, as far as 200 of
// them tell.
func (c *census) around(item int32, n int) []int32 {
	together := make([]int32, len(c.count))
	raters := c.t.ByItem().Rows(item)
	for _, row := range raters[:min(200, len(raters))] {
		for _, other := range c.t.ByRater().Rows(c.t.Rater[row]) {
			together[c.t.Item[other]]++
		}
	}
	items := slices.Clone(c.popular)
	slices.SortStableFunc(items, func(a, b int32) int { return cmp.Compare(together[b], together[a]) })
	return items[:min(n, len(items))]
}

// snap returns the value that raters can give nearest to x, the higher of two.
func (c *census) snap(x float64) float32 {
	if c.levels == nil {
		return float32(min(1, max(0, x)))
	}
	k, _ := slices.BinarySearch(c.levels, float32(x))
	if k == len(c.levels) || k > 0 && x-float64(c.levels[k-1]) < float64(c.levels[k])-x {
		k--
	}
	return c.levels[k]
}

// slip returns what a rater gives who fails to give value: the middle of the
// scale, or the opposite where it has none.
func (c *census) slip(value float32) float32 {
	middle := c.snap(.5)
	if middle < .25 || middle > .75 {
		return 1 - value
	}
	return middle
}
