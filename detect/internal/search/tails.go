package search

import (
	"math"

	"github.com/ringwatch/ringwatch/detect/internal/null"
)

// lateTails keeps tails that were asked of late. Where many act within one time each pair is
// expected to meet as often as the next, and a tail takes a hundred times as long as a look
// at what is kept.
type lateTails struct {
	of     []lateTail
	worked int // out, and not looked up
}

const (
	tailBits  = 10 // of the number of tails kept
	tailTerms = 2*len(null.Strata) - 1
)

// A lateTail is of a sum of so many counts; how many tells their weights.
type lateTail struct {
	sum   float64
	rate  [tailTerms]float64
	terms int
	ln    float32
}

// tail is null.PoissonTail.
func (l *lateTails) tail(sum float64, rate, w []float64) float32 {
	if l.of == nil {
		l.of = make([]lateTail, 1<<tailBits)
	}
	h := math.Float64bits(sum) + uint64(len(rate))
	for _, x := range rate {
		h = (h ^ math.Float64bits(x)) * 0x9e3779b97f4a7c15
		h ^= h >> 29
	}
	k := &l.of[h>>(64-tailBits)]
	if k.terms == len(rate) && k.sum == sum && k.rate == padded(rate) {
		return k.ln
	}
	l.worked++
	*k = lateTail{sum, padded(rate), len(rate), float32(null.PoissonTail(sum, rate, w))}
	return k.ln
}

func padded(rate []float64) (all [tailTerms]float64) {
	copy(all[:], rate)
	return all
}
