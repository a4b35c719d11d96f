package null

import (
	"context"
	"math"

	"github.com/ringwatch/ringwatch/internal/workers"
)

// ItemRuns counts the acts on each item by bin, as perBin does those of raters.
type ItemRuns struct {
	Start []int32
	Runs  []ItemRun
}

type ItemRun struct {
	Bin   uint8
	Count int32
}

func (a *Acts) runsOfItems() (*ItemRuns, error) {
	n := 0
	for i := range int32(a.Items) {
		for k := a.ItemStart[i]; k < a.ItemStart[i+1]; k++ {
			if k == a.ItemStart[i] || a.Bin[k] != a.Bin[k-1] {
				n++
			}
		}
	}
	runs, err := ScratchOf[ItemRun](a, n)
	if err != nil {
		return nil, err
	}
	r := &ItemRuns{Start: make([]int32, a.Items+1), Runs: runs[:0]}
	for i := range int32(a.Items) {
		for _, b := range a.Bin[a.ItemStart[i]:a.ItemStart[i+1]] { // ascending
			if n := len(r.Runs); n > int(r.Start[i]) && r.Runs[n-1].Bin == b {
				r.Runs[n-1].Count++
			} else {
				r.Runs = append(r.Runs, ItemRun{b, 1})
			}
		}
		r.Start[i+1] = int32(len(r.Runs))
	}
	return r, nil
}

func (r *ItemRuns) Of(i int32) []ItemRun { return r.Runs[r.Start[i]:r.Start[i+1]] }

// Surprise returns, by act, -ln of the chance that its rater would have chosen
// the item at some time, all others being as they are. Cost: the bins that
// ratings of its item fall in, a rating.
func (n *Model) Surprise(ctx context.Context, a *Acts) ([]float32, error) {
	w, err := ScratchOf[float32](a, a.Len())
	if err != nil {
		return nil, err
	}
	runs, err := a.runsOfItems()
	if err != nil {
		return nil, err
	}
	err = workers.Ranges(ctx, a.Raters, 64, func() func(lo, hi int) {
		var reach []float64
		return func(lo, hi int) {
			for u := int32(lo); int(u) < hi; u++ {
				if a.CountOf(u) == 0 {
					continue
				}
				reach = n.Reach(a.BinsOf(u), reach)
				items := a.ItemsOf(u)
				for j, k := range a.ActsOf(u) {
					rate := float64(a.CountOf(u))*n.Uniform - reach[a.Bin[k]]
					for _, c := range runs.Of(items[j]) {
						rate += float64(c.Count) * reach[c.Bin]
					}
					w[k] = float32(-math.Log(-math.Expm1(-max(1e-7, n.Tilt[u]*rate))))
				}
			}
		}
	})
	return w, err
}

// Chance returns the probability that u would have chosen item i at some time, all
// others being as they are.
func (n *Model) Chance(a *Acts, u, i int32) float64 {
	reach := n.Reach(a.BinsOf(u), nil)
	rate := float64(a.CountOf(u)) * n.Uniform
	for k := a.ItemStart[i]; k < a.ItemStart[i+1]; k++ {
		if a.Rater[k] != u {
			rate += reach[a.Bin[k]]
		}
	}
	return -math.Expm1(-max(1e-7, n.Tilt[u]*rate))
}
