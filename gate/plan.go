package gate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ringwatch/ringwatch/scenarios"
	"github.com/ringwatch/ringwatch/scoring"
)

// A Plan is what a gate runs: scenarios with a candidate, held against limits
// and against a baseline, which is either a second scorer in the same worlds or
// the outcomes of an earlier run.
type Plan struct {
	Scenarios []*scenarios.Scenario
	Candidate scoring.Scorer      // in place of the scenarios' own; nil for these
	Against   scoring.Scorer      // the baseline, run side by side; or nil
	Base      []scenarios.Outcome // the baseline, run before; or nil
	// Seeds are those to run at. Nil takes those of Base, or what the scenarios
	// say.
	Seeds []uint64
	// MoreSeeds is how many seeds a scenario may take where fewer do not tell:
	// it is run at twice as many, and again, until all of its checks have a
	// verdict. Each time is tested at Alpha over the number of times that there
	// can be, so that looking again does not make false verdicts more likely.
	MoreSeeds int
	Version   string // of Ringwatch; outcomes of another are no baseline
	Options
}

// A Done is what a plan came to.
type Done struct {
	Report    *Report
	Candidate []scenarios.Outcome // in the order of the scenarios, points and seeds of each look
	Base      []scenarios.Outcome // of Against
}

// Run runs the plan. It is an error if there is nothing to run, if the baseline
// is of something else, or if a scorer gives no score at all; none of these is
// a verdict.
func (p *Plan) Run(ctx context.Context, progress scenarios.Progress) (*Done, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	seeds, err := p.seeds()
	if err != nil {
		return nil, err
	}
	looks := p.looks(seeds)
	o := p.Options
	o.Alpha /= float64(looks)
	done := &Done{Report: &Report{Alpha: p.Alpha, Looks: looks, Version: p.Version}}
	undecided := p.Scenarios
	for look := 1; len(undecided) > 0; look++ {
		fresh, err := p.jobs(undecided, seeds, done.Candidate)
		if err != nil {
			return nil, err
		}
		if len(fresh) == 0 {
			return nil, errors.New("there is nothing to run")
		}
		if err := p.foreign(fresh); err != nil {
			return nil, err
		}
		if err := p.sweep(ctx, fresh, done, progress); err != nil {
			return nil, err
		}
		r, err := p.judge(undecided, done, o, look == 1)
		if err != nil {
			return nil, err
		}
		done.Report.take(r)
		undecided = open(undecided, r)
		if r.Verdict != Inconclusive || look == looks {
			break
		}
		for _, s := range undecided {
			seeds[s.Name] = extend(seeds[s.Name], min(2*len(seeds[s.Name]), p.most(s)))
		}
	}
	done.Report.finish(p, done)
	return done, nil
}

// check reports what makes a plan void.
func (p *Plan) check() error {
	switch {
	case len(p.Scenarios) == 0:
		return errors.New("there is no scenario to judge by")
	case p.Seeds != nil && len(p.Seeds) == 0:
		return errors.New("there is no seed to run at")
	case p.Against != nil && p.Base != nil:
		return errors.New("a baseline is either outcomes or a second scorer, not both")
	case p.Base != nil && len(p.Base) == 0:
		return errors.New("the baseline holds no outcomes")
	}
	names := make(map[string]bool)
	for _, s := range p.Scenarios {
		if names[s.Name] {
			return fmt.Errorf("two scenarios are called %s; outcomes could not be told apart", s.Name)
		}
		names[s.Name] = true
		if len(s.Seeds) == 0 && p.Seeds == nil {
			return fmt.Errorf("%s has no seeds", s.Name)
		}
		if p.Candidate == nil {
			continue
		}
		for _, a := range s.Axes {
			if a.Path == "scorer" || strings.HasPrefix(a.Path, "scorer.") {
				return fmt.Errorf("%s has an axis along %s, which a scorer given beside it would undo", s.Name, a.Path)
			}
		}
	}
	return nil
}

