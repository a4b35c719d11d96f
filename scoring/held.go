package scoring

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
)

// Held is the last fit of items, with raters and the global intercept held as
// they are: each item's intercept and factor are then those of a ridge
// regression on its own ratings, so that ratings can be taken out exactly by
// subtracting what they add to five sums. It answers what a ring did, and which
// ratings moved an item, without fitting anew.
//
// Raters held, the answer leaves out what the ratings did to the parameters of
// other raters. In bridging that is a part of the effect; in the official
// scorer of Community Notes, and NotesCore, it comes with the next run of the
// first fits.
type Held struct {
	in     *Input
	m      *matrix // the ratings of the last fit
	raters []pair
	mu     float64
	ridge  pair
	sums   []sums // of items
}

// NewHeld returns the last fit of a result of Bridging, or of a scorer that
// ends with such a fit, for the same input. It takes 64 bytes an item and 16 a
// rating.
func NewHeld(in Input, r *Result) (*Held, error) {
	if r.RaterIntercept == nil || r.ItemIntercept == nil || r.ItemRidge == [2]float64{} {
		return nil, errors.New("this scorer has no last fit of items with raters held")
	}
	h := &Held{in: &in, raters: make([]pair, len(r.RaterIntercept)), mu: r.Mu, ridge: pair{r.ItemRidge[0], r.ItemRidge[1]},
		sums: make([]sums, len(r.ItemIntercept))}
	for u := range h.raters {
		h.raters[u] = pair{float64(r.RaterIntercept[u]), float64(r.RaterFactor[u])}
	}
	t := in.Ratings
	h.m = in.matrixOf(context.Background(), func(k int) (float32, bool) {
		return t.Value[k], !math.IsNaN(h.raters[t.Rater[k]].b) && !math.IsNaN(float64(r.ItemIntercept[t.Item[k]]))
	})
	for n := range h.sums {
		h.sums[n] = accumulate(h.m.items.of(int32(n)), h.raters, h.m.raters.weight, h.mu)
	}
	return h, nil
}

func (h *Held) solve(s sums) pair {
	return block{s.n + h.ridge.b, s.f, s.ff + h.ridge.f}.solve(pair{s.y, s.fy})
}

// minus takes one rating out of sums.
func (h *Held) minus(s sums, c cell) sums {
	p, w := h.raters[c.other], h.m.raters.weightOf(c.other)
	y := float64(c.value) - h.mu - p.b
	s.n, s.f, s.ff = s.n-w, s.f-w*p.f, s.ff-w*p.f*p.f
	s.y, s.fy = s.y-w*y, s.fy-w*p.f*y
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
		cell
	}
	var out []rated
	sorted := slices.Clone(raters)
	slices.Sort(sorted)
	for _, u := range slices.Compact(sorted) {
		for _, c := range h.m.raters.of(u) {
			out = append(out, rated{c.other, cell{u, c.value}})
		}
	}
	slices.SortStableFunc(out, func(a, b rated) int { return cmp.Compare(a.item, b.item) })
	var moved []Moved
	for i := 0; i < len(out); {
		item, s, left := out[i].item, h.sums[out[i].item], int32(h.m.items.count(out[i].item))
		for ; i < len(out) && out[i].item == item; i++ {
			s = h.minus(s, out[i].cell)
			left--
		}
		p := pair{math.NaN(), math.NaN()}
		if left > 0 {
			p = h.solve(s)
		}
		moved = append(moved, Moved{item, float32(p.b), float32(p.f), left})
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
	with := h.solve(h.sums[item]).b
	all := make([]Influence, 0, h.m.items.count(item))
	for _, c := range h.m.items.of(item) {
		all = append(all, Influence{c.other, c.value, float32(with - h.solve(h.minus(h.sums[item], c)).b)})
	}
	slices.SortFunc(all, func(a, b Influence) int {
		return cmp.Or(cmp.Compare(math.Abs(float64(b.Moved)), math.Abs(float64(a.Moved))), cmp.Compare(a.Rater, b.Rater))
	})
	return all
}
