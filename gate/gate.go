package gate

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/scenarios"
)

// A Verdict is what can be said of a limit, or of all of them.
type Verdict uint8

const (
	Pass Verdict = iota
	Inconclusive
	Fail
)

func (v Verdict) String() string { return [...]string{"pass", "inconclusive", "fail"}[v] }

// MarshalText is String.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// A Check is one limit and what the outcomes say of it.
type Check struct {
	Scenario string         `json:"scenario"`
	Point    map[string]any `json:"point,omitempty"`
	// Limit is on the measure's mean or, where Compared, on the mean of the
	// candidate's value less the baseline's at the same seed.
	Limit    scenarios.Limit `json:"limit"`
	Compared bool            `json:"compared"`
	Seeds    int             `json:"seeds"` // at which the measure, or the pair, is defined

	Baseline  float64 `json:"baseline"` // means over these seeds; Baseline is 0 unless Compared
	Candidate float64 `json:"candidate"`
	Worst     uint64  `json:"worst"` // the seed that is furthest on the wrong side

	// Low and High are the ends of an interval for what the limit is on, each
	// passed with chance Alpha at most; nil where there are too few seeds.
	Low  *float64 `json:"low"`
	High *float64 `json:"high"`
	// P is the chance of a sample as far beyond any limit of the run if none is
	// broken; P <= Alpha (over Looks, if there are several) is a fail.
	P       float64 `json:"p"`
	Verdict Verdict `json:"verdict"`
	Need    int     `json:"need,omitempty"` // if inconclusive: about how many seeds would tell; 0 if none would
	Note    string  `json:"note,omitempty"`

	File string `json:"file,omitempty"` // of the scenario, and the line of the limit; see Plan
	Line int    `json:"line,omitempty"`

	missing int // seeds at which the baseline's measure is defined and the candidate's is not
}

// Difference is the candidate's mean less the baseline's.
func (c *Check) Difference() float64 { return c.Candidate - c.Baseline }

// A Report is the verdict on a candidate.
type Report struct {
	Verdict  Verdict  `json:"verdict"`
	Alpha    float64  `json:"alpha"`
	Seeds    []uint64 `json:"seeds"`
	Checks   []Check  `json:"checks"` // in the order of scenarios, points and limits
	Warnings []string `json:"warnings,omitempty"`

	Looks     int      `json:"looks,omitempty"`     // how often a plan may judge, each time at Alpha/Looks
	Runs      int      `json:"runs,omitempty"`      // of the candidate
	Candidate []string `json:"candidate,omitempty"` // its scorers with their options
	Baseline  []string `json:"baseline,omitempty"`
	Version   string   `json:"version,omitempty"` // of Ringwatch
}

// Count is the number of checks with a verdict.
func (r *Report) Count(v Verdict) int {
	n := 0
	for _, c := range r.Checks {
		if c.Verdict == v {
			n++
		}
	}
	return n
}

// Options say how strict the gate is.
type Options struct {
	Alpha float64 // highest share of runs in which a change that makes nothing worse fails; in (0, 0.5)
	// Margins say how much worse than the baseline's a measure may be, in its
	// unit. A measure that is not in it is not compared.
	Margins map[string]float64
	// Limits hold in every scenario, beside what it expects itself, at each
	// point at which their measure is defined.
	Limits []scenarios.Limit
}

// DefaultOptions are an Alpha of .05, and the margins of scenarios.Measures.
func DefaultOptions() Options {
	o := Options{Alpha: .05, Margins: make(map[string]float64)}
	for _, m := range scenarios.Measures {
		if m.Margin > 0 {
			o.Margins[m.Name] = m.Margin
		}
	}
	return o
}

