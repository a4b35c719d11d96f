package fit

import (
	"context"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/internal/mapped"
)

// A Logit is a logistic model of ratings whose values are labels, 0 or 1:
//
//	log odds = mu + b_u + r_u b_n + f_u f_n
//
// with ridge penalties. Which groups of parameters may move is chosen.
type Logit struct {
	ctx        context.Context
	m          *Matrix
	Positive   float64   // weight of a label 1
	itemWeight []float64 // by seat; nil means 1
	total      float64   // weight of the ratings, labels aside

	X         []float64         // all parameters: of every item, of every rater, and mu
	At        [Groups][]float64 // the same, by group
	stretches [Groups][]stretch // of x
	Ridge     [Groups]float64   // of the loss, whose data term is a mean over ratings, per entity
	Free      [Groups]bool

	links    *links
	seats    []int32 // the items that have ratings, those with most first; in m.raters, other is an index of it
	rows     []int32 // boundaries of runs of seats
	segments []int32 // boundaries of runs of raters
	parts    []part  // of segments
	sums     []float64
}

// A part is what one segment of raters adds to a sum over all ratings. Segments
// are the same for any number of processors, and added up in their order.
type part struct {
	loss         float64
	mu, bend     float64 // derivatives by the global intercept
	items        []seat
	itemCurve    []Pair // second derivatives; nil if nobody asks
	odds, errors [abreast]float64
}

// A seat is an item's intercept and factor and, in the same line of the cache,
// the derivatives by them. Items with many ratings sit together, so that most
// of what is asked for is in the cache.
type seat struct{ at, sum Pair }

// Groups of parameters.
const (
	ItemB = iota
	ItemF
	RaterB
	RaterF
	RaterR
	Global
	Groups
)

const maxSegments = 8 // each has sums for all items

// NewLogit returns a logit of the ratings of m, which is its own from then on.
func NewLogit(ctx context.Context, m *Matrix, positive float64) (*Logit, error) {
	items, raters := m.Items.Len(), m.Raters.Len()
	l := &Logit{ctx: ctx, m: m, Positive: positive, total: m.Total(), links: newLinks()}
	l.X = make([]float64, 2*items+3*raters+1)
	l.At = l.groups(l.X)
	for u := range l.At[RaterR] {
		if m.Raters.Count(int32(u)) > 0 {
			l.At[RaterR][u] = 1
		}
	}
	blocks := len(m.Raters.Blocks) - 1
	count := min(blocks, maxSegments)
	for k := range count + 1 {
		l.segments = append(l.segments, m.Raters.Blocks[k*blocks/max(1, count)])
	}
	if err := l.seat(); err != nil {
		return nil, err
	}
	at := int32(0)
	for g := range l.At {
		l.stretches[g] = stretchesOf(at, at+int32(len(l.At[g])))
		at += int32(len(l.At[g]))
		l.sums = append(l.sums, make([]float64, max(0, len(l.stretches[g])-len(l.sums)))...)
	}
	l.parts = make([]part, count)
	for k := range l.parts {
		l.parts[k].items = make([]seat, len(l.seats))
	}
	return l, nil
}

// seat gives items their seats.
func (l *Logit) seat() error {
	m := l.m
	for n := range int32(m.Items.Len()) {
		if m.Items.Count(n) > 0 {
			l.seats = append(l.seats, n)
		}
	}
	slices.SortStableFunc(l.seats, func(a, b int32) int { return m.Items.Count(b) - m.Items.Count(a) })
	cells, err := mapped.Room[Cell](m.room, len(m.Items.Cells))
	if err != nil {
		return err
	}
	by := Side{off: make([]int32, 1, len(l.seats)+1), Cells: cells[:0]}
	for _, n := range l.seats {
		by.Cells = append(by.Cells, m.Items.Of(n)...)
		by.off = append(by.off, int32(len(by.Cells)))
	}
	if err := by.transpose(l.ctx, &m.Raters); err != nil {
		return err
	}
	l.rows = blocks(by.off)
	return mapped.GiveBack(m.room, cells)
}

// groups returns a vector like x by group.
func (l *Logit) groups(x []float64) (by [Groups][]float64) {
	items, raters := l.m.Items.Len(), l.m.Raters.Len()
	for g, n := range [Groups]int{items, items, raters, raters, raters, 1} {
		by[g], x = x[:n:n], x[n:]
	}
	return by
}

