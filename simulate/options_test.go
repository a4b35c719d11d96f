package simulate

import (
	"math"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/ringwatch/ringwatch/catalog"
)

// A view is a world under attack, as the measures of options see it.
type view struct {
	*World
	on, off []int // rows on targets and off them
	members []int32
	quiet   *view // the same with less of the option at hand
}

func look(w *World) view {
	v := view{World: w}
	for k := w.Honest; k < w.Ratings.Len(); k++ {
		if w.Goal[w.Ratings.Item[k]] != 0 {
			v.on = append(v.on, k)
		} else {
			v.off = append(v.off, k)
		}
	}
	for u, b := range w.Brigade {
		if b > 0 {
			v.members = append(v.members, int32(u))
		}
	}
	return v
}

func mean[T any](of []T, f func(T) float64) float64 {
	sum := 0.0
	for _, x := range of {
		sum += f(x)
	}
	return sum / float64(len(of))
}

func deviation[T any](of []T, f func(T) float64) float64 {
	m := mean(of, f)
	return math.Sqrt(mean(of, func(x T) float64 { return (f(x) - m) * (f(x) - m) }))
}

func (v view) targets() (items []int32) {
	for i, g := range v.Goal {
		if g != 0 {
			items = append(items, int32(i))
		}
	}
	return items
}

// perTarget counts the rows on each target.
func (v view) perTarget(item int32) float64 {
	n := 0.0
	for _, k := range v.on {
		if v.Ratings.Item[k] == item {
			n++
		}
	}
	return n
}

// age is how long after its birth a target's row comes.
func (v view) age(row int) float64 {
	return float64(v.Ratings.Time[row] - v.Born[v.Ratings.Item[row]])
}

// moderation is how far a row is from the nearer extreme.
func (v view) moderation(row int) float64 {
	return float64(min(v.Ratings.Value[row], 1-v.Ratings.Value[row]))
}

// agrees is 1 for a row on a target that serves the goal, -1 for the contrary.
func (v view) agrees(row int) float64 {
	return float64(v.Goal[v.Ratings.Item[row]]) * (2*float64(v.Ratings.Value[row]) - 1)
}

// lag is how long ago the last honest rating of a row's item was.
func (v view) lag(row int) float64 {
	last := int32(math.MinInt32)
	for k := range v.Honest {
		if t := v.Ratings.Time[k]; v.Ratings.Item[k] == v.Ratings.Item[row] && t <= v.Ratings.Time[row] {
			last = max(last, t)
		}
	}
	return float64(v.Ratings.Time[row] - last)
}

// strayed is how far rows off targets are from what they were without noise.
func (v view) strayed() float64 {
	if v.quiet == nil {
		return 0
	}
	return mean(v.off, func(k int) float64 { return math.Abs(float64(v.Ratings.Value[k] - v.quiet.Ratings.Value[k])) })
}

// level is the mean of a member's values off the targets.
func (v view) level(u int32) float64 {
	var own []int
	for _, k := range v.off {
		if v.Ratings.Rater[k] == u {
			own = append(own, k)
		}
	}
	return mean(own, func(k int) float64 { return float64(v.Ratings.Value[k]) })
}

func (v view) time(row int) float64 { return float64(v.Ratings.Time[row]) }

// wait is how long after its first row a target's row comes.
func (v view) wait(row int) float64 {
	first := v.Ratings.Time[row]
	for _, k := range v.on {
		if v.Ratings.Item[k] == v.Ratings.Item[row] {
			first = min(first, v.Ratings.Time[k])
		}
	}
	return float64(v.Ratings.Time[row] - first)
}

func (v view) history(u int32) float64 {
	return float64(v.Ratings.Prefix(v.Honest).ByRater().Count(u))
}

// turns is how many members of a target's the next target does without.
func (v view) turns() float64 {
	who := map[int32]map[int32]bool{}
	var order []int32
	for _, k := range v.on {
		i := v.Ratings.Item[k]
		if who[i] == nil {
			who[i] = map[int32]bool{}
			order = append(order, i)
		}
		who[i][v.Ratings.Rater[k]] = true
	}
	gone := 0.0
	for j := range order[1:] {
		for u := range who[order[j]] {
			if !who[order[j+1]][u] {
				gone++
			}
		}
	}
	return gone
}