// Judge holds a candidate's outcomes against what its scenarios expect and,
// unless base is nil, against a baseline's. Every outcome of the candidate must
// have one of the baseline's at the same scenario, point and seed. It is an
// error to ask for nothing: no outcomes, or no limit on any.
func Judge(all []*scenarios.Scenario, candidate, base []scenarios.Outcome, o Options) (*Report, error) {
	if !(o.Alpha > 0 && o.Alpha < .5) {
		return nil, fmt.Errorf("alpha is %g; it must be above 0 and below 0.5", o.Alpha)
	}
	if len(candidate) == 0 {
		return nil, fmt.Errorf("there are no outcomes to judge")
	}
	cells, seeds, err := gather(candidate, base)
	if err != nil {
		return nil, err
	}
	expect := make(map[string][]scenarios.Limit)
	for _, s := range all {
		expect[s.Name] = append(expect[s.Name], s.Expect...)
	}
	r := &Report{Alpha: o.Alpha, Seeds: seeds}
	used := make([]bool, len(o.Limits))
	var samples []sample
	add := func(c Check, s sample) {
		r.Checks, samples = append(r.Checks, c), append(samples, s)
	}
	for _, c := range cells {
		for _, l := range expect[c.scenario] {
			add(c.keeps(l))
		}
		for k, l := range o.Limits {
			if c.defines(l.Measure) {
				used[k] = true
				add(c.keeps(l))
			}
		}
		if base == nil {
			continue
		}
		for _, m := range scenarios.Measures {
			if margin, ok := o.Margins[m.Name]; ok && c.defines(m.Name) {
				add(c.compares(m, margin))
			}
		}
	}
	for k, l := range o.Limits {
		if !used[k] {
			return nil, fmt.Errorf("no outcome has the measure of the limit %s", l)
		}
	}
	if len(r.Checks) == 0 {
		return nil, fmt.Errorf("there is nothing to judge by: no scenario has an expect, and there is no baseline")
	}
	r.judge(samples, len(seeds))
	return r, nil
}

// A cell is one point of one scenario: its outcomes by the number of the seed.
type cell struct {
	scenario        string
	point           map[string]any
	seeds           []uint64 // of all cells; the numbers are places in it
	candidate, base []map[string]float64
}

// A pairing names an outcome among those of its side.
type pairing struct {
	place string // scenario and point, as JSON
	seed  uint64
}

func pairingOf(o *scenarios.Outcome) (pairing, error) {
	b, err := json.Marshal([]any{o.Scenario, o.Point})
	return pairing{string(b), o.Seed}, err
}

// gather puts outcomes into cells, in the order of the candidate's.
func gather(candidate, base []scenarios.Outcome) (cells []*cell, seeds []uint64, err error) {
	number := make(map[uint64]int)
	for _, o := range candidate {
		number[o.Seed] = 0
	}
	seeds = slices.Sorted(maps.Keys(number))
	for k, s := range seeds {
		number[s] = k
	}
	found := make(map[string]*cell)
	for k := range candidate {
		o := &candidate[k]
		at, err := pairingOf(o)
		if err != nil {
			return nil, nil, err
		}
		c := found[at.place]
		if c == nil {
			c = &cell{o.Scenario, o.Point, seeds, make([]map[string]float64, len(seeds)), make([]map[string]float64, len(seeds))}
			found[at.place] = c
			cells = append(cells, c)
		}
		if c.candidate[number[o.Seed]] != nil {
			return nil, nil, fmt.Errorf("the candidate has two outcomes for %s", at)
		}
		c.candidate[number[o.Seed]] = o.Measures
	}
	for k := range base {
		at, err := pairingOf(&base[k])
		if err != nil {
			return nil, nil, err
		}
		c, n := found[at.place], 0
		if c != nil {
			var ran bool
			n, ran = number[at.seed]
			if !ran || c.candidate[n] == nil {
				c = nil
			}
		}
		if c == nil {
			continue // the baseline may hold more than is run
		}
		if c.base[n] != nil {
			return nil, nil, fmt.Errorf("the baseline has two outcomes for %s", at)
		}
		c.base[n] = base[k].Measures
	}
	if base != nil {
		for _, c := range cells {
			for n, m := range c.candidate {
				if m != nil && c.base[n] == nil {
					return nil, nil, fmt.Errorf("the baseline has no outcome for %s at seed %d; make it again with the same scenarios and seeds",
						c.where(), seeds[n])
				}
			}
		}
	}
	return cells, seeds, nil
}

func (p pairing) String() string { return fmt.Sprintf("%s at seed %d", p.place, p.seed) }

func (c *cell) where() string {
	if len(c.point) == 0 {
		return c.scenario
	}
	b, _ := json.Marshal(c.point) // it was marshalled before
	return c.scenario + " at " + string(b)
}

// defines tells whether either side has the measure at any seed.
func (c *cell) defines(measure string) bool {
	has := func(m map[string]float64) bool { _, ok := m[measure]; return ok }
	return slices.ContainsFunc(c.candidate, has) || slices.ContainsFunc(c.base, has)
}

// A sample holds, by the number of the seed, how far beyond a limit the seed
// is; NaN where that is not defined. It is beyond or within by a touch at
// least, so that a limit is kept or broken by a value that equals it, as its
// operator says, and rounding errors do not matter.
type sample struct {
	beyond []float64
	n      int
	same   bool // candidate and baseline are equal at every seed
	alone  bool // the candidate's measure is defined where the baseline's is not
}

const touch = 1e-9

