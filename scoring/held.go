package scoring

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/scoring/internal/fit"
)

// Held is the last fit of items, with raters and the global intercept held as
// they are: each item's intercept and factor are then those of a ridge
// regression on its own ratings, so that ratings can be taken out exactly by
// subtracting what they add to five sums. It answers what a ring did, and which
// ratings moved an item, without fitting anew.
//
// Raters held, the answer leaves out what the ratings did to the parameters of
// other raters. In bridging that is a part of the effect; in the official
// scorer of Community Notes, and communitynotes.Core, it comes with the next run of the
// first fits.
type Held struct {
	in     *Input
	m      *fit.Matrix // the ratings of the last fit
	raters []fit.Pair
	mu     float64
	ridge  fit.Pair
	sums   []fit.Sums // of items
}

// NewHeld returns the last fit of a result of Bridging, or of a scorer that
// ends with such a fit, for the same input. It takes 64 bytes an item and 16 a
// rating.
func NewHeld(in Input, r *Result) (*Held, error) {
	if r.RaterIntercept == nil || r.ItemIntercept == nil || r.ItemRidge == [2]float64{} {
		return nil, errors.New("this scorer has no last fit of items with raters held")
	}
	h := &Held{in: &in, raters: make([]fit.Pair, len(r.RaterIntercept)), mu: r.Mu,
		ridge: fit.Pair{B: r.ItemRidge[0], F: r.ItemRidge[1]}, sums: make([]fit.Sums, len(r.ItemIntercept))}
	for u := range h.raters {
		h.raters[u] = fit.Pair{B: float64(r.RaterIntercept[u]), F: float64(r.RaterFactor[u])}
	}
	t := in.Ratings
	var err error
	h.m, err = fit.NewMatrix(context.Background(), in.Scratch, t, in.Weight, func(k int) (float32, bool) {
		return t.Value[k], !math.IsNaN(h.raters[t.Rater[k]].B) && !math.IsNaN(float64(r.ItemIntercept[t.Item[k]]))
	})
	if err != nil {
		return nil, err
	}
	for n := range h.sums {
		h.sums[n] = fit.Accumulate(h.m.Items.Of(int32(n)), h.raters, h.m.Raters.Weight, h.mu)
	}
	return h, nil
}

func (h *Held) solve(s fit.Sums) fit.Pair {
	return fit.Block{BB: s.N + h.ridge.B, BF: s.F, FF: s.FF + h.ridge.F}.Solve(fit.Pair{B: s.Y, F: s.FY})
}

// minus takes one rating out of sums.
func (h *Held) minus(s fit.Sums, c fit.Cell) fit.Sums {
	p, w := h.raters[c.Other], h.m.Raters.WeightOf(c.Other)
	y := float64(c.Value) - h.mu - p.B
	s.N, s.F, s.FF = s.N-w, s.F-w*p.F, s.FF-w*p.F*p.F
	s.Y, s.FY = s.Y-w*y, s.FY-w*p.F*y
	return s
}

// A Moved is an item as it would be without some raters.
type Moved struct {
	Item              int32
	Intercept, Factor float32 // NaN if no rating is left
	Ratings           int32   // left
}

// Without returns the items that any of the raters rated, ascending, as they
// would be without these raters. It costs the ratings of the raters, sorted.
func (h *Held) Without(raters []int32) []Moved {
	type rated struct {
		item int32
		fit.Cell
	}
	var out []rated
	sorted := slices.Clone(raters)
	slices.Sort(sorted)
	for _, u := range slices.Compact(sorted) {
		for _, c := range h.m.Raters.Of(u) {
			out = append(out, rated{c.Other, fit.Cell{Other: u, Value: c.Value}})
		}
	}
	slices.SortStableFunc(out, func(a, b rated) int { return cmp.Compare(a.item, b.item) })
	var moved []Moved
	for i := 0; i < len(out); {
		item, s, left := out[i].item, h.sums[out[i].item], int32(h.m.Items.Count(out[i].item))
		for ; i < len(out) && out[i].item == item; i++ {
			s = h.minus(s, out[i].Cell)
			left--
		}
		p := fit.Pair{B: math.NaN(), F: math.NaN()}
		if left > 0 {
			p = h.solve(s)
		}
		moved = append(moved, Moved{item, float32(p.B), float32(p.F), left})
	}
	return moved
}

// StatusOf returns the status that Bridging gives an item as it would be
// without some raters.
func (b *Bridging) StatusOf(m Moved) Status {
	return b.status(m.Ratings, float64(m.Intercept), float64(m.Factor))
}

// An Influence is how far one rating moved an item's intercept.
type Influence struct {
	Rater int32
	Value float32
	Moved float32 // the intercept with the rating less that without it
}

// Influences returns the ratings of an item, those that moved its intercept
// most first, of equal ones the smaller rater. A rating can move it against
// what it says: far out on the axis it moves the factor, and the intercept
// with that.
func (h *Held) Influences(item int32) []Influence {
	with := h.solve(h.sums[item]).B
	all := make([]Influence, 0, h.m.Items.Count(item))
	for _, c := range h.m.Items.Of(item) {
		all = append(all, Influence{c.Other, c.Value, float32(with - h.solve(h.minus(h.sums[item], c)).B)})
	}
	slices.SortFunc(all, func(a, b Influence) int {
		return cmp.Or(cmp.Compare(math.Abs(float64(b.Moved)), math.Abs(float64(a.Moved))),
			cmp.Compare(a.Rater, b.Rater))
	})
	return all
}
