package communitynotes

import (
	"cmp"
	"context"
	"slices"

	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/internal/fit"
)

// Score runs the pipeline. RaterIntercept and RaterFactor are those of the
// second fit, Rater is the share of agreement, and NaN for raters who had no
// chance to agree. in.Start is where the first fit starts from.
func (c *Core) Score(ctx context.Context, in scoring.Input) (*scoring.Result, error) {
	if err := cmp.Or(c.viewpoints(&in).Check(c.Name()), in.Check(c.Name()), ctx.Err()); err != nil {
		return nil, err
	}
	_, r, err := c.run(ctx, &in, core)
	if err != nil {
		return nil, err
	}
	return r.result(), nil
}

// run runs the pipeline for one model.
func (c *Core) run(ctx context.Context, in *scoring.Input, model notesModel) (*notesRun, *told, error) {
	n := &notesRun{Core: c, notesModel: model, ctx: ctx, in: in, t: in.Ratings}
	n.findCreated()
	n.findScope()
	n.past = n.scope
	r := n.counts()
	if err := n.prescore(r); err != nil {
		return nil, nil, err
	}
	n.say("applying rules")
	if err := n.final(r); err != nil {
		return nil, nil, err
	}
	r.Warnings = slices.Compact(r.Warnings)
	return n, r, nil
}

// fitFirst does step 2 but for the statuses.
func (n *notesRun) fitFirst() (*fit.Fitted, error) {
	var err error
	if n.first, err = n.matrix(func(k int) (float32, bool) { return n.t.Value[k], n.scope.has(k) }); err != nil {
		return nil, err
	}
	if err := n.first.Filter(n.ctx, n.MinItemRatings, n.MinRaterRatings); err != nil {
		return nil, err
	}
	return n.viewpoints(n.in).Fit(n.ctx, n.first, n.t)
}

// prescore does steps 2 to 4.
func (n *notesRun) prescore(r *told) error {
	first, err := n.fitFirst()
	if err != nil {
		return err
	}
	if err := n.first.GiveBack(); err != nil {
		return err
	}
	r.take(first)
	n.firstRaters, n.firstItems = first.Raters, first.Items
	sweeps := r.Iterations
	n.firstStatus = make([]scoring.Status, n.t.Items.Len())
	for item := range n.firstStatus {
		n.firstStatus[item] = n.early(int32(item)).status()
	}
	raters := n.record()
	n.say("looking for harassment")
	if err := n.penalise(raters); err != nil {
		return err
	}
	n.second, err = n.matrix(func(k int) (float32, bool) {
		return n.t.Value[k], n.scope.has(k) && raters.above[n.t.Rater[k]] && n.first.Has(n.t.Rater[k], n.t.Item[k])
	})
	if err != nil {
		return err
	}
	v := n.viewpoints(n.in)
	v.RaterIntercept, v.RaterFactor = fit.Columns(n.firstRaters, &n.first.Raters)
	v.ItemIntercept, v.ItemFactor = fit.Columns(n.firstItems, &n.first.Items)
	second, err := v.Fit(n.ctx, n.second, n.t)
	if err != nil {
		return err
	}
	r.take(second)
	n.raters, n.secondItems = second.Raters, second.Items
	r.Iterations += sweeps
	n.mu = r.Mu
	n.perItem = n.second.Total() / float64(max(1, n.second.Items.Used()))
	r.RaterIntercept, r.RaterFactor = fit.Columns(n.raters, &n.second.Raters)
	r.Rater, r.RaterHelpful = raters.share(), raters.above
	if n.t.Tags != nil {
		n.say("learning who knows poor sources")
		if n.tagLimits, err = n.findTagLimits(); err != nil {
			return err
		}
		if n.diligence, err = n.prescoreDiligence(); err != nil {
			return err
		}
	}
	return n.second.GiveBack()
}
