package null

import (
	"context"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ringwatch/ringwatch/detect/internal/ringtest"
)

// TestTablesAddUp: the chance that a choice meets itself somewhere is what the
// shares of items, squared, say.
func TestTablesAddUp(t *testing.T) {
	a := NewActs(ringtest.World{Raters: 300, Items: 80, PerRater: 12, Times: true, Values: true, Seed: 4}.Table(t))
	n := NewModel(a)
	for b := range n.Bins {
		mass := 0.0
		for x, c := range n.Total {
			mass += n.Kernel[b*n.Bins+x] * c
		}
		sum := 0.0
		for _, w := range n.Weight {
			sum += w
		}
		if math.Abs(mass-sum) > 1e-9 {
			t.Fatalf("bin %d: shares of all acts add up to %v, want the weight of the windows, %v", b, mass, sum)
		}
	}
}

// TestReachOfMany: the reach of a crowd is the sum of that of each.
func TestReachOfMany(t *testing.T) {
	a := NewActs(ringtest.World{Raters: 300, Items: 80, PerRater: 12, Times: true, Values: true, Seed: 4}.Table(t))
	n := NewModel(a)
	own, want := make([]float64, n.Bins), make([]float64, n.Bins)
	for u := range int32(20) {
		for _, c := range a.BinsOf(u) {
			own[c.Bin()] += c.Count()
		}
		for b, x := range n.Reach(a.BinsOf(u), nil) {
			want[b] += x
		}
	}
	got := make([]float64, n.Bins)
	n.ReachOfMany(own, make([]float64, n.Bins+1), got)
	for b := range got {
		if math.Abs(got[b]-want[b]) > 1e-12 {
			t.Fatalf("bin %d: %v, want %v", b, got[b], want[b])
		}
	}
}

// TestTiltRestoresActivity: with its tilt, a busy rater is expected to choose as
// many items as it did.
func TestTiltRestoresActivity(t *testing.T) {
	a := NewActs(ringtest.World{Raters: 300, Items: 60, PerRater: 25, Seed: 5, Values: true}.Table(t))
	n := NewModel(a)
	if err := n.FitTilt(context.Background(), a); err != nil {
		t.Fatal(err)
	}
	tilted := 0
	for u := range int32(a.Raters) {
		if n.Tilt[u] == 1 || n.Tilt[u] > .99*tiltMost {
			continue
		}
		tilted++
		reach, sum := n.Reach(a.BinsOf(u), nil), 0.0
		for i := range int32(a.Items) {
			x := float64(a.CountOf(u)) * n.Uniform
			for _, b := range a.Bin[a.ItemStart[i]:a.ItemStart[i+1]] {
				x += reach[b]
			}
			sum -= math.Expm1(-n.Tilt[u] * x)
		}
		if got := float64(a.CountOf(u)); math.Abs(sum-got) > .02*got {
			t.Errorf("rater %d chose %v items, expected %v with tilt %v", u, got, sum, n.Tilt[u])
		}
	}
	if tilted == 0 {
		t.Error("nobody is busy enough to be tilted: the test tests nothing")
	}
}

// TestTiltIsBounded: acts of large items are looked at by bin, and where many raters are crowded,
// some small items stand for all: by either the tilt is about the same.
func TestTiltIsBounded(t *testing.T) {
	large := NewActs(ringtest.World{Raters: 3 * tiltEach, Items: 40, PerRater: 24, Times: true, Seed: 6}.Table(t))
	if r := reachedOf(large, 1); len(r.end) < large.Items/2 || len(r.bin) > large.Items*maxBins {
		t.Errorf("a rater is held against %d counts of %d items", len(r.bin), len(r.end))
	}
	small := NewActs(ringtest.World{Raters: 600, Items: 900, PerRater: 300, Times: true, Seed: 5}.Table(t))
	if r := reachedOf(small, tiltPasses/2); r.every != 1 {
		t.Errorf("each %d. item stands for as many where there is no need", r.every)
	}
	if r := reachedOf(small, 9*tiltPasses); r.every < 9 {
		t.Errorf("%d raters are held against each %d. of %d acts", 9*tiltPasses, r.every, small.Len())
	}
	for _, tc := range []struct {
		acts     *Acts
		every    int32
		atMostBy float64
	}{{large, 1, 1e-4}, {small, 1, 1e-4}, {small, 3, .1}} {
		n := NewModel(tc.acts)
		n.Tilt = make([]float64, tc.acts.Raters)
		some := reachedOf(tc.acts, 1)
		some.every = tc.every
		c := &crowdedRaters{Model: n, acts: tc.acts, reached: some, steps: newLambdaSteps()}
		who := []int32{3, 5, 7}
		c.fit(who)
		for _, u := range who {
			if got, want := n.Tilt[u], tiltOf(n, tc.acts, u); math.Abs(math.Log(got/want)) > tc.atMostBy {
				t.Errorf("with each %d. item the tilt is %v, want %v", tc.every, got, want)
			}
		}
	}
}

// tiltOf is the tilt by every act, one after another.
func tiltOf(n *Model, a *Acts, u int32) float64 {
	var h lambdas
	reach, steps := n.Reach(a.BinsOf(u), nil), newLambdaSteps()
	for i := range int32(a.Items) {
		x := float64(a.CountOf(u)) * n.Uniform
		for _, b := range a.Bin[a.ItemStart[i]:a.ItemStart[i+1]] {
			x += reach[b]
		}
		h.add(x, 1, steps)
	}
	return h.tilt(float64(a.CountOf(u)))
}

// The times at ranks are those of the sorted list, whether a class of them is listed or
// counted.
func TestOrderStatistics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Int32Range(0, 300), 1, 400).Draw(t, "x")
		if rapid.Bool().Draw(t, "wide") {
			x = append(x, math.MinInt32, math.MaxInt32, rapid.Int32().Draw(t, "any"))
		}
		ranks := rapid.SliceOfN(rapid.IntRange(0, len(x)-1), 0, 9).Draw(t, "ranks")
		slices.Sort(ranks)
		got, sorted := orderStatistics(x, ranks), slices.Sorted(slices.Values(x))
		for i, rank := range ranks {
			if got[i] != sorted[rank] {
				t.Fatalf("rank %d is %d, want %d", rank, got[i], sorted[rank])
			}
		}
	})
	all := make([]int32, 1<<17) // more in one class than it has numbers
	for i := range all {
		all[i] = int32(i % 3)
	}
	all[0] = math.MaxInt32
	got := orderStatistics(all, []int{0, len(all) / 2, len(all) - 1})
	if !slices.Equal(got, []int32{0, 1, math.MaxInt32}) {
		t.Errorf("ranks of 0, 1, 2 again and again: %v", got)
	}
}