// jobs lists what has not been run yet, with the candidate and what it is
// beside.
func (p *Plan) jobs(of []*scenarios.Scenario, seeds map[string][]uint64,
	done []scenarios.Outcome) ([]scenarios.Job, error) {
	have := make(map[pairing]bool)
	for k := range done {
		at, err := pairingOf(&done[k])
		if err != nil {
			return nil, err
		}
		have[at] = true
	}
	var fresh []scenarios.Job
	for _, s := range of {
		jobs, err := scenarios.Jobs([]*scenarios.Scenario{s}, seeds[s.Name])
		if err != nil {
			return nil, err
		}
		for _, j := range jobs {
			at, err := pairingOf(&scenarios.Outcome{Scenario: s.Name, Point: j.Scenario.Point, Seed: j.Seed})
			if err != nil {
				return nil, err
			}
			if have[at] {
				continue
			}
			if p.Candidate != nil {
				j.Scenario.Scorer = p.Candidate
			}
			if p.Against != nil {
				j.Beside = []scoring.Scorer{p.Against}
			}
			fresh = append(fresh, j)
		}
	}
	return fresh, nil
}

// foreign reports what makes the outcomes of Base no baseline of jobs: that it
// lacks one, or that another version or another attack made it.
func (p *Plan) foreign(jobs []scenarios.Job) error {
	if p.Base == nil {
		return nil
	}
	found := make(map[pairing]*scenarios.Outcome)
	for k := range p.Base {
		at, err := pairingOf(&p.Base[k])
		if err != nil {
			return err
		}
		if found[at] != nil {
			return fmt.Errorf("the baseline has two outcomes for %s", at)
		}
		found[at] = &p.Base[k]
	}
	for _, j := range jobs {
		at, err := pairingOf(&scenarios.Outcome{Scenario: j.Scenario.Name, Point: j.Scenario.Point, Seed: j.Seed})
		if err != nil {
			return err
		}
		b := found[at]
		where := fmt.Sprintf("%s at seed %d",
			(&cell{scenario: j.Scenario.Name, point: j.Scenario.Point}).where(), j.Seed)
		const again = "make it again with this version and these scenarios"
		switch {
		case b == nil:
			return fmt.Errorf("the baseline has no outcome of %s; %s", where, again)
		case b.Version != p.Version && p.Version != "":
			return fmt.Errorf("version %q made the baseline's outcome of %s, and this is %s; %s",
				b.Version, where, p.Version, again)
		case len(b.Recipe) == 0:
			return fmt.Errorf("the baseline's outcome of %s does not say what was run; %s", where, again)
		}
		if differ := scenarios.Differences(b.Recipe, j.Scenario.Recipe(), 3, "world", "attacks"); len(differ) > 0 {
			return fmt.Errorf("the baseline's %s is another scenario: there and here, %s; %s", where,
				strings.Join(differ, ", "), again)
		}
	}
	return nil
}

// sweep runs jobs and adds their outcomes to what is done.
func (p *Plan) sweep(ctx context.Context, jobs []scenarios.Job, done *Done, progress scenarios.Progress) error {
	n := 0
	for o, err := range scenarios.Sweep(ctx, jobs, progress) {
		if err != nil {
			return err
		}
		if o.Measures["scored"] == 0 {
			return fmt.Errorf("the scorer %s scored no item of %s at seed %d; that is not judged",
				o.Scorer, o.Scenario, o.Seed)
		}
		o.Version = p.Version
		if p.Against != nil && n%2 == 1 {
			done.Base = append(done.Base, o)
		} else {
			done.Candidate = append(done.Candidate, o)
		}
		n++
	}
	return nil
}

// judge judges what has been run of some scenarios.
func (p *Plan) judge(of []*scenarios.Scenario, done *Done, o Options, all bool) (*Report, error) {
	these := func(all []scenarios.Outcome) (some []scenarios.Outcome) {
		for _, x := range all {
			if slices.ContainsFunc(of, func(s *scenarios.Scenario) bool { return s.Name == x.Scenario }) {
				some = append(some, x)
			}
		}
		return some
	}
	base := done.Base
	if p.Base != nil {
		base = p.Base
	}
	candidate := these(done.Candidate)
	if !all { // a limit may be on a measure that only others have
		o.Limits = slices.DeleteFunc(slices.Clone(o.Limits), func(l scenarios.Limit) bool {
			return !slices.ContainsFunc(candidate,
				func(x scenarios.Outcome) bool { _, ok := x.Measures[l.Measure]; return ok })
		})
	}
	if base != nil {
		base = these(base)
	}
	return Judge(p.limiting(of), candidate, base, o)
}

