package search

import (
	"context"
	"math"
	"os"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/rating"
)

// TestMeetingsOfCoactions holds the pairs that the pass over pairs counts at the
// same time against all there are in made-up co-actions with hot items, found by
// sliding a window over each item. With neighbors enough the two are the same,
// pair by pair and meeting by meeting, so that no pair within a minute is missed
// either; with the default, what is missed are acts on hot items with more than
// that many acts between them, and the count of those beyond is exact.
func TestMeetingsOfCoactions(t *testing.T) {
	const path = "../../shared/gen/coaction_100000.csv.gz"
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%s is not there; it is made by coaction.py", path)
	}
	table, _, err := rating.Read(context.Background(), []string{path}, rating.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	a := null.NewActs(table)
	n := null.NewModel(a)
	type key struct{ u, v int32 }
	near := func(seconds int32) (pairs map[key]int, byRank func(neighbors int32) (meetings, apart int)) {
		pairs = map[key]int{}
		var distance []int32 // of two acts at once, on hot items
		for i := range int32(a.Items) {
			lo, hi := a.ItemStart[i], a.ItemStart[i+1]
			from := lo
			for k := lo; k < hi; k++ {
				for a.Time[k]-a.Time[from] > seconds {
					from++
				}
				for j := from; j < k; j++ {
					u, v := a.Rater[j], a.Rater[k]
					pairs[key{min(u, v), max(u, v)}]++
					if hi-lo > null.HotItem {
						distance = append(distance, k-j)
					}
				}
			}
		}
		return pairs, func(neighbors int32) (meetings, apart int) {
			for _, d := range distance {
				if d > neighbors {
					apart++
				}
			}
			return len(distance), apart
		}
	}
	minute, _ := near(60)
	want, byRank := near(null.SyncSeconds)
	for _, neighbors := range []int32{math.MaxInt32, HotNeighbors, 8} {
		pt := testerOf(t, a, n)
		pt.neighbors, pt.often.least = neighbors, 0
		pairs, meetings, missed := 0, 0, 0
		for u := range int32(a.Raters) {
			pt.count(u)
			pt.met.drain(func(v int32, m met) {
				count := 0
				for s := range null.Strata {
					count += int(field(m.sync, s))
				}
				if count == 0 {
					return
				}
				pairs, meetings = pairs+1, meetings+count
				if w := want[key{u, v}]; count > w || count < w && neighbors == math.MaxInt32 {
					t.Fatalf("raters %d and %d meet %d times at once, want %d", u, v, count, w)
				}
			})
		}
		for _, w := range want {
			missed += w
		}
		missed -= meetings
		hot, apart := byRank(neighbors)
		if missed != apart || pt.beyond != 2*apart || pt.near != 2*(hot-apart) {
			t.Errorf("%d neighbors: %d meetings are missed, %d and %d counted as near and beyond; want %d, %d and %d",
				neighbors, missed, pt.near, pt.beyond, apart, 2*(hot-apart), 2*apart)
		}
		if neighbors == math.MaxInt32 && pairs != len(want) {
			t.Errorf("%d pairs were met, want %d", pairs, len(want))
		}
		t.Logf("%d neighbors: %d of %d pairs within ten minutes, %d meetings missed; %d pairs are within one",
			neighbors, pairs, len(want), missed, len(minute))
		if neighbors == 8 && missed == 0 {
			t.Error("the cap was never reached, so this tells nothing about it")
		}
	}
}
