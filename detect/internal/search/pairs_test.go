package search

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/detect/internal/ringtest"
	"github.com/ringwatch/ringwatch/rating"
)

func testerOf(t interface{ Fatal(...any) }, a *null.Acts, n *null.Model) *pairTester {
	when, err := LayMeetings(a, nil)
	if err != nil {
		t.Fatal(err)
	}
	return newPairTester(a, n, when, chancesOf(n))
}

// TestPairsAreExact compares what the pass over pairs counts and expects with
// the same computed from the definition.
func TestPairsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := ringtest.World{Raters: rapid.IntRange(5, 40).Draw(t, "raters"),
			Items:    rapid.IntRange(3, 30).Draw(t, "items"),
			PerRater: rapid.IntRange(1, 12).Draw(t, "acts"), Times: rapid.Bool().Draw(t, "times"), Values: true,
			Seed: rapid.Uint64().Draw(t, "seed")}
		a := null.NewActs(w.Table(new(testing.T)))
		n := null.NewModel(a)
		n.FitTilt(context.Background(), a)
		pt, few := testerOf(t, a, n), testerOf(t, a, n)
		pt.neighbors, few.neighbors = HotNeighbors, HotNeighbors
		pt.often.least = 0 // all are counted
		for u := range int32(a.Raters) {
			pt.ready, pt.readyAll = false, false
			pt.count(u)
			few.count(u)
			for v := u + 1; int(v) < a.Raters; v++ {
				all, sync := 0, 0
				expect, at := 0.0, 0.0
				for _, j := range a.ActsOf(u) {
					for _, k := range a.ActsOf(v) {
						for s := range null.Strata {
							q := n.Tilt[u] * n.Tilt[v] * n.Tables[s].Meet[int(a.Bin[j])*a.Bins+int(a.Bin[k])]
							expect += q
							if a.Time != nil && math.Abs(float64(a.Time[j]-a.Time[k])) <= null.SyncSeconds {
								at += q
							}
						}
						if a.ItemOf(j) == a.ItemOf(k) {
							all++
							if a.Time != nil && math.Abs(float64(a.Time[j]-a.Time[k])) <= null.SyncSeconds {
								sync++
							}
						}
					}
				}
				gotAll, gotSync := 0, 0
				for s := range null.Strata {
					gotAll += int(field(pt.met.of(v).all, s))
					gotSync += int(field(pt.met.of(v).sync, s))
				}
				if gotAll != all || gotSync != sync {
					t.Fatalf("raters %d and %d meet %d times, %d at once; counted %d and %d",
						u, v, all, sync, gotAll, gotSync)
				}
				if x := few.met.of(v); (all >= 3 || sync >= 2 || *x != met{}) && *x != *pt.met.of(v) {
					t.Fatalf("raters %d and %d meet %d times, %d at once, and it is not told", u, v, all, sync)
				}
				pt.prepareAll(u)
				pt.prepare(u)
				sum := 0.
				for _, x := range pt.meetings(v) {
					sum += x
				}
				for _, x := range []float64{sum, pt.expected(v)} {
					if math.Abs(x-expect) > 1e-6*(1+expect) {
						t.Fatalf("raters %d and %d: expected %v meetings, want %v", u, v, x, expect)
					}
				}
				if a.Time != nil {
					sum := 0.0
					for _, x := range pt.meetingsAtOnce(u, v) {
						sum += x
					}
					if math.Abs(sum-at) > 1e-6*(1+at) {
						t.Fatalf("raters %d and %d: expected %v meetings at once, want %v", u, v, sum, at)
					}
				}
			}
			pt.met.drain(func(int32, met) {})
			few.met.drain(func(int32, met) {})
		}
	})
}

// hotTable has an item with 300 ratings, 12 on either side of each within ten
// minutes, and two others.
func hotTable() *rating.Table {
	table := &rating.Table{Raters: rating.Numbered("r", 300), Items: rating.Numbered("i", 3),
		Scale: rating.Scale{Min: 0, Max: 1}}
	for u := range int32(300) {
		table.Append(u, 0, float32(u%2), 50*u)
		table.Append(u, 1+u%2, float32(u%2), 100*u)
	}
	return table
}

// TestNeighborsAreCounted: what the cap leaves out is counted.
func TestNeighborsAreCounted(t *testing.T) {
	a := null.NewActs(hotTable())
	n := null.NewModel(a)
	n.FitTilt(context.Background(), a)
	for neighbors, want := range map[int]float64{1: 11. / 12, 12: 0, 500: 0} {
		p, err := FindPairs(context.Background(), a, n, neighbors, func(int, int) {})
		if err != nil {
			t.Fatal(err)
		}
		all := 2 * (12*300 - 12*13/2)
		if p.Near+p.Beyond != all || math.Abs(float64(p.Beyond)/float64(all)-want) > .01 {
			t.Errorf("%d neighbors: %d meetings looked at and %d left out, of %d", neighbors, p.Near, p.Beyond, all)
		}
	}
}

