package detect

import (
	"context"
	"fmt"

	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/internal/plural"
	"github.com/ringwatch/ringwatch/rating"
)

// A Pass is what a detector works with: one run over one table. Ours have the
// same as those that are written elsewhere.
//
// A detector proposes groups, and need not be careful: whoever they are, they are
// grown, split, weighed and judged by one rule, against one fitted null, and paid
// for as the best of all sets of as many raters.
type Pass struct {
	Ratings *rating.Table // as given; not to be changed
	Seed    uint64        // of random choices

	detector string
	engine   *engine // nil for an official detector
	report   func(stage string, done, total int)
	warnings *[]string
	rings    []Ring // of an official detector
}

// Propose has groups judged, in their order: raters, each group ascending, that
// the ratings' items and times brought together. It may be called several times;
// what was found to be a group by then is known to Free. Cost: per group, of
// hundreds of raters at most, milliseconds to a second. It returns ctx's error when
// stopped.
func (p *Pass) Propose(ctx context.Context, groups ByActs) error {
	return p.propose(ctx, groups)
}

// ProposeByVotes is Propose for groups that a look at votes brought together.
func (p *Pass) ProposeByVotes(ctx context.Context, groups ByVotes) error {
	return p.propose(ctx, groups)
}

func (p *Pass) propose(ctx context.Context, groups [][]int32) error {
	if p.engine == nil {
		return fmt.Errorf("%s is official: what it finds stands as it is and is not judged", p.detector)
	}
	return p.engine.propose(ctx, p.detector, groups)
}

// Free reports whether a rater is in no group yet that chance does not explain.
// Detectors that are costly or loose look among the free ones only.
func (p *Pass) Free(rater int32) bool { return p.engine.free(rater) }

// Chance returns the probability that a rater who chooses alone, active when this
// one was, would have rated an item at some time, all others being as they are: of
// the null that every group is held against. Cost: the ratings of both.
func (p *Pass) Chance(rater, item int32) float64 {
	return p.engine.null.Chance(p.engine.Acts, rater, item)
}

// LnTail returns ln of the chance of n or more where mean are expected (Poisson,
// to the accuracy of a saddle point); 0 where n is not above the mean.
func (p *Pass) LnTail(n int, mean float64) float64 { return null.CountTail(n, mean) }

// Warn has the user told of a cap that was reached, or of what else keeps the
// findings from being whole.
func (p *Pass) Warn(format string, args ...any) {
	*p.warnings = append(*p.warnings, fmt.Sprintf(format, args...))
}

// Report tells how far a stage is. It must be called from one goroutine at a time.
func (p *Pass) Report(stage string, done, total int) { p.report(stage, done, total) }

// atMost keeps the first of the seeds, and tells the user where that leaves any
// out.
func (p *Pass) atMost(seeds [][]int32, most int) [][]int32 {
	if len(seeds) <= most {
		return seeds
	}
	p.Warn("%s proposed the first %d of %d groups (option max-seeds)", p.detector, most, len(seeds))
	return seeds[:max(0, most)]
}

// tellLeftOut tells what a search by name leaves out: raters of more than mostActs
// ratings, unless that is 0, and items that are hot, unless that was told.
func (p *Pass) tellLeftOut(mostActs int) {
	e := p.engine
	if raters, share := e.above(mostActs); mostActs > 0 && raters > 0 {
		p.Warn("%s with more than %d ratings each, %.1f%% of all ratings, "+
			"%s left out of the search of %s (option most-acts)",
			plural.Of(raters, "rater"), mostActs, 100*share, plural.Was(raters), p.detector)
	}
	if items, share := e.hot(); items > 0 && e.found == nil {
		p.Warn("%s with more than %d ratings each, %.1f%% of all ratings, %s left out of the search of %s",
			plural.Of(items, "item"), null.HotItem, 100*share, plural.Was(items), p.detector)
	}
}

// Stand puts a ring beside those that are judged, as a platform's own method has
// it, with no P: only for detectors whose Doc is Official.
func (p *Pass) Stand(r Ring) {
	r.Official, r.Detectors, r.P, r.Q = true, []string{p.detector}, 1, 1
	p.rings = append(p.rings, r)
}

// An Unable error, returned by Detect, says why a detector, or part of one, cannot
// run on these ratings. Run goes on with the others and lists it in NotRun.
type Unable string

func (u Unable) Error() string { return string(u) }

const errNoTimes = Unable("the ratings have no times")

// ByActs are groups that were looked for without a look at a vote, so that the
// votes that judge them are fresh evidence.
type ByActs [][]int32

// ByVotes are groups that votes brought together, as an embedding of them does.
// Their votes are not fresh. The look is paid for in the chance of the group, P,
// which is that of the best of all sets of as many raters, however they were looked
// for; and members stay, and others join, by their choice of items alone. It is not
// paid for in the evidence of the votes by itself, which is only held against the
// number of groups: a blind spot that is small because of the first two.
type ByVotes [][]int32
