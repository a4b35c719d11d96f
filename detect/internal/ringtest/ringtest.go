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
	b := builder{World: w, rng: rand.New(rand.NewPCG(w.Seed, 1)), seen: map[[2]int]bool{},
		table:   &rating.Table{Raters: rating.Numbered("r", w.Raters), Items: rating.Numbered("i", w.Items)},
		quality: make([]float64, w.Items), born: make([]int, w.Items)}
	if w.Values {
		b.table.Scale = rating.Scale{Max: 1}
	}
	for i := range b.quality {
		b.quality[i] = b.rng.Float64()
		b.born[i] = b.rng.IntN(50 * day)
	}
	b.addHonest()
	for ring := range w.Rings {
		b.addRing(ring)
	}
	if w.Authors > 0 {
		b.table.Notes = &rating.Notes{Authors: rating.Numbered("author", w.Authors)}
		for i := range w.Items {
			b.table.Notes.Author = append(b.table.Notes.Author, int32(i%w.Authors))
		}
	}
	return b.table
}

const day = 86400 // seconds

// A builder draws a world's ratings.
type builder struct {
	World
	rng     *rand.Rand
	table   *rating.Table
	seen    map[[2]int]bool // rater and item
	quality []float64       // of items: from which their votes are drawn
	born    []int           // of items: when they appear
}

// add adds a rating, unless the rater has rated the item.
func (b *builder) add(u, i int, v float32, at int) {
	if b.seen[[2]int{u, i}] {
		return
	}
	b.seen[[2]int{u, i}] = true
	when := int32(at)
	if !b.Times {
		when = rating.NoTime
	}
	if !b.Values {
		v = 1
	}
	b.table.Append(int32(u), int32(i), v, when)
}

// vote draws an honest vote on an item.
func (b *builder) vote(i int) float32 {
	if b.rng.Float64() < .1+.8*b.quality[i] {
		return 1
	}
	return 0
}

// addHonest adds what everybody rates alone, the members of rings too, who are last.
func (b *builder) addHonest() {
	honest := b.Raters - b.Rings*RingSize
	for u := range b.Raters {
		n := 1 + int(b.rng.ExpFloat64()*float64(b.PerRater))
		if u >= honest {
			n = b.PerRater
		}
		for range n {
			i := int(float64(b.Items) * math.Pow(b.rng.Float64(), 1.7))
			b.add(u, i, b.vote(i), b.born[i]+int(b.rng.ExpFloat64()*day))
		}
	}
}

// addRing adds what a ring rates together, each item against what is thought of it.
func (b *builder) addRing(ring int) {
	spread := 600 // seconds
	if !b.Values {
		spread = 15
	}
	first := b.Raters - (b.Rings-ring)*RingSize
	for range ringItems {
		i := b.rng.IntN(b.Items)
		if b.Authors > 0 {
			i -= i%b.Authors - ring
		}
		push := float32(0)
		if b.quality[i] < .5 {
			push = 1
		}
		at := b.born[i] + b.rng.IntN(day)
		for j := range RingSize {
			if b.rng.Float64() < .9 {
				b.add(first+j, i, push, at+b.rng.IntN(spread))
			}
		}
	}
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
