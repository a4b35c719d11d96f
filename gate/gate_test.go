package gate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/scenarios"
)

// outcomes makes one outcome a seed, from 1 on, of a measure's values.
func outcomes(scenario, measure string, values ...float64) (all []scenarios.Outcome) {
	for k, v := range values {
		o := scenarios.Outcome{Scenario: scenario, Scorer: "mean", Seed: uint64(k + 1), Measures: map[string]float64{}}
		if !math.IsNaN(v) {
			o.Measures[measure] = v
		}
		all = append(all, o)
	}
	return all
}

func expecting(name, measure, op string, value float64) []*scenarios.Scenario {
	return []*scenarios.Scenario{{Name: name, Expect: []scenarios.Limit{{Measure: measure, Op: op, Value: value}}}}
}

func judge(t *testing.T, all []*scenarios.Scenario, candidate, base []scenarios.Outcome) *Report {
	t.Helper()
	r, err := Judge(all, candidate, base, DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Limits on a measure itself.
func TestExpect(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name    string
		op      string
		limit   float64
		values  []float64
		verdict Verdict
		p       float64
	}{
		{"kept at every seed", ">=", .9, []float64{1, 1, 1, .95, .92}, Pass, 1},
		{"kept, but too few seeds to say", ">=", .9, []float64{1, 1, 1, 1}, Inconclusive, 1},
		{"one of five below, as much as the others are above", ">=", .9, []float64{1, 1, 1, 1, .8},
			Inconclusive, .96875},
		{"equal is kept by <=", "<=", 0, []float64{0, 0, 0, 0, 0}, Pass, 1},
		{"equal is not kept by <", "<", 0, []float64{0, 0, 0, 0, 0}, Fail, 1. / 32},
		{"equal but for rounding", "<=", .3, []float64{.1 + .2, .1 + .2, .1 + .2, .1 + .2, .1 + .2}, Pass, 1},
		{"broken at every seed", "<=", 0, []float64{1, 2, 1, 1, 3}, Fail, 1. / 32},
		{"broken at every one of four", "<=", 0, []float64{1, 2, 1, 1}, Inconclusive, 1. / 16},
		{"broken in the mean alone", "<=", 0, []float64{9, -1, 1, -2, 3, -1}, Inconclusive, 0},
		{"undefined here and there", ">=", .5, []float64{nan, 1, nan, 1, 1, 1, 1}, Pass, 1},
		{"never defined", ">=", .5, []float64{nan, nan, nan, nan, nan}, Inconclusive, 1},
	} {
		r := judge(t, expecting("s", "recall", c.op, c.limit), outcomes("s", "recall", c.values...), nil)
		got := r.Checks[0]
		if r.Verdict != c.verdict || got.Verdict != c.verdict || c.p > 0 && math.Abs(got.P-c.p) > 1e-9 {
			t.Errorf("%s: %v, p %g, want %v, %g", c.name, got.Verdict, got.P, c.verdict, c.p)
		}
		if (got.Verdict == Inconclusive && got.Seeds > 0) != (got.Need > 0) && c.name != "broken in the mean alone" {
			t.Errorf("%s: %v, but needs %d seeds", c.name, got.Verdict, got.Need)
		}
		end := got.Low
		if c.op[0] == '<' {
			end = got.High
		}
		if got.Verdict == Pass && !(scenarios.Limit{Op: c.op, Value: c.limit}).Holds(*end) {
			t.Errorf("%s: passed with an interval from %g to %g", c.name, *got.Low, *got.High)
		}
	}
}

// Against a baseline what counts is the difference at the same seed, whatever
// seeds differ by.
func TestCompare(t *testing.T) {
	var base, same, worse, better, little []float64
	for k := range 8 {
		v := float64(k%4) / 4
		jitter := float64(k%3) / 1000
		base, same = append(base, v), append(same, v)
		worse, better, little = append(worse, v+.05+jitter), append(better, v-.05-jitter), append(little, v+.01+jitter)
	}
	for _, c := range []struct {
		name    string
		values  []float64
		verdict Verdict
	}{{"the same", same, Pass}, {"worse", worse, Fail}, {"better", better, Pass},
		{"worse by less than the margin", little, Pass}} {
		r := judge(t, nil, outcomes("s", "shift", c.values...), outcomes("s", "shift", base...))
		if r.Verdict != c.verdict || len(r.Checks) != 1 {
			t.Errorf("%s: %v of %+v", c.name, r.Verdict, r.Checks)
		}
	}
	// Which way is worse is the measure's to say.
	if r := judge(t, nil, outcomes("s", "recall", worse...), outcomes("s", "recall", base...)); r.Verdict != Pass {
		t.Errorf("a higher recall: %v", r.Verdict)
	}
	// What is the same needs no more than one seed, and does not need chance.
	r := judge(t, nil, outcomes("s", "shift", .5), outcomes("s", "shift", .5))
	if r.Verdict != Pass || r.Checks[0].P != 1 || *r.Checks[0].Low != 0 || *r.Checks[0].High != 0 {
		t.Errorf("one seed, the same: %+v", r.Checks[0])
	}
}

// A gate that has nothing to go by, or a baseline of something else, does not
// pass; it is not run.
func TestJudgeRefuses(t *testing.T) {
	some := outcomes("s", "shift", 1, 2)
	for _, c := range []struct {
		want            string
		candidate, base []scenarios.Outcome
	}{
		{"there are no outcomes", nil, some},
		{"nothing to judge by", some, nil},
		{`no outcome for s at seed 2; make it again`, some, some[:1]},
		{`no outcome for s at seed 1;`, some, outcomes("other", "shift", 1, 2)},
		{`the baseline has two outcomes for ["s",null] at seed 1`, some, append(some, some[0])},
		{`the candidate has two outcomes for ["s",null] at seed 2`, append(some, some[1]), nil},
	} {
		_, err := Judge(nil, c.candidate, c.base, DefaultOptions())
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}

// worlds makes outcomes of 40 scenarios at shared seeds in which the candidate
// differs from the baseline by noise, and in worse of the scenarios by effect
// standard deviations of it. The noise is as measures have it: counts, heavy
// tails, correlation by seed, and nothing at all.
func worlds(rng *rand.Rand, seeds, worse int, effect float64) (candidate, base []scenarios.Outcome) {
	common := make([]float64, seeds)
	for k := range common {
		common[k] = rng.NormFloat64()
	}
	for i := range 40 {
		for k := range common {
			var noise float64
			switch i % 4 {
			case 0:
				noise = float64(rng.IntN(3) - 1)
			case 1:
				noise = (common[k] + rng.NormFloat64()) / math.Sqrt2
			case 2:
				noise = rng.NormFloat64() / math.Sqrt(.1+rng.ExpFloat64())
			}
			if i < worse {
				noise += effect
			}
			o := scenarios.Outcome{Scenario: fmt.Sprint(i), Scorer: "mean", Seed: uint64(k),
				Measures: map[string]float64{"shift": 7}}
			base = append(base, o)
			o.Measures = map[string]float64{"shift": 7 + noise}
			candidate = append(candidate, o)
		}
	}
	return candidate, base
}

// share runs the gate on many worlds and returns the share that fails, with the
// half width of its interval of 3 standard errors.
func share(t *testing.T, runs, seeds, worse int, effect float64) (failed, half float64) {
	t.Helper()
	o := Options{Alpha: .05, Margins: map[string]float64{"shift": 0}}
	rng := rand.New(rand.NewPCG(uint64(seeds), uint64(worse)))
	for range runs {
		candidate, base := worlds(rng, seeds, worse, effect)
		r, err := Judge(nil, candidate, base, o)
		if err != nil {
			t.Fatal(err)
		}
		if r.Verdict == Fail {
			failed += 1 / float64(runs)
		}
	}
	return failed, 3 * math.Sqrt(max(failed*(1-failed), .01)/float64(runs))
}

// A change that makes nothing worse fails in no more than 5 % of runs over all
// limits together, with no margin at all to help, whatever the number of seeds.
func TestFalseFails(t *testing.T) {
	runs, counts := 100, []int{5, 10}
	if os.Getenv("RINGWATCH_LONG") != "" {
		runs, counts = 400, []int{5, 6, 8, 10}
	}
	for _, seeds := range counts {
		failed, half := share(t, runs, seeds, 0, 0)
		t.Logf("%d seeds: %.3f ± %.3f of harmless changes fail", seeds, failed, half)
		if failed-half > .05 {
			t.Errorf("%d seeds: %.3f ± %.3f of harmless changes fail; want .05 at most", seeds, failed, half)
		}
	}
}

// Nor do more fail where a plan looks at 6, at 12 and at 24 seeds, until it can
// tell, each time at a third of the level.
func TestFalseFailsOverLooks(t *testing.T) {
	if os.Getenv("RINGWATCH_LONG") == "" {
		t.Skip("one of the longer checks, which RINGWATCH_LONG=1 runs")
	}
	o := Options{Alpha: .05 / 3, Margins: map[string]float64{"shift": 0}}
	rng := rand.New(rand.NewPCG(24, 3))
	const runs = 100
	failed := 0.0
	for range runs {
		candidate, base := worlds(rng, 24, 0, 0)
		for _, n := range []uint64{6, 12, 24} {
			upTo := func(all []scenarios.Outcome) []scenarios.Outcome {
				return slices.DeleteFunc(slices.Clone(all), func(o scenarios.Outcome) bool { return o.Seed >= n })
			}
			r, err := Judge(nil, upTo(candidate), upTo(base), o)
			if err != nil {
				t.Fatal(err)
			}
			if r.Verdict == Fail {
				failed += 1. / runs
				break
			}
		}
	}
	half := 3 * math.Sqrt(max(failed*(1-failed), .01)/runs)
	t.Logf("%.3f ± %.3f of harmless changes fail", failed, half)
	if failed-half > .05 {
		t.Errorf("%.3f ± %.3f of harmless changes fail; want .05 at most", failed, half)
	}
}

// A change that makes 4 of 40 scenarios worse, by 1.5 standard deviations of
// the difference, is found with 20 seeds in 9 of 10 runs at least; by 3, with 10.
func TestPower(t *testing.T) {
	runs := 15
	if os.Getenv("RINGWATCH_LONG") != "" {
		runs = 40
	}
	for _, c := range []struct {
		seeds  int
		effect float64
	}{{20, 1.5}, {10, 3}} {
		failed, half := share(t, runs, c.seeds, 4, c.effect)
		t.Logf("%d seeds, %g standard deviations: %.2f ± %.2f found", c.seeds, c.effect, failed, half)
		if failed < .9 {
			t.Errorf("%d seeds: %.2f ± %.2f of changes by %g standard deviations are found",
				c.seeds, failed, half, c.effect)
		}
	}
}

// The interval holds the true mean as often as it says, of what is symmetric.
func TestInterval(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	const runs = 2000
	f := newFlips(8)
	below, above := 0, 0
	for range runs {
		s := sample{beyond: make([]float64, 8), n: 8}
		for i := range s.beyond {
			s.beyond[i] = rng.NormFloat64() * math.Exp(rng.NormFloat64())
		}
		low, high, holds := f.interval(s, .05)
		if low > 0 {
			below++
		}
		if high < 0 {
			above++
		}
		if holds != (high < 0) {
			t.Fatal("the interval and the test of a pass disagree")
		}
	}
	for _, n := range []int{below, above} {
		if share := float64(n) / runs; share < .035 || share > .06 {
			t.Errorf("the true mean lies beyond an end in %.3f of samples; want .05, or just below", share)
		}
	}
}

// As many seeds as need says do tell, mostly.
func TestNeed(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	draw := func(n int) (values []float64) {
		for range n {
			values = append(values, .93+.06*rng.NormFloat64())
		}
		return values
	}
	limit := expecting("s", "recall", ">=", .9)
	var needs []int
	told := 0
	for range 60 {
		first := judge(t, limit, outcomes("s", "recall", draw(8)...), nil).Checks[0]
		if first.Verdict != Inconclusive || first.Need == 0 {
			continue
		}
		needs = append(needs, first.Need)
		if judge(t, limit, outcomes("s", "recall", draw(25)...), nil).Verdict == Pass {
			told++
		}
	}
	if len(needs) < 10 || float64(told)/float64(len(needs)) < .6 {
		t.Errorf("25 seeds tell in %d of %d", told, len(needs))
	}
	t.Log(needs)
}

func BenchmarkJudge(b *testing.B) {
	candidate, base := worlds(rand.New(rand.NewPCG(1, 1)), 20, 0, 0)
	for b.Loop() {
		if _, err := Judge(nil, candidate, base, DefaultOptions()); err != nil {
			b.Fatal(err)
		}
	}
}
