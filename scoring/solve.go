package scoring

import (
	"context"
	"math"
)

// A pair is the intercept and the factor of an entity, or anything that lives
// in the same space: a gradient, a step.
type pair struct{ b, f float64 }

// sums are what an entity's ratings amount to when its own pair is to be
// solved for: of the residuals y and the factors f of the other side.
type sums struct{ n, f, ff, y, fy, yy float64 }

// A block is a symmetric 2x2 matrix.
type block struct{ bb, bf, ff float64 }

func (a block) solve(r pair) pair {
	det := a.bb*a.ff - a.bf*a.bf
	return pair{(a.ff*r.b - a.bf*r.f) / det, (a.bb*r.f - a.bf*r.b) / det}
}

func (a block) times(x pair) pair { return pair{a.bb*x.b + a.bf*x.f, a.bf*x.b + a.ff*x.f} }

// accumulate sums over the ratings of one entity: value - offset - the other's
// intercept is y.
func accumulate(cells []cell, at []pair, weight []float64, offset float64) (s sums) {
	if weight == nil {
		for _, c := range cells {
			p := at[c.other]
			y := float64(c.value) - offset - p.b
			s.f += p.f
			s.ff += p.f * p.f
			s.y += y
			s.fy += p.f * y
			s.yy += y * y
		}
		s.n = float64(len(cells))
		return s
	}
	for _, c := range cells {
		p, w := at[c.other], weight[c.other]
		y, wf := float64(c.value)-offset-p.b, w*p.f
		s.n += w
		s.f += wf
		s.ff += wf * p.f
		s.y += w * y
		s.fy += wf * y
		s.yy += w * y * y
	}
	return s
}

func (s *sums) scale(w float64) {
	s.n, s.f, s.ff, s.y, s.fy, s.yy = w*s.n, w*s.f, w*s.ff, w*s.y, w*s.fy, w*s.yy
}

// A model is the objective of Bridging, times the total weight of the ratings:
//
//	sum w (r - mu - b_u - b_n - f_u f_n)^2 + ridge.b sum b^2 + ridge.f sum f^2 + ridgeMu mu^2
//
// It is a function of the outer side alone: for given outer pairs the best
// inner pairs and the best mu are the solution of a linear system shaped like
// an arrow, which costs one pass. The outer side is the one with fewer entities.
type model struct {
	ctx                    context.Context
	outer, inner           *side
	outerRidge, innerRidge pair
	ridgeMu, total         float64

	mu float64
	z  []pair  // inner
	s  []sums  // inner
	a  []block // outer: the matrix of each entity's 2x2 solve
	v  []float64
}

func newModel(ctx context.Context, m *matrix, b *Bridging) *model {
	d := &model{ctx: ctx, outer: &m.raters, inner: &m.items}
	for u := range int32(m.raters.len()) {
		d.total += float64(m.raters.count(u)) * m.raters.weightOf(u)
	}
	ridge := func(s *side) pair {
		n, intercept := float64(max(s.used(), 1)), b.InterceptPenalty
		if s == &m.raters && b.raterPenalty > 0 {
			intercept = b.raterPenalty
		}
		return pair{intercept * d.total / n, b.FactorPenalty * d.total / n}
	}
	if m.items.used() < m.raters.used() {
		d.outer, d.inner = d.inner, d.outer
	}
	d.outerRidge, d.innerRidge = ridge(d.outer), ridge(d.inner)
	d.ridgeMu = b.GlobalPenalty * d.total
	d.z, d.s = make([]pair, d.inner.len()), make([]sums, d.inner.len())
	d.a = make([]block, d.outer.len())
	d.v = make([]float64, 2*max(len(d.inner.blocks), len(d.outer.blocks)))
	return d
}

func (s *side) sums(k int32, other *side, at []pair, offset float64) sums {
	t := accumulate(s.of(k), at, other.weight, offset)
	if s.weight != nil {
		t.scale(s.weight[k])
	}
	return t
}

