package judge

import (
	"math"
	"slices"
)

// A kernel blurs by a normal of a variance.
type kernel struct {
	variance float64
	near     [2*shiftSteps - 1]float64 // by distance, 0 in the middle
	norm     shifts                    // by shift: of what is near it
}

func kernelOf(variance float64) *kernel {
	k := &kernel{variance: variance}
	for y := range shiftSteps {
		s := float64(y) * shiftStep
		x := math.Exp(-s * s / (2 * variance))
		k.near[shiftSteps-1+y], k.near[shiftSteps-1-y] = x, x
	}
	for y := range k.norm {
		for _, x := range k.around(y) {
			k.norm[y] += x
		}
	}
	return k
}

// around returns the weights around a shift.
func (k *kernel) around(y int) *shifts { return (*shifts)(k.near[shiftSteps-1-y:]) }

// blur returns ll.around every shift of the grid at once. Where hardly anything near a
// shift is likely, sums lose what they are of, and logarithms are taken first.
func (k *kernel) blur(ll *shifts) (all shifts) {
	const lost = 1e-200
	top := slices.Max(ll[:])
	var likely shifts
	for y := range ll {
		likely[y] = math.Exp(ll[y] - top)
	}
	y := 0
	for ; y+4 <= shiftSteps; y += 4 { // four, as each addition waits for the one before
		k0, k1, k2, k3 := k.around(y), k.around(y+1), k.around(y+2), k.around(y+3)
		a, b, c, d := 0., 0., 0., 0.
		for z, l := range &likely {
			a, b, c, d = a+k0[z]*l, b+k1[z]*l, c+k2[z]*l, d+k3[z]*l
		}
		all[y], all[y+1], all[y+2], all[y+3] = a, b, c, d
	}
	for ; y < shiftSteps; y++ {
		for z, x := range k.around(y) {
			all[y] += x * likely[z]
		}
	}
	for y, sum := range all {
		if all[y] = top + math.Log(sum/k.norm[y]); !(sum > lost) {
			all[y] = ll.around(shiftAt(y), k.variance)
		}
	}
	return all
}