// eval returns the loss at parameters x. It fills in grad, and curve if that is
// not nil: the diagonal of the Hessian, above 0.
func (l *Logit) eval(x, grad, curve []float64) (float64, error) {
	at, slopes := l.groups(x), l.groups(grad)
	var curves [Groups][]float64
	if curve != nil {
		curves = l.groups(curve)
	}
	err := Each(l.ctx, l.segments, func(k int, lo, hi int32) {
		p := &l.parts[k]
		p.loss, p.mu, p.bend, p.itemCurve = 0, 0, 0, nil
		for i, n := range l.seats {
			p.items[i] = seat{at: Pair{at[ItemB][n], at[ItemF][n]}}
		}
		if curve != nil {
			p.itemCurve = make([]Pair, len(p.items))
		}
		for u := lo; u < hi; u++ {
			if u%1024 == 0 && l.ctx.Err() != nil {
				return
			}
			g, h := l.rater(u, at[Global][0]+at[RaterB][u], at[RaterF][u], at[RaterR][u], p)
			slopes[RaterB][u], slopes[RaterF][u], slopes[RaterR][u] = g.mu, g.f, g.r
			if curve != nil {
				curves[RaterB][u], curves[RaterF][u], curves[RaterR][u] = h.mu, h.f, h.r
			}
		}
	})
	if err != nil {
		return 0, err
	}
	loss := 0.0
	for _, g := range [...]int{ItemB, ItemF, Global} {
		clear(slopes[g])
		clear(curves[g])
	}
	for k := range l.parts {
		p := &l.parts[k]
		loss += p.loss
		slopes[Global][0] += p.mu
		if curve != nil {
			curves[Global][0] += p.bend
		}
	}
	l.gather(&slopes, &curves)
	return loss/l.total + l.penalise(x, grad, curve), l.ctx.Err()
}

// penalise makes means of the sums in grad and curve, adds the penalties to them
// and returns these.
func (l *Logit) penalise(x, grad, curve []float64) (penalty float64) {
	for g, stretches := range l.stretches {
		ridge := l.Ridge[g]
		penalty += ridge * sumStretches(l.ctx, stretches, l.sums, func(lo, hi int32) (squares float64) {
			for k := lo; k < hi; k++ {
				squares += x[k] * x[k]
				grad[k] = grad[k]/l.total + 2*ridge*x[k]
				if curve != nil {
					curve[k] = max(curve[k]/l.total+2*ridge, logitFlattest)
				}
			}
			return squares
		})
	}
	return penalty
}

// gather adds up what the segments say of items.
func (l *Logit) gather(slopes, curves *[Groups][]float64) {
	_ = Each(l.ctx, l.rows, func(_ int, lo, hi int32) {
		for k, n := range l.seats[lo:hi] {
			var sum, curve Pair
			for i := range l.parts {
				p := &l.parts[i]
				x := p.items[int(lo)+k].sum
				sum.B, sum.F = sum.B+x.B, sum.F+x.F
				if p.itemCurve != nil {
					x := p.itemCurve[int(lo)+k]
					curve.B, curve.F = curve.B+x.B, curve.F+x.F
				}
			}
			slopes[ItemB][n], slopes[ItemF][n] = sum.B, sum.F
			if curves[ItemB] != nil {
				curves[ItemB][n], curves[ItemF][n] = curve.B, curve.F
			}
		}
	})
}

// A slope is a derivative by a rater's parameters; mu is also that by b.
type slope struct{ mu, f, r float64 }

// rater returns the first and second derivatives by a rater's parameters of the
// loss of the rater's ratings, and adds to p; mu holds the rater's intercept.
// All of a fit's time is spent here: three short loops over a few ratings at a
// time keep more of them on their way to memory than one long loop.
func (l *Logit) rater(u int32, mu, f, r float64, p *part) (g, h slope) {
	s := &l.m.Raters
	// By label: a rating's weight, and that times the label.
	weights := [2]struct{ w, label float64 }{{s.WeightOf(u), 0},
		{s.WeightOf(u) * l.Positive, s.WeightOf(u) * l.Positive}}
	loss, items, links, odds, errors := 0.0, p.items, l.links, &p.odds, &p.errors
	for all := s.Of(u); len(all) > 0; {
		cells := all[:min(abreast, len(all))]
		all = all[len(cells):]
		for k, c := range cells {
			x := &items[c.Other]
			odds[k%abreast] = mu + r*x.at.B + f*x.at.F
		}
		for k, c := range cells {
			z, w := odds[k%abreast], weights[c.label()]
			if l.itemWeight != nil {
				v := l.itemWeight[c.Other]
				w.w, w.label = v*w.w, v*w.label
			}
			var soft, chance float64
			if step, d := linkOf(z); step < uint64(len(links)) {
				soft, chance = links[step].at(d)
			} else {
				soft, chance = max(0, z), math.Copysign(0.5, z)+0.5
			}
			loss += w.w*soft - w.label*z
			errors[k%abreast] = w.w*chance - w.label
			if p.itemCurve != nil {
				x, sum := items[c.Other].at, &p.itemCurve[c.Other]
				e := w.w * chance * (1 - chance)
				h.mu, h.f, h.r = h.mu+e, h.f+e*x.F*x.F, h.r+e*x.B*x.B
				sum.B, sum.F = sum.B+e*r*r, sum.F+e*f*f
			}
		}
		for k, c := range cells {
			x, e := &items[c.Other], errors[k%abreast]
			g.mu, g.f, g.r = g.mu+e, g.f+e*x.at.F, g.r+e*x.at.B
			x.sum.B, x.sum.F = x.sum.B+e*r, x.sum.F+e*f
		}
	}
	p.loss += loss
	p.mu += g.mu
	p.bend += h.mu
	return g, h
}

