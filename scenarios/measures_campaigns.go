package scenarios

import (
	"math"

	"github.com/ringwatch/ringwatch/detect/campaigns"
	"github.com/ringwatch/ringwatch/simulate"
)

// caughtItems is how campaigns on items match what brigades were after. All NaN
// where nobody looked.
type caughtItems struct{ recall, outcry, false, farms, precision, rows float64 }

func (x *Experiment) campaigns() (c caughtItems) {
	f, w := x.Findings.Campaigns, x.World
	if f == nil || f.NotRun != "" {
		none := math.NaN()
		return caughtItems{none, none, none, none, none, none}
	}
	verdict, farm := make(map[int32]campaigns.Verdict), make(map[int32]int)
	taken := make(map[int32]bool)
	rows, right := 0., 0.
	for k := range f.Campaigns {
		of := &f.Campaigns[k]
		if of.Verdict == campaigns.Campaigned || of.Verdict == campaigns.Outcry && verdict[of.Item] == "" {
			verdict[of.Item] = of.Verdict
		}
		if of.Farm > 0 {
			farm[of.Item] = of.Farm
		}
		if !of.Deducted() {
			continue
		}
		for _, row := range of.Rows {
			taken[row] = true
			if rows++; int(row) >= w.Honest {
				right++
			}
		}
	}
	targets, named, outcries, all, wrong := 0., 0., 0., 0., 0.
	for i, goal := range w.Goal {
		v := verdict[int32(i)]
		if v == campaigns.Campaigned {
			all++
			if goal == 0 {
				wrong++
			}
		}
		if goal != 0 {
			targets++
			switch v {
			case campaigns.Campaigned:
				named++
			case campaigns.Outcry:
				outcries++
			}
		}
	}
	given, caught := 0., 0.
	for row := w.Honest; row < w.Ratings.Len(); row++ {
		if w.Goal[w.Ratings.Item[row]] != 0 {
			given++
			if taken[int32(row)] {
				caught++
			}
		}
	}
	several, linked := linkedPlans(w, farm)
	return caughtItems{named / targets, outcries / targets, wrong / max(all, 1), linked / several,
		right / rows, caught / given}
}

// linkedPlans counts the plans of several targets, and those of which one farm links half
// of the targets or more.
func linkedPlans(w *simulate.World, farm map[int32]int) (several, linked float64) {
	for _, p := range w.Plans {
		if len(p.Targets) < 2 {
			continue
		}
		several++
		of, most := make(map[int]int), 0
		for _, i := range p.Targets {
			if n := farm[i]; n > 0 {
				of[n]++
				most = max(most, of[n])
			}
		}
		if 2*most >= len(p.Targets) {
			linked++
		}
	}
	return several, linked
}
