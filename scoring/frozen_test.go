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
