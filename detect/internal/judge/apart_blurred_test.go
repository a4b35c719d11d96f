package judge

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestBlurred: it is around, at every shift; also where all that is likely is far away.
func TestBlurred(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, reach := range []float64{1, 30, 3000} {
		for _, variance := range []float64{shiftStep * shiftStep / 4, 1, 9} {
			var ll shifts
			for y := range ll {
				ll[y] = -reach * rng.Float64()
			}
			ll[rng.IntN(shiftSteps)] = -rng.Float64()
			for y, got := range kernelOf(variance).blur(&ll) {
				if want := ll.around(shiftAt(y), variance); !(math.Abs(got-want) <= 1e-11*(1+math.Abs(want))) {
					t.Errorf("reach %g, variance %g, shift %d: %v, not %v", reach, variance, y, got, want)
				}
			}
		}
	}
}
