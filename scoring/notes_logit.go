package scoring

import (
	"context"
	"math"

	"gonum.org/v1/gonum/optimize"
)

// A logit is a logistic model of ratings whose values are labels, 0 or 1:
//
//	log odds = mu + b_u + r_u b_n + f_u f_n
//
// with ridge penalties. Which groups of parameters may move is chosen.
type logit struct {
	ctx        context.Context
	m          *matrix
	positive   float64   // weight of a label 1
	itemWeight []float64 // nil means 1
	total      float64   // weight of the ratings, labels aside

	at    [groups][]float64 // of every item, of every rater, and mu
	ridge [groups]float64   // of the loss, whose data term is a mean over ratings, per entity
	free  [groups]bool

	items    []pair    // of at, what belongs to items, again, side by side
	raters   []pair    // likewise what belongs to raters and acts on items: r_u and f_u
	residual []float32 // of each cell of m.raters: derivative of its loss by its log odds
	curve    []float32 // likewise the second, where asked for
	place    []int32   // of each cell of m.items: the same rating in m.raters
}

// Groups of parameters.
const (
	itemB = iota
	itemF
	raterB
	raterF
	raterR
	global
	groups
)

func newLogit(ctx context.Context, m *matrix, positive float64) *logit {
	items, raters := m.items.len(), m.raters.len()
	l := &logit{ctx: ctx, m: m, positive: positive, total: m.total(),
		items: make([]pair, items), raters: make([]pair, raters), residual: make([]float32, len(m.raters.cells)), place: make([]int32, len(m.raters.cells))}
	for g, n := range [groups]int{items, items, raters, raters, raters, 1} {
		l.at[g] = make([]float64, n)
	}
	for u := range l.at[raterR] {
		l.at[raterR][u] = 1
	}
	next := append([]int32(nil), m.items.off...)
	for u := range int32(raters) {
		for k := m.raters.off[u]; k < m.raters.off[u+1]; k++ {
			item := m.raters.cells[k].other
			l.place[next[item]] = k
			next[item]++
		}
	}
	return l
}

// eval returns the loss at the parameters. It fills in grad, and curve if that
// is not nil: the diagonal of the Hessian.
func (l *logit) eval(grad, curve *[groups][]float64) (float64, error) {
	for n := range l.items {
		l.items[n] = pair{l.at[itemB][n], l.at[itemF][n]}
	}
	for u := range l.raters {
		l.raters[u] = pair{l.at[raterR][u], l.at[raterF][u]}
	}
	l.curve = nil
	if curve != nil {
		l.curve = make([]float32, len(l.residual))
	}
	loss, err := l.evalRaters(grad, curve)
	if err != nil {
		return 0, err
	}
	if l.free[itemB] || l.free[itemF] || curve != nil {
		if err := l.evalItems(grad, curve); err != nil {
			return 0, err
		}
	}
	loss /= l.total
	for g, x := range l.at {
		for k, v := range x {
			loss += l.ridge[g] * v * v
			grad[g][k] = grad[g][k]/l.total + 2*l.ridge[g]*v
			if curve != nil {
				curve[g][k] = curve[g][k]/l.total + 2*l.ridge[g]
			}
		}
	}
	return loss, nil
}

func (l *logit) evalRaters(grad, curve *[groups][]float64) (loss float64, err error) {
	blocks := l.m.raters.blocks
	part := make([]struct{ loss, mu, curve float64 }, len(blocks))
	err = each(l.ctx, blocks, func(b int, lo, hi int32) {
		p := &part[b]
		for u := lo; u < hi; u++ {
			loss, g, h := l.rater(u)
			p.loss, p.mu, p.curve = p.loss+loss, p.mu+g.mu, p.curve+h.mu
			grad[raterB][u], grad[raterF][u], grad[raterR][u] = g.mu, g.f, g.r
			if curve != nil {
				curve[raterB][u], curve[raterF][u], curve[raterR][u] = h.mu, h.f, h.r
			}
		}
	})
	mu, bend := 0.0, 0.0
	for _, p := range part {
		loss, mu, bend = loss+p.loss, mu+p.mu, bend+p.curve
	}
	grad[global][0] = mu
	if curve != nil {
		curve[global][0] = bend
	}
	return loss, err
}

