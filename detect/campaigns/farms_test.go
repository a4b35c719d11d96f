package campaigns_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/ringwatch/ringwatch/detect/campaigns"
	"github.com/ringwatch/ringwatch/simulate"
)

// TestFarmsOfSeveralItems: accounts that each rate 2 or 3 of a client's 8 to 20
// items are one farm, also where an item has too few of them to be named by itself;
// where nobody is paid there is none.
func TestFarmsOfSeveralItems(t *testing.T) {
	for _, test := range []struct{ accounts, targets, each int }{{0, 0, 1}, {60, 12, 2}, {100, 20, 2}, {60, 8, 3}} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			w, err := small().Generate(context.Background(), 8)
			if err != nil {
				t.Fatal(err)
			}
			a := simulate.NewFarm()
			a.Accounts, a.Targets = test.accounts, test.targets
			a.PerAccount, a.Within, a.Merit = test.each, 7*24*time.Hour, 0
			if err := a.Inject(simulate.Stream(8, "farm"), w); err != nil {
				t.Fatal(err)
			}
			f := find(t, w.Ratings)
			linked, others := map[int]int{}, 0
			for _, c := range f.Campaigns {
				if c.Farm == 0 {
					continue
				}
				if c.Verdict != campaigns.Campaigned {
					t.Errorf("an item of a farm is %s", c.Verdict)
				}
				if w.Goal[c.Item] != 0 {
					linked[c.Farm]++
				} else {
					others++
				}
			}
			most := 0
			for _, n := range linked {
				most = max(most, n)
			}
			if 10*most < 8*test.targets || others > 1 {
				t.Errorf("%d of %d targets are of one farm (%v), %d other items are",
					most, test.targets, linked, others)
			}
		})
	}
}

// TestFestival: guests who each rate one to three of a festival's twelve items, as honestly as
// anybody, share accounts as a farm's do. Their votes are no farm's.
func TestFestival(t *testing.T) {
	for seed := range uint64(3) {
		w, err := small().Generate(context.Background(), seed)
		if err != nil {
			t.Fatal(err)
		}
		var stalls []int32
		n, rng := w.Ratings, rand.New(rand.NewPCG(seed, 0))
		for _, i := range rng.Perm(n.Items.Len()) {
			if len(stalls) < 12 && len(n.ByItem().Rows(int32(i))) >= 40 {
				stalls = append(stalls, int32(i))
			}
		}
		first, last := n.Time[0], n.Time[0]
		for _, at := range n.Time {
			first, last = min(first, at), max(last, at)
		}
		for k := range 250 {
			guest := n.Raters.Add(fmt.Appendf(nil, "guest %d", k))
			for _, j := range rng.Perm(12)[:[]int{1, 1, 2, 3}[rng.IntN(4)]] {
				stars := min(max(math.Round(4.7+.7*rng.NormFloat64()), 1), 5)
				if seed == 2 { // it was a bad one
					stars = 6 - stars
				}
				n.Append(guest, stalls[j], float32(stars-1)/4, first+(last-first)/2+rng.Int32N(60*3600))
			}
		}
		for _, c := range find(t, n).Campaigns {
			if c.Farm > 0 {
				t.Errorf("seed %d: an item of %d ratings, %.0f %% at %g or beyond, is one of a farm, doubt %.2g",
					seed, c.Ratings, 100*c.Share, c.Cut, c.Doubt)
			}
		}
	}
}
