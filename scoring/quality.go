package scoring

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/scoring/internal/fit"
)

// Quality scores items as Bridging does, but learns of each rater how far their
// ratings follow an item's quality at all:
//
//	r = mu + b_u + rho_u q_n + f_u f_n
//
// (Quality-Sensitive Matrix Factorization for Community Notes,
// arXiv:2604.11224, of which this is a reading of the abstract.) The loss is
// that of Bridging plus SensitivityPenalty times the mean over raters of
// (rho_u - 1)^2. A rater who follows quality more than others has more
// influence on it, in proportion to rho_u^2; one who does not, or goes against
// it, has none, as rho_u is at least 0: a rater who is known to be always wrong
// would be as good a witness as one who is always right, and easier to play.
//
// It starts from Bridging's fit, where all rho_u are 1, and alternates exact
// ridge solves of items, raters and mu. The objective never rises.
type Quality struct {
	InterceptPenalty   float64 `doc:"ridge penalty on rater intercepts and item qualities, > 0"`
	FactorPenalty      float64 `doc:"ridge penalty on rater and item factors, > 0"`
	GlobalPenalty      float64 `doc:"ridge penalty on the global intercept, >= 0"`
	SensitivityPenalty float64 `doc:"ridge penalty on how far a rater's sensitivity to quality is from 1, > 0"`

	HelpfulAt       float64 `doc:"item quality from which on an item is helpful"`
	NotHelpfulAt    float64 `doc:"item quality up to which an item without a side is not helpful"`
	NotHelpfulSlope float64 `doc:"how much lower NotHelpfulAt is per unit of the item's |factor|, >= 0"`
	MaxFactor       float64 `doc:"items with a larger |factor| are never helpful; 0 for no limit"`
	MinRatings      int     `doc:"ratings of a positive weight below which an item needs more"`

	Tolerance float64 `doc:"stop when no solve of one rater or item moves it further, > 0"`
	MaxSweeps int     `doc:"passes over the ratings after which to stop with a warning, > 0"`
}

// NewQuality returns a Quality with Bridging's penalties and thresholds.
func NewQuality() *Quality {
	b := NewBridging()
	return &Quality{InterceptPenalty: b.InterceptPenalty, FactorPenalty: b.FactorPenalty,
		GlobalPenalty:      b.GlobalPenalty,
		SensitivityPenalty: 0.03, HelpfulAt: b.HelpfulAt, NotHelpfulAt: b.NotHelpfulAt,
		NotHelpfulSlope: b.NotHelpfulSlope,
		MaxFactor:       b.MaxFactor, MinRatings: b.MinRatings, Tolerance: 1e-5, MaxSweeps: 1000}
}

func (q *Quality) Name() string { return "qsmf" }

func (q *Quality) Doc() Doc {
	return Doc{
		Summary: "bridging that learns how far each rater follows an item's quality (quality-sensitive MF)",
		Source:  "arXiv:2604.11224, after its abstract",
		Cost:    "bridging, then two passes over the ratings per sweep, some hundred sweeps",
		BlindSpot: "a ring large enough to make what it says the quality; a rater who rates most items honestly and " +
			"few for the ring keeps a high sensitivity",
	}
}

// bridging returns the model with all sensitivities 1.
func (q *Quality) bridging() *Bridging {
	b := NewBridging()
	b.InterceptPenalty, b.FactorPenalty, b.GlobalPenalty = q.InterceptPenalty, q.FactorPenalty, q.GlobalPenalty
	b.HelpfulAt, b.NotHelpfulAt, b.NotHelpfulSlope = q.HelpfulAt, q.NotHelpfulAt, q.NotHelpfulSlope
	b.MaxFactor, b.MinRatings, b.MaxSweeps = q.MaxFactor, q.MinRatings, q.MaxSweeps
	return b
}