func (l *logit) evalItems(grad, curve *[groups][]float64) error {
	s := &l.m.items
	return each(l.ctx, s.blocks, func(_ int, lo, hi int32) {
		for n := lo; n < hi; n++ {
			var g, h pair
			for k := s.off[n]; k < s.off[n+1]; k++ {
				u, e := l.raters[s.cells[k].other], float64(l.residual[l.place[k]])
				g.b, g.f = g.b+e*u.b, g.f+e*u.f
				if l.curve != nil {
					c := float64(l.curve[l.place[k]])
					h.b, h.f = h.b+c*u.b*u.b, h.f+c*u.f*u.f
				}
			}
			grad[itemB][n], grad[itemF][n] = g.b, g.f
			if curve != nil {
				curve[itemB][n], curve[itemF][n] = h.b, h.f
			}
		}
	})
}

// A slope is a derivative by a rater's parameters; mu is also that by b.
type slope struct{ mu, f, r float64 }

// rater returns the loss of a rater's ratings and its first and second
// derivatives, and keeps those of each rating.
func (l *logit) rater(u int32) (loss float64, g, h slope) {
	s := &l.m.raters
	lo, hi := s.off[u], s.off[u+1]
	mu, f, r, items := l.at[global][0]+l.at[raterB][u], l.at[raterF][u], l.at[raterR][u], l.items
	// All by label. A sum of logarithms is the logarithm of a product, as long as
	// that fits and ratings of a label weigh the same.
	weights := [2]float64{s.weightOf(u), s.weightOf(u) * l.positive}
	against := [2]float64{0.5, -0.5}
	product := [2]float64{1, 1}
	residual := l.residual[lo:hi]
	for k, c := range s.cells[lo:hi] {
		at, label := items[c.other], int(c.value)&1
		weight := weights[label]
		z := mu + r*at.b + f*at.f
		small := expOf(-math.Abs(z)) // so that nothing overflows
		p := 0.5 + math.Copysign(0.5, z)*(1-small)/(1+small)
		wrong := z * against[label] // half of by how much
		if l.itemWeight != nil {
			weight *= l.itemWeight[c.other]
			loss += weight * math.Log1p(small)
		} else if product[label] *= 1 + small; product[label] > 1e300 {
			loss += weight * math.Log(product[label])
			product[label] = 1
		}
		loss += weight * (wrong + math.Abs(wrong))
		e := weight * (p - float64(c.value))
		residual[k] = float32(e)
		g.mu, g.f, g.r = g.mu+e, g.f+e*at.f, g.r+e*at.b
		if l.curve != nil {
			c := weight * p * (1 - p)
			l.curve[lo+int32(k)] = float32(c)
			h.mu, h.f, h.r = h.mu+c, h.f+c*at.f*at.f, h.r+c*at.b*at.b
		}
	}
	return loss + weights[0]*math.Log(product[0]) + weights[1]*math.Log(product[1]), g, h
}

// expOf is math.Exp of a number that is not positive, to 1e-8 of it, in half
// the time: all of a fit's time is spent here.
func expOf(x float64) float64 {
	if x < -700 {
		return 0
	}
	k := int(x*math.Log2E - 0.5)
	r := x - float64(k)*math.Ln2 // in -0.35..0.35
	q := r * r
	p := 1 + r + q*(0.5+r*(1.0/6)+q*(1.0/24+r*(1.0/120)+q*(1.0/720+r*(1.0/5040))))
	return p * math.Float64frombits(uint64(1023+k)<<52)
}

const (
	logitTolerance = 1e-4 // of the loss, relative, in each of logitPatience steps
	logitPatience  = 3
	logitSteps     = 300
)

