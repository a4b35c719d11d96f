package judge

import (
	"math"
	"slices"
)

// blurred returns around every shift of the grid at once. Where hardly anything near a
// shift is likely, sums lose what they are of, and logarithms are taken first.
func (ll *shifts) blurred(variance float64) (all shifts) {
	const lost = 1e-200
	top := slices.Max(ll[:])
	var likely, near shifts // near by distance
	for y := range ll {
		likely[y] = math.Exp(ll[y] - top)
		s := float64(y) * shiftStep
		near[y] = math.Exp(-s * s / (2 * variance))
	}
	for y := range all {
		sum, norm := 0., 0.
		for z, l := range likely {
			k := near[max(y-z, z-y)]
			sum += k * l
			norm += k
		}
		if all[y] = top + math.Log(sum/norm); !(sum > lost) {
			all[y] = ll.around(shiftAt(y), variance)
		}
	}
	return all
}
