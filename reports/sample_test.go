package reports

import (
	"math"
	"math/rand/v2"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scenarios"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/simulate"
)

const oneDay = 86400

var nan = math.NaN()

// small is a case of four coordinated raters among six on three items. Names
// given replace the raters' from the first on.
func small(names ...string) *Case {
	t := &rating.Table{Raters: rating.NewNames(), Items: rating.NewNames(), Scale: rating.Scale{Min: 1, Max: 5}}
	for k, n := range []string{"ana", "ben", "cho", "dee", "eli", "fay"} {
		if k < len(names) {
			n = names[k]
		}
		t.Raters.Add([]byte(n))
	}
	for _, n := range []string{"tea|shop", "museum", "bridge"} {
		t.Items.Add([]byte(n))
	}
	for u := range int32(4) {
		t.Append(u, 0, 1, 7000*oneDay+60*u)
		t.Append(u, 1, 0, 7001*oneDay+90*u)
	}
	t.Append(4, 0, .5, 6990*oneDay)
	t.Append(5, 2, .75, 7000*oneDay+3600)
	f := &detect.Findings{
		Rings: []detect.Ring{{Detectors: []string{"agreement", "synchrony"}, Raters: []int32{0, 1, 2, 3},
			Items: []int32{0, 1},
			Members: []detect.Member{{Rater: 0, Role: "core", Strength: 9.5, Shared: 2},
				{Rater: 1, Role: "core", Strength: 8, Shared: 2},
				{Rater: 2, Role: "part", Strength: 3, Shared: 2}, {Rater: 3, Role: "core", Strength: 9, Shared: 2}},
			LogP: -3258, LogQ: -3255,
			Evidence: []detect.Evidence{{Measure: "shared ratings", Unit: "pairs", Observed: 12, Expected: .4,
				Note: "of the same items within ten minutes", Rows: []int32{0, 1, 2, 3}}},
			Innocent: []detect.Explanation{{Name: "common interest", Because: "they share no other item"}},
			First:    7000 * oneDay, Last: 7001*oneDay + 270}},
		Shared: []detect.Ring{{Raters: []int32{4, 5}, Items: []int32{2}, P: .01, Q: .1,
			Innocent: []detect.Explanation{{Name: "one topic", Holds: true, Because: "both keep to bridges"}}}},
		Suspicion: []float64{1, .9, .5, .95, 0, .1}, Detectors: []string{"agreement", "synchrony"},
		NotRun:   []detect.NotRun{{Detector: "embed", Why: "six raters are too few to embed"}},
		Warnings: []string{"a cap was reached"}, Background: detect.Background{Tested: 12},
	}
	s := func(a, b float32, x scoring.Status) *scoring.Result {
		return &scoring.Result{Item: []float32{a, b, .5},
			Status: []scoring.Status{x, scoring.NeedsMore, scoring.Unrated}}
	}
	x := &scenarios.Experiment{Findings: f, Clean: s(.2, .5, scoring.NeedsMore), Attacked: s(.9, .1, scoring.Helpful),
		Defended: s(.2, .5, scoring.NeedsMore),
		World: &simulate.World{Ratings: t, Brigade: []int32{1, 1, 1, 1, 0, 0}, Goal: []int8{1, -1, 0},
			Kind: []simulate.Kind{0, 0, 0, 0, simulate.Plain, simulate.Fan}},
		Outcome: scenarios.Outcome{Scenario: "tiny", Scorer: "mean", Detector: "pairs", Seed: 1,
			Measures: map[string]float64{"recall": 1}}}
	return &Case{Title: "A small case", Ratings: t, Findings: f, Scorer: "mean", Score: x.Attacked, Experiment: x,
		Impacts: []scenarios.Impact{{Ring: 0, Changes: []scenarios.Change{
			{Item: 0, Target: true, With: .9, Without: .2, StatusWith: scoring.Helpful,
				StatusWithout: scoring.NeedsMore, Control: .02},
			{Item: 1, Target: true, With: .1, Without: .08, StatusWith: scoring.NeedsMore,
				StatusWithout: scoring.Unrated, Control: .03},
			{Item: 2, With: .5, Without: .5, StatusWith: scoring.NeedsMore, StatusWithout: scoring.Unrated}},
			Control: &scenarios.Control{Raters: 4, Shift: []float64{.001, .005, .025}, Changed: []int{0, 0, 1},
				Others: []int{0, 1, 3}}}},
		Run: Provenance{Version: "1.0", Command: "ringwatch demo", Seed: 1, RowsRead: 10, RowsKept: 10,
			Inputs: []InputFile{{Path: "/somewhere/in.csv", Rows: 10, SHA256: "00ff"}}}}
}

