package detect

import (
	"context"
	"errors"
	"fmt"
)

// Run lets the detectors propose groups, in their order, against one fitted
// null, judges them by one rule, and returns one list: a group that several
// detectors found is one ring that names them all.
//
// The same ratings and seed give the same findings for any GOMAXPROCS and any
// order of rows. Memory is about 60 bytes a rating. It returns ctx's error when
// stopped.
func Run(ctx context.Context, in Input, detectors []Detector) (*Findings, error) {
	if official, others := apart(detectors); len(official) > 0 {
		return runOfficial(ctx, in, official, others)
	}
	_, f, err := run(ctx, in, detectors)
	return f, err
}

// run is Run without official detectors, with the engine that it used.
func run(ctx context.Context, in Input, detectors []Detector) (*engine, *Findings, error) {
	e, err := newEngine(ctx, in)
	if err != nil {
		return nil, nil, err
	}
	in.shared = e
	var names []string
	var notRun []NotRun
	for _, d := range detectors {
		part, err := d.Detect(ctx, in)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", d.Name(), err)
		}
		// A detector that judges by itself has its rings judged here once more.
		for _, r := range part.Rings {
			if err := e.propose(ctx, d.Name(), [][]int32{r.Raters}); err != nil {
				return nil, nil, err
			}
		}
		if e.warnings = append(e.warnings, part.Warnings...); len(part.NotRun) > 0 {
			notRun = append(notRun, part.NotRun...)
			continue
		}
		names = append(names, d.Name())
	}
	f := e.findings()
	f.Detectors, f.NotRun = names, notRun
	return e, f, ctx.Err()
}

// propose is the body of a detector that only proposes groups: inside Run it
// hands them to the judge that all share, alone it runs by itself.
func (in Input) propose(ctx context.Context, d Detector, seeds func(e *engine) ([][]int32, error)) (*Findings, error) {
	e := in.shared
	if e == nil {
		return Run(ctx, in, []Detector{d})
	}
	groups, err := seeds(e)
	if err == errNoTimes {
		return &Findings{NotRun: []NotRun{{d.Name(), err.Error()}}}, nil
	}
	if err != nil {
		return nil, err
	}
	return &Findings{}, e.propose(ctx, d.Name(), groups)
}

// errNoTimes is why a detector that goes by time did not run.
var errNoTimes = errors.New("the ratings have no times")
