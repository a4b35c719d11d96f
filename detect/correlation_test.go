package detect

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestEffective holds the formula to its ends: copies are one, strangers are many, and a plan
// that is further off than one opinion is less than one.
func TestEffective(t *testing.T) {
	for _, c := range []struct{ chance, within, away, want float64 }{{0, 1, 0, 10}, {1, 1, 0, 1}, {1, 0, 0, 10},
		{.5, 1, 0, 5.5}, {1, .25, 0, 10 / 3.25}, {1, 1, .5, 1}, {1, 1, 3, 10. / 28}, {1, 0, 9, 10}} {
		of := Correlation{Chance: 1, Within: c.within, Away: c.away, Planned: []float64{c.chance}}
		if got := of.Effective(0, 10); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%+v: %g votes of 10; want %g", c, got, c.want)
		}
	}
}

// TestSurerIsLess: the surer a plan, and the further off, the less its votes are worth; never
// nothing, nor more than they are.
func TestSurerIsLess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		of := Correlation{Within: rapid.Float64Range(0, 1).Draw(t, "within"),
			Away:    rapid.Float64Range(0, 50).Draw(t, "away"),
			Planned: []float64{rapid.Float64Range(0, 1).Draw(t, "planned")}}
		k := rapid.Float64Range(1, 1000).Draw(t, "votes")
		worth := of.Effective(0, k)
		if !(worth > 0 && worth <= k*(1+1e-12)) {
			t.Fatalf("%+v: %g votes are worth %g", of, k, worth)
		}
		surer, further := of, of
		surer.Planned = []float64{rapid.Float64Range(of.Planned[0], 1).Draw(t, "surer")}
		further.Away += rapid.Float64Range(0, 9).Draw(t, "further")
		for _, c := range []Correlation{surer, further} {
			if less := c.Effective(0, k); less > worth*(1+1e-12) {
				t.Fatalf("%g votes of %+v are worth %g, of %+v %g", k, of, worth, c, less)
			}
		}
	})
}
