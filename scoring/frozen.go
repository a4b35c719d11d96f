package scoring

import (
	"math"

	"github.com/ringwatch/ringwatch/scoring/internal/fit"
)

// Frozen is a last fit that ratings are added to: raters and the global intercept
// stay as they were, and an item's intercept and factor follow from five sums, in
// constant time a rating. What the ratings would do to raters, and ratings of raters
// that were not fitted, come with the next fit: of 1 % of late ratings the median
// error of an intercept is .0013 and the 99th percentile .036, where items left as
// they were are .108 off.
//
// It is not safe for several goroutines.
type Frozen struct {
	raters []fit.Pair
	weight []float64 // of raters; nil for 1
	mu     float64
	ridge  fit.Pair
	sums   []fit.Sums
	count  []int32
	known  []bool // items that have all their ratings in their sums
	status func(Moved) Status
	was    []Status
}

// Freeze returns the last fit of a result for the input it is of, as NewHeld does
// and with its errors.
func Freeze(in Input, r *Result) (*Frozen, error) {
	h, err := NewHeld(in, r)
	if err != nil {
		return nil, err
	}
	f := &Frozen{raters: h.raters, weight: h.m.Raters.Weight, mu: h.mu, ridge: h.ridge, sums: h.sums,
		count: make([]int32, len(h.sums)), known: make([]bool, len(h.sums)), was: r.Status}
	for i := range f.sums {
		f.count[i] = int32(h.m.Items.Count(int32(i)))
		f.known[i] = !math.IsNaN(float64(r.ItemIntercept[i]))
	}
	return f, nil
}

// AddItem makes room for an item that was not there at the fit.
func (f *Frozen) AddItem() (item int32) {
	f.sums, f.count, f.known = append(f.sums, fit.Sums{}), append(f.count, 0), append(f.known, true)
	return int32(len(f.sums) - 1)
}

// Add counts a rating, and Remove takes one out. They report whether it counts
// before the next fit.
func (f *Frozen) Add(rater, item int32, value float32) bool { return f.move(rater, item, value, 1) }

// Remove takes a rating out that was in the fit or added.
func (f *Frozen) Remove(rater, item int32, value float32) bool {
	return f.move(rater, item, value, -1)
}

func (f *Frozen) move(rater, item int32, value float32, by float64) bool {
	if int(rater) >= len(f.raters) || math.IsNaN(f.raters[rater].B) || !f.known[item] {
		return false
	}
	p, s := f.raters[rater], &f.sums[item]
	y, one := float64(value)-f.mu-p.B, by
	if f.weight != nil {
		by *= f.weight[rater]
	}
	s.N, s.F, s.FF = s.N+by, s.F+by*p.F, s.FF+by*p.F*p.F
	s.Y, s.FY = s.Y+by*y, s.FY+by*p.F*y
	f.count[item] += int32(one)
	return true
}

// Item returns an item as it stands, with NaN where no rating counts.
func (f *Frozen) Item(item int32) Moved {
	m := Moved{Item: item, Intercept: float32(math.NaN()), Factor: float32(math.NaN()), Ratings: f.count[item]}
	if f.known[item] && m.Ratings > 0 {
		s := f.sums[item]
		p := fit.Block{BB: s.N + f.ridge.B, BF: s.F, FF: s.FF + f.ridge.F}.Solve(fit.Pair{B: s.Y, F: s.FY})
		m.Intercept, m.Factor = float32(p.B), float32(p.F)
	}
	return m
}
