package search

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/rating"
)

// TestTurns: accounts of which a quarter come to each of twelve targets, within a day, are in
// one seed, whoever of them is known; of a crowd without them hardly anybody hangs together so.
func TestTurns(t *testing.T) {
	const raters, items, targets, day = 2000, 400, 12, 86400
	for _, accounts := range []int{20, 0} {
		rng := rand.New(rand.NewPCG(5, uint64(accounts)))
		tab := &rating.Table{Raters: rating.Numbered("r", raters+accounts), Items: rating.Numbered("i", items)}
		for u := range raters + accounts {
			for _, i := range rng.Perm(items)[:2+rng.IntN(20)] {
				tab.Append(int32(u), int32(i*i/items), 1, int32(rng.IntN(365*day)))
			}
		}
		for target := range targets {
			at := rng.IntN(360 * day)
			for _, a := range rng.Perm(accounts)[:accounts/4] {
				tab.Append(int32(raters+a), int32(items-1-3*target), 1, int32(at+rng.IntN(day)))
			}
		}
		nobody := func(int32) bool { return false }
		bursts, err := BurstSeeds(context.Background(), null.NewActs(tab), nobody, noRing)
		if err != nil {
			t.Fatal(err)
		}
		members, honest := 0, 0
		for _, s := range bursts.Turns {
			in := 0
			for _, u := range s.Raters {
				if u >= raters {
					in++
				}
			}
			members, honest = max(members, in), max(honest, len(s.Raters)-in)
		}
		if members < accounts*6/10 || honest > 4 {
			t.Errorf("with %d accounts, a seed has %d of them, and one has %d others", accounts, members, honest)
		}
	}
}