// limiting returns scenarios with what limits a scorer. Some expect an attack to
// have an effect (shift: ">= 0.1"), so that they do not go stale unseen. That is
// theirs to say of their own scorer; a better one must not fail for it.
func (p *Plan) limiting(all []*scenarios.Scenario) []*scenarios.Scenario {
	if p.Candidate == nil && p.Against == nil && p.Base == nil {
		return all
	}
	var some []*scenarios.Scenario
	for _, s := range all {
		of := *s
		of.Expect = slices.DeleteFunc(slices.Clone(s.Expect), asksForHarm)
		some = append(some, &of)
	}
	return some
}

// asksForHarm reports a limit from the wrong side.
func asksForHarm(l scenarios.Limit) bool {
	return slices.ContainsFunc(scenarios.Measures, func(m scenarios.Measure) bool {
		return m.Name == l.Measure && (m.Better == "lower") == (l.Op[0] == '>')
	})
}

// open returns the scenarios of which a check is inconclusive.
func open(all []*scenarios.Scenario, r *Report) []*scenarios.Scenario {
	var some []*scenarios.Scenario
	for _, s := range all {
		if slices.ContainsFunc(r.Checks, func(c Check) bool {
			return c.Scenario == s.Name && c.Verdict == Inconclusive
		}) {
			some = append(some, s)
		}
	}
	return some
}

// take replaces the checks of the scenarios that were judged again.
func (r *Report) take(again *Report) {
	judged := make(map[string]bool)
	for _, c := range again.Checks {
		judged[c.Scenario] = true
	}
	r.Checks = slices.DeleteFunc(r.Checks, func(c Check) bool { return judged[c.Scenario] })
	r.Checks = append(r.Checks, again.Checks...)
}

// finish puts checks in the order of the scenarios and says what was held
// against what.
func (r *Report) finish(p *Plan, done *Done) {
	place := make(map[string]int)
	file := make(map[string]*scenarios.Scenario)
	for k, s := range p.Scenarios {
		place[s.Name], file[s.Name] = k, s
	}
	slices.SortStableFunc(r.Checks, func(a, b Check) int { return place[a.Scenario] - place[b.Scenario] })
	r.Verdict = Pass
	for k := range r.Checks {
		c := &r.Checks[k]
		r.Verdict = max(r.Verdict, c.Verdict)
		c.File, c.Line = file[c.Scenario].File(), 1
		if !c.Compared {
			c.Line = file[c.Scenario].Line(c.Limit.Measure)
		}
	}
	for _, s := range p.Scenarios {
		if !slices.ContainsFunc(r.Checks, func(c Check) bool { return c.Scenario == s.Name }) {
			r.Warnings = append(r.Warnings, s.Name+" was run but not judged: it expects nothing, "+
				"and nothing is compared")
		}
	}
	seeds := make(map[uint64]bool)
	var warnings []string
	for _, o := range done.Candidate {
		seeds[o.Seed] = true
		for _, w := range o.Warnings {
			warnings = append(warnings, o.Scenario+": "+w)
		}
	}
	r.Warnings = append(r.Warnings, alike(warnings)...)
	r.Seeds = slices.Sorted(maps.Keys(seeds))
	r.Runs = len(done.Candidate)
	r.Candidate = scorersOf(done.Candidate)
	base := done.Base
	if p.Base != nil {
		base = p.Base
	}
	r.Baseline = scorersOf(base)
}

// scorersOf lists the scorers of outcomes, with their options.
func scorersOf(all []scenarios.Outcome) []string {
	var names []string
	for k := range all {
		if name := all[k].ScorerText(); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
