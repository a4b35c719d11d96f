package judge

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/detect/internal/ringtest"
)

// TestTakersByChance: among raters who choose alone, as many take one of some items as
// are expected to, and no more take several.
func TestTakersByChance(t *testing.T) {
	tab := ringtest.World{Raters: 1200, Items: 150, PerRater: 12, Times: true, Values: true, Seed: 8}.Table(t)
	a := null.NewActs(tab)
	n := null.NewModel(a)
	if err := n.FitTilt(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	f := NewRefiner(a, n, NewVotes(a, tab))
	rng := rand.New(rand.NewPCG(1, 8))
	var expected, seen [mostAtLeast + 1]float64
	for range 15 {
		r := f.read([]int32{int32(rng.IntN(a.Raters)), int32(rng.IntN(a.Raters))}) // whom to leave out
		targets := make([]target, 8)
		var core []*target
		for at, i := range rng.Perm(a.Items)[:len(targets)] {
			targets[at].item = int32(i)
			targets[at].told, targets[at].share = true, make([]float64, r.Bins)
			shares := itemShares{item: int32(i)}
			for b := range targets[at].share {
				targets[at].share[b] = r.shareAt(&shares, b)
			}
			core = append(core, &targets[at])
		}
		lo := rng.IntN(r.Bins / 2)
		within := make([]binSpan, len(core))
		took := map[int32]int{}
		for at, c := range core {
			within[at] = binSpan{lo, lo + r.Bins/2}
			for k := r.ItemStart[c.item]; k < r.ItemStart[c.item+1]; k++ {
				if b := int(r.Bin[k]); within[at].lo <= b && b <= within[at].hi {
					took[r.Rater[k]]++
				}
			}
		}
		for h, x := range r.takersByChance(core, within) {
			expected[h] += x
		}
		for _, x := range took {
			for h := range min(x, mostAtLeast) + 1 {
				seen[h]++
			}
		}
		f.close(r)
	}
	// Nobody rates an item twice, which is not counted: of several, fewer do.
	for h := 1; h < mostAtLeast; h++ {
		most := expected[h] + 3*math.Sqrt(expected[h])
		if least := expected[h] / float64(2*h*h); seen[h] < least || seen[h] > most {
			t.Errorf("%.0f took %d or more, and %.1f are expected", seen[h], h, expected[h])
		}
	}
}
