package detect

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
)

// A world is a small honest crowd, and rings in it, for tests of this package;
// the real worlds are the simulator's, which detectors must not know.
type world struct {
	raters, items int
	perRater      int
	times, values bool
	rings         int // each of 12 raters on 10 items of its own choice
	authors       int // who write the items in turn, a ring's all of one; 0: nobody is known to
	seed          uint64
}

const ringSize, ringItems = 12, 10

// table makes the world. Ring members are the last raters, ringSize a ring.
func (w world) table(t testing.TB) *rating.Table {
	t.Helper()
	rng := rand.New(rand.NewPCG(w.seed, 1))
	tab := &rating.Table{Raters: rating.Numbered("r", w.raters), Items: rating.Numbered("i", w.items)}
	if w.values {
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
		if !w.times {
			when = rating.NoTime
		}
		if !w.values {
			v = 1
		}
		tab.Append(int32(u), int32(i), v, when)
	}
	const day = 86400
	quality := make([]float64, w.items)
	born := make([]int, w.items)
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
	honest := w.raters - w.rings*ringSize
	for u := range w.raters {
		n := 1 + int(rng.ExpFloat64()*float64(w.perRater))
		if u >= honest {
			n = w.perRater
		}
		for range n {
			i := int(float64(w.items) * math.Pow(rng.Float64(), 1.7))
			add(u, i, vote(i), born[i]+int(rng.ExpFloat64()*day))
		}
	}
	spread := 600 // seconds
	if !w.values {
		spread = 15
	}
	for r := range w.rings {
		for range ringItems {
			i := rng.IntN(w.items)
			if w.authors > 0 {
				i -= i%w.authors - r
			}
			push := float32(0)
			if quality[i] < .5 {
				push = 1
			}
			at := born[i] + rng.IntN(day)
			for j := range ringSize {
				if rng.Float64() < .9 {
					add(honest+r*ringSize+j, i, push, at+rng.IntN(spread))
				}
			}
		}
	}
	if w.authors > 0 {
		tab.Notes = &rating.Notes{Authors: rating.Numbered("author", w.authors)}
		for i := range w.items {
			tab.Notes.Author = append(tab.Notes.Author, int32(i%w.authors))
		}
	}
	return tab
}

// shuffled returns the table with its rows in another order.
func shuffled(t *rating.Table, seed uint64) *rating.Table {
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