// keeps returns the check of what a scenario expects.
func (c *cell) keeps(l scenarios.Limit) (Check, sample) {
	return c.check(l, false)
}

// compares returns the check that the candidate is not worse than the baseline
// by more than a margin.
func (c *cell) compares(m scenarios.Measure, margin float64) (Check, sample) {
	l := scenarios.Limit{Measure: m.Name, Op: "<=", Value: margin}
	if m.Better == "higher" {
		l.Op, l.Value = ">=", -margin
	}
	return c.check(l, true)
}

func (c *cell) check(l scenarios.Limit, compared bool) (Check, sample) {
	check := Check{Scenario: c.scenario, Point: c.point, Limit: l, Compared: compared}
	s := sample{beyond: make([]float64, len(c.seeds)), same: compared}
	worst := math.Inf(-1)
	for n := range c.seeds {
		s.beyond[n] = math.NaN()
		x, ok := c.candidate[n][l.Measure]
		y := 0.0
		if compared {
			var there bool
			if y, there = c.base[n][l.Measure]; there && !ok {
				check.missing++
			}
			s.alone = s.alone || ok && !there
			ok = ok && there
		}
		if !ok {
			continue
		}
		s.n++
		s.same = s.same && x == y
		check.Candidate += x
		check.Baseline += y
		s.beyond[n] = beyond(l, x-y)
		if s.beyond[n] > worst {
			worst, check.Worst = s.beyond[n], c.seeds[n]
		}
	}
	if s.n > 0 {
		check.Candidate /= float64(s.n)
		check.Baseline /= float64(s.n)
	}
	check.Seeds = s.n
	return check, s
}

// beyond is how far v is on the wrong side of a limit.
func beyond(l scenarios.Limit, v float64) float64 {
	switch l.Op {
	case "<=":
		return v - l.Value - touch
	case "<":
		return v - l.Value + touch
	case ">=":
		return l.Value - v - touch
	}
	return l.Value - v + touch
}

// value undoes beyond, but for the touch.
func value(l scenarios.Limit, beyond float64) float64 {
	if l.Op == "<" || l.Op == ">" {
		beyond -= touch
	} else {
		beyond += touch
	}
	if l.Op[0] == '<' {
		return l.Value + beyond
	}
	return l.Value - beyond
}

// judge gives every check its verdict, and the whole.
func (r *Report) judge(samples []sample, seeds int) {
	var tested []int
	for k, s := range samples {
		c := &r.Checks[k]
		c.P = 1
		switch {
		case s.n == 0:
			c.Verdict, c.Note = Inconclusive, "not defined at any seed"
			if c.Compared {
				switch {
				case c.missing > 0:
					c.Note = "not defined for the candidate at any seed"
				case s.alone:
					c.Note = "not defined for the baseline at any seed"
				default:
					c.Note = "not defined for candidate and baseline at any seed"
				}
			}
		case s.same:
			c.Note = "the same at every seed"
			zero := 0.0
			c.Low, c.High = &zero, &zero
		default:
			tested = append(tested, k)
		}
	}
	f := newFlips(seeds)
	p := f.beyondAny(pick(samples, tested))
	for t, k := range tested {
		c, s := &r.Checks[k], samples[k]
		c.P = p[t]
		low, high, holds := f.interval(s, r.Alpha)
		if !math.IsInf(low, 0) {
			a, b := value(c.Limit, low), value(c.Limit, high)
			c.Low, c.High = ptr(min(a, b)), ptr(max(a, b))
		}
		switch {
		case c.P <= r.Alpha:
			c.Verdict = Fail
		case holds:
			c.Verdict = Pass
		default:
			c.Verdict, c.Need = Inconclusive, need(s, r.Alpha, len(tested))
		}
	}
	for k := range r.Checks {
		c := &r.Checks[k]
		if c.missing > 0 && c.Seeds > 0 {
			c.Note = fmt.Sprintf("not defined for the candidate where it is for the baseline (seeds: %d)", c.missing)
			c.Verdict = max(c.Verdict, Inconclusive)
		}
		r.Verdict = max(r.Verdict, c.Verdict)
	}
}

func ptr(v float64) *float64 { return &v }

func pick(all []sample, which []int) []sample {
	some := make([]sample, len(which))
	for i, k := range which {
		some[i] = all[k]
	}
	return some
}

// Sorted returns the checks with what matters first: fails, then the
// inconclusive, then passes; in their order within each.
func (r *Report) Sorted() []Check {
	all := slices.Clone(r.Checks)
	slices.SortStableFunc(all, func(a, b Check) int { return cmp.Compare(b.Verdict, a.Verdict) })
	return all
}
