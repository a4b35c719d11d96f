package detect

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
)

// TestMoment: accounts that share the same links minutes apart are no ring where
// hands take seconds, and are told with the reason; where minutes are told to be a
// moment, they are one.
func TestMoment(t *testing.T) {
	tab := &rating.Table{Raters: rating.NewNames(), Items: rating.NewNames(), Scale: rating.Scale{Min: 1, Max: 1}}
	rng := rand.New(rand.NewPCG(4, 1))
	seen := map[string]bool{}
	act := func(rater, item string, at int) {
		if seen[rater+item] {
			return
		}
		seen[rater+item] = true
		tab.Append(tab.Raters.Add([]byte(rater)), tab.Items.Add([]byte(item)), 1, int32(at))
	}
	for u := range 400 {
		for range 2 + rng.IntN(11) {
			act(fmt.Sprint("u", u), fmt.Sprint("n", rng.IntN(200)), rng.IntN(30*86400))
		}
	}
	for link := range 12 {
		base := rng.IntN(28 * 86400)
		for range 6 {
			act(fmt.Sprint("u", rng.IntN(400)), fmt.Sprint("c", link), base+600+rng.IntN(86400))
		}
		for b := range 8 {
			act(fmt.Sprint("b", b), fmt.Sprint("c", link), base+rng.IntN(300))
		}
	}
	tab = tab.Canonical()
	for _, c := range []struct {
		moment        float64
		rings, shared int
	}{{0, 0, 1}, {300, 1, 0}} {
		f, err := Run(context.Background(), Input{Ratings: tab, Seed: 1, Moment: c.moment}, Usual())
		if err != nil {
			t.Fatal(err)
		}
		if len(f.Rings) != c.rings || len(f.Shared) != c.shared {
			t.Fatalf("moment %g: %d rings, %d groups of shared interest; want %d and %d",
				c.moment, len(f.Rings), len(f.Shared), c.rings, c.shared)
		}
		for _, r := range append(f.Rings, f.Shared...) {
			if len(r.Raters) != 8 || len(r.Items) != 12 {
				t.Errorf("moment %g: a group of %d raters and %d items", c.moment, len(r.Raters), len(r.Items))
			}
		}
		if c.shared > 0 && !strings.Contains(fmt.Sprint(f.Shared[0].Innocent), "--moment") {
			t.Error(f.Shared[0].Innocent)
		}
	}
}
