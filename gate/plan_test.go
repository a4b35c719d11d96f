package gate

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringwatch/ringwatch/scenarios"
	"github.com/ringwatch/ringwatch/scoring"
)

// tiny is a scenario that runs in a moment.
const tiny = `
world:
  organic: {raters: 120, items: 50, ratings: 1300}
attacks:
  - burst: {accounts: 10, targets: 6}
scorer: mean
detectors: [synchrony]
seeds: 5
`

func scenario(t *testing.T, name, more string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Parse(name+".yaml", []byte(tiny+more))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func plan(all ...*scenarios.Scenario) *Plan {
	return &Plan{Scenarios: all, Version: "1", Options: DefaultOptions()}
}

func run(t *testing.T, p *Plan) *Done {
	t.Helper()
	done, err := p.Run(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// sure is a change for the worse: a status from almost no evidence.
func sure() scoring.Scorer { return &scoring.Mean{HelpfulAt: .6, NotHelpfulAt: .4, MinRatings: 1} }

// A scorer beside itself passes; what is measured is that of a sweep.
func TestPlanAgainstItself(t *testing.T) {
	p := plan(scenario(t, "a", ""), scenario(t, "b", "axes: {attacks.burst.accounts: [8, 12]}\n"))
	p.Against = p.Scenarios[0].Scorer
	done := run(t, p)
	if r := done.Report; r.Verdict != Pass || r.Runs != 15 || len(r.Seeds) != 5 || r.Count(Pass) != len(r.Checks) {
		t.Errorf("%v: %+v", r.Verdict, r)
	}
	jobs, err := scenarios.Jobs(p.Scenarios, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for o, err := range scenarios.Sweep(t.Context(), jobs, nil) {
		if err != nil {
			t.Fatal(err)
		}
		o.Version = "1"
		if diff := cmp.Diff(o, done.Candidate[n]); diff != "" {
			t.Fatal(diff)
		}
		n++
	}
}

// A worse scorer fails, side by side and against a file of outcomes alike, and
// the other way round it passes.
func TestPlanFindsWhatIsWorse(t *testing.T) {
	p := plan(scenario(t, "a", ""))
	p.Seeds, p.Candidate = scenarios.FirstSeeds(10), sure()
	p.Against = &scoring.Mean{HelpfulAt: .9, NotHelpfulAt: .1, MinRatings: 8}
	p.Margins = map[string]float64{"flips": 0, "shift": 0}
	beside := run(t, p)
	if beside.Report.Verdict != Fail {
		t.Fatalf("%v: %+v", beside.Report.Verdict, beside.Report.Checks)
	}
	p.Base, p.Against, p.Seeds = beside.Base, nil, nil
	slices.Reverse(p.Base) // their order has no meaning
	file := run(t, p)
	if diff := cmp.Diff(beside.Report, file.Report, cmp.AllowUnexported(Check{})); diff != "" {
		t.Error(diff)
	}
	p.Base, p.Candidate = beside.Candidate, &scoring.Mean{HelpfulAt: .9, NotHelpfulAt: .1, MinRatings: 8}
	if back := run(t, p).Report; back.Verdict != Pass {
		t.Errorf("the other way round: %v: %+v", back.Verdict, back.Checks)
	}
}

// While it cannot tell, a plan takes more seeds, of what it cannot tell alone,
// and no more than it may; the ones it has are not run again.
func TestMoreSeeds(t *testing.T) {
	const loose, tight = "expect: {recall: '>= 0'}\n", "expect: {shift: '<= 0.2'}\n"
	for _, c := range []struct {
		more, runs int
	}{{0, 3 + 3}, {4, 4 + 4}, {5, 5 + 5}, {100, 0}} {
		if c.more == 100 && os.Getenv("RINGWATCH_LONG") == "" {
			continue // one of the longer checks
		}
		p := plan(scenario(t, "loose", loose), scenario(t, "tight", tight))
		p.Seeds, p.MoreSeeds = scenarios.FirstSeeds(3), c.more
		done := run(t, p)
		if c.runs > 0 && len(done.Candidate) != c.runs {
			t.Errorf("up to %d seeds: %d runs; want %d", c.more, len(done.Candidate), c.runs)
		}
		seen := make(map[string]int)
		for _, o := range done.Candidate {
			seen[fmt.Sprint(o.Scenario, o.Seed)]++
			seen[o.Scenario]++
		}
		for at, n := range seen {
			if n > 1 && at != "loose" && at != "tight" {
				t.Errorf("%s was run %d times", at, n)
			}
		}
		if c.more == 100 && (done.Report.Verdict == Inconclusive || seen["loose"] > 12 || done.Report.Looks != 7) {
			t.Errorf("%v after %v, %d looks", done.Report.Verdict, seen, done.Report.Looks)
		}
		if len(done.Report.Checks) != 2 || done.Report.Checks[0].Scenario != "loose" {
			t.Errorf("checks %+v", done.Report.Checks)
		}
	}
}

// Extending keeps seeds in their order, so that numbers that were run stay.
func TestExtend(t *testing.T) {
	if got := extend([]uint64{3, 1}, 5); !slices.Equal(got, []uint64{3, 1, 2, 4, 5}) {
		t.Error(got)
	}
}

// mute is a scorer that scores nothing.
type mute struct{ scoring.Mean }

func (m *mute) Score(ctx context.Context, in scoring.Input) (*scoring.Result, error) {
	r, err := m.Mean.Score(ctx, in)
	for i := range r.Item {
		r.Item[i] = float32(math.NaN())
	}
	return r, err
}

// What leaves nothing to judge is no pass, and is refused before it is run.
func TestPlanRefuses(t *testing.T) {
	a := scenario(t, "a", "expect: {recall: '>= .1'}\n")
	good := plan(a)
	good.Against = a.Scorer
	base := run(t, good).Base
	changed := func(change func(o *scenarios.Outcome)) []scenarios.Outcome {
		all := slices.Clone(base)
		change(&all[1])
		return all
	}
	for _, c := range []struct {
		want string
		plan *Plan
	}{
		{"there is no scenario to judge by", &Plan{}},
		{"there is no seed to run at", &Plan{Scenarios: []*scenarios.Scenario{a}, Seeds: []uint64{}}},
		{"two scenarios are called a", &Plan{Scenarios: []*scenarios.Scenario{a, a}}},
		{"the baseline holds no outcomes", &Plan{Scenarios: []*scenarios.Scenario{a}, Base: []scenarios.Outcome{}}},
		{"either outcomes or a second scorer", &Plan{Scenarios: []*scenarios.Scenario{a}, Base: base, Against: sure()}},
		{"nothing to judge by", &Plan{Scenarios: []*scenarios.Scenario{scenario(t, "a", "")}}},
		{"an axis along scorer", &Plan{Scenarios: []*scenarios.Scenario{scenario(t, "a", "axes: {scorer: [mean]}\n")},
			Candidate: sure()}},
		{"the baseline has no outcome of b", &Plan{Scenarios: []*scenarios.Scenario{scenario(t, "b", "")}, Base: base}},
		{"the baseline has no outcome of a at seed 6",
			&Plan{Scenarios: []*scenarios.Scenario{a}, Base: base, Seeds: scenarios.FirstSeeds(6)}},
		{`version "2" made the baseline's outcome of a at seed 2, and this is 1; make it again`,
			&Plan{Scenarios: []*scenarios.Scenario{a}, Base: changed(func(o *scenarios.Outcome) { o.Version = "2" })}},
		{"does not say what was run", &Plan{Scenarios: []*scenarios.Scenario{a},
			Base: changed(func(o *scenarios.Outcome) { o.Recipe = nil })}},
		{"the baseline has two outcomes for [\"a\",null] at seed 1",
			&Plan{Scenarios: []*scenarios.Scenario{a}, Base: changed(func(o *scenarios.Outcome) { o.Seed = 1 })}},
		{"another scenario: there and here, attacks.1.burst.accounts is 11 and 10; make it again",
			&Plan{Scenarios: []*scenarios.Scenario{a}, Base: changed(func(o *scenarios.Outcome) {
				o.Recipe = json.RawMessage(strings.Replace(string(o.Recipe), `"accounts":10`, `"accounts":11`, 1))
			})}},
		{"scored no item of a at seed 1",
			&Plan{Scenarios: []*scenarios.Scenario{a}, Candidate: &mute{*scoring.NewMean()}}},
		{"no outcome has the measure of the limit silenced.club <= 1", &Plan{Scenarios: []*scenarios.Scenario{a},
			Options: Options{Limits: []scenarios.Limit{{Measure: "silenced.club", Op: "<=", Value: 1}}}}},
	} {
		limits := c.plan.Limits
		c.plan.Version, c.plan.Options = "1", DefaultOptions()
		c.plan.Limits = limits
		if _, err := c.plan.Run(t.Context(), nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v; want %s", err, c.want)
		}
	}
}

// A measure that the candidate leaves undefined where the baseline has it is no
// pass, however good it is elsewhere.
func TestUndefinedIsNoPass(t *testing.T) {
	base := outcomes("s", "shift", .5, .5, .5, .5, .5, .5, .5, .5)
	r := judge(t, nil, outcomes("s", "shift", math.NaN(), .4, .4, .4, .4, .4, .4, .4), base)
	if r.Verdict != Inconclusive || !strings.Contains(r.Checks[0].Note, "(seeds: 1)") {
		t.Errorf("%v: %+v", r.Verdict, r.Checks)
	}
}

// The self-test passes for a gate that works and fails for one that does not
// look.
func TestSelfTest(t *testing.T) {
	p := plan(scenario(t, "a", ""))
	got, err := p.SelfTest(t.Context(), nil)
	if err != nil || !got.Passed() || got.Unchanged.Verdict != Pass || got.Worse.Verdict != Fail {
		t.Fatalf("%+v, %v", got, err)
	}
	maps.DeleteFunc(p.Margins, func(name string, _ float64) bool { return name != "recall" })
	if got, err = p.SelfTest(t.Context(), nil); err != nil || got.Passed() {
		t.Errorf("a gate that looks at recall alone: %+v, %v", got, err)
	}
	null, err := scenarios.Parse("null.yaml", []byte("world:\n  organic: {raters: 100, items: 50, ratings: 900}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plan(null).SelfTest(t.Context(), nil); err == nil ||
		!strings.Contains(err.Error(), "no scenario attacks") {
		t.Errorf("without an attack: %v", err)
	}
}

// That an attack must have an effect is no limit on another scorer than the
// scenario's own: one that withstands it does not fail.
func TestNoFailForWithstanding(t *testing.T) {
	s := scenario(t, "a", "expect: {shift: '>= 0.9', recall: '>= 0.01'}\n")
	p := plan(s)
	p.Seeds = scenarios.FirstSeeds(6)
	if r := run(t, p).Report; r.Verdict != Fail || len(r.Checks) != 2 {
		t.Errorf("the scenario's own scorer: %v of %d checks", r.Verdict, len(r.Checks))
	}
	p.Candidate = &scoring.Mean{HelpfulAt: .7, NotHelpfulAt: .3, MinRatings: 5}
	if r := run(t, p).Report; r.Verdict == Fail || len(r.Checks) != 1 || r.Checks[0].Limit.Measure != "recall" {
		t.Errorf("another: %v of %+v", r.Verdict, r.Checks)
	}
	if len(s.Expect) != 2 {
		t.Error("the scenario was changed")
	}
}
