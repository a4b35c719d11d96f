package scoring

import (
	"context"
	"math"
	"testing"

	"github.com/ringwatch/ringwatch/simulate"
)

// Ratings taken out and added again leave the fit as it was; late ratings bring an
// item near to where a fit of all would, and much nearer than no update.
func TestFrozen(t *testing.T) {
	w, err := simulate.NewOrganic().Generate(context.Background(), 1)
	if err != nil {
		t.Fatal(err)
	}
	ratings := w.Ratings
	b := NewBridging()
	score := func(in Input) *Result {
		r, err := b.Score(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	full := score(Input{Ratings: ratings, Seed: 1})
	f, err := Freeze(Input{Ratings: ratings, Seed: 1}, full)
	if err != nil {
		t.Fatal(err)
	}
	for k := 0; k < ratings.Len(); k += 7 {
		f.Remove(ratings.Rater[k], ratings.Item[k], ratings.Value[k])
	}
	for k := 0; k < ratings.Len(); k += 7 {
		f.Add(ratings.Rater[k], ratings.Item[k], ratings.Value[k])
	}
	for i := range full.Item {
		got := f.Item(int32(i))
		if math.Abs(float64(got.Intercept-full.ItemIntercept[i])) > 1e-3 || got.Ratings != full.ItemRatings[i] {
			t.Fatalf("item %d: %+v, not %g of %d", i, got, full.ItemIntercept[i], full.ItemRatings[i])
		}
	}
	late := func(k int) bool { return k%50 == 0 }
	early := ratings.Select(func(k int) bool { return !late(k) })
	was := score(Input{Ratings: early, Seed: 1})
	if f, err = Freeze(Input{Ratings: early, Seed: 1}, was); err != nil {
		t.Fatal(err)
	}
	var moved, left float64
	touched := map[int32]bool{}
	for k := range ratings.Rater {
		if late(k) && f.Add(ratings.Rater[k], ratings.Item[k], ratings.Value[k]) {
			touched[ratings.Item[k]] = true
		}
	}
	for i := range touched {
		if x := float64(was.ItemIntercept[i]); !math.IsNaN(x) {
			moved += math.Abs(float64(f.Item(i).Intercept - full.ItemIntercept[i]))
			left += math.Abs(x - float64(full.ItemIntercept[i]))
		}
	}
	t.Logf("mean error of %d items: %.4f, and %.4f without the late ratings", len(touched), moved/float64(len(touched)),
		left/float64(len(touched)))
	if moved > left/3 {
		t.Errorf("late ratings bring items little nearer: %.4f, from %.4f",
			moved/float64(len(touched)), left/float64(len(touched)))
	}
	if i := f.AddItem(); f.Item(i).Ratings != 0 || !math.IsNaN(float64(f.Item(i).Intercept)) ||
		!f.Add(early.Rater[0], i, 1) || f.Item(i).Ratings != 1 {
		t.Error("a new item is not scored")
	}
}

// Raters who are new since the fit count at once: items come nearer to where a fit of all brings them than
// without their ratings, and than where each counts as much as one by a known rater.
func TestNewcomers(t *testing.T) {
	w, err := simulate.NewOrganic().Generate(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	ratings := w.Ratings
	fresh := func(u int32) bool { return u%12 == 0 }
	early := ratings.Select(func(k int) bool { return !fresh(ratings.Rater[k]) })
	for _, s := range []Scorer{NewBridging(), NewTrust()} {
		score := func(in Input) *Result {
			r, err := s.Score(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		full, was := score(Input{Ratings: ratings, Seed: 1}), score(Input{Ratings: early, Seed: 1})
		m, err := Follow(s, Input{Ratings: early, Seed: 1}, was)
		if err != nil {
			t.Fatal(err)
		}
		before := map[int32]Standing{}
		number := map[int32]int32{}
		add := func(add func(rater, item int32, value float32) bool) {
			for k, u := range ratings.Rater {
				if !fresh(u) {
					continue
				}
				if _, known := number[u]; !known {
					var counts bool
					if number[u], counts = m.AddRater(); !counts {
						t.Fatalf("%s: a new rater does not count", s.Name())
					}
				}
				i := ratings.Item[k]
				if _, known := before[i]; !known {
					before[i] = m.At(i)
				}
				if !add(number[u], i, ratings.Value[k]) {
					t.Fatalf("%s: a rating of a new rater does not count", s.Name())
				}
			}
		}
		add(m.Add)
		var moved, left float64
		for i, x := range before {
			if !math.IsNaN(float64(x.Intercept)) {
				moved += math.Abs(float64(m.At(i).Intercept - full.ItemIntercept[i]))
				left += math.Abs(float64(x.Intercept - full.ItemIntercept[i]))
			}
		}
		n := float64(len(before))
		t.Logf("%s: mean error of %d items %.4f, and %.4f without the new raters", s.Name(), len(before), moved/n,
			left/n)
		if moved > .7*left {
			t.Errorf("%s: new raters bring items little nearer: %.4f, from %.4f", s.Name(), moved/n, left/n)
		}
		add(m.Remove)
		for i, x := range before {
			if got := m.At(i); got.Ratings != x.Ratings || math.Abs(float64(got.Intercept-x.Intercept)) > 1e-5 {
				t.Errorf("%s: item %d is %+v, taken out again %+v", s.Name(), i, x, got)
			}
		}
	}
}
