package detect

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/ringtest"
	"github.com/ringwatch/ringwatch/rating"
)

// TestLeavingHome: accounts that have a home, where each rates as the crowd does when it
// suits it, and come out together to sink items elsewhere, are found by what they came out
// to. Those who only share the home are not.
func TestLeavingHome(t *testing.T) {
	crowd := ringtest.World{Raters: 600, Items: 300, PerRater: 20, Times: true, Values: true, Seed: 8}.Table(t)
	const accounts, targets, home, day = 16, 12, 60, 86400
	n := crowd.Raters.Len()
	for _, away := range []bool{true, false} {
		rng := rand.New(rand.NewPCG(8, 8))
		tab := grown(crowd, accounts, 0, func(g *rating.Table) {
			for a := range accounts {
				for _, i := range rng.Perm(home)[:home*3/5] { // as somebody does, some time
					rows := crowd.ByItem().Rows(int32(i))
					if len(rows) > 0 {
						g.Append(int32(n+a), int32(i), crowd.Value[rows[rng.IntN(len(rows))]], int32(rng.IntN(60*day)))
					}
				}
			}
			for target := range targets {
				at := rng.IntN(59 * day)
				for a := range accounts {
					if away && rng.Float64() < .6 {
						g.Append(int32(n+a), int32(home+9*target), 0, int32(at+rng.IntN(3600)))
					}
				}
			}
		})
		f, err := Run(context.Background(), Input{Ratings: tab, Seed: 1}, Usual())
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, u := range inRings(f) {
			if int(u) < n {
				t.Errorf("rater %d of the crowd is in a ring", u)
			}
			found++
		}
		if away && 4*found < 3*accounts || !away && found > 0 {
			t.Errorf("away %v: in rings are %d of %d", away, found, accounts)
		}
	}
}
