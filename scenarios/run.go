package scenarios

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/simulate"
)

// Progress is told what is being done, and how much of it; total is 0 where
// unknown. It is called from one goroutine at a time and may be nil.
type Progress func(stage string, done, total int)

func (p Progress) in(phase string) Progress {
	if p == nil {
		return nil
	}
	return func(stage string, done, total int) { p(phase+": "+stage, done, total) }
}

// Run makes the world, injects the attacks, and scores the honest ratings
// (clean), all ratings (attacked), and all ratings with the raters of the
// rings that were found given the defence's weight (defended). Attacked and
// defended scores start from the clean ones, as a site's do from yesterday's,
// so that differences are the ratings' and not the solver's.
func (s *Scenario) Run(ctx context.Context, seed uint64, progress Progress) (*Experiment, error) {
	w, err := s.Simulate(ctx, seed)
	if err != nil {
		return nil, err
	}
	x := &Experiment{Scenario: s, World: w}
	score := func(phase string, in scoring.Input) (*scoring.Result, error) {
		in.Start, in.Seed, in.Progress = x.Clean, seed, progress.in(phase)
		return s.Scorer.Score(ctx, in)
	}
	if x.Clean, err = score("clean", scoring.Input{Ratings: w.Ratings.Prefix(w.Honest)}); err != nil {
		return nil, err
	}
	if x.Attacked, err = score("attacked", scoring.Input{Ratings: w.Ratings}); err != nil {
		return nil, err
	}
	x.Findings, err = detect.Run(ctx, detect.Input{Ratings: w.Ratings, Seed: seed, Progress: progress.in("looking for rings")}, s.Detectors)
	if err != nil {
		return nil, err
	}
	x.Defended = x.Attacked
	if len(x.Findings.Rings) > 0 {
		if x.Defended, err = score("defended", s.Defence.against(x.Findings.Rings, w.Ratings)); err != nil {
			return nil, err
		}
	}
	x.Outcome = Outcome{Scenario: s.Name, Point: s.Point, Scorer: s.Scorer.Name(), Detector: s.detectorName(),
		Seed: seed, Measures: x.measure(), Warnings: x.warnings()}
	return x, nil
}

// Simulate makes the world and injects the attacks. Each has a random stream
// of its own: adding an attack changes neither the world nor those before it.
func (s *Scenario) Simulate(ctx context.Context, seed uint64) (*simulate.World, error) {
	w, err := s.world(ctx, seed)
	if err != nil {
		return nil, err
	}
	seen := make(map[string]int)
	for _, a := range s.Attacks {
		seen[a.Name()]++
		component := fmt.Sprintf("attack %s %d", a.Name(), seen[a.Name()])
		if err := a.Inject(simulate.Stream(seed, component), w); err != nil {
			return nil, fmt.Errorf("%s: %w", s.origin(), err)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func (s *Scenario) world(ctx context.Context, seed uint64) (*simulate.World, error) {
	if s.World.Organic != nil {
		w, err := s.World.Organic.Generate(ctx, seed)
		if err != nil && ctx.Err() == nil {
			err = fmt.Errorf("%s: %w", s.origin(), err)
		}
		return w, err
	}
	read := s.World.Read
	read.Notes = s.Scorer.Doc().Notes || slices.ContainsFunc(s.Detectors, func(d detect.Detector) bool { return d.Doc().Official })
	read.Texts = s.Scorer.Doc().Texts
	t, _, err := rating.Read(ctx, []string{s.path()}, read)
	if err != nil {
		return nil, err
	}
	return simulate.FromRatings(t), nil
}

func (x *Experiment) warnings() []string {
	all := slices.Clone(x.Findings.Warnings)
	for _, r := range []*scoring.Result{x.Clean, x.Attacked, x.Defended} {
		for _, w := range r.Warnings {
			if !slices.Contains(all, w) {
				all = append(all, w)
			}
		}
	}
	return all
}

func (x *Experiment) measure() map[string]float64 {
	values := make(map[string]float64)
	for _, m := range Measures {
		if v := m.of(x); !math.IsNaN(v) && !math.IsInf(v, 0) {
			values[m.Name] = v
		}
	}
	return values
}
