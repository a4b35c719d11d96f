package detect

import (
	"context"
	"fmt"
	"slices"

	"github.com/ringwatch/ringwatch/detect/internal/judge"
	"github.com/ringwatch/ringwatch/detect/internal/search"
	"github.com/ringwatch/ringwatch/internal/plural"
)

// mostTold is the share of raters who take turns, from which what was found of them before is
// all that is to be said: below it, that may be one of their turns.
const mostTold = .8

// proposeTurns is propose for raters who came to the same items a few at a time.
func (e *engine) proposeTurns(ctx context.Context, detector string, turns []search.Turns) error {
	seeds := make([][]int32, len(turns))
	for at, t := range turns {
		seeds[at] = t.Raters
	}
	_, left, err := e.refine(ctx, detector, proposal{seeds: seeds, most: e.mostTurns,
		known: func(at int) bool { return e.told(seeds[at], (*result).settled) || e.heard(seeds[at]) },
		grow:  func(r *judge.Refiner, at int) judge.Grown { return r.RefineTurns(seeds[at], turns[at].Width) },
		keep: func(_ int, groups []*judge.Group) {
			for _, g := range groups {
				if !e.told(g.Raters, (*result).RingLike) {
					e.commit(g, detector)
				}
			}
		}})
	if left > 0 {
		e.warnings = append(e.warnings, fmt.Sprintf("%s left %d of %s that may take turns unjudged, "+
			"a bound on the cost", detector, left, plural.Of(len(seeds), "group")))
	}
	return err
}

// rings returns which result is a ring that a rater is in, the first of several, -1 if none.
func (e *engine) rings() func(u int32) int {
	of := make([]int32, e.Raters) // 1 + that result: it is asked of the raters of all bursts
	for at, r := range slices.Backward(e.judged) {
		if r.RingLike() {
			for _, u := range r.Raters {
				of[u] = int32(at) + 1
			}
		}
	}
	return func(u int32) int { return int(of[u]) - 1 }
}

// heard reports whether most of a seed are in a result of about as many that is no ring, as
// the bursts of a community are.
func (e *engine) heard(seed []int32) bool {
	r := e.inside(seed)
	return r != nil && !r.RingLike() && float64(len(r.Raters)) >= mostTold*float64(len(seed))
}

// told reports whether more than mostTold of raters lie in one result of a kind.
func (e *engine) told(raters []int32, is func(r *result) bool) bool {
	for at, n := range e.countIn(raters) {
		if float64(n) > mostTold*float64(len(raters)) && is(e.judged[at]) {
			return true
		}
	}
	return false
}
