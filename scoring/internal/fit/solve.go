package fit

import (
	"context"
	"math"
)

// A Pair is the intercept and the factor of an entity, or anything that lives
// in the same space: a gradient, a step.
type Pair struct{ B, F float64 }

// Sums are what an entity's ratings amount to when its own pair is to be
// solved for: of the residuals y and the factors f of the other side.
type Sums struct{ N, F, FF, Y, FY, yy float64 }

// A Block is a symmetric 2x2 matrix.
type Block struct{ BB, BF, FF float64 }

func (a Block) Solve(r Pair) Pair {
	det := a.BB*a.FF - a.BF*a.BF
	return Pair{(a.FF*r.B - a.BF*r.F) / det, (a.BB*r.F - a.BF*r.B) / det}
}

func (a Block) times(x Pair) Pair { return Pair{a.BB*x.B + a.BF*x.F, a.BF*x.B + a.FF*x.F} }

// Accumulate sums over the ratings of one entity: value - offset - the other's
// intercept is y.
func Accumulate(cells []Cell, at []Pair, weight []float64, offset float64) (s Sums) {
	if weight == nil {
		s.N = float64(len(cells))
		if len(at) >= farApart {
			s.gather(cells, at, offset)
			return s
		}
		for _, c := range cells {
			s.add(c.Value, at[c.Other], offset)
		}
		return s
	}
	for _, c := range cells {
		p, w := at[c.Other], weight[c.Other]
		y, wf := float64(c.Value)-offset-p.B, w*p.F
		s.N += w
		s.F += wf
		s.FF += wf * p.F
		s.Y += w * y
		s.FY += wf * y
		s.yy += w * y * y
	}
	return s
}

func (s *Sums) add(value float32, p Pair, offset float64) {
	y := float64(value) - offset - p.B
	s.F += p.F
	s.FF += p.F * p.F
	s.Y += y
	s.FY += p.F * y
	s.yy += y * y
}

// Pairs of which a cache that processors share has too few, 16 MB of them, and how many are fetched
// before any is added: sums that wait for one keep the processor from asking for the next ones. Of
// fewer pairs that costs more than it saves, unless others have the cache.
const (
	farApart = 1 << 20
	fetched  = 64
)

// gather adds what the loop of Accumulate does, in its order.
func (s *Sums) gather(cells []Cell, at []Pair, offset float64) {
	var near [fetched]Pair
	for len(cells) > 0 {
		part := cells[:min(len(cells), fetched)]
		pairs := near[:len(part)]
		for i := range part {
			pairs[i] = at[part[i].Other]
		}
		for i := range part {
			s.add(part[i].Value, pairs[i], offset)
		}
		cells = cells[len(part):]
	}
}

func (s *Sums) scale(w float64) {
	s.N, s.F, s.FF, s.Y, s.FY, s.yy = w*s.N, w*s.F, w*s.FF, w*s.Y, w*s.FY, w*s.yy
}

// A model is the objective of Viewpoints, times the total weight of the ratings:
//
//	sum w (r - mu - b_u - b_n - f_u f_n)^2 + ridge.b sum b^2 + ridge.f sum f^2 + ridgeMu mu^2
//
// It is a function of the outer side alone: for given outer pairs the best
// inner pairs and the best mu are the solution of a linear system shaped like
// an arrow, which costs one pass. The outer side is the one with fewer entities.
type model struct {
	ctx                    context.Context
	outer, inner           *Side
	outerRidge, innerRidge Pair
	ridgeMu, total         float64

	mu float64
	z  []Pair  // inner
	s  []Sums  // inner
	a  []Block // outer: the matrix of each entity's 2x2 solve
	v  []float64
}

func (s *Side) sums(k int32, other *Side, at []Pair, offset float64) Sums {
	t := Accumulate(s.Of(k), at, other.Weight, offset)
	if s.Weight != nil {
		t.scale(s.Weight[k])
	}
	return t
}

// fitInner sets the inner pairs and mu to the best for the outer pairs x.
func (d *model) fitInner(x []Pair) error {
	// With m = [n+rb f; f ff+rf], a = (n, f) and c = (y, fy), an entity's best
	// pair is m^-1 (c - mu a), and mu solves
	// mu (ridgeMu + sum n - a m^-1 a) = sum y - a m^-1 c.
	part := d.v[:2*len(d.inner.Blocks)]
	err := Each(d.ctx, d.inner.Blocks, func(b int, lo, hi int32) {
		var up, down float64
		for k := lo; k < hi; k++ {
			s := d.inner.sums(k, d.outer, x, 0)
			d.s[k] = s
			p := d.innerBlock(s).Solve(Pair{s.N, s.F})
			down += s.N - (s.N*p.B + s.F*p.F)
			up += s.Y - (s.Y*p.B + s.FY*p.F)
		}
		part[2*b], part[2*b+1] = up, down
	})
	if err != nil {
		return err
	}
	up, down := 0.0, d.ridgeMu
	for b := range len(d.inner.Blocks) - 1 {
		up += part[2*b]
		down += part[2*b+1]
	}
	d.mu = 0
	if down > 0 {
		d.mu = up / down
	}
	return Each(d.ctx, d.inner.Blocks, func(_ int, lo, hi int32) {
		for k := lo; k < hi; k++ {
			s := d.s[k]
			d.z[k] = d.innerBlock(s).Solve(Pair{s.Y - d.mu*s.N, s.FY - d.mu*s.F})
		}
	})
}

