package scoring

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
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

	raterPenalty float64 // on rater intercepts, where it is not InterceptPenalty
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
		BlindSpot: "a ring that first earns both viewpoints; factors of parts of the data that share no rater are not " +
			"comparable; a fit may end in a local minimum on small data",
	}
}

// check reports an option that the named scorer cannot use.
func (b *Bridging) check(name string) error {
	for _, o := range [...]struct {
		name  string
		value float64
		zero  bool
	}{
		{"InterceptPenalty", b.InterceptPenalty, false}, {"FactorPenalty", b.FactorPenalty, false},
		{"GlobalPenalty", b.GlobalPenalty, true}, {"NotHelpfulSlope", b.NotHelpfulSlope, true},
		{"MaxFactor", b.MaxFactor, true}, {"Tolerance", b.Tolerance, false}, {"MaxSweeps", float64(b.MaxSweeps), false},
	} {
		if o.value > 0 && !math.IsInf(o.value, 0) || o.zero && o.value == 0 {
			continue
		}
		return fmt.Errorf("scorer %s: %s is %g; it must be a finite number above 0%s",
			name, o.name, o.value, map[bool]string{true: ", or 0"}[o.zero])
	}
	return nil
}

// Score fits the model from in.Start, or from a start that depends on nothing
// but in.Seed and the identifiers of raters or items. Parameters and scores of
// raters and items that were not fitted are NaN.
func (b *Bridging) Score(ctx context.Context, in Input) (*Result, error) {
	if err := cmp.Or(b.check(b.Name()), in.check(b.Name()), ctx.Err()); err != nil {
		return nil, err
	}
	m := in.matrix(ctx)
	r := &Result{ItemRatings: m.items.counts(), RaterRatings: m.raters.counts()}
	m.filter(ctx, b.MinItemRatings, b.MinRaterRatings)
	raters, items, err := b.solve(ctx, m, &in, r)
	if err != nil {
		return nil, err
	}
	r.RaterIntercept, r.RaterFactor = columns(raters, &m.raters)
	r.ItemIntercept, r.ItemFactor = columns(items, &m.items)
	r.Item = slices.Clone(r.ItemIntercept)
	r.Status = make([]Status, len(r.Item))
	for n := range r.Status {
		r.Status[n] = b.status(r.ItemRatings[n], float64(r.ItemIntercept[n]), float64(r.ItemFactor[n]))
	}
	return r, nil
}

// solve returns the pairs at a minimum of the objective over the ratings of m,
// factors of the larger camp negative, and notes in r how that went.
func (b *Bridging) solve(ctx context.Context, m *matrix, in *Input, r *Result) (raters, items []pair, err error) {
	if err := ctx.Err(); err != nil { // m may hold anything
		return nil, nil, err
	}
	d := newModel(ctx, m, b)
	x, warm := b.start(d, m, in)
	if d.total > 0 {
		if err := b.fit(d, x, warm, in, r); err != nil {
			return nil, nil, err
		}
	}
	raters, items = x, d.z
	if d.outer == &m.items {
		raters, items = items, raters
	}
	flip(raters, items, m)
	ridge := d.innerRidge
	if d.outer == &m.items {
		ridge = d.outerRidge
	}
	r.ItemRidge = [2]float64{ridge.b, ridge.f}
	return raters, items, nil
}

// fit moves x to a minimum and notes in r how that went.
func (b *Bridging) fit(model *model, x []pair, warm bool, in *Input, r *Result) error {
	progress := func(int) {}
	if in.Progress != nil {
		progress = func(done int) { in.Progress("fitting viewpoints", done, b.MaxSweeps) }
	}
	d, err := newDescent(model, x, b.MaxSweeps, progress)
	if err != nil {
		return err
	}
	settled := true
	if !warm {
		if settled, err = d.lead(); err != nil {
			return err
		}
	}
	move, err := d.run(b.Tolerance)
	if err != nil {
		return err
	}
	copy(x, d.x)
	r.Mu, r.Loss, r.Move, r.Iterations = d.mu, d.value/d.total, move, d.sweeps
	if !settled {
		r.Warnings = append(r.Warnings, "bridging found no single axis of disagreement that stands out: "+
			"intercepts and factors may change with the seed; compare a few seeds")
	}
	if move > b.Tolerance {
		r.Warnings = append(r.Warnings, fmt.Sprintf("bridging did not settle in %d sweeps: an exact solve of one "+
			"rater or item would still move it by %.2g (tolerance %.2g)", d.sweeps, move, b.Tolerance))
	}
	return nil
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

// start returns the outer pairs to start from, and whether they are those of
// an earlier fit.
func (b *Bridging) start(d *model, m *matrix, in *Input) (x []pair, warm bool) {
	names, outer := in.Ratings.Raters, d.outer
	if outer == &m.items {
		names = in.Ratings.Items
	}
	x = make([]pair, outer.len())
	if in.Start != nil {
		intercept, factor := in.Start.RaterIntercept, in.Start.RaterFactor
		if outer == &m.items {
			intercept, factor = in.Start.ItemIntercept, in.Start.ItemFactor
		}
		for k := range min(len(intercept), len(factor), len(x)) {
			p := pair{float64(intercept[k]), float64(factor[k])}
			if outer.count(int32(k)) > 0 && !math.IsNaN(p.b+p.f) && !math.IsInf(p.b+p.f, 0) {
				x[k] = p
				warm = warm || p.f != 0
			}
		}
	}
	if !warm {
		for k := range x {
			if outer.count(int32(k)) > 0 {
				x[k].f = leadFactor * noise(in.Seed, names.Name(int32(k)))
			}
		}
	}
	return x, warm
}

// noise returns a number in [-1, 1) that depends on the identifier, not on its
// number: FNV-1a, then the finaliser of splitmix64.
func noise(seed uint64, name string) float64 {
	h := uint64(14695981039346656037)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	h += (seed + 1) * 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return float64((h^h>>31)>>11)/(1<<52) - 1
}

// flip gives the larger camp of raters negative factors; of equal camps, the
// one with the larger sum.
func flip(raters, items []pair, m *matrix) {
	negative, positive, sum := 0, 0, 0.0
	for u, p := range raters {
		if m.raters.count(int32(u)) == 0 || p.f == 0 {
			continue
		}
		sum += p.f
		if p.f < 0 {
			negative++
		} else {
			positive++
		}
	}
	if negative > positive || negative == positive && sum <= 0 {
		return
	}
	for u := range raters {
		raters[u].f = -raters[u].f
	}
	for n := range items {
		items[n].f = -items[n].f
	}
}

// columns returns pairs as two columns, NaN where an entity has no ratings.
func columns(at []pair, s *side) (intercept, factor []float32) {
	intercept, factor = make([]float32, len(at)), make([]float32, len(at))
	nan := float32(math.NaN())
	for k, p := range at {
		intercept[k], factor[k] = float32(p.b), float32(p.f)
		if s.count(int32(k)) == 0 {
			intercept[k], factor[k] = nan, nan
		}
	}
	return intercept, factor
}
