package detect

import (
	"context"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ringwatch/ringwatch/rating"
)

// TestPairsAreExact compares what the pass over pairs counts and expects with
// the same computed from the definition.
func TestPairsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := world{raters: rapid.IntRange(5, 40).Draw(t, "raters"), items: rapid.IntRange(3, 30).Draw(t, "items"),
			perRater: rapid.IntRange(1, 12).Draw(t, "acts"), times: rapid.Bool().Draw(t, "times"), values: true,
			seed: rapid.Uint64().Draw(t, "seed")}
		a := newActs(w.table(new(testing.T)))
		n := newNull(a)
		n.fitTilt(context.Background(), a)
		pt := newPairTester(a, n, newMeetingTimes(a, n))
		pt.neighbors = hotNeighbors
		for u := range int32(a.raters) {
			pt.ready = false
			pt.count(u)
			for v := u + 1; int(v) < a.raters; v++ {
				all, sync := 0, 0
				expect, at := 0.0, 0.0
				for _, j := range a.actsOf(u) {
					for _, k := range a.actsOf(v) {
						for s := range strata {
							q := n.tilt[u] * n.tilt[v] * n.tables[s].meet[int(a.bin[j])*a.bins+int(a.bin[k])]
							expect += q
							if a.time != nil && math.Abs(float64(a.time[j]-a.time[k])) <= syncSeconds {
								at += q
							}
						}
						if a.item[j] == a.item[k] {
							all++
							if a.time != nil && math.Abs(float64(a.time[j]-a.time[k])) <= syncSeconds {
								sync++
							}
						}
					}
				}
				gotAll, gotSync := 0, 0
				for s := range strata {
					gotAll += int(field(pt.met[v].all, s))
					gotSync += int(field(pt.met[v].sync, s))
				}
				if gotAll != all || gotSync != sync {
					t.Fatalf("raters %d and %d meet %d times, %d at once; counted %d and %d", u, v, all, sync, gotAll, gotSync)
				}
				pt.prepare(u)
				if _, sum := pt.meetings(v); math.Abs(sum-expect) > 1e-6*(1+expect) {
					t.Fatalf("raters %d and %d: expected %v meetings, want %v", u, v, sum, expect)
				}
				if a.time != nil {
					sum := 0.0
					for _, x := range pt.meetingsAtOnce(u, v) {
						sum += x
					}
					if math.Abs(sum-at) > 1e-6*(1+at) {
						t.Fatalf("raters %d and %d: expected %v meetings at once, want %v", u, v, sum, at)
					}
				}
			}
			for _, v := range pt.touched {
				pt.met[v] = met{}
			}
			pt.touched = pt.touched[:0]
		}
	})
}

// TestTablesAddUp: the chance that a choice meets itself somewhere is what the
// shares of items, squared, say.
func TestTablesAddUp(t *testing.T) {
	a := newActs(world{raters: 300, items: 80, perRater: 12, times: true, values: true, seed: 4}.table(t))
	n := newNull(a)
	for b := range n.bins {
		mass := 0.0
		for x, c := range n.total {
			mass += n.kernel[b*n.bins+x] * c
		}
		sum := 0.0
		for _, w := range n.weight {
			sum += w
		}
		if math.Abs(mass-sum) > 1e-9 {
			t.Fatalf("bin %d: shares of all acts add up to %v, want the weight of the windows, %v", b, mass, sum)
		}
	}
}

// TestTiltRestoresActivity: with its tilt, a busy rater is expected to choose as
// many items as it did.
func TestTiltRestoresActivity(t *testing.T) {
	a := newActs(world{raters: 300, items: 60, perRater: 25, seed: 5, values: true}.table(t))
	n := newNull(a)
	if err := n.fitTilt(context.Background(), a); err != nil {
		t.Fatal(err)
	}
	tilted := 0
	for u := range int32(a.raters) {
		if n.tilt[u] == 1 || n.tilt[u] > .99*tiltMost {
			continue
		}
		tilted++
		reach, sum := n.reach(a.binsOf(u), nil), 0.0
		for i := range int32(a.items) {
			x := float64(a.countOf(u)) * n.uniform
			for _, b := range a.bin[a.itemStart[i]:a.itemStart[i+1]] {
				x += reach[b]
			}
			sum -= math.Expm1(-n.tilt[u] * x)
		}
		if got := float64(a.countOf(u)); math.Abs(sum-got) > .02*got {
			t.Errorf("rater %d chose %v items, expected %v with tilt %v", u, got, sum, n.tilt[u])
		}
	}
	if tilted == 0 {
		t.Error("nobody is busy enough to be tilted: the test tests nothing")
	}
}

// TestCapsAreTold: what a cap leaves out is counted, and the user is told.
func TestCapsAreTold(t *testing.T) {
	table := &rating.Table{Raters: rating.Numbered("r", 300), Items: rating.Numbered("i", 3), Scale: rating.Scale{Min: 0, Max: 1}}
	for u := range int32(300) {
		table.Append(u, 0, float32(u%2), 50*u) // hot, 12 on either side within ten minutes
		table.Append(u, 1+u%2, float32(u%2), 100*u)
	}
	a := newActs(table)
	n := newNull(a)
	n.fitTilt(context.Background(), a)
	for neighbors, want := range map[int]float64{1: 11. / 12, 12: 0, 500: 0} {
		p, err := findPairs(context.Background(), a, n, neighbors, func(int, int) {})
		if err != nil {
			t.Fatal(err)
		}
		all := 2 * (12*300 - 12*13/2)
		if p.near+p.beyond != all || math.Abs(float64(p.beyond)/float64(all)-want) > .01 {
			t.Errorf("%d neighbors: %d meetings looked at and %d left out, of %d", neighbors, p.near, p.beyond, all)
		}
	}
	f, err := Run(context.Background(), Input{Ratings: table}, []Detector{&Group{Neighbors: 3, MostActs: 1}})
	if err != nil {
		t.Fatal(err)
	}
	told := strings.Join(f.Warnings, "\n")
	for _, want := range []string{"75% of the meetings within ten minutes on those items were left out", "300 raters with more than 1 ratings each, 100.0% of all ratings, were left out"} {
		if !strings.Contains(told, want) {
			t.Errorf("the warnings are\n%s\nwithout %q", told, want)
		}
	}
}
