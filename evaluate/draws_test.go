package evaluate

import "testing"

// TestDrawsOf: of many accounts fewer draws are made, and never none that tell an end.
func TestDrawsOf(t *testing.T) {
	for _, x := range []struct{ asked, accounts, want int }{
		{1000, 1, 1000}, {1000, 1_000_000, 1000}, {1000, 8_000_000, 125}, {1000, 500_000_000, 100}, {50, 8_000_000, 50},
	} {
		if got := drawsOf(x.asked, x.accounts); got != x.want {
			t.Errorf("%d draws of %d accounts: %d, not %d", x.asked, x.accounts, got, x.want)
		}
	}
}
