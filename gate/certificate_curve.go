package gate

import (
	"math"
)

// rounding is what the value of a goal may be off by.
const rounding = 1e-9

// A curve is a + b x + c x^2 for x in [0, 1].
type curve struct{ a, b, c float64 }

// through returns the curve with given values at 0, 1/2 and 1.
func through(zero, half, one float64) curve {
	c := 2 * (zero - 2*half + one)
	return curve{zero, one - zero - c, c}
}

func (q *curve) of(x float64) float64 { return q.a + x*(q.b+x*q.c) }

// peak is the highest value.
func (q *curve) peak() float64 {
	v := max(q.a, q.of(1))
	if q.c < 0 {
		if x := -q.b / (2 * q.c); x > 0 && x < 1 {
			v = max(v, q.of(x))
		}
	}
	return v
}

// roots adds where the curve is 0, or nearest to it from below.
func (q *curve) roots(at []float64) []float64 {
	add := func(x float64) {
		if x > 0 && x < 1 {
			at = append(at, x)
		}
	}
	if q.c == 0 {
		add(-q.a / q.b)
		return at
	}
	root := math.Sqrt(max(q.b*q.b-4*q.a*q.c, 0))
	add((-q.b - root) / (2 * q.c))
	add((-q.b + root) / (2 * q.c))
	add(-q.b / (2 * q.c))
	return at
}
