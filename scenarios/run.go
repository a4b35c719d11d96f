package scenarios

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/goccy/go-yaml/ast"

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
	all, err := s.RunEach(ctx, seed, []scoring.Scorer{s.Scorer}, progress)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// RunEach is Run with each of several scorers in place of the scenario's own.
// They share the world and the rings, which are most of the work.
func (s *Scenario) RunEach(ctx context.Context, seed uint64, scorers []scoring.Scorer,
	progress Progress) ([]*Experiment, error) {
	w, err := s.Simulate(ctx, seed)
	if err != nil {
		return nil, err
	}
	shared := Experiment{World: w}
	shared.Findings, err = detect.Run(ctx,
		detect.Input{Ratings: w.Ratings, Seed: seed, Progress: progress.in("looking for rings")}, s.Detectors)
	if err != nil {
		return nil, err
	}
	if shared.defence, _, err = s.Defence.Against(ctx,
		detect.Input{Ratings: w.Ratings, Seed: seed, Progress: progress.in("defending")}, shared.Findings); err != nil {
		return nil, err
	}
	if s.Looks > 0 {
		if shared.looks, err = s.look(ctx, w, seed, progress); err != nil {
			return nil, err
		}
	}
	var all []*Experiment
	for _, scorer := range scorers {
		x, of := shared, *s
		of.Scorer = scorer
		x.Scenario = &of
		if err := x.score(ctx, seed, progress); err != nil {
			return nil, err
		}
		all = append(all, &x)
	}
	return all, nil
}

// score scores the three worlds and measures.
func (x *Experiment) score(ctx context.Context, seed uint64, progress Progress) (err error) {
	s, w := x.Scenario, x.World
	score := func(phase string, in scoring.Input) (*scoring.Result, error) {
		in.Start, in.Seed, in.Progress = x.Clean, seed, progress.in(phase)
		return s.Scorer.Score(ctx, in)
	}
	if x.Clean, err = score("clean", scoring.Input{Ratings: w.Ratings.Prefix(w.Honest)}); err != nil {
		return err
	}
	if x.Attacked, err = score("attacked", scoring.Input{Ratings: w.Ratings}); err != nil {
		return err
	}
	x.Defended = x.Attacked
	if x.acts() {
		if x.Defended, err = score("defended", x.defence); err != nil {
			return err
		}
	}
	x.Outcome = Outcome{Scenario: s.Name, Point: s.Point, Scorer: s.Scorer.Name(), Detector: s.detectorName(),
		Seed: seed, Measures: x.measure(), Warnings: x.warnings(), Recipe: s.Recipe()}
	return nil
}

// acts reports whether the defence changes anything that a scorer sees.
func (x *Experiment) acts() bool {
	in := &x.defence
	return in.Ratings != x.World.Ratings || in.RowWeight != nil || slices.Contains(in.Correlated, true) ||
		slices.ContainsFunc(in.Weight, func(w float32) bool { return w < 1 })
}

// Simulate makes the world and injects the attacks. Each has a random stream
// of its own: adding an attack changes neither the world nor those before it.
func (s *Scenario) Simulate(ctx context.Context, seed uint64) (*simulate.World, error) {
	return s.SimulateIn(ctx, seed, nil)
}

// SimulateIn is Simulate with the ratings of an organic world in a room, see
// simulate.Organic.GenerateIn; real ones are in memory.
func (s *Scenario) SimulateIn(ctx context.Context, seed uint64,
	room func(name string, bytes int) ([]byte, error)) (*simulate.World, error) {
	w, err := s.world(ctx, seed, room)
	if err != nil {
		return nil, err
	}
	seen := make(map[string]int)
	for k, a := range s.Attacks {
		seen[a.Name()]++
		component := fmt.Sprintf("attack %s %d", a.Name(), seen[a.Name()])
		if err := a.Inject(simulate.Stream(seed, component), w); err != nil {
			return nil, s.atAttack(k, err)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// atAttack says where in the text the k-th attack stands, if it stands there.
func (s *Scenario) atAttack(k int, err error) error {
	if s.body != nil {
		if seq, ok := entry(s.body, "attacks").(*ast.SequenceNode); ok && len(seq.Values) == len(s.Attacks) {
			return (&decoder{s.file}).errorf(seq.Values[k], "%w", err)
		}
	}
	return fmt.Errorf("%s: %w", s.origin(), err)
}

func (s *Scenario) world(ctx context.Context, seed uint64,
	room func(name string, bytes int) ([]byte, error)) (*simulate.World, error) {
	if s.World.Organic != nil {
		w, err := s.World.Organic.GenerateIn(ctx, seed, room)
		if err != nil && ctx.Err() == nil {
			err = fmt.Errorf("%s: %w", s.origin(), err)
		}
		return w, err
	}
	read := s.World.Read
	// Attacks give reasons and write items where the data knows of such.
	read.Notes = len(s.Attacks) > 0 || s.Scorer.Doc().Notes ||
		slices.ContainsFunc(s.Detectors, func(d detect.Detector) bool { return d.Doc().Notes })
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
