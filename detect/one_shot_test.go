package detect

import (
	"math/rand/v2"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/ringtest"
	"github.com/ringwatch/ringwatch/rating"
)

// TestAccountsWithoutALifeElsewhere: accounts that do nothing but come, three times and weeks
// apart, to one item within ten minutes, for some and against others, are a ring: that each
// was active at no other time is no reason why they came together.
func TestAccountsWithoutALifeElsewhere(t *testing.T) {
	crowd := ringtest.World{Raters: 600, Items: 250, PerRater: 15, Times: true, Values: true, Seed: 6}.Table(t)
	const accounts, targets, week = 12, 3, 7 * 86400
	n := crowd.Raters.Len()
	rng := rand.New(rand.NewPCG(6, 6))
	tab := grown(crowd, accounts, 0, func(g *rating.Table) {
		for i := range targets {
			for a := range accounts {
				g.Append(int32(n+a), int32(60*i+4), float32(i%2), int32((2*i+1)*week+rng.IntN(600)))
			}
		}
	})
	areFound(t, tab, n, accounts, .9)
}
