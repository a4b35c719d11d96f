package gate

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/scenarios"
)

// A Verdict is what can be said of a limit, or of all of them.
type Verdict uint8

const (
	Pass         Verdict = iota // the limit is kept, and not by luck
	Inconclusive                // these seeds cannot tell
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

// Sorted returns the checks with what matters first: fails, then the
// inconclusive, then passes; in their order within each.
func (r *Report) Sorted() []Check {
	all := slices.Clone(r.Checks)
	slices.SortStableFunc(all, func(a, b Check) int { return cmp.Compare(b.Verdict, a.Verdict) })
	return all
}
