package detect

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/ringtest"
	"github.com/ringwatch/ringwatch/rating"
)

const day = 86400

// TestAFarmIsToldByItsTargets: accounts of which each does two of ten targets and little
// else cost more to name among all than what each did says. Their targets do not.
func TestAFarmIsToldByItsTargets(t *testing.T) {
	const raters, items, accounts, targets = 2500, 600, 80, 10
	rng := rand.New(rand.NewPCG(12, 1))
	tab := &rating.Table{Raters: rating.Numbered("r", raters+accounts), Items: rating.Numbered("i", items),
		Scale: rating.Scale{Max: 1}}
	one := func(u int) {
		i := rng.IntN(items)
		tab.Append(int32(u), int32(i), float32((i+rng.IntN(3))%2), int32(rng.IntN(365*day)))
	}
	for u := range raters {
		for range 1 + int(rng.ExpFloat64()*9) {
			one(u)
		}
	}
	for a := raters; a < raters+accounts; a++ {
		for range rng.IntN(3) {
			one(a)
		}
		for _, target := range rng.Perm(targets)[:2] {
			tab.Append(int32(a), int32(17*target+5), 1, int32(100*day+rng.IntN(9*day)))
		}
	}
	f, err := Run(context.Background(), Input{Ratings: tab.Canonical(), Seed: 1}, Usual())
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, r := range f.Rings {
		for _, u := range r.Raters {
			if int(u) < raters {
				t.Errorf("rater %d of the crowd is in a ring", u)
			}
			found++
		}
	}
	if 2*found < accounts {
		t.Errorf("in rings are %d of %d accounts", found, accounts)
	}
	hidden, crowd := 0., 0.
	for _, r := range f.Rings {
		for _, c := range r.Correlation {
			for n, u := range c.Others {
				if int(u) < raters {
					crowd += c.OthersChance[n]
				} else {
					hidden += c.OthersChance[n]
				}
			}
		}
	}
	if hidden < float64(accounts-found)/4 || crowd > .05*float64(accounts) {
		t.Errorf("of %d accounts that are not named %.1f may be of a ring, and %.1f of the crowd",
			accounts-found, hidden, crowd)
	}
}

// TestVictimsAreNoRing: people whom one seller cheated condemn all that it has, within
// days. Others who agree clear them; where nobody else came, there is doubt.
func TestVictimsAreNoRing(t *testing.T) {
	crowd := ringtest.World{Raters: 600, Items: 200, PerRater: 15, Times: true, Values: true, Seed: 9}.Table(t)
	const victims, items = 15, 7
	n := crowd.Items.Len()
	for _, others := range []int{0, 3} {
		rng := rand.New(rand.NewPCG(9, uint64(others)))
		tab := grown(crowd, 0, items, func(g *rating.Table) {
			for _, u := range rng.Perm(600)[:victims] {
				for i := range items {
					g.Append(int32(u), int32(n+i), 0, int32(20*day+rng.IntN(2*day)))
				}
			}
			for i := range items {
				for _, u := range rng.Perm(600)[:others] {
					g.Append(int32(u), int32(n+i), 0, int32(rng.IntN(50*day)))
				}
			}
		})
		f, err := Run(context.Background(), Input{Ratings: tab, Seed: 1}, Usual())
		if err != nil {
			t.Fatal(err)
		}
		if others > 0 && len(f.Rings) > 0 || slices.ContainsFunc(f.Rings, func(r Ring) bool { return !r.Doubtful() }) {
			t.Errorf("%d others an item: %d rings, without doubt or though others agree", others, len(f.Rings))
		}
		if len(f.Rings)+len(f.Coordinated)+len(f.Shared) == 0 {
			t.Errorf("%d others an item: no group to be told of", others)
		}
	}
}
