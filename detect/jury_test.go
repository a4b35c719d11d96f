package detect

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
)

// A said is drawn for a member and an item.
type said func(rng *rand.Rand, u, i int) float64

// pleased is a world of stars in which nearly everybody gives five, and twelve who rate the
// same items as vote has it, by member and item, at such days.
func pleased(items int, vote, at said) *rating.Table {
	const raters, all, group, day = 900, 200, 12, 86400
	rng := rand.New(rand.NewPCG(17, uint64(items)))
	tab := &rating.Table{Raters: rating.Numbered("r", raters), Items: rating.Numbered("i", all),
		Scale: rating.Scale{Min: 1, Max: 5}}
	add := func(u, i int, stars, at float64) {
		tab.Append(int32(u), int32(i), float32(min(max(math.Round(stars), 1), 5)), int32(at*day))
	}
	quality := make([]float64, all)
	for i := range quality {
		quality[i] = 4.9 + .3*rng.NormFloat64()
	}
	for u := range raters {
		for _, i := range rng.Perm(all)[:2+int(rng.ExpFloat64()*8)] {
			if u >= group || i >= items {
				add(u, i, quality[i]+.8*rng.NormFloat64(), 400*rng.Float64())
			}
		}
		for i := 0; i < items && u < group; i++ {
			if rng.Float64() < .9 {
				add(u, i, vote(rng, u, i), at(rng, u, i))
			}
		}
	}
	return tab
}

// TestJury: who was asked to judge, by a stricter scale than the site's, or decides what a queue
// brings, is in no ring without doubt and in no coordinated group, and the reason is named; who
// buries the same items, or pushes and buries a few, is.
func TestJury(t *testing.T) {
	week := func(rng *rand.Rand, _, _ int) float64 { return 200 + 7*rng.Float64() }
	verdict := func(rng *rand.Rand, _, i int) float64 {
		if (i*7%5 < 3) == (rng.Float64() < .92) {
			return 1
		}
		return 5
	}
	const asked, queue = "jury or panel", "moderators or staff with a queue"
	for _, c := range []struct {
		name  string
		items int
		vote  said
		at    said
		why   string // that it is no ring without doubt; empty: it is one
	}{
		{"a jury", 10, func(rng *rand.Rand, _, _ int) float64 { return 3.6 + rng.NormFloat64() }, week, asked},
		{"editors with a standard", 24, func(rng *rand.Rand, _, i int) float64 {
			return 1.5 + float64(i*7%11)/3 + .5*rng.NormFloat64()
		}, week, asked},
		{"who buries them", 10, func(rng *rand.Rand, _, _ int) float64 {
			return 1 + math.Trunc(rng.Float64()/.8)
		}, week, ""},
		{"moderators who decide on what a queue brings", 60, verdict, func(rng *rand.Rand, _, i int) float64 {
			return 200 + .4*float64(i) + .1*rng.ExpFloat64()
		}, queue},
		{"who pushes and buries", 12, verdict, func(rng *rand.Rand, _, i int) float64 {
			return 100 + 20*float64(i) + 2*rng.Float64()
		}, ""},
	} {
		in := Input{Ratings: pleased(c.items, c.vote, c.at), Seed: 1}
		f, err := Run(context.Background(), in, []Detector{NewGroup()})
		if err != nil {
			t.Fatal(err)
		}
		if c.why == "" {
			if len(f.Rings) != 1 || f.Rings[0].Doubtful() || len(f.Rings[0].Raters) != 12 {
				t.Errorf("%s: %+v", c.name, f.Rings)
			}
			continue
		}
		if n := len(f.Coordinated); n > 0 {
			t.Errorf("%s: %d coordinated", c.name, n)
		}
		told := false
		for _, r := range slices.Concat(f.Rings, f.Shared) {
			for _, x := range r.Innocent {
				told = told || x.Name == c.why && x.Holds
			}
		}
		if !told || slices.ContainsFunc(f.Rings, func(r Ring) bool { return !r.Doubtful() }) {
			t.Errorf("%s: rings %+v, shared %+v", c.name, f.Rings, f.Shared)
		}
	}
}

// TestAhead: whom a ring follows is told, with how often it came first, and is not of it.
func TestAhead(t *testing.T) {
	tab := pleased(12, func(*rand.Rand, int, int) float64 { return 1 }, func(rng *rand.Rand, u, i int) float64 {
		if u == 0 {
			return float64(20 + 25*i)
		}
		return float64(20+25*i) + .01 + .02*rng.Float64()
	})
	f, err := Run(context.Background(), Input{Ratings: tab, Seed: 1}, []Detector{NewGroup()})
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Rings) != 1 || len(f.Rings[0].Raters) != 11 || slices.Contains(f.Rings[0].Raters, 0) {
		t.Fatal(f.Rings)
	}
	a := f.Rings[0].Ahead
	if len(a) != 1 || a[0].Rater != 0 || a[0].First < 9 || a[0].First > a[0].Of || a[0].Expected > 2 {
		t.Errorf("ahead: %s", fmt.Sprint(a))
	}
}
