package scenarios

import (
	"context"
	"iter"
	"runtime"
	"slices"

	"github.com/ringwatch/ringwatch/internal/workers"
	"github.com/ringwatch/ringwatch/scoring"
)

// A Job is one line of a sweep: a scenario at one of its points, and a seed.
type Job struct {
	Scenario *Scenario
	Seed     uint64
	Beside   []scoring.Scorer // run in the same world after the scenario's own
}

// Jobs lists the lines of a sweep in their order: scenarios as given, each at
// its points, each of these at its seeds, or at those given if there are any.
func Jobs(all []*Scenario, seeds []uint64) ([]Job, error) {
	var jobs []Job
	for _, s := range all {
		for p, err := range s.Points() {
			if err != nil {
				return nil, err
			}
			of := p.Seeds
			if len(seeds) > 0 {
				of = seeds
			}
			for _, seed := range of {
				jobs = append(jobs, Job{Scenario: p, Seed: seed})
			}
		}
	}
	return jobs, nil
}

// Run runs the job and returns an outcome for each of its scorers.
func (j *Job) Run(ctx context.Context) ([]Outcome, error) {
	all, err := j.Scenario.RunEach(ctx, j.Seed, slices.Concat([]scoring.Scorer{j.Scenario.Scorer}, j.Beside), nil)
	var outcomes []Outcome
	for _, x := range all {
		outcomes = append(outcomes, x.Outcome)
	}
	return outcomes, err
}

// Sweep runs jobs, as many at a time as there are cores, and returns their
// outcomes in the order of the jobs, those of a job in the order of its
// scorers. It ends with the first error. Progress counts jobs.
func Sweep(ctx context.Context, jobs []Job, progress Progress) iter.Seq2[Outcome, error] {
	type result struct {
		outcomes []Outcome
		err      error
		caught   *workers.Panic
	}
	return func(yield func(Outcome, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		results := make(chan chan result, runtime.GOMAXPROCS(0)-1)
		go func() {
			defer close(results)
			for _, j := range jobs {
				r := make(chan result, 1)
				select {
				case results <- r:
				case <-ctx.Done():
					return
				}
				go func() {
					var got result
					defer func() {
						if cause := recover(); cause != nil {
							got.caught = workers.Caught(cause)
						}
						r <- got
					}()
					got.outcomes, got.err = j.Run(ctx)
				}()
			}
		}()
		done := 0
		for r := range results {
			if progress != nil {
				progress("running scenarios", done, len(jobs))
			}
			got := <-r
			done++
			if got.caught != nil {
				panic(got.caught) // where it can be guarded against
			}
			if got.err != nil {
				yield(Outcome{}, got.err)
				return
			}
			for _, o := range got.outcomes {
				if !yield(o, nil) {
					return
				}
			}
		}
		if err := ctx.Err(); err != nil {
			yield(Outcome{}, err)
		}
	}
}
