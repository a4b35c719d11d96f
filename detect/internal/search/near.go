package search

import (
	"context"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/cluster"
	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/internal/workers"
)

// InStep returns groups of raters in use who went through the same items in step:
// within bins of each other, with at most so many neighbors between.
func InStep(ctx context.Context, a *null.Acts, n *null.Model, use []bool, bins, neighbors int) ([][]int32, error) {
	edges, err := closePairs(ctx, a, n, use, bins, func(c *counter, u, k, i int32) {
		lo, hi := a.ItemStart[i], a.ItemStart[i+1]
		s := null.Stratum(int(hi - lo))
		bin := int(a.Bin[k])
		for j := k - 1; j >= lo && int(k-j) <= neighbors && bin-int(a.Bin[j]) <= bins; j-- {
			if v := a.Rater[j]; v > u && use[v] {
				c.add(v, s)
			}
		}
		for j := k + 1; j < hi && int(j-k) <= neighbors && int(a.Bin[j])-bin <= bins; j++ {
			if v := a.Rater[j]; v > u && use[v] {
				c.add(v, s)
			}
		}
	})
	return linkSeeds(a.Raters, math.Log(float64(max(1, a.Raters))), edges), err
}

// Crowded counts the acts of raters in use, and how many of them have more on their
// item within bins than the neighbors that InStep looks at.
func Crowded(a *null.Acts, use []bool, bins, neighbors int) (crowded, of int) {
	for i := range int32(a.Items) {
		bin := a.Bin[a.ItemStart[i]:a.ItemStart[i+1]]
		for k, u := range a.Rater[a.ItemStart[i]:a.ItemStart[i+1]] {
			if !use[u] {
				continue
			}
			of++
			before, after := k-neighbors-1, k+neighbors+1
			if before >= 0 && int(bin[k])-int(bin[before]) <= bins ||
				after < len(bin) && int(bin[after])-int(bin[k]) <= bins {
				crowded++
			}
		}
	}
	return crowded, of
}

// OfCohorts returns groups of raters in use who were first active with those of
// their cohort of size, or of one beside it, and then chose the same items.
func OfCohorts(ctx context.Context, a *null.Acts, n *null.Model, use []bool, size int) ([][]int32, error) {
	cohort := cohorts(a, size)
	edges, err := closePairs(ctx, a, n, use, a.Bins, func(c *counter, u, k, i int32) {
		lo, hi := a.ItemStart[i], a.ItemStart[i+1]
		if hi-lo > null.HotItem {
			return
		}
		s := null.Stratum(int(hi - lo))
		for _, v := range a.Rater[lo:hi] {
			if apart := cohort[v] - cohort[u]; v > u && apart >= -1 && apart <= 1 && use[v] {
				c.add(v, s)
			}
		}
	})
	among := float64(max(2, min(a.Raters, 3*size)))
	return linkSeeds(a.Raters, math.Log(among), edges), err
}

// cohorts numbers the raters by their first acts, size to a number. Those who
// came at one time share it, so that ties do not matter.
func cohorts(a *null.Acts, size int) []int32 {
	size = max(1, size)
	first := make([]int32, 0, a.Raters)
	for u := range int32(a.Raters) {
		if mine := a.ActsOf(u); len(mine) > 0 {
			first = append(first, a.Time[mine[0]])
		}
	}
	slices.Sort(first)
	var edges []int32
	for at := size; at < len(first); at += size {
		edges = append(edges, first[at])
	}
	edges = slices.Compact(edges)
	cohort := make([]int32, a.Raters)
	for u := range cohort {
		if mine := a.ActsOf(int32(u)); len(mine) > 0 {
			at, found := slices.BinarySearch(edges, a.Time[mine[0]])
			if found {
				at++
			}
			cohort[u] = int32(at)
		}
	}
	return cohort
}

const closeLeast = 3 // meetings, from which a pair is tested

// A counter counts the meetings of one rater with each other, by stratum.
type counter struct {
	met     [][len(null.Strata)]uint16
	touched []int32
}

func (c *counter) add(v int32, s int) {
	m := &c.met[v]
	if *m == ([len(null.Strata)]uint16{}) {
		c.touched = append(c.touched, v)
	}
	if m[s] < 1<<16-1 {
		m[s]++
	}
}

// closePairs tests the pairs of raters in use for which meet, called for each act
// of the one, counts three meetings or more, against what the null has of acts at
// most within bins of each other. W of the edges is -ln p.
func closePairs(ctx context.Context, a *null.Acts, n *null.Model, use []bool, within int,
	meet func(c *counter, u, k, i int32)) ([]cluster.Edge, error) {
	const step = 64
	found := make([][]cluster.Edge, (a.Raters+step-1)/step)
	err := workers.Ranges(ctx, a.Raters, step, func() func(lo, hi int) {
		c := &counter{met: make([][len(null.Strata)]uint16, a.Raters)}
		return func(lo, hi int) {
			for u := int32(lo); int(u) < hi; u++ {
				if !use[u] {
					continue
				}
				items := a.ItemsOf(u)
				for j, k := range a.ActsOf(u) {
					meet(c, u, k, items[j])
				}
				slices.Sort(c.touched)
				for _, v := range c.touched {
					if x := closeness(a, n, u, v, c.met[v], within); x > 0 {
						found[lo/step] = append(found[lo/step], cluster.Edge{A: u, B: v, W: float32(x)})
					}
					c.met[v] = [len(null.Strata)]uint16{}
				}
				c.touched = c.touched[:0]
			}
		}
	})
	return slices.Concat(found...), err
}

// closeness returns -ln p of so many meetings, by stratum, in acts at most
// within bins of each other; 0 where they are too few or as expected.
func closeness(a *null.Acts, n *null.Model, u, v int32, met [len(null.Strata)]uint16, within int) float64 {
	meetings, says := 0, 0.0
	var rate, weight [len(null.Strata)]float64
	for s, x := range met {
		weight[s] = n.Tables[s].Weight
		meetings += int(x)
		says += float64(x) * weight[s]
	}
	if meetings < closeLeast {
		return 0
	}
	theirs, from := a.BinsOf(v), 0
	for _, c := range a.BinsOf(u) {
		for from < len(theirs) && theirs[from].Bin() < c.Bin()-within {
			from++
		}
		for _, o := range theirs[from:] {
			if o.Bin() > c.Bin()+within {
				break
			}
			at, pairs := c.Bin()*a.Bins+o.Bin(), c.Count()*o.Count()
			for s := range rate {
				rate[s] += pairs * n.Tables[s].Meet[at]
			}
		}
	}
	for s := range rate {
		rate[s] = max(1e-12, rate[s]*n.Tilt[u]*n.Tilt[v])
	}
	return -null.PoissonTail(says, rate[:], weight[:])
}
