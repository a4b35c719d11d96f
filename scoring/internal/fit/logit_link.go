package fit

import "math"

// links holds log(1+e^z) and its derivative, the logistic function, at steps of
// 1/linkSteps from -linkReach to linkReach. What is between is taken from the
// nearest step, in half the time of one exponential; beyond, either is 0 or z
// and 0 or 1.
type links [2*linkReach*linkSteps + 1]link

type link struct{ soft, chance float64 }

const (
	linkReach = 20 // beyond, a chance is within 2e-9 of 0 or 1
	linkSteps = 64 // to one

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