// large is a case of many rings among twice as many honest raters, over sixty
// days. It is no world: only its shape is like one.
func large(rings, size, targets int) *Case {
	rng := rand.New(rand.NewPCG(1, 2))
	members := rings * size
	raters, items := 3*members+50, rings*targets+40
	t := &rating.Table{Raters: rating.Numbered("rater-", raters), Items: rating.Numbered("note ", items),
		Scale: rating.Scale{Min: 0, Max: 1}}
	f := &detect.Findings{Detectors: []string{"agreement", "embed", "synchrony"}, Suspicion: make([]float64, raters),
		Background: detect.Background{Tested: 40 * rings, WindowRows: []float64{9, 80, 700, 9000},
			Weight: []float64{.5, .3, .15, .05}}}
	w := &simulate.World{Ratings: t, Brigade: make([]int32, raters), Goal: make([]int8, items),
		Kind: make([]simulate.Kind, raters)}
	x := &scenarios.Experiment{World: w, Findings: f, Clean: &scoring.Result{}, Attacked: &scoring.Result{},
		Defended: &scoring.Result{},
		Outcome:  scenarios.Outcome{Scenario: "sample", Scorer: "bridging", Detector: "all", Seed: 1}}
	for i := range items {
		quality := float32(rng.NormFloat64()) * .15
		x.Clean.Item, x.Clean.Status = append(x.Clean.Item, quality), append(x.Clean.Status, scoring.NeedsMore)
		x.Attacked.Item, x.Attacked.Status = append(x.Attacked.Item, quality),
			append(x.Attacked.Status, scoring.NeedsMore)
		x.Defended.Item, x.Defended.Status = append(x.Defended.Item, quality+.01),
			append(x.Defended.Status, scoring.NeedsMore)
		for range 4 + rng.IntN(20) {
			t.Append(int32(members+rng.IntN(raters-members)), int32(i), float32(rng.IntN(2)),
				int32(8000*oneDay+rng.IntN(60*oneDay)))
		}
	}
	for k := range w.Kind {
		if k >= members {
			w.Kind[k] = simulate.Kind(k % 4)
		}
	}
	c := &Case{Title: "Ratings of notes, January and February", Ratings: t, Findings: f, Scorer: "bridging",
		Score: x.Attacked, Experiment: x,
		Run: Provenance{Version: "1.0", Command: "ringwatch detect notes.tsv --out case", Seed: 1, RowsRead: 123456,
			RowsKept: 123000, Replaced: 400, Bad: 56,
			Inputs: []InputFile{{Path: "notes.tsv", Rows: 123456, Bytes: 9876543,
				SHA256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}}}}
	for g := range rings {
		r := detect.Ring{Detectors: f.Detectors[g%3:], LogP: -400 / float64(g+1), LogQ: -380 / float64(g+1),
			First: math.MaxInt32, Last: math.MinInt32}
		r.P, r.Q = math.Exp(r.LogP), math.Exp(r.LogQ)
		start := 8000*oneDay + rng.IntN(50*oneDay)
		im := scenarios.Impact{Ring: g, Control: &scenarios.Control{Raters: size, Shift: []float64{.002, .004},
			Changed: []int{0, 1}, Others: []int{2, 9}}}
		value := float32(g % 2)
		var rows []int32
		for j := range targets {
			it := int32(g*targets + j)
			r.Items = append(r.Items, it)
			w.Goal[it] = int8(2*(g%2) - 1)
			at := start + rng.IntN(8*oneDay)
			for u := g * size; u < (g+1)*size; u++ {
				if rng.IntN(4) == 0 {
					continue
				}
				rows = append(rows, int32(t.Len()))
				when := int32(at + 300*rng.IntN(3)) // many at the same second
				t.Append(int32(u), it, value, when)
				r.First, r.Last = min(r.First, when), max(r.Last, when)
			}
			push := (value - .5) * .6
			x.Attacked.Item[it] += push
			if push > 0 && x.Attacked.Item[it] > .2 {
				x.Attacked.Status[it] = scoring.Helpful
			}
			im.Changes = append(im.Changes, scenarios.Change{Item: it, Target: true, With: x.Attacked.Item[it],
				Without: x.Defended.Item[it], StatusWith: x.Attacked.Status[it], StatusWithout: x.Defended.Status[it]})
		}
		for u := g * size; u < (g+1)*size; u++ {
			r.Raters = append(r.Raters, int32(u))
			w.Brigade[u], f.Suspicion[u] = int32(g+1), 1
			r.Members = append(r.Members, detect.Member{Rater: int32(u), Role: []string{"core", "core", "part"}[u%3],
				Strength: 40 * rng.Float64(), Shared: int32(3 * targets / 4)})
		}
		if g == 0 { // one honest rater too many
			r.Raters = append(r.Raters, int32(members+5))
			r.Members = append(r.Members, detect.Member{Rater: int32(members + 5), Role: "part",
				Strength: 1.5, Shared: 2})
		}
		n := float64(len(rows))
		r.Evidence = []detect.Evidence{
			{Measure: "same items", Unit: "ratings", Observed: n, Expected: n / 40,
				Note: "of the ring's targets, by its members", Rows: rows},
			{Measure: "same items within 10 minutes", Unit: "pairs of ratings", Observed: 5 * n, Expected: .02 * n,
				Rows: rows[:len(rows)/2]},
			{Measure: "agreement beyond the crowd's", Observed: .97, Expected: .31,
				Note: "1 is always the same value, 0 no more than strangers"},
		}
		r.Innocent = []detect.Explanation{
			{Name: "common interest", Because: "members share 2% of what they rate outside of these targets"},
			{Name: "alert group", Because: "those who rate within an hour of an alert disagree as strangers " +
				"do; these do not"},
			{Name: "breaking news", Because: "the crowd's ratings of the targets did not rise at these times"},
		}
		f.Rings, c.Impacts = append(f.Rings, r), append(c.Impacts, im)
	}
	f.Shared = []detect.Ring{{Raters: []int32{int32(members), int32(members + 4), int32(members + 8)},
		Items: []int32{1, 2}, P: 1e-9, Q: 1e-7,
		Innocent: []detect.Explanation{{Name: "alert group", Holds: true,
			Because: "they act within minutes of each other and disagree as strangers do"}}}}
	return c
}
