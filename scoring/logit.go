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
	segments []int32 // boundaries of runs of raters
	blocks   []int32 // boundaries of runs of items
	parts    []part  // of segments
}

// A part is what one segment of raters adds to a sum over all ratings. Segments
// are the same for any number of processors, and added up in their order.
type part struct {
	loss      float64
	mu, bend  float64 // derivatives by the global intercept
	items     []seat
	itemCurve []pair // second derivatives; nil if nobody asks
}

// A seat is an item's intercept and factor and, in the same line of the cache,
// the derivatives by them.
type seat struct{ at, sum pair }

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
	l := &logit{ctx: ctx, m: m, positive: positive, total: m.total(), links: newLinks(), blocks: runs(items)}
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
		l.parts[k].items = make([]seat, items)
	}
	return l
}

// eval returns the loss at the parameters. It fills in grad, and curve if that
// is not nil: the diagonal of the Hessian.
func (l *logit) eval(grad, curve *[groups][]float64) (float64, error) {
	err := each(l.ctx, l.segments, func(k int, lo, hi int32) {
		p := &l.parts[k]
		*p = part{items: p.items}
		for n, b := range l.at[itemB] {
			p.items[n] = seat{at: pair{b, l.at[itemF][n]}}
		}
		if curve != nil {
			p.itemCurve = make([]pair, len(p.items))
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
	for k := range l.parts {
		p := &l.parts[k]
		loss += p.loss
		grad[global][0] += p.mu
		if curve != nil {
			curve[global][0] += p.bend
		}
	}
	if err := each(l.ctx, l.blocks, func(_ int, lo, hi int32) { l.gather(grad, curve, lo, hi) }); err != nil {
		return 0, err
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

// gather adds up what the segments say of some items.
func (l *logit) gather(grad, curve *[groups][]float64, lo, hi int32) {
	clear(grad[itemB][lo:hi])
	clear(grad[itemF][lo:hi])
	for k := range l.parts {
		p := &l.parts[k]
		for n := lo; n < hi; n++ {
			grad[itemB][n] += p.items[n].sum.b
			grad[itemF][n] += p.items[n].sum.f
		}
		if curve != nil {
			for n := lo; n < hi; n++ {
				curve[itemB][n] += p.itemCurve[n].b
				curve[itemF][n] += p.itemCurve[n].f
			}
		}
	}
}

// A slope is a derivative by a rater's parameters; mu is also that by b.
type slope struct{ mu, f, r float64 }

// rater returns the first and second derivatives by a rater's parameters of the
// loss of the rater's ratings, and adds to p. All of a fit's time is spent here:
// three short loops over a few ratings at a time keep more of them on their way
// to memory than one long loop.
func (l *logit) rater(u int32, p *part) (g, h slope) {
	s := &l.m.raters
	mu, f, r := l.at[global][0]+l.at[raterB][u], l.at[raterF][u], l.at[raterR][u]
	// By label: a rating's weight, and that times the label.
	weights := [2]struct{ w, label float64 }{{s.weightOf(u), 0}, {s.weightOf(u) * l.positive, s.weightOf(u) * l.positive}}
	loss, items, links := 0.0, p.items, l.links
	var odds, errors [abreast]float64
	for all := s.of(u); len(all) > 0; {
		cells := all[:min(abreast, len(all))]
		all = all[len(cells):]
		for k, c := range cells {
			x := &items[c.other]
			odds[k%abreast] = mu + r*x.at.b + f*x.at.f
		}
		for k, c := range cells {
			z, w := odds[k%abreast], weights[c.label()]
			if l.itemWeight != nil {
				v := l.itemWeight[c.other]
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
				x, sum := items[c.other].at, &p.itemCurve[c.other]
				e := w.w * chance * (1 - chance)
				h.mu, h.f, h.r = h.mu+e, h.f+e*x.f*x.f, h.r+e*x.b*x.b
				sum.b, sum.f = sum.b+e*r*r, sum.f+e*f*f
			}
		}
		for k, c := range cells {
			x, e := &items[c.other], errors[k%abreast]
			g.mu, g.f, g.r = g.mu+e, g.f+e*x.at.f, g.r+e*x.at.b
			x.sum.b, x.sum.f = x.sum.b+e*r, x.sum.f+e*f
		}
	}
	p.loss += loss
	p.mu += g.mu
	p.bend += h.mu
	return g, h
}

const abreast = 64 // ratings

// links holds log(1+e^z) and its derivative, the logistic function, at steps of
// 1/linkSteps from -linkReach to linkReach. What is between is taken from the
// nearest step, in half the time of one exponential; beyond, either is 0 or z
// and 0 or 1.
type links [2*linkReach*linkSteps + 1]link

type link struct{ soft, chance float64 }

const (
	linkReach = 20
	linkSteps = 64

	linkShift = 3 << 51                          // a float64 as large has no bits for less than 1
	linkBits  = 0x4338<<48 - linkReach*linkSteps // those of linkShift less what the first step is
)

// linkOf returns the number of the step nearest to z, which is not one of links
// if z is out of reach, and how far z is from it.
func linkOf(z float64) (step uint64, d float64) {
	t := z*linkSteps + linkShift
	return math.Float64bits(t) - linkBits, z - (t-linkShift)*(1.0/linkSteps)
}

func newLinks() *links {
	l := &links{}
	for k := range l {
		z := float64(k)/linkSteps - linkReach
		l[k] = link{math.Log1p(math.Exp(z)), 1 / (1 + math.Exp(-z))}
	}
	return l
}

// at returns log(1+e^z) and the logistic function of z, d from the step, to
// 1e-8, by Taylor series, of which the second is the exact derivative of the
// first.
func (s *link) at(d float64) (soft, chance float64) {
	c := s.chance
	first := c * (1 - c)
	second := first * (0.5 - c) // half of the second derivative
	return s.soft + d*(c+d*(0.5*first+d*second*(1.0/3))), c + d*(first+d*second)
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
