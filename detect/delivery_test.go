package detect

import (
	"math"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/judge"
)

// The levels of all deliveries but the first sum to that of the first.
func TestDeliveryLevels(t *testing.T) {
	sum := 0.0
	for k := 2; k < 100_000; k++ {
		sum += DeliveryLevel(k)
	}
	if DeliveryLevel(1) != judge.RingLevel || math.Abs(sum-judge.RingLevel) > 1e-6 {
		t.Errorf("levels sum to %g, want %g", sum, judge.RingLevel)
	}
}

// A new ring above the level is in doubt and comes last; one that is known is not.
func TestHoldNew(t *testing.T) {
	f := Findings{Rings: []Ring{
		{Raters: []int32{0}, LogP: math.Log(2e-3), LogQ: math.Log(4e-3)},
		{Raters: []int32{1}, LogP: math.Log(3e-3), LogQ: math.Log(4e-3)},
		{Raters: []int32{2}, LogP: math.Log(4e-3), LogQ: math.Log(4e-3)},
		{Raters: []int32{3}, Official: true},
	}}
	f.HoldNew(func(r *Ring) bool { return r.Raters[0] == 2 }, 3)
	for k, want := range []struct {
		rater int32
		doubt bool
	}{{2, false}, {3, false}, {0, true}, {1, true}} {
		if r := f.Rings[k]; r.Raters[0] != want.rater || r.Doubtful() != want.doubt {
			t.Errorf("rank %d is %d, in doubt %v; want %d, %v", k, r.Raters[0], r.Doubtful(), want.rater, want.doubt)
		}
	}
	again := Findings{Rings: []Ring{{LogQ: math.Log(4e-3)}}}
	if again.HoldNew(func(*Ring) bool { return false }, 2); again.Rings[0].Doubtful() {
		t.Error("a q-value of .004 is in doubt in the second delivery, whose level is .005")
	}
}
