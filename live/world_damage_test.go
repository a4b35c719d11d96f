package live

import (
	"fmt"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/simulate"
)

// A toll is what a brigade does to the means of its targets, in target hours: how far each is from where
// it would be without it, summed over the hours from its first act to the end of the world.
type toll struct {
	hours           float64 // from its first act on a target to the alert; NaN where there is none
	all             float64
	before, nightly float64 // of all: until the alert, and until the first midnight
	left            float64 // of all: where those whom alerts name are dropped from then on
}

// tolls are those of the brigades of a world, with what was told of.
func tolls(w *simulate.World, all []told) map[int32]*toll {
	r := w.Ratings
	byAct := make([]int, r.Len())
	for k := range byAct {
		byAct[k] = k
	}
	slices.SortStableFunc(byAct, func(a, b int) int { return int(r.Time[a]) - int(r.Time[b]) })
	brigade := func(u int32) int32 {
		if int(u) < len(w.Brigade) {
			return w.Brigade[u]
		}
		return 0
	}
	dropped, alerted := map[int32]int32{}, map[int32]int32{} // when, by rater and by brigade
	for _, x := range all {
		for _, u := range x.names {
			if _, known := dropped[u]; !known {
				dropped[u] = x.at
			}
		}
		for b, n := range x.of {
			if _, known := alerted[b]; !known && 2*n > len(x.group) {
				alerted[b] = x.at
			}
		}
	}
	last := r.Time[byAct[len(byAct)-1]]
	out := map[int32]*toll{}
	for b := int32(1); b <= slices.Max(w.Brigade); b++ {
		t := &toll{hours: math.NaN()}
		first, night := int32(math.MaxInt32), int32(0)
		items := map[int32]bool{}
		for k, u := range r.Rater {
			if brigade(u) == b && w.Goal[r.Item[k]] != 0 {
				items[r.Item[k]] = true
				first = min(first, r.Time[k])
			}
		}
		if len(items) == 0 {
			continue
		}
		night = (dayOf(first) + 1) * 86400
		at, known := alerted[b]
		if known {
			t.hours = float64(at-first) / 3600
		} else {
			at = last
		}
		for i := range items {
			var marks []int32 // times at which anything changes
			rows := r.ByItem().Rows(i)
			for _, k := range rows {
				marks = append(marks, r.Time[k])
				if d, is := dropped[r.Rater[k]]; is {
					marks = append(marks, d)
				}
			}
			marks = append(marks, at, night, last)
			slices.Sort(marks)
			marks = slices.Compact(marks)
			for m, from := range marks[:len(marks)-1] {
				var sum, n, rest, others, kept, stays float64
				for _, k := range rows {
					if r.Time[k] > from {
						continue
					}
					v := float64(r.Scale.Of(r.Value[k]))
					sum, n = sum+v, n+1
					if brigade(r.Rater[k]) != b {
						rest, others = rest+v, others+1
					}
					if d, is := dropped[r.Rater[k]]; !is || d > from || brigade(r.Rater[k]) != b {
						kept, stays = kept+v, stays+1
					}
				}
				if others == 0 || from < first {
					continue
				}
				hours := float64(marks[m+1]-from) / 3600
				harm := hours * math.Abs(sum/n-rest/others)
				t.all += harm
				if from < at {
					t.before += harm
				}
				if from < night {
					t.nightly += harm
				}
				if stays > 0 {
					t.left += hours * math.Abs(kept/stays-rest/others)
				}
			}
		}
		if t.all > 0 {
			t.before, t.nightly, t.left = t.before/t.all, t.nightly/t.all, t.left/t.all
		}
		out[b] = t
	}
	return out
}

// summed tells of tolls by their medians: of hours and damage of those that were told of, and of damage
// left of all.
func summed(all []*toll) string {
	median := func(of func(*toll) float64) float64 {
		var xs []float64
		for _, t := range all {
			if x := of(t); !math.IsNaN(x) {
				xs = append(xs, x)
			}
		}
		if len(xs) == 0 {
			return math.NaN()
		}
		slices.Sort(xs)
		return (xs[(len(xs)-1)/2] + xs[len(xs)/2]) / 2
	}
	return fmt.Sprintf("    hours before the alert, of those told of %.1f; damage before it, of all %.2f, by the "+
		"first midnight %.2f; damage left where those named are dropped %.2f",
		median(func(t *toll) float64 { return t.hours }), median(func(t *toll) float64 { return t.before }),
		median(func(t *toll) float64 { return t.nightly }), median(func(t *toll) float64 { return t.left }))
}