// fitInner sets the inner pairs and mu to the best for the outer pairs x.
func (d *model) fitInner(x []pair) error {
	// With m = [n+rb f; f ff+rf], a = (n, f) and c = (y, fy), an entity's best
	// pair is m^-1 (c - mu a), and mu solves
	// mu (ridgeMu + sum n - a m^-1 a) = sum y - a m^-1 c.
	part := d.v[:2*len(d.inner.blocks)]
	err := each(d.ctx, d.inner.blocks, func(b int, lo, hi int32) {
		var up, down float64
		for k := lo; k < hi; k++ {
			s := d.inner.sums(k, d.outer, x, 0)
			d.s[k] = s
			p := d.innerBlock(s).solve(pair{s.n, s.f})
			down += s.n - (s.n*p.b + s.f*p.f)
			up += s.y - (s.y*p.b + s.fy*p.f)
		}
		part[2*b], part[2*b+1] = up, down
	})
	if err != nil {
		return err
	}
	up, down := 0.0, d.ridgeMu
	for b := range len(d.inner.blocks) - 1 {
		up += part[2*b]
		down += part[2*b+1]
	}
	d.mu = 0
	if down > 0 {
		d.mu = up / down
	}
	return each(d.ctx, d.inner.blocks, func(_ int, lo, hi int32) {
		for k := lo; k < hi; k++ {
			s := d.s[k]
			d.z[k] = d.innerBlock(s).solve(pair{s.y - d.mu*s.n, s.fy - d.mu*s.f})
		}
	})
}

func (d *model) innerBlock(s sums) block {
	return block{s.n + d.innerRidge.b, s.f, s.ff + d.innerRidge.f}
}

// eval computes the objective at outer pairs x, all else being at its best,
// and half its gradient into grad.
func (d *model) eval(x, grad []pair) (float64, error) {
	if err := d.fitInner(x); err != nil {
		return 0, err
	}
	part := d.v[:len(d.outer.blocks)]
	err := each(d.ctx, d.outer.blocks, func(b int, lo, hi int32) {
		sum := 0.0
		for k := lo; k < hi; k++ {
			s := d.outer.sums(k, d.inner, d.z, d.mu)
			a := block{s.n + d.outerRidge.b, s.f, s.ff + d.outerRidge.f}
			g := a.times(x[k])
			sum += s.yy + x[k].b*(g.b-2*s.y) + x[k].f*(g.f-2*s.fy)
			grad[k], d.a[k] = pair{g.b - s.y, g.f - s.fy}, a
		}
		part[b] = sum
	})
	value := d.ridgeMu * d.mu * d.mu
	for _, p := range part[:len(d.outer.blocks)-1] {
		value += p
	}
	for _, z := range d.z {
		value += d.innerRidge.b*z.b*z.b + d.innerRidge.f*z.f*z.f
	}
	return value, err
}

// A descent is a run of limited-memory BFGS (Liu and Nocedal 1989) on a model,
// preconditioned by the 2x2 blocks of the outer entities. Its first step, and
// the step it falls back to, is that of alternating least squares, which never
// worsens the objective.
type descent struct {
	*model
	x, grad, step     []pair
	tryX, tryGrad     []pair
	value             float64
	sweeps, maxSweeps int
	history           []correction // oldest first
	progress          func(done int)
}

type correction struct {
	s, y  []pair
	sy    float64
	alpha float64
}

const (
	memory   = 8     // corrections kept
	rounding = 1e-13 // of the objective: what summation may add to it
)

// newDescent returns a descent that stands at the outer pairs x.
func newDescent(d *model, x []pair, maxSweeps int, progress func(done int)) (*descent, error) {
	n := len(x)
	s := &descent{model: d, x: x, maxSweeps: maxSweeps, progress: progress, grad: make([]pair, n), step: make([]pair, n),
		tryX: make([]pair, n), tryGrad: make([]pair, n)}
	var err error
	s.value, err = s.sweep(s.x, s.grad)
	return s, err
}

const (
	leadSteps   = 30
	leadFactor  = 0.02 // root mean square of the outer factors
	leadSettled = 1e-6 // 1 - cosine of successive directions
)

// lead turns the outer factors towards the leading axis of disagreement: with
// factors kept small, alternating least squares is power iteration on what the
// intercepts leave over. It reports whether the axis came to rest.
func (d *descent) lead() (settled bool, err error) {
	used := float64(d.outer.used())
	for range min(leadSteps, d.maxSweeps-d.sweeps) {
		d.alternate()
		var old, now, cross float64
		for k := range d.x {
			f := d.x[k].f
			d.x[k] = pair{d.x[k].b + d.step[k].b, f + d.step[k].f}
			old, now, cross = old+f*f, now+d.x[k].f*d.x[k].f, cross+f*d.x[k].f
		}
		if now == 0 { // nothing is left over
			return true, nil
		}
		scale := leadFactor * math.Sqrt(used/now)
		for k := range d.x {
			d.x[k].f *= scale
		}
		if d.value, err = d.sweep(d.x, d.grad); err != nil {
			return false, err
		}
		if 1-cross/math.Sqrt(old*now) < leadSettled {
			return true, nil
		}
	}
	return false, nil
}

