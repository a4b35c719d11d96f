package scenarios

import "testing"

// TestVictimsOfARing: a ring that repeats the votes of honest raters shares so much with them
// that a group holds both. What the ring did speaks for the ring, and for none of them.
func TestVictimsOfARing(t *testing.T) {
	s := mustParse(t, "world:\n  organic: {raters: 1500, items: 600, ratings: 27000, clubs: 4, club-size: 20, "+
		"club-items: 20}\nscorer: mean\nattacks:\n  - shadow: {accounts: 10, victims: 5, copies: .8}\n")
	m := mustRun(t, s, 4).Outcome.Measures
	if m["recall"] < 1 || m["silenced"] > 0 || m["false.rings.per.1000"] > 0 {
		t.Errorf("%.2f of the ring are found, and %.4f of the honest raters are in one", m["recall"], m["silenced"])
	}
}