// Score fits the model. Item is the quality; Rater is half of the sensitivity,
// at most 1: 0.5 follows quality as raters do on average, 0 not at all.
func (q *Quality) Score(ctx context.Context, in Input) (*Result, error) {
	b := q.bridging()
	if err := cmp.Or(b.check(q.Name()), in.Check(q.Name()), ctx.Err()); err != nil {
		return nil, err
	}
	if !(q.SensitivityPenalty > 0) || !(q.Tolerance > 0) {
		return nil, fmt.Errorf("scorer qsmf: SensitivityPenalty is %g and Tolerance %g; they must be above 0",
			q.SensitivityPenalty, q.Tolerance)
	}
	m, err := in.matrix(ctx)
	if err != nil {
		return nil, err
	}
	r := &Result{ItemRatings: m.Items.Counts(), RaterRatings: m.Raters.Counts()}
	f, err := b.solve(ctx, m, &in, r)
	if err != nil {
		return nil, err
	}
	raters, items := f.Raters, f.Items
	s := newSensitive(ctx, m, q, raters, items, r.Mu)
	if s.total > 0 {
		if err := s.descend(q, &in, r); err != nil {
			return nil, err
		}
	}
	r.ItemRidge = [2]float64{} // raters have a sensitivity, which Held does not know
	fit.Flip(s.raters, s.items, m)
	r.RaterIntercept, r.RaterFactor = fit.Columns(s.raters, &m.Raters)
	r.ItemIntercept, r.ItemFactor = fit.Columns(s.items, &m.Items)
	r.Item, r.Status, r.Rater = slices.Clone(r.ItemIntercept), make([]Status, len(items)), make([]float32, len(raters))
	for u := range r.Rater {
		r.Rater[u] = float32(min(1, s.rho[u]/2))
		if m.Raters.Count(int32(u)) == 0 {
			r.Rater[u] = float32(math.NaN())
		}
	}
	for n := range r.Status {
		r.Status[n] = b.status(r.ItemRatings[n], float64(r.ItemIntercept[n]), float64(r.ItemFactor[n]))
	}
	return r, nil
}

// A sensitive is a fit of Quality's model.
type sensitive struct {
	ctx                   context.Context
	m                     *fit.Matrix
	raters, items         []fit.Pair
	rho                   []float64
	mu, total             float64
	itemRidge, raterRidge fit.Pair
	rhoRidge, muRidge     float64
	part                  []struct{ move, loss, residual float64 }
}

func newSensitive(ctx context.Context, m *fit.Matrix, q *Quality, raters, items []fit.Pair, mu float64) *sensitive {
	s := &sensitive{ctx: ctx, m: m, raters: raters, items: items, rho: make([]float64, len(raters)), mu: mu,
		total: m.Total()}
	for u := range s.rho {
		s.rho[u] = 1
	}
	perItem, perRater := s.total/float64(max(1, m.Items.Used())), s.total/float64(max(1, m.Raters.Used()))
	s.itemRidge = fit.Pair{B: q.InterceptPenalty * perItem, F: q.FactorPenalty * perItem}
	s.raterRidge = fit.Pair{B: q.InterceptPenalty * perRater, F: q.FactorPenalty * perRater}
	s.rhoRidge, s.muRidge = q.SensitivityPenalty*perRater, q.GlobalPenalty*s.total
	s.part = make([]struct{ move, loss, residual float64 }, max(len(m.Items.Blocks), len(m.Raters.Blocks)))
	return s
}

// descend alternates until nothing moves by more than the tolerance.
func (s *sensitive) descend(q *Quality, in *Input, r *Result) error {
	for sweep := 1; ; sweep++ {
		itemMove, err := s.solveItems()
		if err != nil {
			return err
		}
		raterMove, loss, err := s.solveRaters()
		if err != nil {
			return err
		}
		r.Move, r.Loss, r.Mu = max(itemMove, raterMove), loss/s.total, s.mu
		if in.Progress != nil {
			in.Progress("fitting sensitivities", sweep, q.MaxSweeps)
		}
		if r.Move <= q.Tolerance {
			r.Iterations += sweep
			return nil
		}
		if sweep >= q.MaxSweeps {
			r.Iterations += sweep
			r.Warnings = append(r.Warnings,
				fmt.Sprintf("qsmf did not settle in %d sweeps: an exact solve of one rater or "+
					"item would still move it by %.2g (tolerance %.2g)", sweep, r.Move, q.Tolerance))
			return nil
		}
	}
}