const abreast = 64 // ratings

const (
	logitTolerance = 1e-4 // of the loss, relative, in each of logitPatience steps
	logitPatience  = 3
	logitSteps     = 300   // a bound on the cost
	logitAnew      = 12    // evaluations after which the curvature is taken anew
	logitFlattest  = 1e-12 // the least that a curvature is taken to be, as it is divided by
)

// moving returns the stretches of what may move.
func (l *Logit) moving() (stretches []stretch) {
	for g, free := range l.Free {
		if free {
			stretches = append(stretches, l.stretches[g]...)
		}
	}
	return stretches
}

// Solve moves the free parameters to a minimum of the loss.
func (l *Logit) Solve() error {
	if l.total == 0 {
		return l.ctx.Err()
	}
	grad, curve := make([]float64, len(l.X)), make([]float64, len(l.X))
	loss, err := l.eval(l.X, grad, curve)
	if err != nil {
		return err
	}
	// The curvature at the start, where little is known, is soon out of date.
	evals := 0
	m := newLBFGS(l.ctx, l.moving(), l.X, grad, curve, loss, func(x, grad []float64) (float64, error) {
		if evals++; evals == logitAnew {
			return l.eval(x, grad, curve)
		}
		return l.eval(x, grad, nil)
	})
	if err := m.settle(logitTolerance, logitPatience, logitSteps); err != nil {
		return err
	}
	copy(l.X, m.x)
	return nil
}

const (
	adamTolerance = 1e-7 // stop when the loss changes by no more
	adamSteps     = 100  // or rises, after so many steps
	adamLimit     = 1000 // or after so many at all
)

// Adam moves the free parameters as the official optimiser does (Kingma and
// Ba, Adam: a method for stochastic optimization, ICLR 2015), with the length of
// the gradient limited to 1. It ends near a minimum.
func (l *Logit) Adam(rate float64) error {
	const fade, fadeSquares, tiny = 0.9, 0.999, 1e-8
	n, x, stretches := len(l.X), l.X, l.moving()
	grad, mean := make([]float64, n), make([]float64, n)
	square := make([]float64, n)
	sums := make([]float64, len(stretches))
	last := math.Inf(1)
	loss, err := l.eval(x, grad, nil)
	for step := 1; err == nil && step <= adamLimit; step++ {
		if math.Abs(last-loss) <= adamTolerance || step > adamSteps+1 && loss > last {
			return nil
		}
		last = loss
		length := sumStretches(l.ctx, stretches, sums, func(lo, hi int32) (squares float64) {
			for _, g := range grad[lo:hi] {
				squares += g * g
			}
			return squares
		})
		clip := 1 / max(1, math.Sqrt(length))
		open, openSquares := rate/(1-math.Pow(fade, float64(step))), 1/(1-math.Pow(fadeSquares, float64(step)))
		sumStretches(l.ctx, stretches, sums, func(lo, hi int32) float64 {
			for k := lo; k < hi; k++ {
				g := grad[k] * clip
				mean[k] = fade*mean[k] + (1-fade)*g
				square[k] = fadeSquares*square[k] + (1-fadeSquares)*g*g
				x[k] -= open * mean[k] / (math.Sqrt(square[k]*openSquares) + tiny)
			}
			return 0
		})
		loss, err = l.eval(x, grad, nil)
	}
	return err
}

// Copy returns a logit with parameters of its own.
func (l *Logit) Copy() *Logit {
	c := *l
	c.X = slices.Clone(l.X)
	c.At = c.groups(c.X)
	m := *l.m
	c.m = &m // whose weights will be others; parts and sums are scratch, and shared
	return &c
}

// Weigh weighs raters by the root of their record, where floor stands for none,
// and items by the inverse root of the weight of their ratings.
func (l *Logit) Weigh(floor float64) {
	weight := make([]float64, l.m.Raters.Len())
	for u := range weight {
		weight[u] = l.m.Raters.WeightOf(int32(u)) * (floor + math.Sqrt(max(0, l.At[RaterR][u]))) / (1 + floor)
	}
	l.m.Raters.Weight = weight
	l.itemWeight = make([]float64, len(l.seats))
	for k, n := range l.seats {
		sum := 0.0
		for _, c := range l.m.Items.Of(n) {
			w := weight[c.Other]
			if c.Value > 0 {
				w *= l.Positive
			}
			sum += w
		}
		if sum > 0 {
			l.itemWeight[k] = 1 / math.Sqrt(sum)
		}
	}
}
