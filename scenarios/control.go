package scenarios

import (
	"cmp"
	"context"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/ringwatch/ringwatch/scoring"
)

// A crowd is the raters that a control may leave out, by how many ratings they
// gave; those of equal activity in an order that depends on nothing but their
// names.
type crowd struct {
	raters []int32
	counts []int // of ratings, ascending
}

// newCrowd gathers all raters who are in none of the rings.
func (im *impacts) newCrowd() *crowd {
	t := im.in.Ratings
	in, order := ringed(im.rings, t.Raters.Len()), make([]uint64, t.Raters.Len())
	c := &crowd{}
	for u := range int32(len(in)) {
		if n := t.ByRater().Count(u); n > 0 && !in[u] {
			h := fnv.New64a()
			h.Write([]byte(t.Raters.Name(u)))
			order[u] = h.Sum64()
			c.raters = append(c.raters, u)
		}
	}
	slices.SortFunc(c.raters, func(a, b int32) int {
		return cmp.Or(cmp.Compare(t.ByRater().Count(a), t.ByRater().Count(b)), cmp.Compare(order[a], order[b]))
	})
	for _, u := range c.raters {
		c.counts = append(c.counts, t.ByRater().Count(u))
	}
	return c
}

// draw returns one rater for each of those given, from the nearest by activity;
// nobody twice. It must have as many.
func (c *crowd) draw(rng *rand.Rand, like []int) []int32 {
	taken := make(map[int]bool, len(like))
	var drawn []int32
	for _, n := range like {
		at, _ := slices.BinarySearch(c.counts, n)
		// At first the choice is among as many as are to be drawn, twice: wide
		// enough that draws differ, near enough that activity is alike.
		for reach := len(like) + 1; ; reach *= 2 {
			low, high := max(0, at-reach), min(len(c.raters), at+reach)
			if k := low + rng.IntN(high-low); !taken[k] {
				taken[k] = true
				drawn = append(drawn, c.raters[k])
				break
			}
		}
	}
	slices.Sort(drawn)
	return drawn
}

// like are the numbers of ratings that a ring's raters gave, ascending.
func (im *impacts) like(raters []int32) []int {
	var n []int
	for _, u := range raters {
		n = append(n, im.in.Ratings.ByRater().Count(u))
	}
	slices.Sort(n)
	return n
}

// stream draws for one ring; -1 for what all share.
func (im *impacts) stream(ring int) *rand.Rand {
	return rand.New(rand.NewPCG(im.in.Seed, uint64(ring+1)))
}

// fewest is how many raters must be left to draw from, for each that is drawn:
// with fewer, draws are nearly the same ones again.
const fewest = 3

// control holds every impact against draws of raters whom rescore leaves out.
func (im *impacts) control(ctx context.Context, draws int, rescore func([]int32) []scoring.Rescored,
	statuses bool) error {
	if draws == 0 {
		return nil
	}
	crowd := im.newCrowd()
	for k := range im.all {
		if err := ctx.Err(); err != nil {
			return err
		}
		im.progress("leaving out others in each ring's place", k, len(im.all))
		x := &im.all[k]
		ring := &im.rings[x.Ring]
		if len(crowd.raters) < fewest*len(ring.Raters) {
			continue
		}
		rng, like := im.stream(x.Ring), im.like(ring.Raters)
		scored := x.Effect().Scored
		x.Control = &Control{Raters: len(like)}
		for range draws {
			found := rescore(crowd.draw(rng, like))
			x.add(scored, statuses, func(yield func(Change)) {
				for _, f := range found {
					c := im.change(f)
					_, c.Target = slices.BinarySearch(ring.Items, f.Item)
					yield(c)
				}
			})
		}
		x.Control.sort()
	}
	return nil
}

// refitControl is control for scorers that must score everything anew: the same
// draws serve all rings, so they are as large as the largest ring.
func (im *impacts) refitControl(ctx context.Context, draws int) error {
	if len(im.all) == 0 || draws == 0 {
		return nil
	}
	largest := 0
	for k := range im.all {
		if len(im.rings[im.all[k].Ring].Raters) > len(im.rings[im.all[largest].Ring].Raters) {
			largest = k
		}
	}
	crowd := im.newCrowd()
	like := im.like(im.rings[im.all[largest].Ring].Raters)
	if len(crowd.raters) < fewest*len(like) {
		return nil
	}
	rng := im.stream(-1)
	for k := range im.all {
		im.all[k].Control = &Control{Raters: len(like)}
	}
	for n := range draws {
		im.progress("scoring without others in the rings' place", n, draws)
		if err := ctx.Err(); err != nil {
			return err
		}
		without, err := im.without(ctx, crowd.draw(rng, like))
		if err != nil {
			return err
		}
		for k := range im.all {
			x := &im.all[k]
			ring := &im.rings[x.Ring]
			x.add(x.Effect().Scored, true, func(yield func(Change)) {
				for _, c := range changes(ring, im.with, without) {
					yield(c)
				}
			})
		}
	}
	for k := range im.all {
		im.all[k].Control.sort()
	}
	return nil
}

// add adds a draw, of which each gives what may have changed. The mean is over as
// many targets as that of the ring.
func (x *Impact) add(scored int, statuses bool, each func(yield func(Change))) {
	shift, changed, others := 0.0, 0, 0
	each(func(c Change) {
		switch {
		case c.Target:
			at, known := slices.BinarySearchFunc(x.Changes, c.Item,
				func(o Change, item int32) int { return cmp.Compare(o.Item, item) })
			if s := c.shift(); known && !math.IsNaN(s) {
				shift += s
				x.Changes[at].Control = max(x.Changes[at].Control, float32(s))
			}
			if c.visible() {
				changed++
			}
		case c.visible():
			others++
		}
	})
	x.Control.Shift = append(x.Control.Shift, shift/float64(max(scored, 1)))
	if statuses {
		x.Control.Changed, x.Control.Others = append(x.Control.Changed, changed), append(x.Control.Others, others)
	}
}

func (c *Control) sort() {
	slices.Sort(c.Shift)
	slices.Sort(c.Changed)
	slices.Sort(c.Others)
}