// TestMostAtOnce: of raters who do very much within ten minutes, some acts stand for
// all, with what is expected of them hardly changed.
func TestMostAtOnce(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	tab := &rating.Table{Raters: rating.Numbered("r", 40), Items: rating.Numbered("i", 3000),
		Scale: rating.Scale{Max: 1}}
	for u := range 40 {
		acts, from := 200, 0
		if u == 0 {
			acts = 3000
		} else if u > 2 {
			from = 100_000 * u
		}
		for _, i := range rng.Perm(3000)[:acts] {
			tab.Append(int32(u), int32(i), 1, int32(from+rng.IntN(900)))
		}
	}
	a := null.NewActs(tab)
	n := null.NewModel(a)
	if err := n.FitTilt(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	pt := testerOf(t, a, n)
	for _, pair := range [][2]int32{{0, 1}, {1, 2}, {1, 5}} {
		u, v := pair[0], pair[1]
		var want [len(null.Strata)]float64
		mine, mineBin := pt.when.of(a, u)
		theirs, theirsBin := pt.when.of(a, v)
		for j := range mine {
			for k := range theirs {
				if d := int64(mine[j]) - int64(theirs[k]); d <= null.SyncSeconds && d >= -null.SyncSeconds {
					for s := range want {
						want[s] += n.Tilt[u] * n.Tilt[v] * pt.chance.by[int(mineBin[j])*a.Bins+int(theirsBin[k])][s]
					}
				}
			}
		}
		for s, got := range pt.meetingsAtOnce(u, v) {
			if math.Abs(got-want[s]) > .1*want[s] {
				t.Errorf("raters %d and %d, stratum %d: %v meetings at once, want about %v", u, v, s, got, want[s])
			}
		}
	}
}

// TestTailsOfEquals: where all act at one time, what is expected of a pair is soon known, and is
// what null.PoissonTail says.
func TestTailsOfEquals(t *testing.T) {
	tab := &rating.Table{Raters: rating.Numbered("r", 600), Items: rating.Numbered("i", 4), Scale: rating.Scale{Max: 1}}
	for u := range int32(600) {
		for i := range int32(4) {
			tab.Append(u, i, 1, 77)
		}
	}
	a := null.NewActs(tab)
	n := null.NewModel(a)
	if err := n.FitTilt(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	pt := testerOf(t, a, n)
	pt.neighbors = HotNeighbors
	pairs := 0
	for u := range int32(600) {
		pt.ready, pt.readyAll = false, false
		pt.count(u)
		pt.met.drain(func(v int32, m met) {
			pt.test(u, v, m)
			pairs++
		})
	}
	if pairs < 50_000 || pt.late.worked > pairs/100 {
		t.Errorf("%d tails were worked out for %d pairs", pt.late.worked, pairs)
	}
}

func TestLateTails(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	w := []float64{1.5, 2.5, 4, 5, 6, 4.5, 5.5, 7, 9}
	var late lateTails
	for range 20_000 { // more than are kept, many of them again
		rate := make([]float64, 4+rng.IntN(2)+4*rng.IntN(2))
		for k := range rate {
			rate[k] = .1
		}
		rate[rng.IntN(4)] = float64(1+rng.IntN(9)) / 10
		sum := float64(rng.IntN(8))
		if got, want := late.tail(sum, rate, w[:len(rate)]), float32(null.PoissonTail(sum, rate, w)); got != want {
			t.Fatalf("the tail of %v by %v is %v, want %v", sum, rate, got, want)
		}
	}
	if late.worked > 15_000 {
		t.Errorf("%d of 20000 tails were worked out", late.worked)
	}
}

// Pairs of acts at the same time are counted whatever the two have of them.
func TestCountAtOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		times := func(name string) []int32 {
			return slices.Sorted(slices.Values(rapid.SliceOfN(rapid.Int32Range(-3000, 9000), 65, 90).Draw(t, name)))
		}
		mine, theirs, want := times("mine"), times("theirs"), 0
		for _, x := range mine {
			for _, y := range theirs {
				if x-y <= null.SyncSeconds && y-x <= null.SyncSeconds {
					want++
				}
			}
		}
		if got := countAtOnce(mine, theirs); got != want {
			t.Fatalf("%d, want %d", got, want)
		}
	})
}
