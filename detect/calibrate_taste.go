package detect

import (
	"math/rand/v2"
	"slices"
)

// Taste: who rated one part of a series, one shelf or one town rates the rest of it. A
// redraw without it asks what raters do who share nothing, and honest raters share
// much. So a part of what a rater chooses is what others chose who chose the same
// before; which part, the data tells.

const (
	tasteActs   = 2000 // of the data that tell how many choices go by taste: a standard error of .011 at most
	tasteRounds = 50   // of EM
	tasteRaters = 200  // on an item who are looked at, in each of which a rater may be a neighbour
	tasteTries  = 200  // to find an item by taste that is there at the time and not taken
)

// learnTaste sets the share of choices that are by taste: of a sample of acts, each
// either as the null has it or one step from another item that its rater chose, over
// somebody else who chose that. Those who are left out, as the members of rings are,
// say nothing about taste.
func (d *redrawer) learnTaste(rng *rand.Rand, left []bool) {
	d.left = left
	mine, shared := make([]bool, d.Items), make([]float64, d.Raters)
	var odds []float64 // that an act is by taste, of even ones
	for range tasteActs {
		k := rng.Int32N(int32(d.Len()))
		u := d.Rater[k]
		if d.left[u] || d.CountOf(u) < 2 {
			continue
		}
		if by := d.byNull(k); by > 0 {
			odds = append(odds, d.byTaste(k, mine, shared)/by)
		}
	}
	share := .5
	for range tasteRounds {
		sum := 0.
		for _, x := range odds {
			sum += share * x / (share*x + 1 - share)
		}
		share = sum / float64(max(1, len(odds)))
	}
	d.taste = share
}

// byNull is the chance of act k's item by the null, without that rater's own acts on it.
func (d *redrawer) byNull(k int32) (p float64) {
	i, bin := d.Item[k], int(d.Bin[k])
	rest := 1.
	for l, h := range d.null.Half {
		lo, hi := max(0, bin-h), min(d.Bins, bin+h+1)
		p += d.null.Weight[l] * float64(d.actsBefore(i, hi)-d.actsBefore(i, lo)-1) / float64(d.from[hi]-d.from[lo])
		rest -= d.null.Weight[l]
	}
	return p + max(0, rest)/float64(d.Items)
}

// byTaste is the chance to come to act k's item from another of its rater's, over
// somebody who has both, and is heard the more the more else they share. Nothing is set
// in mine and shared before and after.
func (d *redrawer) byTaste(k int32, mine []bool, shared []float64) (p float64) {
	u, i := d.Rater[k], d.Item[k]
	others := d.ActsOf(u)
	for _, k := range others {
		mine[d.Item[k]] = d.Item[k] != i
	}
	var total float64 // weight of neighbours over all e, each e counting the same
	for _, k := range others {
		e := d.Item[k]
		if e == i {
			continue
		}
		all, with := 0., 0.
		on := d.neighbours(e)
		for n := 0; n < len(on.who); n += on.step {
			v := on.who[n]
			if v == u || d.left[v] {
				continue
			}
			if shared[v] == 0 {
				for _, k := range d.ActsOf(v) {
					if mine[d.Item[k]] {
						shared[v]++
					}
				}
			}
			w := sharpen(shared[v])
			all += w
			if d.has(v, i) {
				with += w / float64(max(1, d.CountOf(v)-1))
			}
		}
		if all > 0 {
			p, total = p+with/all, total+1
		}
	}
	for _, k := range others {
		e := d.Item[k]
		mine[e] = false
		on := d.neighbours(e)
		for n := 0; n < len(on.who); n += on.step {
			shared[on.who[n]] = 0
		}
	}
	return p / max(1, total)
}

// sharpen is how much somebody is heard who shares so many items.
func sharpen(shared float64) float64 { return shared * shared }

// likeOthers draws an item that somebody chose who also chose one that the rater drawn
// for has, if it was there to be chosen around that time.
func (d *redrawer) likeOthers(rng *rand.Rand, u int32, bin int) (i int32, ok bool) {
	for range tasteTries {
		e := d.chosen[rng.IntN(len(d.chosen))]
		v := d.Rater[d.ItemStart[e]+rng.Int32N(int32(d.SizeOf(e)))]
		if v == u || d.left[v] {
			continue
		}
		acts := d.ActsOf(v)
		shared := 0.
		for _, k := range acts {
			if d.takenBy[d.Item[k]] == d.drawing {
				shared++
			}
		}
		if rng.Float64() > sharpen(shared)/sharpen(float64(len(d.chosen))) {
			continue
		}
		i := d.Item[acts[rng.IntN(len(acts))]]
		if d.takenBy[i] != d.drawing && d.isThere(i, bin, d.anyHalf(rng)) {
			return i, true
		}
	}
	return 0, false
}

// anyHalf draws half the width of a window, as the null weighs them.
func (d *redrawer) anyHalf(rng *rand.Rand) int {
	x := rng.Float64()
	for l, h := range d.null.Half {
		if x -= d.null.Weight[l]; x < 0 {
			return h
		}
	}
	return d.Bins
}

// isThere reports whether somebody acted on an item within so many bins.
func (d *redrawer) isThere(i int32, bin, half int) bool {
	return d.actsBefore(i, bin+half+1) > d.actsBefore(i, bin-half)
}

// actsBefore counts the acts on an item, which are in time order, before a bin.
func (d *redrawer) actsBefore(i int32, bin int) int {
	n, _ := slices.BinarySearchFunc(d.Bin[d.ItemStart[i]:d.ItemStart[i+1]], bin, func(b uint8, bin int) int {
		return int(b) - bin
	})
	return n
}

// neighbours are raters on an item, one in step of whom is looked at.
func (d *redrawer) neighbours(i int32) (on struct {
	who  []int32
	step int
}) {
	on.who = d.Rater[d.ItemStart[i]:d.ItemStart[i+1]]
	on.step = 1 + len(on.who)/tasteRaters
	return on
}

func (d *redrawer) has(v, i int32) bool {
	return slices.ContainsFunc(d.ActsOf(v), func(k int32) bool { return d.Item[k] == i })
}
