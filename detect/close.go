package detect

import (
	"context"
	"fmt"
	"slices"

	"github.com/ringwatch/ringwatch/cluster"
)

// unclaimed returns, by rater, whether it is in no significant group yet.
func (e *engine) unclaimed() []bool {
	use := make([]bool, e.raters)
	for u := range use {
		use[u] = e.free(int32(u))
	}
	return use
}

// atMost keeps the first of the seeds, and tells the user where that leaves any
// out.
func (e *engine) atMost(detector string, seeds [][]int32, most int) [][]int32 {
	if len(seeds) <= most {
		return seeds
	}
	e.warnings = append(e.warnings, fmt.Sprintf("%s proposed the first %d of %d groups (option max-seeds)", detector, most, len(seeds)))
	return seeds[:max(0, most)]
}

const closeLeast = 3 // meetings, from which a pair is tested

// A counter counts the meetings of one rater with each other, by stratum.
type counter struct {
	met     [][len(strata)]uint16
	touched []int32
}

func (c *counter) add(v int32, s int) {
	m := &c.met[v]
	if *m == ([len(strata)]uint16{}) {
		c.touched = append(c.touched, v)
	}
	if m[s] < 1<<16-1 {
		m[s]++
	}
}

// closePairs tests the pairs of raters in use for which meet, called for each act
// of the one, counts three meetings or more, against what the null has of acts at
// most within bins of each other. W of the edges is -ln p.
func (e *engine) closePairs(ctx context.Context, detector string, use []bool, within int, meet func(c *counter, u, k int32)) ([]cluster.Edge, error) {
	const block = 64
	found := make([][]cluster.Edge, (e.raters+block-1)/block)
	e.report(detector+": comparing raters", 0, 1)
	err := parallel(ctx, e.raters, block, func() func(lo, hi int) {
		c := &counter{met: make([][len(strata)]uint16, e.raters)}
		return func(lo, hi int) {
			for u := int32(lo); int(u) < hi; u++ {
				if !use[u] {
					continue
				}
				for _, k := range e.actsOf(u) {
					meet(c, u, k)
				}
				slices.Sort(c.touched)
				for _, v := range c.touched {
					if x := e.closeness(u, v, c.met[v], within); x > 0 {
						found[lo/block] = append(found[lo/block], cluster.Edge{A: u, B: v, W: float32(x)})
					}
					c.met[v] = [len(strata)]uint16{}
				}
				c.touched = c.touched[:0]
			}
		}
	})
	e.report(detector+": comparing raters", 1, 1)
	return slices.Concat(found...), err
}

// closeness returns -ln p of so many meetings, by stratum, in acts at most
// within bins of each other; 0 where they are too few or as expected.
func (e *engine) closeness(u, v int32, met [len(strata)]uint16, within int) float64 {
	n, says := 0, 0.0
	var rate, weight [len(strata)]float64
	for s, x := range met {
		weight[s] = e.null.tables[s].weight
		n += int(x)
		says += float64(x) * weight[s]
	}
	if n < closeLeast {
		return 0
	}
	theirs, from := e.binsOf(v), 0
	for _, c := range e.binsOf(u) {
		for from < len(theirs) && theirs[from].bin() < c.bin()-within {
			from++
		}
		for _, o := range theirs[from:] {
			if o.bin() > c.bin()+within {
				break
			}
			at, n := c.bin()*e.bins+o.bin(), c.count()*o.count()
			for s := range rate {
				rate[s] += n * e.null.tables[s].meet[at]
			}
		}
	}
	for s := range rate {
		rate[s] = max(1e-12, rate[s]*e.null.tilt[u]*e.null.tilt[v])
	}
	return -poissonTail(says, rate[:], weight[:])
}
