package communitynotes

import (
	"math"

	"github.com/ringwatch/ringwatch/scoring"
)

// Margins is Core's, of all models.
func (s *Scorer) Margins(r *scoring.Result, item int32) []scoring.Margin {
	return NewCore().Margins(r, item)
}

// LastFit is Core's.
func (s *Scorer) LastFit(r *scoring.Result) (fit *scoring.Result, high, low, slope float64) {
	return NewCore().LastFit(r)
}

// LastFit is the core model's where what a Result says of items is of several.
func (c *Core) LastFit(r *scoring.Result) (fit *scoring.Result, high, low, slope float64) {
	fit = r
	if models := DetailOf(r).Models; r.ItemRidge == [2]float64{} && len(models) > 0 {
		of := models[len(models)-1]
		for _, m := range models {
			if m.Name == core.name {
				of = m
			}
		}
		from := *r
		from.ItemIntercept, from.ItemFactor, from.ItemRidge = of.ItemIntercept, of.ItemFactor, of.Ridge
		fit = &from
	}
	return fit, c.HelpfulAt, c.NotHelpfulAt, c.NotHelpfulSlope
}

// Margins tells of the rules that go by a number how far it is from theirs, and
// of the others whether they were met. A model that has no say is left out.
func (c *Core) Margins(r *scoring.Result, item int32) []scoring.Margin {
	var all []scoring.Margin
	for _, m := range DetailOf(r).Models {
		if m.Rated[item] == 0 || m.ItemIntercept == nil {
			continue
		}
		t := c
		switch m.Name {
		case gaussianCore.name, gaussianAll.name, gaussianWider.name:
			t = gaussianThresholds(c)
		case group18.name:
			t = group18Thresholds(c)
		case group15.name:
			t = group15Thresholds(c)
		case group21.name:
			t = group21Thresholds(c)
		}
		x, f := float64(m.ItemIntercept[item]), math.Abs(float64(m.ItemFactor[item]))
		for k, name := range ruleNames {
			rule := Rules(1) << k
			out := scoring.Margin{Rule: m.Name + " " + name, Met: m.Rules[item].Has(rule), Value: math.NaN(),
				At: math.NaN(), Because: ruleSays[k]}
			switch rule {
			case GeneralCRH:
				out = scoring.Above(out.Rule, "intercept", x, t.HelpfulAt)
			case GeneralCRNH:
				out = scoring.Below(out.Rule, "intercept", x, t.NotHelpfulAt-t.NotHelpfulSlope*f)
			case UcbCRNH:
				if m.ItemBound != nil {
					out = scoring.Below(out.Rule, "upper bound of the intercept", float64(m.ItemBound[item]), t.BoundAt)
				}
			case NmCRNH:
				out = scoring.Below(out.Rule, "intercept of a note that says no note is needed", x, t.NoNoteAt)
			case GeneralCRHInertia:
				out = scoring.Above(out.Rule, "intercept of an item that is helpful already", x, t.HelpfulAt-t.Inertia)
			case FilterLargeFactor:
				out = scoring.Above(out.Rule, "size of the factor", f, t.MaxFactor)
			case RejectLowIntercept:
				out = scoring.Below(out.Rule, "intercept", x, t.RejectAt)
			case NoHighVolIntercept:
				if m.NoHighVolume == nil {
					break
				}
				out = scoring.Below(out.Rule, "intercept without the most active raters",
					float64(m.NoHighVolume[item]), t.LeaveOutAt)
			case NoCorrelatedIntercept:
				if m.NoCorrelated == nil {
					break
				}
				out = scoring.Below(out.Rule, "intercept without correlated raters",
					float64(m.NoCorrelated[item]), t.LeaveOutAt)
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
func gaussianThresholds(c *Core) *Core {
	g := *c
	g.HelpfulAt, g.NotHelpfulAt, g.NotHelpfulSlope, g.NoNoteAt = 0.51, -0.5, 0, -0.6
	g.MaxFactor, g.LeaveOutAt, g.MinMinority, g.MinBalance, g.Bounds = 1, 0.45, 0, 0, false
	return &g
}

// ruleSays are the rules in words, in their order.
var ruleSays = [ruleCount]string{"the intercept is high", "the intercept is low",
	"the upper bound of the intercept is low",
	"both sides rate it low", "says that no note is needed, and is rated low",
	"nearly high enough, and helpful already",
	"raters near to it name one fault often", "raters near to it, who seldom say so, call it incorrect",
	"raters with a record for that call it poorly sourced", "one side likes it far better",
	"too low for any other model",
	"too few of one side rate it helpful", "too small a part of one side does",
	"not helpful without the most active raters", "not helpful without raters who may act together"}