// solve moves the free parameters to a minimum of the loss by limited-memory
// BFGS, each scaled by the curvature at the start.
func (l *logit) solve() error {
	if l.total == 0 {
		return l.ctx.Err()
	}
	var grad, curve [groups][]float64
	size := 0
	for g := range l.at {
		grad[g], curve[g] = make([]float64, len(l.at[g])), make([]float64, len(l.at[g]))
		if l.free[g] {
			size += len(l.at[g])
		}
	}
	if _, err := l.eval(&grad, &curve); err != nil {
		return err
	}
	x, scale := make([]float64, 0, size), make([]float64, 0, size)
	for g := range l.at {
		if l.free[g] {
			for k, v := range l.at[g] {
				s := math.Sqrt(max(curve[g][k], 1e-12))
				x, scale = append(x, v*s), append(scale, s)
			}
		}
	}
	var last []float64 // where grad is known
	var stopped error
	eval := func(x []float64) (loss float64) {
		l.unpack(x, scale)
		loss, stopped = l.eval(&grad, nil)
		last = append(last[:0], x...)
		return loss
	}
	problem := optimize.Problem{
		Func: eval,
		Grad: func(to, x []float64) {
			if !equal(last, x) {
				eval(x)
			}
			i := 0
			for g := range grad {
				if l.free[g] {
					for _, v := range grad[g] {
						to[i] = v / scale[i]
						i++
					}
				}
			}
		},
		Status: func() (optimize.Status, error) {
			if stopped != nil {
				return optimize.Failure, stopped
			}
			return optimize.NotTerminated, nil
		},
	}
	result, err := optimize.Minimize(problem, x, &optimize.Settings{MajorIterations: logitSteps,
		Converger: &optimize.FunctionConverge{Relative: logitTolerance, Iterations: logitPatience}}, &optimize.LBFGS{Linesearcher: &optimize.MoreThuente{}})
	if stopped != nil {
		return stopped
	}
	if result == nil {
		return err
	}
	l.unpack(result.X, scale) // a line search that fails does so at the limit of float64
	return nil
}

const (
	adamTolerance = 1e-7 // stop when the loss changes by no more
	adamSteps     = 100  // or rises, after so many steps
	adamLimit     = 1000 // or after so many at all
)

// adam moves the free parameters as the official optimiser does (Kingma and
// Ba, Adam: a method for stochastic optimization, ICLR 2015), with the length of
// the gradient limited to 1. It ends near a minimum.
func (l *logit) adam(rate float64) error {
	const fade, fadeSquares, tiny = 0.9, 0.999, 1e-8
	var grad, mean, square [groups][]float64
	for g, x := range l.at {
		grad[g], mean[g], square[g] = make([]float64, len(x)), make([]float64, len(x)), make([]float64, len(x))
	}
	last := math.Inf(1)
	loss, err := l.eval(&grad, nil)
	for step := 1; err == nil && step <= adamLimit; step++ {
		if math.Abs(last-loss) <= adamTolerance || step > adamSteps+1 && loss > last {
			return nil
		}
		last = loss
		length := 0.0
		for g := range grad {
			if l.free[g] {
				for _, x := range grad[g] {
					length += x * x
				}
			}
		}
		clip := 1 / max(1, math.Sqrt(length))
		open, openSquares := 1-math.Pow(fade, float64(step)), 1-math.Pow(fadeSquares, float64(step))
		for g := range grad {
			if !l.free[g] {
				continue
			}
			for k, x := range grad[g] {
				x *= clip
				mean[g][k] = fade*mean[g][k] + (1-fade)*x
				square[g][k] = fadeSquares*square[g][k] + (1-fadeSquares)*x*x
				l.at[g][k] -= rate * mean[g][k] / open / (math.Sqrt(square[g][k]/openSquares) + tiny)
			}
		}
		loss, err = l.eval(&grad, nil)
	}
	return err
}

func (l *logit) unpack(x, scale []float64) {
	i := 0
	for g := range l.at {
		if l.free[g] {
			for k := range l.at[g] {
				l.at[g][k] = x[i] / scale[i]
				i++
			}
		}
	}
}

func equal(a, b []float64) bool {
	if len(a) != len(b) {
		return false
	}
	for k, x := range a {
		if x != b[k] {
			return false
		}
	}
	return true
}
