package null

import (
	"math"
)

// PoissonTail returns ln P(sum of w_i X_i >= s) for independent X_i ~
// Poisson(rate_i) and w_i > 0, up to the accuracy of a Chernoff bound with the
// lattice refinement of Bahadur and Rao (Ann. Math. Stat. 1960); 0 where s is not
// above the mean. For X ~ Poisson(.05) at 4 it gives ln 2.5e-7, as the sum does.
func PoissonTail(s float64, rate, w []float64) float64 {
	mean := 0.0
	for i, l := range rate {
		mean += l * w[i]
	}
	if s <= mean {
		return 0
	}
	if mean == 0 {
		return math.Inf(-1)
	}
	c, t := saddle(s, func(t float64) (c cumulants) {
		for i, l := range rate {
			e := l
			if t != 0 {
				e *= math.Exp(t * w[i])
			}
			c.add(e-l, w[i], e, e)
		}
		return c
	})
	return c.tail(s, t)
}

// CountTail is poissonTail of one count.
func CountTail(n int, mean float64) float64 {
	x := float64(n)
	if x <= mean {
		return 0
	}
	t := math.Log(x / mean)
	return x - mean - t*x - math.Log(max(1, (1-math.Exp(-t))*math.Sqrt(2*math.Pi*x)))
}

// A Choice is what a rater can do with an item: choose it with probability p,
// which says w, choose it near others with probability near, which says wNear,
// or neither, which says nothing.
type Choice struct{ P, Near, W, WNear float64 }

// ChoiceTail returns ln P(sum of what independent choices say >= s), like
// poissonTail; at the maximum of the sum it is exact.
func ChoiceTail(s float64, choices []Choice) float64 {
	mean, top := 0.0, 0.0
	for _, c := range choices {
		mean += c.P*c.W + c.Near*c.WNear
		top += max(c.W, c.WNear)
	}
	if s <= mean {
		return 0
	}
	if s >= top*(1-1e-9) {
		return lnAll(choices)
	}
	var few [128]float64
	norms := few[:0] // by choice
	c, t := saddle(s, func(t float64) (sum cumulants) {
		norms = norms[:0]
		var w, wNear, odds, oddsNear float64 // those of the last: often all say the same
		for _, c := range choices {
			a, b := c.P, c.Near
			if c.W != 0 {
				if c.W != w {
					w, odds = c.W, math.Exp(t*c.W)
				}
				a *= odds
			}
			if c.WNear != 0 {
				if c.WNear != wNear {
					wNear, oddsNear = c.WNear, math.Exp(t*c.WNear)
				}
				b *= oddsNear
			}
			d := 1 - c.P - c.Near + a + b
			norms = append(norms, d)
			a, b = a/d, b/d
			m := a*c.W + b*c.WNear
			v := a*c.W*c.W + b*c.WNear*c.WNear - m*m
			sum.mean += m
			sum.variance += v
			sum.steps += v * max(c.W, c.WNear)
		}
		return sum
	})
	for _, d := range norms { // of the last tilt, as no other is asked for it
		c.k += math.Log(d)
	}
	return c.tail(s, t)
}

// lnAll is ln of the chance that each choice says the most it can.
func lnAll(choices []Choice) (all float64) {
	for _, c := range choices {
		switch {
		case c.WNear > c.W:
			all += math.Log(c.Near)
		case c.WNear < c.W:
			all += math.Log(c.P)
		default:
			all += math.Log(c.P + c.Near)
		}
	}
	return all
}

// cumulants are those of a tilted sum: the generating function, the mean, the
// variance, and the sum of the variances times the steps.
type cumulants struct{ k, mean, variance, steps float64 }

func (c *cumulants) add(k, w, mean, variance float64) {
	c.k += k
	c.mean += w * mean
	c.variance += w * w * variance
	c.steps += w * w * w * variance
}

// saddle returns the cumulants under the tilt that has the mean at s, above the mean of
// the sum, and that tilt: those of the call before it returns.
func saddle(s float64, cgf func(t float64) cumulants) (cumulants, float64) {
	lo, hi, t := 0.0, math.Inf(1), 0.0
	c := cgf(0)
	for range 60 {
		if c.mean < s {
			lo = t
		} else {
			hi = t
		}
		next := t + (s-c.mean)/c.variance
		if math.IsInf(hi, 1) {
			// A step of a convex function overshoots far when s is far.
			next = min(next, 2*t+2)
		}
		if !(next > lo && next < hi) {
			next = (lo + min(hi, 2*lo+2)) / 2
		}
		step := next - t
		t = next
		c = cgf(t)
		if math.Abs(step) < 1e-9*t || math.Abs(c.mean-s) < 1e-9*s {
			break
		}
	}
	return c, t
}

// tail returns the tail at s by the cumulants under its tilt. What the sum moves in,
// where it is near s, is taken to be the mean step: exact for one weight, and between the
// two for mixed ones.
func (c *cumulants) tail(s, t float64) float64 {
	d := c.steps / c.variance
	return min(0, c.k-t*s-math.Log(max(1, -math.Expm1(-t*d)/d*math.Sqrt(2*math.Pi*c.variance))))
}

// ErlangTail returns ln P(X >= x) for X the sum of n unit exponentials, that is
// ln of sum_{i<n} x^i/i! - x, Fisher's combination of n p-values.
func ErlangTail(n int, x float64) float64 {
	if n <= 0 || x <= 0 {
		return 0
	}
	lnx, term, sum := math.Log(x), 0.0, 0.0 // ln of the terms, scaled by the largest
	top := math.Inf(-1)
	for i := range n {
		if i > 0 {
			term += lnx - math.Log(float64(i))
		}
		if term > top {
			sum, top = sum*math.Exp(top-term)+1, term
		} else {
			sum += math.Exp(term - top)
		}
	}
	return min(0, top+math.Log(sum)-x)
}

// LnChoose returns ln of the number of sets of k of n.
func LnChoose(n, k int) float64 {
	all, _ := math.Lgamma(float64(n + 1))
	in, _ := math.Lgamma(float64(k + 1))
	out, _ := math.Lgamma(float64(n - k + 1))
	return all - in - out
}
