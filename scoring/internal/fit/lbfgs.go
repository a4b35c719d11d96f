package fit

import (
	"context"
	"math"
)

// A lbfgs minimises a function of many numbers by limited-memory BFGS (Liu and
// Nocedal 1989), each number scaled by a curvature along it. All processors share
// in what it does with vectors, too, which takes long where entities are many.
type lbfgs struct {
	ctx       context.Context
	eval      func(x, grad []float64) (float64, error)
	stretches []stretch // of numbers that may move
	part      []float64

	x, grad, step, tryX, tryGrad []float64
	curve                        []float64 // above 0
	value                        float64
	history                      []turn // oldest first
}

// A stretch is consecutive numbers of a vector that are one work.
type stretch struct{ lo, hi int32 }

// A turn is how far x moved and the gradient changed.
type turn struct {
	x, grad []float64
	product float64 // of the two
	alpha   float64
}

const (
	turns       = 8    // kept
	sufficient  = 1e-4 // of what the slope promises, a step must bring
	shortenings = 12   // of a step before it is given up
)

// stretchesOf returns the stretches of lo to hi.
func stretchesOf(lo, hi int32) (stretches []stretch) {
	for ; lo < hi; lo += blockWork / 8 {
		stretches = append(stretches, stretch{lo, min(hi, lo+blockWork/8)})
	}
	return stretches
}

// newLBFGS returns a lbfgs that stands at x, where the function has the value,
// the gradient and, about, the curvature.
func newLBFGS(ctx context.Context, stretches []stretch, x, grad, curve []float64, value float64,
	eval func(x, grad []float64) (float64, error)) *lbfgs {
	n := len(x)
	return &lbfgs{ctx: ctx, eval: eval, stretches: stretches, part: make([]float64, len(stretches)), x: x, grad: grad,
		curve: curve, value: value,
		step: make([]float64, n), tryX: append([]float64(nil), x...), tryGrad: make([]float64, n)}
}

// sum adds up, in the order of the stretches, what do returns for each.
func (m *lbfgs) sum(do func(lo, hi int32) float64) float64 {
	return sumStretches(m.ctx, m.stretches, m.part, do)
}

// sumStretches does so into part.
func sumStretches(ctx context.Context, stretches []stretch, part []float64,
	do func(lo, hi int32) float64) (sum float64) {
	// whoever evaluates sees it
	_ = share(ctx, len(stretches), func(k int) { part[k] = do(stretches[k].lo, stretches[k].hi) })
	for _, x := range part {
		sum += x
	}
	return sum
}

// next takes a step; false if none improves the function.
func (m *lbfgs) next() (ok bool, err error) {
	slope := m.direction()
	if slope >= 0 && len(m.history) > 0 {
		m.history = m.history[:0]
		slope = m.direction()
	}
	t := 1.0
	for range shortenings {
		m.sum(func(lo, hi int32) float64 {
			for k := lo; k < hi; k++ {
				m.tryX[k] = m.x[k] + t*m.step[k]
			}
			return 0
		})
		value, err := m.eval(m.tryX, m.tryGrad)
		if err != nil {
			return false, err
		}
		if value <= m.value+sufficient*t*slope {
			m.accept(value)
			return true, nil
		}
		// the minimum of the parabola through what is known
		t *= min(0.5, max(0.1, -slope*t/(2*(value-m.value-slope*t))))
	}
	if len(m.history) == 0 {
		return false, nil
	}
	m.history = m.history[:0]
	return m.next()
}

func (m *lbfgs) accept(value float64) {
	var turned turn
	if len(m.history) == turns {
		turned = m.history[0]
		m.history = append(m.history[:0], m.history[1:]...)
	} else {
		turned = turn{x: make([]float64, len(m.x)), grad: make([]float64, len(m.x))}
	}
	turned.product = m.sum(func(lo, hi int32) (sum float64) {
		for k := lo; k < hi; k++ {
			x, g := m.tryX[k]-m.x[k], m.tryGrad[k]-m.grad[k]
			turned.x[k], turned.grad[k] = x, g
			sum += x * g
		}
		return sum
	})
	m.x, m.tryX, m.grad, m.tryGrad, m.value = m.tryX, m.x, m.tryGrad, m.grad, value
	if turned.product > 0 {
		m.history = append(m.history, turned)
	}
}

// direction sets the step by the two-loop recursion and returns the slope along
// it.
func (m *lbfgs) direction() (slope float64) {
	q := m.step
	plus := func(t float64, y, with []float64) float64 { // adds t y to q and returns the product of q and with
		return m.sum(func(lo, hi int32) (sum float64) {
			for k := lo; k < hi; k++ {
				q[k] += t * y[k]
				sum += q[k] * with[k]
			}
			return sum
		})
	}
	copy(q, m.grad)
	last := len(m.history) - 1
	scale := 1.0
	if last >= 0 {
		newest := &m.history[last]
		scale = newest.product / m.sum(func(lo, hi int32) (sum float64) {
			for k := lo; k < hi; k++ {
				sum += newest.grad[k] * newest.grad[k] / m.curve[k]
			}
			return sum
		})
		product := plus(0, q, newest.x)
		for k := last; k >= 0; k-- {
			h := &m.history[k]
			h.alpha = product / h.product
			with := m.grad
			if k > 0 {
				with = m.history[k-1].x
			}
			product = plus(-h.alpha, h.grad, with)
		}
	}
	m.sum(func(lo, hi int32) float64 {
		for k := lo; k < hi; k++ {
			q[k] *= scale / m.curve[k]
		}
		return 0
	})
	if last >= 0 {
		product := plus(0, q, m.history[0].grad)
		for k := range m.history {
			h, with := &m.history[k], m.grad
			if k < last {
				with = m.history[k+1].grad
			}
			product = plus(h.alpha-product/h.product, h.x, with)
		}
	}
	return -m.sum(func(lo, hi int32) (sum float64) {
		for k := lo; k < hi; k++ {
			sum += q[k] * m.grad[k]
			q[k] = -q[k]
		}
		return sum
	})
}

// settle descends until the value falls by no more than tolerance, relative, in
// each of patience steps, or after maxSteps.
func (m *lbfgs) settle(tolerance float64, patience, maxSteps int) error {
	best, waited := m.value, 0
	for range maxSteps {
		ok, err := m.next()
		if err != nil || !ok {
			return err
		}
		if best-m.value > tolerance*max(math.Abs(best), math.Abs(m.value)) {
			best, waited = m.value, 0
		} else if waited++; waited == patience {
			return nil
		}
	}
	return nil
}
