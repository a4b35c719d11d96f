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

	links    *links
	items    []pair  // of at, what belongs to items, again, side by side
	segments []int32 // boundaries of runs of raters
	parts    []part  // of segments
}

// A part is what one segment of raters adds to a sum over all ratings. Segments
// are the same for any number of processors, and added up in their order.
type part struct {
	loss      float64
	mu, bend  float64 // derivatives by the global intercept
	item      []pair  // derivatives by items' intercepts and factors
	itemCurve []pair  // second derivatives; nil if nobody asks
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

const maxSegments = 16 // each has sums for all items

func newLogit(ctx context.Context, m *matrix, positive float64) *logit {
	items, raters := m.items.len(), m.raters.len()
	l := &logit{ctx: ctx, m: m, positive: positive, total: m.total(), links: newLinks(), items: make([]pair, items)}
	for g, n := range [groups]int{items, items, raters, raters, raters, 1} {
		l.at[g] = make([]float64, n)
	}
	for u := range l.at[raterR] {
		l.at[raterR][u] = 1
	}
	blocks := len(m.raters.blocks) - 1
	count := min(blocks, maxSegments)
	for k := range count + 1 {
		l.segments = append(l.segments, m.raters.blocks[k*blocks/max(1, count)])
	}
	l.parts = make([]part, count)
	for k := range l.parts {
		l.parts[k].item = make([]pair, items)
	}
	return l
}

// eval returns the loss at the parameters. It fills in grad, and curve if that
// is not nil: the diagonal of the Hessian.
func (l *logit) eval(grad, curve *[groups][]float64) (float64, error) {
	for n := range l.items {
		l.items[n] = pair{l.at[itemB][n], l.at[itemF][n]}
	}
	err := each(l.ctx, l.segments, func(k int, lo, hi int32) {
		p := &l.parts[k]
		*p = part{item: p.item}
		clear(p.item)
		if curve != nil {
			p.itemCurve = make([]pair, len(p.item))
		}
		for u := lo; u < hi; u++ {
			g, h := l.rater(u, p)
			grad[raterB][u], grad[raterF][u], grad[raterR][u] = g.mu, g.f, g.r
			if curve != nil {
				curve[raterB][u], curve[raterF][u], curve[raterR][u] = h.mu, h.f, h.r
			}
		}
	})
	if err != nil {
		return 0, err
	}
	loss := 0.0
	clear(grad[global])
	clear(grad[itemB])
	clear(grad[itemF])
	for k := range l.parts {
		p := &l.parts[k]
		loss += p.loss
		grad[global][0] += p.mu
		for n, x := range p.item {
			grad[itemB][n] += x.b
			grad[itemF][n] += x.f
		}
		if curve != nil {
			curve[global][0] += p.bend
			for n, x := range p.itemCurve {
				curve[itemB][n] += x.b
				curve[itemF][n] += x.f
			}
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

// A slope is a derivative by a rater's parameters; mu is also that by b.
type slope struct{ mu, f, r float64 }

// rater returns the first and second derivatives by a rater's parameters of the
// loss of the rater's ratings, and adds to p.
func (l *logit) rater(u int32, p *part) (g, h slope) {
	s := &l.m.raters
	mu, f, r := l.at[global][0]+l.at[raterB][u], l.at[raterF][u], l.at[raterR][u]
	weights := [2]float64{s.weightOf(u), s.weightOf(u) * l.positive}
	loss, items, sums, links := 0.0, l.items, p.item, l.links
	for _, c := range s.of(u) {
		at, sum, label := items[c.other], &sums[c.other], float64(c.value)
		weight := weights[int(c.value)&1]
		if l.itemWeight != nil {
			weight *= l.itemWeight[c.other]
		}
		z := mu + r*at.b + f*at.f
		soft, chance := links.at(z)
		loss += weight * (soft - label*z)
		e := weight * (chance - label)
		g.mu, g.f, g.r = g.mu+e, g.f+e*at.f, g.r+e*at.b
		sum.b, sum.f = sum.b+e*r, sum.f+e*f
		if p.itemCurve != nil {
			e, sum := weight*chance*(1-chance), &p.itemCurve[c.other]
			h.mu, h.f, h.r = h.mu+e, h.f+e*at.f*at.f, h.r+e*at.b*at.b
			sum.b, sum.f = sum.b+e*r*r, sum.f+e*f*f
		}
	}
	p.loss += loss
	p.mu += g.mu
	p.bend += h.mu
	return g, h
}

// links holds log(1+e^z) and its derivative, the logistic function, at steps of
// 1/linkSteps from -linkReach to linkReach.
type links [2*linkReach*linkSteps + 1]struct{ soft, chance float64 }

const (
	linkReach = 20
	linkSteps = 64
)

func newLinks() *links {
	l := &links{}
	for k := range l {
		z := float64(k)/linkSteps - linkReach
		l[k].soft, l[k].chance = math.Log1p(math.Exp(z)), 1/(1+math.Exp(-z))
	}
	return l
}

// at returns log(1+e^z) and the logistic function of z to 1e-8, by Taylor
// series about the nearest step, of which the second is the exact derivative of
// the first: in half the time of one exponential. All of a fit's time is spent
// here.
func (l *links) at(z float64) (soft, chance float64) {
	if !(z > -linkReach && z < linkReach) {
		return max(0, z), float64(0.5) + math.Copysign(0.5, z)
	}
	k := int((z+linkReach)*linkSteps + 0.5)
	d := z - (float64(k)/linkSteps - linkReach)
	near := &l[k]
	c := near.chance
	first := c * (1 - c)
	second := first * (0.5 - c) // half of the second derivative
	return near.soft + d*(c+d*(first/2+d*second/3)), c + d*(first+d*second)
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
	var grad [groups][]float64
	for g := range l.at {
		grad[g] = make([]float64, len(l.at[g]))
	}
	x, scale, err := l.pack(&grad)
	if err != nil {
		return err
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

// pack returns the free parameters, each times the root of the curvature, and
// these roots.
func (l *logit) pack(grad *[groups][]float64) (x, scale []float64, err error) {
	var curve [groups][]float64
	for g := range l.at {
		curve[g] = make([]float64, len(l.at[g]))
	}
	if _, err := l.eval(grad, &curve); err != nil {
		return nil, nil, err
	}
	for g := range l.at {
		if l.free[g] {
			for k, v := range l.at[g] {
				s := math.Sqrt(max(curve[g][k], 1e-12))
				x, scale = append(x, v*s), append(scale, s)
			}
		}
	}
	return x, scale, nil
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
