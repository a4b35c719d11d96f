package fit

import (
	"context"
	"fmt"
	"math"

	"github.com/ringwatch/ringwatch/rating"
)

// Viewpoints fits the one-factor model of scoring.Bridging, which says what it is:
//
//	r = mu + b_u + b_n + f_u f_n
type Viewpoints struct {
	InterceptPenalty, FactorPenalty, GlobalPenalty float64
	// on rater intercepts, where it is above 0 and not interceptPenalty
	RaterPenalty float64

	Tolerance float64
	MaxSweeps int
	Seed      uint64
	Progress  func(stage string, done, total int) // may be nil

	// Where to start from, NaN where that is not known, nil for the seed's start.
	RaterIntercept, RaterFactor, ItemIntercept, ItemFactor []float32
}

// Fitted is a minimum of the objective, factors of the larger camp negative.
type Fitted struct {
	Raters, Items  []Pair
	Ridge          Pair // penalties on an item, as ratings of weight 1
	Mu, Loss, Move float64
	Sweeps         int // 0 if there was nothing to fit
	Warnings       []string
}

func newModel(ctx context.Context, m *Matrix, v *Viewpoints) *model {
	d := &model{ctx: ctx, outer: &m.Raters, inner: &m.Items}
	for u := range int32(m.Raters.Len()) {
		d.total += float64(m.Raters.Count(u)) * m.Raters.WeightOf(u)
	}
	ridge := func(s *Side) Pair {
		n, intercept := float64(max(s.Used(), 1)), v.InterceptPenalty
		if s == &m.Raters && v.RaterPenalty > 0 {
			intercept = v.RaterPenalty
		}
		return Pair{intercept * d.total / n, v.FactorPenalty * d.total / n}
	}
	if m.Items.Used() < m.Raters.Used() {
		d.outer, d.inner = d.inner, d.outer
	}
	d.outerRidge, d.innerRidge = ridge(d.outer), ridge(d.inner)
	d.ridgeMu = v.GlobalPenalty * d.total
	d.z, d.s = make([]Pair, d.inner.Len()), make([]Sums, d.inner.Len())
	d.a = make([]Block, d.outer.Len())
	d.v = make([]float64, 2*max(len(d.inner.Blocks), len(d.outer.Blocks)))
	return d
}

// Check reports an option that the named scorer cannot use.
func (v *Viewpoints) Check(scorer string) error {
	for _, o := range [...]struct {
		name  string
		value float64
		zero  bool
	}{
		{"InterceptPenalty", v.InterceptPenalty, false}, {"FactorPenalty", v.FactorPenalty, false},
		{"GlobalPenalty", v.GlobalPenalty, true}, {"Tolerance", v.Tolerance, false},
		{"MaxSweeps", float64(v.MaxSweeps), false},
	} {
		if o.value > 0 && !math.IsInf(o.value, 0) || o.zero && o.value == 0 {
			continue
		}
		return fmt.Errorf("scorer %s: %s is %g; it must be a finite number above 0%s",
			scorer, o.name, o.value, map[bool]string{true: ", or 0"}[o.zero])
	}
	return nil
}

// Fit returns a minimum over the ratings of m, which are of t.
func (v *Viewpoints) Fit(ctx context.Context, m *Matrix, t *rating.Table) (*Fitted, error) {
	d := newModel(ctx, m, v)
	x, warm := v.start(d, m, t)
	f := &Fitted{Raters: x, Items: d.z}
	if d.total > 0 {
		if err := v.descend(d, x, warm, f); err != nil {
			return nil, err
		}
	}
	f.Ridge = d.innerRidge
	if d.outer == &m.Items {
		f.Raters, f.Items, f.Ridge = f.Items, f.Raters, d.outerRidge
	}
	Flip(f.Raters, f.Items, m)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return f, nil
}

// descend moves x to a minimum and notes in f how that went.
func (v *Viewpoints) descend(model *model, x []Pair, warm bool, f *Fitted) error {
	progress := func(int) {}
	if v.Progress != nil {
		progress = func(done int) { v.Progress("fitting viewpoints", done, v.MaxSweeps) }
	}
	d, err := newDescent(model, x, v.MaxSweeps, progress)
	if err != nil {
		return err
	}
	settled := true
	if !warm {
		if settled, err = d.lead(); err != nil {
			return err
		}
	}
	move, err := d.run(v.Tolerance)
	if err != nil {
		return err
	}
	copy(x, d.x)
	f.Mu, f.Loss, f.Move, f.Sweeps = d.mu, d.value/d.total, move, d.sweeps
	if !settled {
		f.Warnings = append(f.Warnings, "bridging found no single axis of disagreement that stands out: "+
			"intercepts and factors may change with the seed; compare a few seeds")
	}
	if move > v.Tolerance {
		f.Warnings = append(f.Warnings, fmt.Sprintf("bridging did not settle in %d sweeps: an exact solve of one "+
			"rater or item would still move it by %.2g (tolerance %.2g)", d.sweeps, move, v.Tolerance))
	}
	return nil
}

// start returns the outer pairs to start from, and whether they are those of
// an earlier fit.
func (v *Viewpoints) start(d *model, m *Matrix, t *rating.Table) (x []Pair, warm bool) {
	names, outer := t.Raters, d.outer
	intercept, factor := v.RaterIntercept, v.RaterFactor
	if outer == &m.Items {
		names = t.Items
		intercept, factor = v.ItemIntercept, v.ItemFactor
	}
	x = make([]Pair, outer.Len())
	for k := range min(len(intercept), len(factor), len(x)) {
		p := Pair{float64(intercept[k]), float64(factor[k])}
		if outer.Count(int32(k)) > 0 && !math.IsNaN(p.B+p.F) && !math.IsInf(p.B+p.F, 0) {
			x[k] = p
			warm = warm || p.F != 0
		}
	}
	if !warm {
		for k := range x {
			if outer.Count(int32(k)) > 0 {
				x[k].F = leadFactor * noise(v.Seed, names.Name(int32(k)))
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

// Flip gives the larger camp of raters negative factors; of equal camps, the
// one with the larger sum.
func Flip(raters, items []Pair, m *Matrix) {
	negative, positive, sum := 0, 0, 0.0
	for u, p := range raters {
		if m.Raters.Count(int32(u)) == 0 || p.F == 0 {
			continue
		}
		sum += p.F
		if p.F < 0 {
			negative++
		} else {
			positive++
		}
	}
	if negative > positive || negative == positive && sum <= 0 {
		return
	}
	for u := range raters {
		raters[u].F = -raters[u].F
	}
	for n := range items {
		items[n].F = -items[n].F
	}
}

// Columns returns pairs as two columns, NaN where an entity has no ratings.
func Columns(at []Pair, s *Side) (intercept, factor []float32) {
	intercept, factor = make([]float32, len(at)), make([]float32, len(at))
	nan := float32(math.NaN())
	for k, p := range at {
		intercept[k], factor[k] = float32(p.B), float32(p.F)
		if s.Count(int32(k)) == 0 {
			intercept[k], factor[k] = nan, nan
		}
	}
	return intercept, factor
}