// TestOptionsPush: more of a numeric option is more of what its doc says.
func TestOptionsPush(t *testing.T) {
	type push struct {
		low, high any
		measure   func(view) float64
	}
	pushes := map[string]push{
		"Brigades": {1, 3, func(v view) float64 { return float64(slices.Max(v.Brigade)) }},
		"Accounts": {6, 12, func(v view) float64 { return float64(len(v.members)) }},
		"Targets":  {5, 12, func(v view) float64 { return float64(len(v.targets())) }},
		"Merit": {-.5, 3., func(v view) float64 {
			return mean(v.targets(), func(i int32) float64 { return float64(v.Goal[i]) * float64(v.Quality[i]) })
		}},
		"Slips": {0., .4, func(v view) float64 {
			return mean(v.on, func(k int) float64 { return float64(min(v.Ratings.Value[k], 1-v.Ratings.Value[k])) })
		}},
		"Delay": {time.Duration(0), 48 * time.Hour, func(v view) float64 { return mean(v.on, v.age) }},
		"Campaign": {10 * 24 * time.Hour, 60 * 24 * time.Hour, func(v view) float64 {
			return deviation(v.targets(), func(i int32) float64 { return float64(v.Born[i]) })
		}},
		"Participation": {.2, .9, func(v view) float64 { return float64(len(v.on)) }},
		"Spread":        {time.Minute, 3 * time.Hour, func(v view) float64 { return mean(v.on, v.wait) }},
		"Filler":        {.5, 3., func(v view) float64 { return float64(len(v.off)) }},
		"Vary":          {0., .45, func(v view) float64 { return deviation(v.targets(), v.perTarget) }},
		"Opposite": {0., .9, func(v view) float64 {
			return mean(v.members, func(u int32) float64 { return -float64(v.Viewpoint[u]) })
		}},
		"MinHistory": {5, 14, func(v view) float64 { return mean(v.members, v.history) }},
		"MaxHistory": {14, 300, func(v view) float64 { return mean(v.members, v.history) }},
		"PerAccount": {1, 3, func(v view) float64 { return float64(len(v.on)) }},
		"Grow": {time.Duration(0), 20 * 24 * time.Hour,
			func(v view) float64 { return deviation(v.off, v.time) }},
		"Wait": {time.Duration(0), 20 * 24 * time.Hour,
			func(v view) float64 { return mean(v.on, v.time) - mean(v.off, v.time) }},
		"Noise":       {0., .6, view.strayed},
		"UserShift":   {0., .6, func(v view) float64 { return deviation(v.members, v.level) }},
		"TargetShift": {0., .5, func(v view) float64 { return mean(v.on, v.moderation) }},
		"Popular": {.05, 1., func(v view) float64 {
			return -mean(v.off, func(k int) float64 { return float64(v.census().count[v.Ratings.Item[k]]) })
		}},
		"Selected":      {0, 20, func(v view) float64 { return float64(len(v.off)) }},
		"rotate/Window": {.25, .9, func(v view) float64 { return float64(len(v.on)) }},
		"jitter/Window": {time.Minute, time.Hour, func(v view) float64 { return mean(v.on, v.wait) }},
		"Contrary":      {0., .4, func(v view) float64 { return -mean(v.on, v.agrees) }},
		"Victims":       {2, 6, func(v view) float64 { return float64(len(v.off)) }},
		"Copies":        {.2, .9, func(v view) float64 { return float64(len(v.off)) }},
		"Most":          {5, 30, func(v view) float64 { return float64(len(v.off)) }},
		"shadow/Spread": {time.Minute, 3 * time.Hour, func(v view) float64 { return mean(v.off, v.lag) }},
		"Position":      {2, 8, func(v view) float64 { return float64(len(v.off)) }},
		"Reach":         {time.Hour, 72 * time.Hour, func(v view) float64 { return float64(len(v.on)) }},
		"MinRatings":    {1, 30, func(v view) float64 { return float64(len(v.on) + len(v.off)) }},
		"MaxRatings":    {15, 200, func(v view) float64 { return float64(len(v.on) + len(v.off)) }},
		"Record":        {0, 8, func(v view) float64 { return float64(len(v.off)) }},
		"Step":          {.1, 1., view.turns},
		"Writers": {1, 4, func(v view) float64 {
			writers := map[int32]bool{}
			for _, u := range v.wrote {
				writers[u] = true
			}
			return float64(len(writers))
		}},
		"Net": {1, 6, func(v view) float64 { return float64(len(v.on)) }},
		"Home": {20, 200, func(v view) float64 {
			home := map[int32]bool{}
			for _, k := range v.off {
				home[v.Ratings.Item[k]] = true
			}
			return float64(len(home))
		}},
		"Within":      {time.Hour, 10 * 24 * time.Hour, func(v view) float64 { return mean(v.on, v.wait) }},
		"Established": {0., .8, func(v view) float64 { return mean(v.members, v.history) }},
		"Camouflage":  {1, 5, func(v view) float64 { return float64(len(v.off)) }},
		"Aged":        {.1, .9, func(v view) float64 { return float64(len(v.off)) }},
		"History":     {1, 9, func(v view) float64 { return float64(len(v.off)) }},
		"import/Campaign": {10 * 24 * time.Hour, 60 * 24 * time.Hour,
			func(v view) float64 { return deviation(v.off, v.time) }},
	}
	enough := uint64(1)
	if os.Getenv("RINGWATCH_LONG") != "" {
		enough = 2
	}
	for _, fresh := range All {
		for _, o := range catalog.Options(fresh()) {
			if o.Within == "" { // no number
				continue
			}
			t.Run(fresh().Name()+"/"+o.Name, func(t *testing.T) {
				p, ok := pushes[fresh().Name()+"/"+o.Name]
				if !ok {
					p, ok = pushes[o.Name]
				}
				if !ok {
					t.Fatal("no measure of what it does")
				}
				var sum [2]float64
				for seed := range uint64(3) { // all, or two where they tell
					var low *view
					for k, value := range []any{p.low, p.high} {
						a := frail(fresh())
						if o.Name == "History" {
							set(a, "Aged", 1.)
						}
						set(a, o.Name, value)
						v := look(inject(t, world("organic"), seed, a))
						v.quiet, low = low, &v
						sum[k] += p.measure(v)
					}
					if seed >= enough && sum[1] > sum[0] {
						return
					}
				}
				t.Errorf("%v does not push further: %g after %g", p.high, sum[1], sum[0])
			})
		}
	}
}
