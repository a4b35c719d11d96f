package rating

import "testing"

// A value is written as it was read, on scales of any width.
func TestScaleAsRead(t *testing.T) {
	for _, s := range []struct {
		Scale
		step float64
	}{{Scale{Min: .5, Max: 4}, .5}, {Scale{Min: 1, Max: 5}, .1},
		{Scale{Min: -10, Max: 10}, 1}, {Scale{Min: 0, Max: 100}, .25}} {
		for n := 0; s.Min+float64(n)*s.step <= s.Max; n++ {
			x := s.Min + float64(n)*s.step
			if got := s.AsRead(s.to(x)); got-x > 1e-12 || x-got > 1e-12 {
				t.Errorf("%v of %v is written as %v", x, s.Scale, got)
			}
		}
	}
	if got := (Scale{Min: 1, Max: 1}).AsRead(1); got != 1 {
		t.Errorf("a co-action is written as %v", got)
	}
}
