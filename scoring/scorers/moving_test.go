package scorers_test

import (
	"context"
	"math"
	"testing"

	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/scorers"
	"github.com/ringwatch/ringwatch/simulate"
)

// A result that moves stands where the result does, comes back to it when what was added is taken out, and
// of mean and median is at any time what a new result would be.
func TestFollow(t *testing.T) {
	w, err := simulate.NewOrganic().Generate(context.Background(), 1)
	if err != nil {
		t.Fatal(err)
	}
	ratings := w.Ratings
	for _, name := range []string{"bridging", "communitynotes-core", "mean", "median", "trust"} {
		s, err := scorers.New(name)
		if err != nil {
			t.Fatal(err)
		}
		exact := name == "mean" || name == "median"
		early := ratings
		if exact {
			early = ratings.Select(func(k int) bool { return k%10 > 0 })
		}
		in := scoring.Input{Ratings: early, Seed: 1}
		r, err := s.Score(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		m, err := scoring.Follow(s, in, r)
		if err != nil {
			t.Fatal(name, err)
		}
		if !exact {
			for k := 0; k < ratings.Len(); k += 7 {
				m.Remove(ratings.Rater[k], ratings.Item[k], ratings.Value[k])
			}
			for k := 0; k < ratings.Len(); k += 7 {
				m.Add(ratings.Rater[k], ratings.Item[k], ratings.Value[k])
			}
		} else if r, err = s.Score(context.Background(), scoring.Input{Ratings: ratings, Seed: 1}); err != nil {
			t.Fatal(err)
		} else {
			for k := 0; k < ratings.Len(); k += 10 {
				m.Add(ratings.Rater[k], ratings.Item[k], ratings.Value[k])
			}
		}
		fitted, near := 0, 1e-3
		if exact {
			near = 1e-6
		}
		for i, x := range r.Item {
			if math.IsNaN(float64(x)) {
				continue
			}
			fitted++
			at := m.At(int32(i))
			if d := math.Abs(float64(at.Score - x)); !(d < near) {
				t.Fatalf("%s: item %d stands at %+v, and is %g", name, i, at, x)
			}
			if at.Status != r.Status[i] && exact {
				t.Fatalf("%s: item %d is %v, and stands at %v", name, i, r.Status[i], at.Status)
			}
		}
		if fitted < 100 {
			t.Errorf("%s: only %d items are fitted", name, fitted)
		}
	}
	s := scoring.NewStability()
	if _, err := scoring.Follow(s, scoring.Input{Ratings: ratings}, &scoring.Result{}); err == nil {
		t.Error("scores of stability are said to move")
	}
}
