package detect

import (
	"math"
	"testing"
)

// TestEffective holds the formula to its ends: copies are one, strangers are many.
func TestEffective(t *testing.T) {
	for _, c := range []struct{ chance, within, want float64 }{{0, 1, 10}, {1, 1, 1}, {1, 0, 10}, {.5, 1, 5.5},
		{1, .25, 10 / 3.25}} {
		of := Correlation{Chance: 1, Within: c.within, Planned: []float64{c.chance}}
		if got := of.Effective(0, 10); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%+v: %g votes of 10; want %g", c, got, c.want)
		}
	}
}
