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

// An explainer tells how far an item is from its thresholds.
type explainer interface {
	margins(r *Result, item int32) []Margin
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
	e, ok := s.(explainer)
	if !ok {
		return nil, fmt.Errorf("%s has no rules to explain an item by; bridging, communitynotes-core and communitynotes have", s.Name())
	}
	w := &Why{Item: item, Margins: e.margins(r, item)}
	if math.IsNaN(float64(r.ItemIntercept[item])) {
		return w, nil
	}
	from := *r
	if r.ItemRidge == [2]float64{} && len(r.Models) > 0 { // joined of several fits: the core's
		core := r.Models[len(r.Models)-1]
		for _, m := range r.Models {
			if m.Name == "CoreModel" {
				core = m
			}
		}
		from.ItemIntercept, from.ItemFactor, from.ItemRidge = core.ItemIntercept, core.ItemFactor, core.Ridge
		if math.IsNaN(float64(from.ItemIntercept[item])) {
			return w, nil
		}
	}
	h, err := NewHeld(in, &from)
	if err != nil {
		return nil, err
	}
	w.held, w.Influences = h, h.Influences(item)
	high, low, slope := thresholds(s)
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
	w.now = w.class(p.b, p.f)
	for _, i := range w.Influences {
		if w.Without([]int32{i.Rater}) != w.now {
			w.Flipping = append(w.Flipping, i)
		}
	}
	return w, nil
}

// thresholds returns what makes an intercept helpful, and not helpful.
func thresholds(s Scorer) (high, low, slope float64) {
	c := NewNotesCore()
	switch s := s.(type) {
	case *Bridging:
		return s.HelpfulAt, s.NotHelpfulAt, s.NotHelpfulSlope
	case *NotesCore:
		c = s
	}
	return c.HelpfulAt, c.NotHelpfulAt, c.NotHelpfulSlope
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

func (b *Bridging) margins(r *Result, item int32) []Margin {
	x, f := float64(r.ItemIntercept[item]), math.Abs(float64(r.ItemFactor[item]))
	all := []Margin{
		above("helpful-at", "item intercept", x, b.HelpfulAt),
		below("not-helpful-at", "item intercept", x, b.NotHelpfulAt-b.NotHelpfulSlope*f),
	}
	if b.MaxFactor > 0 {
		all = append(all, above("max-factor", "size of the item factor", f, math.Nextafter(b.MaxFactor, 2)))
	}
	return append(all, above("min-ratings", "number of ratings", float64(r.ItemRatings[item]), float64(b.MinRatings)))
}

func above(rule, because string, x, at float64) Margin {
	return Margin{Rule: rule, Value: x, At: at, Reached: x >= at, Met: x >= at, Because: because}
}

func below(rule, because string, x, at float64) Margin {
	return Margin{Rule: rule, Value: x, At: at, Reached: x <= at, Met: x <= at, Because: because}
}

func (s *CommunityNotes) margins(r *Result, item int32) []Margin {
	return NewNotesCore().margins(r, item)
}

// margins tells of the rules that go by a number how far it is from theirs, and
// of the others whether they were met. A model that has no say is left out.
func (c *NotesCore) margins(r *Result, item int32) []Margin {
	var all []Margin
	for _, m := range r.Models {
		if m.Rated[item] == 0 || m.ItemIntercept == nil {
			continue
		}
		t := c
		switch m.Name {
		case gaussianCore.name, "Gaussian" + withTopics.name:
			t = gaussianThresholds(c)
		case group18.name:
			t = group18Thresholds(c)
		case group15.name:
			t = group15Thresholds(c)
		}
		x, f := float64(m.ItemIntercept[item]), math.Abs(float64(m.ItemFactor[item]))
		for k, name := range ruleNames {
			rule := Rules(1) << k
			out := Margin{Rule: m.Name + " " + name, Met: m.Rules[item].Has(rule), Value: math.NaN(), At: math.NaN(), Because: ruleSays[k]}
			switch rule {
			case GeneralCRH:
				out = above(out.Rule, "intercept", x, t.HelpfulAt)
			case GeneralCRNH:
				out = below(out.Rule, "intercept", x, t.NotHelpfulAt-t.NotHelpfulSlope*f)
			case UcbCRNH:
				if m.ItemBound != nil {
					out = below(out.Rule, "upper bound of the intercept", float64(m.ItemBound[item]), t.BoundAt)
				}
			case NmCRNH:
				out = below(out.Rule, "intercept of a note that says no note is needed", x, t.NoNoteAt)
			case GeneralCRHInertia:
				out = above(out.Rule, "intercept of an item that is helpful already", x, t.HelpfulAt-t.Inertia)
			case FilterLargeFactor:
				out = above(out.Rule, "size of the factor", f, t.MaxFactor)
			case RejectLowIntercept:
				out = below(out.Rule, "intercept", x, t.RejectAt)
			case NoHighVolIntercept:
				if m.NoHighVolume == nil {
					break
				}
				out = below(out.Rule, "intercept without the most active raters", float64(m.NoHighVolume[item]), t.LeaveOutAt)
			case NoCorrelatedIntercept:
				if m.NoCorrelated == nil {
					break
				}
				out = below(out.Rule, "intercept without correlated raters", float64(m.NoCorrelated[item]), t.LeaveOutAt)
			}
			out.Met = m.Rules[item].Has(rule)
			if out.Met || !math.IsNaN(out.Value) {
				all = append(all, out)
			}
		}
	}
	return all
}

// gaussianThresholds returns the thresholds of the Gaussian model.
func gaussianThresholds(c *NotesCore) *NotesCore {
	g := *c
	g.HelpfulAt, g.NotHelpfulAt, g.NotHelpfulSlope, g.NoNoteAt = 0.51, -0.5, 0, -0.6
	g.MaxFactor, g.LeaveOutAt, g.MinMinority, g.MinBalance, g.Bounds = 1, 0.45, 0, 0, false
	return &g
}

// ruleSays are the rules in words, in their order.
var ruleSays = [ruleCount]string{"the intercept is high", "the intercept is low", "the upper bound of the intercept is low",
	"both sides rate it low", "says that no note is needed, and is rated low", "nearly high enough, and helpful already",
	"raters near to it name one fault often", "raters near to it, who seldom say so, call it incorrect",
	"raters with a record for that call it poorly sourced", "one side likes it far better", "too low for any other model",
	"too few of one side rate it helpful", "too small a part of one side does", "not helpful without the most active raters",
	"not helpful without raters who may act together"}
