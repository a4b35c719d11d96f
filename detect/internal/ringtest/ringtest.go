// Package ringtest makes small crowds with rings in them, for the tests of
// package detect; the real worlds are the simulator's, which detectors must not
// know.
package ringtest

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
)

// A World is a small honest crowd, and rings in it.
type World struct {
	Raters, Items int
	PerRater      int
	Times, Values bool
	Rings         int // each of 12 raters on 10 items of its own choice
	Authors       int // who write the items in turn, a ring's all of one; 0: nobody is known to
	Seed          uint64
}

// Raters and items of a ring.
const RingSize, ringItems = 12, 10

// Table makes the world. Ring members are the last raters, RingSize a ring.
func (w World) Table(t testing.TB) *rating.Table {
	t.Helper()
	rng := rand.New(rand.NewPCG(w.Seed, 1))
	tab := &rating.Table{Raters: rating.Numbered("r", w.Raters), Items: rating.Numbered("i", w.Items)}
	if w.Values {
		tab.Scale = rating.Scale{Max: 1}
	}
	type key struct{ u, i int }
	seen := map[key]bool{}
	add := func(u, i int, v float32, at int) {
		if seen[key{u, i}] {
			return
		}
		seen[key{u, i}] = true
		when := int32(at)
		if !w.Times {
			when = rating.NoTime
		}
		if !w.Values {
			v = 1
		}
		tab.Append(int32(u), int32(i), v, when)
	}
	const day = 86400
	quality := make([]float64, w.Items)
	born := make([]int, w.Items)
	for i := range quality {
		quality[i] = rng.Float64()
		born[i] = rng.IntN(50 * day)
	}
	vote := func(i int) float32 {
		if rng.Float64() < .1+.8*quality[i] {
			return 1
		}
		return 0
	}
	honest := w.Raters - w.Rings*RingSize
	for u := range w.Raters {
		n := 1 + int(rng.ExpFloat64()*float64(w.PerRater))
		if u >= honest {
			n = w.PerRater
		}
		for range n {
			i := int(float64(w.Items) * math.Pow(rng.Float64(), 1.7))
			add(u, i, vote(i), born[i]+int(rng.ExpFloat64()*day))
		}
	}
	spread := 600 // seconds
	if !w.Values {
		spread = 15
	}
	for r := range w.Rings {
		for range ringItems {
			i := rng.IntN(w.Items)
			if w.Authors > 0 {
				i -= i%w.Authors - r
			}
			push := float32(0)
			if quality[i] < .5 {
				push = 1
			}
			at := born[i] + rng.IntN(day)
			for j := range RingSize {
				if rng.Float64() < .9 {
					add(honest+r*RingSize+j, i, push, at+rng.IntN(spread))
				}
			}
		}
	}
	if w.Authors > 0 {
		tab.Notes = &rating.Notes{Authors: rating.Numbered("author", w.Authors)}
		for i := range w.Items {
			tab.Notes.Author = append(tab.Notes.Author, int32(i%w.Authors))
		}
	}
	return tab
}

// Shuffled returns the table with its rows in another order.
func Shuffled(t *rating.Table, seed uint64) *rating.Table {
	s := &rating.Table{Raters: t.Raters, Items: t.Items, Scale: t.Scale, Notes: t.Notes}
	if t.HasTimes() {
		s.Time = []int32{}
	}
	for _, k := range rand.New(rand.NewPCG(seed, 2)).Perm(t.Len()) {
		s.Rater = append(s.Rater, t.Rater[k])
		s.Item = append(s.Item, t.Item[k])
		s.Value = append(s.Value, t.Value[k])
		if t.HasTimes() {
			s.Time = append(s.Time, t.Time[k])
		}
	}
	return s
}
