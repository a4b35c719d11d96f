package detect

import (
	"context"
	"math"
)

const (
	tiltFrom     = 20 // acts, below which nobody has used up what was live
	tiltCrowding = .1 // expected meetings with oneself, an act
	tiltMost     = 200
)

// fitTilt sets null.tilt. Nobody rates an item twice, so a rater who acts more
// than what was live around holds reaches items more evenly than their shares
// say: tilt solves sum over items of 1-exp(-tilt*expected) = acts for those
// whose own choices would often have met each other, and is 1 for the others.
// It costs a pass over all acts for each such rater.
func (n *null) fitTilt(ctx context.Context, a *acts) error {
	n.tilt = make([]float64, a.raters)
	return parallel(ctx, a.raters, 64, func() func(lo, hi int) {
		var reach []float64
		var sizes lambdas
		return func(lo, hi int) {
			for u := int32(lo); int(u) < hi; u++ {
				n.tilt[u] = 1
				acts := float64(a.countOf(u))
				if acts < tiltFrom || n.selfMeetings(a.binsOf(u)) < tiltCrowding*acts {
					continue
				}
				reach = n.reach(a.binsOf(u), reach)
				sizes.reset()
				for i := range int32(a.items) {
					expect := acts * n.uniform
					for _, b := range a.bin[a.itemStart[i]:a.itemStart[i+1]] {
						expect += reach[b]
					}
					sizes.add(expect)
				}
				n.tilt[u] = sizes.tilt(acts)
			}
		}
	})
}

// selfMeetings is how many pairs of a rater's own choices would fall on one
// item if items could be chosen again.
func (n *null) selfMeetings(own []binCount) float64 {
	sum := 0.0
	for _, x := range own {
		for _, y := range own {
			for s := range n.tables {
				sum += float64(x.count) * float64(y.count) * n.tables[s].meet[int(x.bin)*n.bins+int(y.bin)]
			}
		}
	}
	return sum / 2
}

// lambdas is a histogram of expected counts in steps of 1/16 of a nat, so that
// solving for the tilt does not cost a pass over the items each time.
type lambdas struct {
	count, sum [lambdaSteps]float64
}

const lambdaSteps = 16 * 40 // from e^-30 to e^10

func (h *lambdas) reset() { *h = lambdas{} }

func (h *lambdas) add(x float64) {
	if x <= 0 {
		return
	}
	at := min(max(int((math.Log(x)+30)*16), 0), lambdaSteps-1)
	h.count[at]++
	h.sum[at] += x
}

// tilt solves sum of 1-exp(-tilt*x) = acts by bisection of ln tilt.
func (h *lambdas) tilt(acts float64) float64 {
	lo, hi := 0.0, math.Log(tiltMost)
	for range 30 {
		mid := (lo + hi) / 2
		f, got := math.Exp(mid), 0.0
		for i, c := range h.count {
			if c > 0 {
				got -= c * math.Expm1(-f*h.sum[i]/c)
			}
		}
		if got < acts {
			lo = mid
		} else {
			hi = mid
		}
	}
	return math.Exp((lo + hi) / 2)
}
