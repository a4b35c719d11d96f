package detect

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Run lets the detectors propose groups, in their order, against one fitted
// null, judges them by one rule, and returns one list: a group that several
// detectors found is one ring that names them all. What official detectors find
// stands beside it.
//
// The same ratings and seed give the same findings for any GOMAXPROCS and any
// order of rows. Memory is about 60 bytes a rating. It returns ctx's error when
// stopped.
func Run(ctx context.Context, in Input, detectors []Detector) (*Findings, error) {
	official, judged := apart(detectors)
	f := &Findings{}
	if len(judged) > 0 || len(official) == 0 {
		var err error
		if _, f, err = run(ctx, in, judged); err != nil {
			return nil, err
		}
	}
	for _, d := range official {
		if err := f.stand(ctx, in, d); err != nil {
			return nil, err
		}
	}
	if len(official) > 0 {
		strongestFirst(f.Rings)
	}
	return f, ctx.Err()
}

// apart parts the official detectors from those that share a judge.
func apart(detectors []Detector) (official, judged []Detector) {
	for _, d := range detectors {
		if d.Doc().Official {
			official = append(official, d)
		} else {
			judged = append(judged, d)
		}
	}
	return official, judged
}

// run is Run without official detectors, with the engine that it used.
func run(ctx context.Context, in Input, detectors []Detector) (*engine, *Findings, error) {
	e, err := newEngine(ctx, in)
	if err != nil {
		return nil, nil, err
	}
	var names []string
	var notRun []NotRun
	for _, d := range detectors {
		p := &Pass{Ratings: in.Ratings, Seed: in.Seed, detector: d.Name(), engine: e, report: e.report,
			warnings: &e.warnings}
		switch why, err := p.detect(ctx, d); {
		case err != nil:
			return nil, nil, err
		case why != "":
			notRun = append(notRun, NotRun{d.Name(), why})
		default:
			names = append(names, d.Name())
		}
	}
	f := e.findings(ctx)
	f.Detectors, f.NotRun = names, notRun
	return e, f, ctx.Err()
}

// detect lets a detector do its work, or tells why it cannot.
func (p *Pass) detect(ctx context.Context, d Detector) (why string, err error) {
	err = d.Detect(ctx, p)
	var unable Unable
	if errors.As(err, &unable) {
		return string(unable), nil
	}
	if err != nil && !errors.Is(err, ctx.Err()) {
		err = fmt.Errorf("%s: %w", d.Name(), err)
	}
	return "", err
}

// stand appends what an official detector finds. A ring of the same raters names
// it too.
func (f *Findings) stand(ctx context.Context, in Input, d Detector) error {
	p := &Pass{Ratings: in.Ratings, Seed: in.Seed, detector: d.Name(), report: in.reporter(), warnings: &f.Warnings}
	why, err := p.detect(ctx, d)
	if err != nil {
		return err
	}
	if f.Suspicion == nil {
		f.Suspicion = make([]float64, in.Ratings.Raters.Len())
	}
	if why != "" {
		f.NotRun = append(f.NotRun, NotRun{d.Name(), why})
		return nil
	}
	f.Detectors = append(f.Detectors, d.Name())
	for _, r := range p.rings {
		for _, u := range r.Raters {
			f.Suspicion[u] = max(f.Suspicion[u], .5)
		}
		if at := slices.IndexFunc(f.Rings, func(o Ring) bool { return slices.Equal(o.Raters, r.Raters) }); at >= 0 {
			f.Rings[at].Detectors = append(f.Rings[at].Detectors, d.Name())
			f.Rings[at].Evidence = append(f.Rings[at].Evidence, r.Evidence...)
		} else {
			f.Rings = append(f.Rings, r)
		}
	}
	return nil
}
