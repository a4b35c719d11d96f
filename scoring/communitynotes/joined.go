package communitynotes

import (
	"context"
	"slices"

	"github.com/ringwatch/ringwatch/scoring"
)

// A joined is what the models say together.
type joined struct {
	*Scorer
	ctx      context.Context
	c        *Core
	in       *scoring.Input
	topics   []int8
	core     *notesRun
	r        *told
	official []string
	rejected []bool    // no other model may make it helpful
	nearly   []float32 // the intercept that says whether a group may raise an item
}

func (j *joined) decide(item int, status, by string) {
	if status == firmReject {
		status = needsMore
	}
	j.official[item], j.r.DecidedBy[item] = status, by
}

// raters reports whether any enrolled rater is in one of the groups.
func (j *joined) raters(groups uint64) bool {
	return j.in.Ratings.Notes != nil && slices.ContainsFunc(j.in.Ratings.Notes.Group,
		func(g int8) bool { return g >= 0 && groups>>g&1 == 1 })
}

// hasSay reports whether a model has a say in any item.
func (j *joined) hasSay(m notesModel) bool {
	scope := &notesRun{notesModel: m, in: j.in, t: j.in.Ratings}
	scope.findScope()
	return slices.Contains(scope.foreign, false)
}

// run runs one more model and keeps what it says; nil if it has no say in any
// item.
func (j *joined) run(m notesModel) (*notesRun, *Model, error) {
	m.topics = j.topics
	if !j.hasSay(m) {
		return nil, nil, nil
	}
	n, r, err := j.c.run(j.ctx, j.in, m)
	if err != nil {
		return nil, nil, err
	}
	j.r.Models = append(j.r.Models, r.Models...)
	return n, &r.Models[0], nil
}
