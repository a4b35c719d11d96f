package scoring

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/scoring/internal/fit"
)

// Bridging scores items by what is left of their ratings once viewpoints are
// explained: the one-factor model of Community Notes,
//
//	r = mu + b_u + b_n + f_u f_n
//
// with the official loss: the mean over ratings of the squared error, plus
// InterceptPenalty times the mean over items and the mean over raters of b^2,
// FactorPenalty times those of f^2, and GlobalPenalty mu^2. (Wojcik et al.,
// Birdwatch: Crowd Wisdom and Bridging Algorithms can Inform Understanding and
// Reduce the Spread of Misinformation, arXiv:2210.15723; the means are those
// of the published scorer, the paper has sums.)
//
// The official scorer stops its optimiser away from the minimum, so that its
// numbers depend on its seed. This one solves for the minimum itself. The side
// with fewer entities is descended on by preconditioned limited-memory BFGS;
// the other side and mu are solved for exactly at every step, and where a step
// fails alternating exact 2x2 ridge solves take over. The objective never
// rises. It stops when the exact solve of any one rater or item would move it
// by no more than Tolerance.
//
// A rater's weight multiplies the squared errors of that rater's ratings, and
// the mean becomes the weighted mean. Means over entities are over those with
// ratings of a positive weight, so weight 0 is as if the rows were not there.
//
// Memory is about 16 bytes a rating and 400 an entity of the smaller side; a
// sweep reads every rating twice. Larger camps have negative factors: factors
// are flipped if fewer than half of the non-zero rater factors are negative.
type Bridging struct {
	InterceptPenalty float64 `doc:"ridge penalty on rater and item intercepts, > 0"`
	FactorPenalty    float64 `doc:"ridge penalty on rater and item factors, > 0"`
	GlobalPenalty    float64 `doc:"ridge penalty on the global intercept, >= 0"`

	HelpfulAt       float64 `doc:"item intercept from which on an item is helpful"`
	NotHelpfulAt    float64 `doc:"item intercept up to which an item without a side is not helpful"`
	NotHelpfulSlope float64 `doc:"how much lower NotHelpfulAt is per unit of the item's |factor|, >= 0"`
	MaxFactor       float64 `doc:"items with a larger |factor| are never helpful; 0 for no limit (the official final round has 0.5)"`
	MinRatings      int     `doc:"ratings of a positive weight below which an item needs more"`

	// The official scorer fits items with at least 5 ratings and raters with
	// at least 10. The default is to fit everything: small communities would
	// lose most of their raters, and an attack would change who is left.
	MinItemRatings  int `doc:"fit only items with so many ratings; the others have no score (the official scorer has 5)"`
	MinRaterRatings int `doc:"fit only raters with so many ratings (the official scorer has 10)"`

	Tolerance float64 `doc:"stop when no exact solve of one rater or item moves it further, > 0"`
	MaxSweeps int     `doc:"passes over the ratings after which to stop with a warning, > 0"`
}

// NewBridging returns a Bridging with the official penalties and thresholds.
func NewBridging() *Bridging {
	return &Bridging{InterceptPenalty: 0.15, FactorPenalty: 0.03, GlobalPenalty: 0.15,
		HelpfulAt: 0.40, NotHelpfulAt: -0.05, NotHelpfulSlope: 0.8, MinRatings: 5,
		MinItemRatings: 1, MinRaterRatings: 1, Tolerance: 1e-6, MaxSweeps: 500}
}

func (b *Bridging) Name() string { return "bridging" }

func (b *Bridging) Doc() Doc {
	return Doc{
		Summary: "what raters of opposed viewpoints agree on: item intercepts of a one-factor model (Community Notes)",
		Source:  "Wojcik et al. 2022, arXiv:2210.15723; twitter/communitynotes",
		Cost:    "two passes over the ratings per sweep, tens of sweeps; 16 bytes a rating",
		BlindSpot: "a ring that first earns both viewpoints; factors of parts of the data that share " +
			"no rater are not comparable; a fit may end in a local minimum on small data",
	}
}

// check reports an option that the named scorer cannot use.
func (b *Bridging) check(name string) error {
	return cmp.Or(b.viewpoints(&Input{}).Check(name), notNegative(name, "NotHelpfulSlope", b.NotHelpfulSlope),
		notNegative(name, "MaxFactor", b.MaxFactor))
}

// Score fits the model from in.Start, or from a start that depends on nothing
// but in.Seed and the identifiers of raters or items. Parameters and scores of
// raters and items that were not fitted are NaN.
func (b *Bridging) Score(ctx context.Context, in Input) (*Result, error) {
	if err := cmp.Or(b.check(b.Name()), in.Check(b.Name()), ctx.Err()); err != nil {
		return nil, err
	}
	m, err := in.matrix(ctx)
	if err != nil {
		return nil, err
	}
	r := &Result{ItemRatings: m.Items.Counts(), RaterRatings: m.Raters.Counts()}
	if err := m.Filter(ctx, b.MinItemRatings, b.MinRaterRatings); err != nil {
		return nil, err
	}
	f, err := b.solve(ctx, m, &in, r)
	if err != nil {
		return nil, err
	}
	r.RaterIntercept, r.RaterFactor = fit.Columns(f.Raters, &m.Raters)
	r.ItemIntercept, r.ItemFactor = fit.Columns(f.Items, &m.Items)
	if err := m.GiveBack(); err != nil {
		return nil, err
	}
	r.Item = slices.Clone(r.ItemIntercept)
	r.Status = make([]Status, len(r.Item))
	for n := range r.Status {
		r.Status[n] = b.status(r.ItemRatings[n], float64(r.ItemIntercept[n]), float64(r.ItemFactor[n]))
	}
	return r, nil
}

// viewpoints returns the model to fit.
func (b *Bridging) viewpoints(in *Input) *fit.Viewpoints {
	v := &fit.Viewpoints{InterceptPenalty: b.InterceptPenalty, FactorPenalty: b.FactorPenalty,
		GlobalPenalty: b.GlobalPenalty,
		Tolerance:     b.Tolerance, MaxSweeps: b.MaxSweeps, Seed: in.Seed, Progress: in.Progress}
	if in.Start != nil {
		v.RaterIntercept, v.RaterFactor = in.Start.RaterIntercept, in.Start.RaterFactor
		v.ItemIntercept, v.ItemFactor = in.Start.ItemIntercept, in.Start.ItemFactor
	}
	return v
}

// solve fits to the ratings of m, and notes in r how that went.
func (b *Bridging) solve(ctx context.Context, m *fit.Matrix, in *Input, r *Result) (*fit.Fitted, error) {
	f, err := b.viewpoints(in).Fit(ctx, m, in.Ratings)
	if err != nil {
		return nil, err
	}
	r.ItemRidge = [2]float64{f.Ridge.B, f.Ridge.F}
	r.Mu, r.Loss, r.Move, r.Iterations, r.Warnings = f.Mu, f.Loss, f.Move, f.Sweeps, f.Warnings
	return f, nil
}

// status applies the rules GeneralCRH, GeneralCRNH and FilterLargeFactor.
func (b *Bridging) status(ratings int32, intercept, factor float64) Status {
	factor = math.Abs(factor)
	switch {
	case ratings == 0:
		return Unrated
	case int(ratings) < b.MinRatings:
		return NeedsMore
	case intercept >= b.HelpfulAt && (b.MaxFactor == 0 || factor <= b.MaxFactor):
		return Helpful
	case intercept <= b.NotHelpfulAt-b.NotHelpfulSlope*factor:
		return NotHelpful
	}
	return NeedsMore
}