// run descends until no exact solve of one outer entity would move it by more
// than tolerance, or the sweeps are used up. It returns that largest move.
func (d *descent) run(tolerance float64) (move float64, err error) {
	for {
		if move = d.alternate(); move <= tolerance || d.sweeps >= d.maxSweeps {
			return move, nil
		}
		ok, err := d.search(d.quasiNewton())
		if err != nil {
			return move, err
		}
		if !ok { // not even alternation improves: the limit of float64, or no sweeps left
			_, err := d.eval(d.x, d.grad)
			return d.alternate(), err
		}
	}
}

func (d *descent) sweep(x, grad []pair) (float64, error) {
	d.sweeps++
	d.progress(d.sweeps)
	return d.eval(x, grad)
}

// alternate sets the step to that of alternating least squares and returns its
// largest component.
func (d *descent) alternate() (move float64) {
	for k, g := range d.grad {
		p := d.a[k].solve(g)
		d.step[k] = pair{-p.b, -p.f}
		move = max(move, math.Abs(p.b), math.Abs(p.f))
	}
	return move
}

// search takes the step, shortened if need be, or that of alternation if a
// quasi-Newton step does not improve the objective.
func (d *descent) search(quasi bool) (ok bool, err error) {
	slope, t := 2*dot(d.grad, d.step), 1.0
	for range 3 {
		if d.sweeps >= d.maxSweeps {
			return false, nil
		}
		for k, x := range d.x {
			d.tryX[k] = pair{x.b + t*d.step[k].b, x.f + t*d.step[k].f}
		}
		value, err := d.sweep(d.tryX, d.tryGrad)
		if err != nil {
			return false, err
		}
		if value <= d.value+1e-4*t*slope+rounding*d.value {
			d.accept(value)
			return true, nil
		}
		if !quasi {
			break
		}
		// the minimum of the parabola through what is known
		t *= min(0.5, max(0.1, -slope*t/(2*(value-d.value-slope*t))))
	}
	if !quasi {
		return false, nil
	}
	d.history = d.history[:0]
	if _, err := d.sweep(d.x, d.grad); err != nil {
		return false, err
	}
	d.alternate()
	return d.search(false)
}

func (d *descent) accept(value float64) {
	var c correction
	if len(d.history) == memory {
		c = d.history[0]
		d.history = append(d.history[:0], d.history[1:]...)
	} else {
		c = correction{s: make([]pair, len(d.x)), y: make([]pair, len(d.x))}
	}
	for k := range d.x {
		c.s[k] = pair{d.tryX[k].b - d.x[k].b, d.tryX[k].f - d.x[k].f}
		c.y[k] = pair{d.tryGrad[k].b - d.grad[k].b, d.tryGrad[k].f - d.grad[k].f}
	}
	d.x, d.tryX, d.grad, d.tryGrad, d.value = d.tryX, d.x, d.tryGrad, d.grad, value
	if c.sy = dot(c.s, c.y); c.sy > 0 {
		d.history = append(d.history, c)
	}
}

// quasiNewton sets the step by the two-loop recursion; false if there is no
// history, or the step would not descend.
func (d *descent) quasiNewton() bool {
	if len(d.history) == 0 {
		return false
	}
	q := d.tryX // free between searches
	copy(q, d.grad)
	for i := len(d.history) - 1; i >= 0; i-- {
		c := &d.history[i]
		c.alpha = dot(c.s, q) / c.sy
		add(q, -c.alpha, c.y)
	}
	newest := d.history[len(d.history)-1]
	yay := 0.0
	for k, y := range newest.y {
		p := d.a[k].solve(y)
		yay += y.b*p.b + y.f*p.f
	}
	scale := newest.sy / yay
	for k, r := range q {
		p := d.a[k].solve(r)
		q[k] = pair{scale * p.b, scale * p.f}
	}
	for _, c := range d.history {
		add(q, c.alpha-dot(c.y, q)/c.sy, c.s)
	}
	if dot(q, d.grad) <= 0 {
		return false
	}
	for k, r := range q {
		d.step[k] = pair{-r.b, -r.f}
	}
	return true
}

func dot(x, y []pair) float64 {
	var b, f float64
	for k, p := range x {
		b += p.b * y[k].b
		f += p.f * y[k].f
	}
	return b + f
}

func add(x []pair, t float64, y []pair) {
	for k, p := range y {
		x[k].b += t * p.b
		x[k].f += t * p.f
	}
}
