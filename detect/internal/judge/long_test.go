package judge

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/rating"
)

// TestLongList: what a rater with very many acts did is looked up and not gone through, and the
// chances of what it did near others are those of each act.
func TestLongList(t *testing.T) {
	const acts = longSums + 5000
	rng := rand.New(rand.NewPCG(3, 3))
	tab := &rating.Table{Raters: rating.Numbered("r", 400), Items: rating.Numbered("i", acts),
		Scale: rating.Scale{Max: 1}}
	for i := range int32(acts) {
		tab.Append(0, i, 1, rng.Int32N(30*86400))
	}
	for u := int32(1); u < 400; u++ {
		for i := range int32(20) {
			tab.Append(u, 10*i+u%10, 1, rng.Int32N(30*86400))
		}
	}
	a := null.NewActs(tab)
	n := null.NewModel(a)
	if err := n.FitTilt(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	f := NewRefiner(a, n, NewVotes(a, tab))
	r := f.read([]int32{3, 13, 23, 33, 43})
	defer f.close(r)
	d := r.deedsOf(0)
	if again := r.deedsOf(0); &again.times[0] != &d.times[0] {
		t.Error("the times of a long list are told anew each time")
	}
	if len(r.targets) < 20 {
		t.Fatalf("%d targets", len(r.targets))
	}
	for at := range r.targets {
		x := &r.targets[at]
		if own := d.own[at]; own < 0 || r.Rater[own] != 0 || r.ItemOf(own) != x.item {
			t.Fatalf("the act on item %d is %d", x.item, own)
		}
		by := r.chancesNear(d, x, d.own[at])
		for w, delta := range syncGrid {
			rate := 0.
			for _, k := range a.ActsOf(0) {
				if x.nearAt(r.Time[k], d.own[at], delta) {
					rate += r.shareOf(x)[r.Bin[k]] - r.ownShare(0, int(r.Bin[d.own[at]]), int(r.Bin[k]))
				}
			}
			want := -math.Expm1(-max(1e-7, n.Tilt[0]*rate))
			if got := r.chanceNear(d, x, d.own[at], delta); math.Abs(got-want) > 1e-9 || by[w] != got {
				t.Fatalf("within %d s of item %d: %v and %v, want %v", delta, x.item, got, by[w], want)
			}
		}
	}
}
