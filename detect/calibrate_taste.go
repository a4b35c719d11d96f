package detect

import (
	"iter"
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
	tasteRaters = 200  // on an item who are looked at
	tasteItems  = 50   // of a rater from which one may come to another
	tasteHeard  = 20   // neighbours of whom one is followed
	tasteTries  = 20   // to find an item of theirs that is there at the time and not taken
)

// learnTaste sets the share of choices that are by taste: of a sample of acts, each
// either as the null has it or one step from another item that its rater chose, over
// somebody else who chose that. Those who are left out, as the members of rings are,
// say nothing about taste.
func (d *redrawer) learnTaste(rng *rand.Rand, left []bool) {
	d.left = left
	m := tasteMarks{mine: make([]bool, d.Items), has: make([]bool, d.Raters), shared: make([]float64, d.Raters)}
	var odds []float64 // that an act is by taste, of even ones
	for range tasteActs {
		k := rng.Int32N(int32(d.Len()))
		u := d.Rater[k]
		if d.left[u] || d.CountOf(u) < 2 {
			continue
		}
		if by := d.byNull(k); by > 0 {
			odds = append(odds, d.byTaste(k, m)/by)
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
	i, bin := d.ItemOf(k), int(d.Bin[k])
	rest := 1.
	for l, h := range d.null.Half {
		lo, hi := max(0, bin-h), min(d.Bins, bin+h+1)
		p += d.null.Weight[l] * float64(d.actsBefore(i, hi)-d.actsBefore(i, lo)-1) / float64(d.from[hi]-d.from[lo])
		rest -= d.null.Weight[l]
	}
	return p + max(0, rest)/float64(d.Items)
}

// tasteMarks is scratch of byTaste, all of it unset between two acts.
type tasteMarks struct {
	mine   []bool    // per item: whether it is another of the rater's
	has    []bool    // per rater: whether it has the item
	shared []float64 // per rater: how many of mine it has, once that was counted
}

// byTaste is the chance to come to act k's item from another of its rater's, over
// somebody who has both, and is heard the more the more else they share.
func (d *redrawer) byTaste(k int32, m tasteMarks) float64 {
	u, i := d.Rater[k], d.ItemOf(k)
	mark := func(is bool) {
		for _, o := range d.ItemsOf(u) {
			m.mine[o] = is && o != i
		}
		for _, v := range d.ratersOn(i) {
			m.has[v] = is
		}
	}
	mark(true)
	all, with := 0., 0.
	for o := range sampled(d.ItemsOf(u), tasteItems) {
		if o == i {
			continue
		}
		on := d.ratersOn(o)
		each := 1 / float64(min(len(on), tasteRaters))
		for v := range sampled(on, tasteRaters) {
			if v == u || d.left[v] {
				continue
			}
			if m.shared[v] == 0 {
				m.shared[v] = d.shared(v, func(i int32) bool { return m.mine[i] })
			}
			w := each * sharpen(m.shared[v])
			if all += w; m.has[v] {
				with += w / float64(max(1, d.CountOf(v)-1))
			}
		}
	}
	for o := range sampled(d.ItemsOf(u), tasteItems) {
		for v := range sampled(d.ratersOn(o), tasteRaters) {
			m.shared[v] = 0
		}
	}
	mark(false)
	if all == 0 {
		return 0
	}
	return with / all
}

func (d *redrawer) ratersOn(i int32) []int32 { return d.Rater[d.ItemStart[i]:d.ItemStart[i+1]] }

// sampled is most of all, evenly drawn, or all.
func sampled(all []int32, most int) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		step := 1 + (len(all)-1)/most
		for n := 0; n < len(all) && yield(all[n]); n += step {
		}
	}
}

// shared is how many of a rater's items are among those that are asked about.
func (d *redrawer) shared(v int32, is func(i int32) bool) (n float64) {
	for _, i := range d.ItemsOf(v) {
		if is(i) {
			n++
		}
	}
	return n
}

// sharpen is how much somebody is heard who shares so many items.
func sharpen(shared float64) float64 { return shared * shared }

// likeOthers draws an item that somebody chose who also chose one that the rater drawn
// for has, if it was there to be chosen around that time.
func (d *redrawer) likeOthers(rng *rand.Rand, u int32, bin int) (i int32, ok bool) {
	v, heard := int32(-1), 0.
	for range tasteHeard {
		on := d.ratersOn(d.chosen[rng.IntN(len(d.chosen))])
		w := on[rng.IntN(len(on))]
		if w == u || d.left[w] {
			continue
		}
		says := sharpen(d.shared(w, func(i int32) bool { return d.takenBy[i] == d.drawing }))
		if heard += says; rng.Float64()*heard < says {
			v = w
		}
	}
	if v < 0 {
		return 0, false
	}
	theirs := d.ItemsOf(v)
	for range tasteTries {
		i := theirs[rng.IntN(len(theirs))]
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
