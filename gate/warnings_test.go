package gate

import (
	"slices"
	"testing"
)

func TestAlike(t *testing.T) {
	got := alike([]string{
		"a: 11 raters, 10.4% of all", "a: 8 raters, 13.6% of all", "b: 11 raters, 1% of all",
		"a: 1,100 raters, 9.7% of all", "item i051 fails", "item i052 fails", "no numbers", "no numbers",
	})
	want := []string{"a: 8 to 1,100 raters, 9.7 to 13.6% of all (in 3 runs)", "b: 11 raters, 1% of all",
		"item i051 fails", "item i052 fails", "no numbers (in 2 runs)"}
	if !slices.Equal(got, want) {
		t.Errorf("%q; want %q", got, want)
	}
}