// solveItems sets each item's quality and factor to the best.
func (s *sensitive) solveItems() (move float64, err error) {
	side := &s.m.Items
	err = fit.Each(s.ctx, side.Blocks, func(b int, lo, hi int32) {
		p := &s.part[b]
		p.move = 0
		for n := lo; n < hi; n++ {
			if side.Count(n) == 0 {
				continue
			}
			var rr, rf, ff, ry, fy float64
			for _, c := range side.Of(n) {
				u, w := s.raters[c.Other], s.m.Raters.WeightOf(c.Other)
				rho, y := s.rho[c.Other], float64(c.Value)-s.mu-u.B
				rr, rf, ff = rr+w*rho*rho, rf+w*rho*u.F, ff+w*u.F*u.F
				ry, fy = ry+w*rho*y, fy+w*u.F*y
			}
			x := fit.Block{BB: rr + s.itemRidge.B, BF: rf, FF: ff + s.itemRidge.F}.Solve(fit.Pair{B: ry, F: fy})
			p.move = max(p.move, math.Abs(x.B-s.items[n].B), math.Abs(x.F-s.items[n].F))
			s.items[n] = x
		}
	})
	for _, p := range s.part[:len(side.Blocks)-1] {
		move = max(move, p.move)
	}
	return move, err
}

// solveRaters sets each rater's intercept, sensitivity and factor to the best,
// then mu. It returns the loss before mu was set, times the total weight.
func (s *sensitive) solveRaters() (move, loss float64, err error) {
	side := &s.m.Raters
	err = fit.Each(s.ctx, side.Blocks, func(b int, lo, hi int32) {
		p := &s.part[b]
		*p = struct{ move, loss, residual float64 }{}
		for u := lo; u < hi; u++ {
			if side.Count(u) == 0 {
				continue
			}
			a := s.rater(u)
			x, rho := a.solve(s)
			p.move = max(p.move, math.Abs(x.B-s.raters[u].B), math.Abs(x.F-s.raters[u].F), math.Abs(rho-s.rho[u]))
			s.raters[u], s.rho[u] = x, rho
			w := side.WeightOf(u)
			p.residual += w * (a.y - a.n*x.B - a.q*rho - a.f*x.F)
			p.loss += w*(a.yy-2*(x.B*a.y+rho*a.qy+x.F*a.fy)+x.B*x.B*a.n+rho*rho*a.qq+x.F*x.F*a.ff+
				2*(x.B*rho*a.q+x.B*x.F*a.f+rho*x.F*a.qf)) +
				s.raterRidge.B*x.B*x.B + s.raterRidge.F*x.F*x.F + s.rhoRidge*(rho-1)*(rho-1)
		}
	})
	residual := 0.0
	for _, p := range s.part[:len(side.Blocks)-1] {
		move, loss, residual = max(move, p.move), loss+p.loss, residual+p.residual
	}
	loss += s.muRidge * s.mu * s.mu
	for _, x := range s.items {
		loss += s.itemRidge.B*x.B*x.B + s.itemRidge.F*x.F*x.F
	}
	mu := (residual + s.mu*s.total) / (s.total + s.muRidge)
	move = max(move, math.Abs(mu-s.mu))
	s.mu = mu
	return move, loss, err
}

// A triple is what a rater's ratings amount to: sums over the qualities q and
// factors f of the items, and y, what mu leaves of the ratings.
type triple struct{ n, q, f, qq, qf, ff, y, qy, fy, yy, weight float64 }

func (s *sensitive) rater(u int32) (a triple) {
	for _, c := range s.m.Raters.Of(u) {
		x, y := s.items[c.Other], float64(c.Value)-s.mu
		a.q, a.f, a.qq, a.qf, a.ff = a.q+x.B, a.f+x.F, a.qq+x.B*x.B, a.qf+x.B*x.F, a.ff+x.F*x.F
		a.y, a.qy, a.fy, a.yy = a.y+y, a.qy+x.B*y, a.fy+x.F*y, a.yy+y*y
	}
	a.n, a.weight = float64(s.m.Raters.Count(u)), s.m.Raters.WeightOf(u)
	return a
}

// solve returns the best parameters of a rater, rho at least 0.
func (a *triple) solve(s *sensitive) (x fit.Pair, rho float64) {
	ridge := fit.Pair{B: s.raterRidge.B / a.weight, F: s.raterRidge.F / a.weight}
	m := fit.Block{BB: a.n + ridge.B, BF: a.f, FF: a.ff + ridge.F}
	// What is left of rho once b and f are at their best for it.
	p, r := m.Solve(fit.Pair{B: a.y, F: a.fy}), m.Solve(fit.Pair{B: a.q, F: a.qf})
	pull := s.rhoRidge / a.weight
	rho = max(0, (a.qy-a.q*p.B-a.qf*p.F+pull)/(a.qq-a.q*r.B-a.qf*r.F+pull))
	return fit.Pair{B: p.B - rho*r.B, F: p.F - rho*r.F}, rho
}
