package detect

import (
	"context"
	"math"
)

// itemRuns counts the acts on each item by bin, as perBin does those of raters.
type itemRuns struct {
	start []int32
	runs  []itemRun
}

type itemRun struct {
	bin   uint8
	count int32
}

func (a *acts) runsOfItems() *itemRuns {
	r := &itemRuns{start: make([]int32, a.items+1)}
	for i := range int32(a.items) {
		for _, b := range a.bin[a.itemStart[i]:a.itemStart[i+1]] { // ascending
			if n := len(r.runs); n > int(r.start[i]) && r.runs[n-1].bin == b {
				r.runs[n-1].count++
			} else {
				r.runs = append(r.runs, itemRun{b, 1})
			}
		}
		r.start[i+1] = int32(len(r.runs))
	}
	return r
}

func (r *itemRuns) of(i int32) []itemRun { return r.runs[r.start[i]:r.start[i+1]] }

// surprise returns, by act, -ln of the chance that its rater would have chosen
// the item at some time, all others being as they are. Cost: the bins that
// ratings of its item fall in, a rating.
func (e *engine) surprise(ctx context.Context) ([]float32, error) {
	w := make([]float32, e.len())
	runs := e.runsOfItems()
	err := parallel(ctx, e.raters, 64, func() func(lo, hi int) {
		var reach []float64
		return func(lo, hi int) {
			for u := int32(lo); int(u) < hi; u++ {
				if e.countOf(u) == 0 {
					continue
				}
				reach = e.null.reach(e.binsOf(u), reach)
				for _, k := range e.actsOf(u) {
					rate := float64(e.countOf(u))*e.null.uniform - reach[e.bin[k]]
					for _, c := range runs.of(e.item[k]) {
						rate += float64(c.count) * reach[c.bin]
					}
					w[k] = float32(-math.Log(-math.Expm1(-max(1e-7, e.null.tilt[u]*rate))))
				}
			}
		}
	})
	return w, err
}
