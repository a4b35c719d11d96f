package plural

import "testing"

func TestOf(t *testing.T) {
	for _, tc := range []struct {
		n    int
		noun string
		want string
	}{{0, "rater", "0 raters"}, {1, "rater", "1 rater"}, {2, "status", "2 statuses"},
		{1000, "rating", "1000 ratings"}} {
		if got := Of(tc.n, tc.noun); got != tc.want {
			t.Errorf("Of(%d, %q) is %q; want %q", tc.n, tc.noun, got, tc.want)
		}
	}
}
