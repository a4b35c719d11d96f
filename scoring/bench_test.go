package scoring

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
)

// synthetic returns ratings of a polarised crowd: heavy-tailed activity and
// popularity, three levels of value, no rater twice on an item.
func synthetic(seed uint64, raters, items, ratings int) *rating.Table {
	rng := rand.New(rand.NewPCG(seed, 1))
	t := &rating.Table{Raters: rating.Numbered("r", raters), Items: rating.Numbered("i", items), Scale: rating.Scale{Max: 1}}
	type entity struct{ quality, side float64 }
	draw := func(n int) []entity {
		e := make([]entity, n)
		for k := range e {
			side := 0.6
			if rng.Float64() < 0.4 {
				side = -0.6
			}
			e[k] = entity{0.2 * rng.NormFloat64(), side + 0.3*rng.NormFloat64()}
		}
		return e
	}
	of, about := draw(raters), draw(items)
	seen := make(map[int64]bool, ratings)
	for len(seen) < ratings {
		u := int(float64(raters) * math.Pow(rng.Float64(), 2))
		n := int(float64(items) * math.Pow(rng.Float64(), 1.5))
		key := int64(u)*int64(items) + int64(n)
		if seen[key] {
			continue
		}
		seen[key] = true
		v := 0.5 + of[u].quality + about[n].quality + 0.5*of[u].side*about[n].side + 0.3*rng.NormFloat64()
		t.Append(int32(u), int32(n), float32(min(2, max(0, math.Round(2*v))))/2, rating.NoTime)
	}
	return t
}

func BenchmarkBridging(b *testing.B) {
	for _, millions := range []int{1, 5} {
		b.Run(fmt.Sprintf("%dM", millions), func(b *testing.B) {
			n := millions * 1000000
			t := synthetic(1, n/50, n/100, n)
			clean, err := NewBridging().Score(context.Background(), Input{Ratings: t})
			if err != nil {
				b.Fatal(err)
			}
			weight := make([]float32, t.Raters.Len())
			for u := range weight {
				weight[u] = 1
				if u%1000 == 999 {
					weight[u] = 0
				}
			}
			for _, in := range []struct {
				name string
				Input
			}{{"cold", Input{Ratings: t}}, {"warm", Input{Ratings: t, Start: clean, Weight: weight}}} {
				b.Run(in.name, func(b *testing.B) {
					b.ReportAllocs()
					sweeps := 0
					for b.Loop() {
						r, err := NewBridging().Score(context.Background(), in.Input)
						if err != nil || len(r.Warnings) > 0 {
							b.Fatal(err, r.Warnings)
						}
						sweeps = r.Iterations
					}
					b.ReportMetric(float64(sweeps), "sweeps")
					b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/float64(sweeps)/float64(n), "ns/rating/sweep")
				})
			}
		})
	}
}

// tagged returns ratings with the tags, times and notes that Community Notes
// has.
func tagged(seed uint64, raters, items, ratings int) *rating.Table {
	return noted(seed, synthetic(seed, raters, items, ratings))
}

// noted gives a table tags, times and notes: low ratings name one or two faults.
func noted(seed uint64, t *rating.Table) *rating.Table {
	rng := rand.New(rand.NewPCG(seed, 2))
	raters, items := t.Raters.Len(), t.Items.Len()
	t.Tags, t.Time = make([]uint32, t.Len()), make([]int32, t.Len())
	t.Notes = &rating.Notes{Created: make([]int32, items), Author: make([]int32, items), Authors: rating.Numbered("r", raters),
		Post: make([]int64, items), Class: make([]rating.NoteClass, items), Status: make([]rating.NoteStatus, items),
		Decided: slices.Repeat([]int32{rating.NoTime}, items), Group: slices.Repeat([]int8{13}, raters)}
	for n := range items {
		t.Notes.Created[n] = 830000000 + int32(n)*100
		t.Notes.Author[n] = -1
		if raters > 0 {
			t.Notes.Author[n] = rng.Int32N(int32(raters))
		}
	}
	for k, v := range t.Value {
		t.Time[k] = t.Notes.Created[t.Item[k]] + int32(3e5*rng.Float64()*rng.Float64())
		for range int(2 * (1 - v)) {
			t.Tags[k] |= 1 << (rating.TagNotHelpful + int(13*math.Pow(rng.Float64(), 2)))
		}
	}
	return t
}

func BenchmarkNotesCore(b *testing.B) {
	t := tagged(1, 20000, 10000, 1000000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := NewNotesCore().Score(context.Background(), Input{Ratings: t}); err != nil {
			b.Fatal(err)
		}
	}
}
