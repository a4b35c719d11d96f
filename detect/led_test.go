package detect

import (
	"math/rand/v2"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/ringtest"
	"github.com/ringwatch/ringwatch/rating"
)

// TestRingThatRepeatsACommunity: accounts that repeat, minutes later, most of what a community
// rates, opinions included, are told by the fewer items to which they come after nobody, and
// the community is not accused with them.
func TestRingThatRepeatsACommunity(t *testing.T) {
	crowd := ringtest.World{Raters: 600, Items: 250, PerRater: 15, Times: true, Values: true, Seed: 6}.Table(t)
	const accounts, members, home, targets, day, minutes = 18, 18, 40, 16, 86400, 240
	n := crowd.Raters.Len()
	rng := rand.New(rand.NewPCG(6, 6))
	type act struct {
		value float32
		time  int32
	}
	tab := grown(crowd, members+accounts, 0, func(g *rating.Table) {
		for i := range home {
			item, likes := int32(5*i+2), .2+.6*rng.Float64()
			var of []act
			for m := range members {
				if a := (act{time: int32(rng.IntN(50 * day))}); rng.Float64() < .7 {
					if rng.Float64() < likes {
						a.value = 1
					}
					of = append(of, a)
					g.Append(int32(n+m), item, a.value, a.time)
				}
			}
			for a := range accounts {
				if k := rng.IntN(3); rng.Float64() < .8 && k < len(of) { // three of them are repeated
					g.Append(int32(n+members+a), item, of[k].value, of[k].time+1+int32(rng.ExpFloat64()*minutes))
				}
			}
		}
		for i := range targets {
			at := rng.IntN(50 * day)
			for a := range accounts {
				if rng.Float64() < .95 {
					g.Append(int32(n+members+a), int32(5*i+4), float32(i%2), int32(at)+int32(rng.ExpFloat64()*minutes))
				}
			}
		}
	})
	areFound(t, tab, n+members, accounts, .9)
}
