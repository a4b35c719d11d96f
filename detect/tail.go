package detect

import "math"

// poissonTail returns ln P(sum of w_i X_i >= s) for independent X_i ~
// Poisson(rate_i), up to the accuracy of a Chernoff bound with the lattice
// refinement of Bahadur and Rao (Ann. Math. Stat. 1960); 0 where s is not above
// the mean. For X ~ Poisson(.05) at 4 it gives ln 2.5e-7, as the sum does.
func poissonTail(s float64, rate, w []float64) float64 {
	mean, least := 0.0, math.Inf(1)
	for i, l := range rate {
		if mean += l * w[i]; l > 0 {
			least = min(least, w[i])
		}
	}
	if s <= mean {
		return 0
	}
	if mean == 0 {
		return math.Inf(-1)
	}
	return saddle(s, least, func(t float64) (k, k1, k2 float64) {
		for i, l := range rate {
			if l > 0 {
				e := l * math.Exp(t*w[i])
				k += e - l
				k1 += w[i] * e
				k2 += w[i] * w[i] * e
			}
		}
		return k, k1, k2
	})
}

// countTail is poissonTail of one count.
func countTail(n int, mean float64) float64 {
	x := float64(n)
	if x <= mean {
		return 0
	}
	t := math.Log(x / mean)
	return x - mean - t*x - math.Log(max(1, (1-math.Exp(-t))*math.Sqrt(2*math.Pi*x)))
}

// bernoulliTail returns ln P(sum of w_i X_i >= s) for independent X_i ~
// Bernoulli(p_i) with all w_i > 0, like poissonTail; at the maximum of the sum
// it is exact.
func bernoulliTail(s float64, p, w []float64) float64 {
	mean, top, all, least := 0.0, 0.0, 0.0, math.Inf(1)
	for i, q := range p {
		mean += q * w[i]
		top += w[i]
		all += math.Log(q)
		least = min(least, w[i])
	}
	if s <= mean {
		return 0
	}
	if s >= top*(1-1e-9) {
		return all
	}
	return saddle(s, least, func(t float64) (k, k1, k2 float64) {
		for i, q := range p {
			e := q * math.Exp(t*w[i])
			d := 1 - q + e
			x := e / d
			k += math.Log(d)
			k1 += w[i] * x
			k2 += w[i] * w[i] * x * (1 - x)
		}
		return k, k1, k2
	})
}

// saddle returns the tail at s, above the mean, of a sum with the cumulant
// generating function cgf and its first two derivatives.
func saddle(s, least float64, cgf func(t float64) (k, k1, k2 float64)) float64 {
	lo, hi, t := 0.0, math.Inf(1), 0.0
	k, k1, k2 := cgf(0)
	for range 60 {
		if k1 < s {
			lo = t
		} else {
			hi = t
		}
		next := t + (s-k1)/k2
		if !(next > lo && next < hi) { // Newton left the bracket
			if math.IsInf(hi, 1) {
				next = 2*t + 1
			} else {
				next = (lo + hi) / 2
			}
		}
		// One step of a convex function overshoots far when s is: meet it half way.
		if math.IsInf(hi, 1) && next > 2*t+2 {
			next = 2*t + 2
		}
		step := next - t
		t = next
		k, k1, k2 = cgf(t)
		if math.Abs(step) < 1e-9*t || math.Abs(k1-s) < 1e-9*s {
			break
		}
	}
	return min(0, k-t*s-math.Log(max(1, (1-math.Exp(-t*least))*math.Sqrt(2*math.Pi*k2))))
}

// erlangTail returns ln P(X >= x) for X the sum of n unit exponentials, that is
// ln of sum_{i<n} x^i/i! - x, Fisher's combination of n p-values.
func erlangTail(n int, x float64) float64 {
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
