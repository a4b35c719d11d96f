package reports

import "testing"

// What a point is on axes of lists and options reads as in a scenario.
func TestOnAxes(t *testing.T) {
	point := map[string]any{"attacks": []any{map[string]any{"drip": map[string]any{}}},
		"world.groups": []any{uint64(21), uint64(13)}, "x": 0.5}
	if got, want := onAxes(point), "attacks [{drip: {}}], world.groups [21, 13], x 0.5"; got != want {
		t.Errorf("%q; want %q", got, want)
	}
}
