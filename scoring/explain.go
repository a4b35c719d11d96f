package scoring

import (
	"fmt"
	"math"
)

// A Margin is how one rule stands with an item.
type Margin struct {
	Rule    string  // official name, or what the threshold is
	Met     bool    // it applied, or the threshold was reached
	Value   float64 // what the rule looks at; NaN where that is not known
	At      float64 // its threshold
	Reached bool    // the value is on the rule's side of the threshold
	Because string  // what the value is
}

// By is how far the value is from the threshold, above 0 on the rule's side.
func (m Margin) By() float64 {
	d := math.Abs(m.Value - m.At)
	if !m.Reached {
		return -d
	}
	return d
}

// An Explainer is a scorer that goes by thresholds on an item's intercept.
type Explainer interface {
	Scorer
	// Margins says of a Result of this scorer how the rules stand with an item.
	Margins(r *Result, item int32) []Margin
	// LastFit returns what Held is to be made of, and from which intercept on an
	// item is helpful, and up to which it is not: low - slope*|factor|.
	LastFit(r *Result) (fit *Result, high, low, slope float64)
}

// A Why says how an item came by its status.
type Why struct {
	Item       int32
	Margins    []Margin
	Influences []Influence // of the last fit, those that moved the intercept most first
	Flipping   []Influence // of these, raters without whom the item would be another
	held       *Held
	class      func(intercept, factor float64) Status
	now        Status
}

// Explain says how an item came by its status in a result of the scorer for
// the same input. Scorers without thresholds on an intercept, and those that
// do not end in a fit of items with raters held, are an error.
func Explain(s Scorer, in Input, r *Result, item int32) (*Why, error) {
	e, ok := s.(Explainer)
	if !ok {
		return nil, fmt.Errorf("%s has no rules to explain an item by; bridging, "+
			"communitynotes-core and communitynotes have", s.Name())
	}
	w := &Why{Item: item, Margins: e.Margins(r, item)}
	if math.IsNaN(float64(r.ItemIntercept[item])) {
		return w, nil
	}
	from, high, low, slope := e.LastFit(r)
	if math.IsNaN(float64(from.ItemIntercept[item])) {
		return w, nil
	}
	h, err := NewHeld(in, from)
	if err != nil {
		return nil, err
	}
	w.held, w.Influences = h, h.Influences(item)
	w.class = func(intercept, factor float64) Status {
		switch {
		case intercept >= high:
			return Helpful
		case intercept <= low-slope*math.Abs(factor):
			return NotHelpful
		}
		return NeedsMore
	}
	p := h.solve(h.sums[item])
	w.now = w.class(p.B, p.F)
	for _, i := range w.Influences {
		if w.Without([]int32{i.Rater}) != w.now {
			w.Flipping = append(w.Flipping, i)
		}
	}
	return w, nil
}

// Now is the status by the intercept alone.
func (w *Why) Now() Status { return w.now }

// Without returns the status by the intercept alone if some raters had not
// rated, all others held as they are.
func (w *Why) Without(raters []int32) Status {
	if w.held == nil {
		return NeedsMore
	}
	for _, m := range w.held.Without(raters) {
		if m.Item == w.Item {
			if m.Ratings == 0 {
				return NeedsMore
			}
			return w.class(float64(m.Intercept), float64(m.Factor))
		}
	}
	return w.now
}

// LastFit is the only one.
func (b *Bridging) LastFit(r *Result) (fit *Result, high, low, slope float64) {
	return r, b.HelpfulAt, b.NotHelpfulAt, b.NotHelpfulSlope
}

// Margins are those of the intercept, of the factor if there is a limit, and of the ratings.
func (b *Bridging) Margins(r *Result, item int32) []Margin {
	x, f := float64(r.ItemIntercept[item]), math.Abs(float64(r.ItemFactor[item]))
	all := []Margin{
		Above("helpful-at", "item intercept", x, b.HelpfulAt),
		Below("not-helpful-at", "item intercept", x, b.NotHelpfulAt-b.NotHelpfulSlope*f),
	}
	if b.MaxFactor > 0 {
		all = append(all, Above("max-factor", "size of the item factor", f, math.Nextafter(b.MaxFactor, 2)))
	}
	return append(all, Above("min-ratings", "number of ratings", float64(r.ItemRatings[item]), float64(b.MinRatings)))
}

// Above is how a rule stands that applies from a threshold on.
func Above(rule, because string, x, at float64) Margin {
	return Margin{Rule: rule, Value: x, At: at, Reached: x >= at, Met: x >= at, Because: because}
}

// Below is how a rule stands that applies up to a threshold.
func Below(rule, because string, x, at float64) Margin {
	return Margin{Rule: rule, Value: x, At: at, Reached: x <= at, Met: x <= at, Because: because}
}
