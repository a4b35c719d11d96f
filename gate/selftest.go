package gate

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/scenarios"
	"github.com/ringwatch/ringwatch/scoring"
)

// A SelfTest is what a gate says of a change that changes nothing, and of one
// that is known to be worse.
type SelfTest struct {
	Unchanged, Worse *Report
}

// Passed reports whether the gate lets the first pass, or cannot tell, and
// fails the second.
func (s *SelfTest) Passed() bool { return s.Unchanged.Verdict != Fail && s.Worse.Verdict == Fail }

// SelfTest runs the plan's scenarios with the candidate three times: as it is,
// once more, and with a regression planted, and judges the second and the third
// against the first. The regression is a scorer that adds the plain mean of the
// ratings to each score, so an attack that moves the mean moves it further.
func (p *Plan) SelfTest(ctx context.Context, progress scenarios.Progress) (*SelfTest, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	var jobs []scenarios.Job
	for _, s := range p.Scenarios {
		of, err := scenarios.Jobs([]*scenarios.Scenario{s}, p.Seeds)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, of...)
	}
	for k := range jobs {
		s := jobs[k].Scenario
		if p.Candidate != nil {
			s.Scorer = p.Candidate
		}
		jobs[k].Beside = []scoring.Scorer{s.Scorer, &gullible{s.Scorer}}
	}
	var outcomes [3][]scenarios.Outcome
	n := 0
	for o, err := range scenarios.Sweep(ctx, jobs, progress) {
		if err != nil {
			return nil, err
		}
		outcomes[n%3] = append(outcomes[n%3], o)
		n++
	}
	if n == 0 {
		return nil, errors.New("there is nothing to run")
	}
	if !slices.ContainsFunc(outcomes[0], func(o scenarios.Outcome) bool { _, ok := o.Measures["shift"]; return ok }) {
		return nil, errors.New("no scenario attacks an item, so that no scorer can be worse; name one that does")
	}
	var t SelfTest
	var err error
	if t.Unchanged, err = Judge(nil, outcomes[1], outcomes[0], p.Options); err != nil {
		return nil, err
	}
	t.Worse, err = Judge(nil, outcomes[2], outcomes[0], p.Options)
	return &t, err
}

// gullible is a scorer that also believes the plain mean.
type gullible struct{ scoring.Scorer }

func (g *gullible) Name() string { return g.Scorer.Name() + " and the plain mean" }

func (g *gullible) Score(ctx context.Context, in scoring.Input) (*scoring.Result, error) {
	r, err := g.Scorer.Score(ctx, in)
	if err != nil {
		return nil, err
	}
	sum, n := make([]float64, len(r.Item)), make([]float64, len(r.Item))
	for k, i := range in.Ratings.Item {
		w := 1.0
		if in.Weight != nil {
			w = float64(in.Weight[in.Ratings.Rater[k]])
		}
		sum[i] += w * float64(in.Ratings.Value[k])
		n[i] += w
	}
	out := *r
	out.Item = make([]float32, len(r.Item))
	for i, score := range r.Item {
		out.Item[i] = float32(float64(score) + sum[i]/math.Max(n[i], 1))
	}
	return &out, nil
}
