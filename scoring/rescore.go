package scoring

import (
	"context"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/scoring/internal/fit"
)

// A Rescorer tells what a few raters do to its scores without scoring all anew.
type Rescorer interface {
	Scorer
	// Rescore takes what Score returned of the same input. What it returns gives
	// the items that any of some raters rated, ascending, as they are without
	// these raters, and costs little more than the ratings of those items.
	Rescore(ctx context.Context, in Input, with *Result) (func(without []int32) []Rescored, error)
}

// A Rescored is an item as it is without some raters.
type Rescored struct {
	Item   int32
	Score  float32 // NaN if no rating is left
	Status Status
}

// Rescore is exact.
func (s *Mean) Rescore(ctx context.Context, in Input, _ *Result) (func([]int32) []Rescored, error) {
	return rescoreAverage(ctx, &in, s.Name(), cutoffs(*s), mean)
}

// Rescore is exact.
func (s *Median) Rescore(ctx context.Context, in Input, _ *Result) (func([]int32) []Rescored, error) {
	return rescoreAverage(ctx, &in, s.Name(), cutoffs(*s), median)
}

func rescoreAverage(ctx context.Context, in *Input, name string, cut cutoffs,
	of func([]fit.Cell, []float64) float64) (func([]int32) []Rescored, error) {
	if err := in.Check(name); err != nil {
		return nil, err
	}
	m, err := in.matrix(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]bool, m.Raters.Len())
	return func(without []int32) []Rescored {
		var items []int32
		for _, u := range without {
			out[u] = true
			for _, c := range m.Raters.Of(u) {
				items = append(items, c.Other)
			}
		}
		slices.Sort(items)
		var all []Rescored
		var left []fit.Cell
		for _, i := range slices.Compact(items) {
			left = slices.DeleteFunc(append(left[:0], m.Items.Of(i)...), func(c fit.Cell) bool { return out[c.Other] })
			score := math.NaN()
			if len(left) > 0 {
				score = of(left, m.Raters.Weight)
			}
			all = append(all, Rescored{i, float32(score), cut.status(int32(len(left)), score)})
		}
		for _, u := range without {
			out[u] = false
		}
		return all
	}, nil
}

// Rescore holds raters as they are; see Held. Beside a new fit it finds nine
// tenths of how far a ring moves its targets, and never more (the attacks bridge,
// burst, camouflage, drip and hijack).
func (b *Bridging) Rescore(ctx context.Context, in Input, with *Result) (func([]int32) []Rescored, error) {
	h, err := NewHeld(in, with)
	if err != nil {
		return nil, err
	}
	return func(without []int32) []Rescored {
		moved := h.Without(without)
		all := make([]Rescored, 0, len(moved))
		for _, m := range moved {
			all = append(all, Rescored{m.Item, m.Intercept,
				b.status(m.Ratings, float64(m.Intercept), float64(m.Factor))})
		}
		return all
	}, ctx.Err()
}
