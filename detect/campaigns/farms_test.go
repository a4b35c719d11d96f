package campaigns_test

import (
	"context"
	"fmt"
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