func (d *model) innerBlock(s Sums) Block {
	return Block{s.N + d.innerRidge.B, s.F, s.FF + d.innerRidge.F}
}

// eval computes the objective at outer pairs x, all else being at its best,
// and half its gradient into grad.
func (d *model) eval(x, grad []Pair) (float64, error) {
	if err := d.fitInner(x); err != nil {
		return 0, err
	}
	part := d.v[:len(d.outer.Blocks)]
	err := Each(d.ctx, d.outer.Blocks, func(b int, lo, hi int32) {
		sum := 0.0
		for k := lo; k < hi; k++ {
			s := d.outer.sums(k, d.inner, d.z, d.mu)
			a := Block{s.N + d.outerRidge.B, s.F, s.FF + d.outerRidge.F}
			g := a.times(x[k])
			sum += s.yy + x[k].B*(g.B-2*s.Y) + x[k].F*(g.F-2*s.FY)
			grad[k], d.a[k] = Pair{g.B - s.Y, g.F - s.FY}, a
		}
		part[b] = sum
	})
	value := d.ridgeMu * d.mu * d.mu
	for _, p := range part[:len(d.outer.Blocks)-1] {
		value += p
	}
	for _, z := range d.z {
		value += d.innerRidge.B*z.B*z.B + d.innerRidge.F*z.F*z.F
	}
	return value, err
}

// A descent is a run of limited-memory BFGS (Liu and Nocedal 1989) on a model,
// preconditioned by the 2x2 blocks of the outer entities. Its first step, and
// the step it falls back to, is that of alternating least squares, which never
// worsens the objective.
type descent struct {
	*model
	x, grad, step     []Pair
	tryX, tryGrad     []Pair
	value             float64
	sweeps, maxSweeps int
	history           []correction // oldest first
	progress          func(done int)
}

type correction struct {
	s, y  []Pair
	sy    float64
	alpha float64
}

const (
	memory   = 8     // corrections kept
	rounding = 1e-13 // of the objective: what summation may add to it
)

// newDescent returns a descent that stands at the outer pairs x.
func newDescent(d *model, x []Pair, maxSweeps int, progress func(done int)) (*descent, error) {
	n := len(x)
	s := &descent{model: d, x: x, maxSweeps: maxSweeps, progress: progress, grad: make([]Pair, n),
		step: make([]Pair, n), tryX: make([]Pair, n), tryGrad: make([]Pair, n)}
	var err error
	s.value, err = s.sweep(s.x, s.grad)
	return s, err
}

const (
	leadSteps   = 30   // a bound on the cost
	leadFactor  = 0.02 // root mean square of the outer factors
	leadSettled = 1e-6 // 1 - cosine of successive directions
)

// lead turns the outer factors towards the leading axis of disagreement: with
// factors kept small, alternating least squares is power iteration on what the
// intercepts leave over. It reports whether the axis came to rest.
func (d *descent) lead() (settled bool, err error) {
	used := float64(d.outer.Used())
	for range min(leadSteps, d.maxSweeps-d.sweeps) {
		d.alternate()
		var old, now, cross float64
		for k := range d.x {
			f := d.x[k].F
			d.x[k] = Pair{d.x[k].B + d.step[k].B, f + d.step[k].F}
			old, now, cross = old+f*f, now+d.x[k].F*d.x[k].F, cross+f*d.x[k].F
		}
		if now == 0 { // nothing is left over
			return true, nil
		}
		scale := leadFactor * math.Sqrt(used/now)
		for k := range d.x {
			d.x[k].F *= scale
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

func (d *descent) sweep(x, grad []Pair) (float64, error) {
	d.sweeps++
	d.progress(d.sweeps)
	return d.eval(x, grad)
}

// alternate sets the step to that of alternating least squares and returns its
// largest component.
func (d *descent) alternate() (move float64) {
	for k, g := range d.grad {
		p := d.a[k].Solve(g)
		d.step[k] = Pair{-p.B, -p.F}
		move = max(move, math.Abs(p.B), math.Abs(p.F))
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
			d.tryX[k] = Pair{x.B + t*d.step[k].B, x.F + t*d.step[k].F}
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
		c = correction{s: make([]Pair, len(d.x)), y: make([]Pair, len(d.x))}
	}
	for k := range d.x {
		c.s[k] = Pair{d.tryX[k].B - d.x[k].B, d.tryX[k].F - d.x[k].F}
		c.y[k] = Pair{d.tryGrad[k].B - d.grad[k].B, d.tryGrad[k].F - d.grad[k].F}
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
		p := d.a[k].Solve(y)
		yay += y.B*p.B + y.F*p.F
	}
	scale := newest.sy / yay
	for k, r := range q {
		p := d.a[k].Solve(r)
		q[k] = Pair{scale * p.B, scale * p.F}
	}
	for _, c := range d.history {
		add(q, c.alpha-dot(c.y, q)/c.sy, c.s)
	}
	if dot(q, d.grad) <= 0 {
		return false
	}
	for k, r := range q {
		d.step[k] = Pair{-r.B, -r.F}
	}
	return true
}

func dot(x, y []Pair) float64 {
	var b, f float64
	for k, p := range x {
		b += p.B * y[k].B
		f += p.F * y[k].F
	}
	return b + f
}

func add(x []Pair, t float64, y []Pair) {
	for k, p := range y {
		x[k].B += t * p.B
		x[k].F += t * p.F
	}
}
