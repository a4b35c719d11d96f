package gate

import (
	"math"

	"github.com/ringwatch/ringwatch/scenarios"
)

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

const touch = 1e-9 // within which a mean is at its limit: what rounding makes of sums

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

func pick(all []sample, which []int) []sample {
	some := make([]sample, len(which))
	for i, k := range which {
		some[i] = all[k]
	}
	return some
}
