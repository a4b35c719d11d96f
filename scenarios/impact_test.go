package scenarios

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/scorers"
)

// town is a table in which 60 honest raters rate 12 of 40 items each, and a ring of
// six lifts the first four items to the top.
func town() (*rating.Table, detect.Ring) {
	t := &rating.Table{Raters: rating.NewNames(), Items: rating.NewNames(), Scale: rating.Scale{Min: 0, Max: 1}}
	for u := range 66 {
		t.Raters.Add(fmt.Appendf(nil, "rater%d", u))
	}
	for i := range 40 {
		t.Items.Add(fmt.Appendf(nil, "item%d", i))
	}
	for u := range 60 {
		for j := range 12 {
			i := (u*7 + j*3) % 40
			v := float32(1)
			if (u+i)%5 < 3 || i < 4 {
				v = 0
			}
			t.Append(int32(u), int32(i), v, rating.NoTime)
		}
	}
	ring := detect.Ring{Items: []int32{0, 1, 2, 3}}
	for u := int32(60); u < 66; u++ {
		ring.Raters = append(ring.Raters, u)
		for i := range int32(12) {
			t.Append(u, i, 1, rating.NoTime)
		}
	}
	return t, ring
}

func impact(t *testing.T, s scoring.Scorer, table *rating.Table, o ImpactOptions, rings ...detect.Ring) []Impact {
	t.Helper()
	in := scoring.Input{Ratings: table, Seed: 1}
	with, err := s.Score(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	all, _, err := Impacts(t.Context(), s, in, with, rings, o)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// A ring that lifts its targets moves them further than any others do, in every
// scorer; raters who vote as all do not, though they rated as much and items that
// lose their votes change status too.
func TestControl(t *testing.T) {
	table, ring := town()
	crowd := detect.Ring{Raters: []int32{1, 11, 21, 31, 41, 51}, Items: []int32{7, 10, 13, 16}}
	for _, newScorer := range scorers.All {
		s := newScorer()
		if s.Doc().Notes || s.Name() == "command" {
			continue
		}
		t.Run(s.Name(), func(t *testing.T) {
			all := impact(t, s, table, DefaultImpacts(), ring, crowd)
			e, c := all[0].Effect(), all[0].Control
			if c == nil || len(c.Shift) != 20 || c.Raters != 6 {
				t.Fatalf("control %+v", c)
			}
			want := 4
			if s.Name() == "median" { // the ring is outvoted
				want = 0
			}
			if e.Moved != want || want > 0 && e.Shift <= c.Shift[19] {
				t.Errorf("the ring moved %d targets, not %d, by %.3f; the control by %.3f to %.3f",
					e.Moved, want, e.Shift, c.Shift[0], c.Shift[19])
			}
			if e, c := all[1].Effect(), all[1].Control; e.Shift > 2*c.Shift[19]+.05 {
				t.Errorf("six of the crowd moved items by %.3f; the control by %.3f to %.3f",
					e.Shift, c.Shift[0], c.Shift[19])
			}
			again := impact(t, s, table, DefaultImpacts(), ring, crowd)
			diff := cmp.Diff(all, again, cmp.Comparer(func(a, b float32) bool { return a == b || a != a && b != b }))
			if diff != "" {
				t.Errorf("not the same again: %s", diff)
			}
		})
	}
}

// A target that falls short of votes without the ring, at the same score, is no
// effect; nor is what moves no further than in the control.
func TestEffect(t *testing.T) {
	nan := float32(math.NaN())
	im := Impact{Changes: []Change{
		{Item: 1, Target: true, With: .8, Without: .3, StatusWith: scoring.Helpful,
			StatusWithout: scoring.NotHelpful, Control: .01},
		{Item: 2, Target: true, With: .8, Without: .75, StatusWith: scoring.Helpful,
			StatusWithout: scoring.NeedsMore, Control: .06},
		{Item: 3, Target: true, With: .8, Without: .8, StatusWith: scoring.Helpful, StatusWithout: scoring.NeedsMore},
		{Item: 4, Target: true, With: .8, Without: nan, StatusWith: scoring.Helpful, StatusWithout: scoring.Unrated},
		{Item: 5, Target: true, With: .8, Without: .5, StatusWith: scoring.Helpful, StatusWithout: scoring.Helpful},
		{Item: 6, With: .7, Without: .69, StatusWith: scoring.Helpful, StatusWithout: scoring.NeedsMore},
	}}
	want := Effect{Scored: 4, Shift: (.5 + .05 + .3) / 4, Moved: 3, Changed: 2, Lost: 2, Others: 1}
	if got := im.Effect(); math.Abs(got.Shift-want.Shift) > 1e-6 {
		t.Errorf("%+v; want %+v", got, want)
	} else if got.Shift = want.Shift; got != want {
		t.Errorf("%+v; want %+v", got, want)
	}
}

// Draws are of like activity, nobody twice, nobody of a ring, and the same for any
// order of raters.
func TestDraw(t *testing.T) {
	draws := func(order []int) (names []string) {
		table := &rating.Table{Raters: rating.NewNames(), Items: rating.Numbered("i", 400),
			Scale: rating.Scale{Min: 0, Max: 1}}
		for _, u := range order {
			table.Raters.Add(fmt.Appendf(nil, "rater%d", u))
		}
		for k, u := range order {
			for j := range u + 1 {
				table.Append(int32(k), int32(j), 1, rating.NoTime)
			}
		}
		ring := detect.Ring{}
		for k, u := range order {
			if u%40 == 7 {
				ring.Raters = append(ring.Raters, int32(k))
			}
		}
		im := impacts{in: scoring.Input{Ratings: table, Seed: 1}, rings: []detect.Ring{ring}}
		like := im.like(ring.Raters)
		for _, u := range im.newCrowd().draw(im.stream(0), like) {
			if slices.Contains(ring.Raters, u) {
				t.Errorf("a member was drawn")
			}
			names = append(names, table.Raters.Name(u))
		}
		slices.Sort(names)
		return names
	}
	up, down := make([]int, 400), make([]int, 400)
	for k := range up {
		up[k], down[k] = k, 399-k
	}
	a, b := draws(up), draws(down)
	if !slices.Equal(a, b) || len(slices.Compact(slices.Clone(a))) != 10 {
		t.Errorf("%v and %v", a, b)
	}
	total := 0
	for _, name := range a {
		var n int
		fmt.Sscanf(name, "rater%d", &n)
		total += n
	}
	if total < 1800 || total > 2060 { // the ring's: 1870
		t.Errorf("%v gave %d ratings", a, total)
	}
}

// What a scorer tells of a few raters left out is what it says when they are, to a
// tenth where raters are held.
func TestRescore(t *testing.T) {
	table, ring := town()
	for _, s := range []scoring.Rescorer{scoring.NewMean(), scoring.NewMedian(), scoring.NewBridging()} {
		fit := impact(t, s, table, ImpactOptions{Fits: 1}, ring)[0]
		quick := impact(t, s, table, ImpactOptions{}, ring)[0]
		within := 1e-6
		if s.Name() == "bridging" {
			within = .1
		}
		n := 0
		for _, c := range quick.Changes {
			at := slices.IndexFunc(fit.Changes, func(o Change) bool { return o.Item == c.Item })
			if !c.Target || at < 0 {
				continue
			}
			if n++; math.Abs(float64(c.Without-fit.Changes[at].Without)) > within {
				t.Errorf("%s: item %d is %.3f without the ring; scored anew, %.3f",
					s.Name(), c.Item, c.Without, fit.Changes[at].Without)
			}
		}
		if n != 4 {
			t.Errorf("%s: %d targets; want 4", s.Name(), n)
		}
	}
}
