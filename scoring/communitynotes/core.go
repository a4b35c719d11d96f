package communitynotes

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/internal/fit"
)

// Core is the Core model of Community Notes: the pipeline that gives most
// notes on X their status. In order:
//
//  1. scope: ratings of raters in the core modeling groups or not enrolled;
//     items with 5 ratings, then raters with 10
//  2. a first fit of Bridging's model, and a first status of each item from it
//  3. raters: those who, in time, rated items of a status mostly as the status
//     says, did not praise what a consensus calls harassment, and do not write
//     what is rated not helpful, go on; the others do not count any more
//  4. a second fit, on their ratings
//  5. a last fit of the items alone, raters held: closed form
//  6. the rules that turn intercepts into a status (see Rules)
//
// It reproduces scoring/src/scoring of twitter/communitynotes as of August 2026
// (d87dfac, where it is as it was in July),
// with these differences. Fits are solved to their minimum, where the official
// optimiser stops at random within about 0.03 of it; so there is no stable
// initialisation, which serves only to choose where it stops. Only the model of
// harassment, whose loss has several minima, goes the official optimiser's way.
// The topic model
// is not run: notes on its five topics stay here, where X gives them to other
// models. Whose ratings are correlated is a detector's work here, and told by
// Input.Correlated. X's modeling groups can only be read from its data, not
// computed.
//
// Tags, times, authors, past statuses and modeling groups come from
// rating.ReadOptions.Notes. Without them a rater is in no group, a note says
// that a post is misleading and has no past, it was written when first rated,
// and the steps that need tags or times are left out.
//
// A rater's weight multiplies the squared errors and log-losses of that rater's
// ratings. Counts, of ratings say, are of raters with a positive weight.
type Core struct {
	InterceptPenalty float64 `doc:"ridge penalty on rater and item intercepts, > 0"`
	FactorPenalty    float64 `doc:"ridge penalty on rater and item factors, > 0"`
	GlobalPenalty    float64 `doc:"ridge penalty on the global intercept, >= 0"`

	MinItemRatings  int     `doc:"items with fewer ratings are not fitted"`
	MinRaterRatings int     `doc:"raters with fewer ratings are not fitted"`
	MinAgreement    float64 `doc:"share of a rater's ratings that must agree with the items' status, 0..1"`
	MinWritten      float64 `doc:"mean intercept that the notes a rater wrote must reach"`

	HelpfulAt       float64 `doc:"item intercept from which on an item is helpful"`
	Inertia         float64 `doc:"how much lower HelpfulAt is for items that are helpful already"`
	NotHelpfulAt    float64 `doc:"item intercept up to which an item without a side is not helpful"`
	NotHelpfulSlope float64 `doc:"how much lower NotHelpfulAt is per unit of the item's |factor|, >= 0"`
	BoundAt         float64 `doc:"upper bound of the item intercept below which an item is not helpful"`
	NoNoteAt        float64 `doc:"item intercept below which a note that says no note is needed is not helpful"`
	RejectAt        float64 `doc:"item intercept below which no other model of Community Notes may make an item helpful"`
	MaxFactor       float64 `doc:"items with a larger |factor| are not helpful"`
	LeaveOutAt      float64 `doc:"item intercept that a helpful item must reach without the most active raters, and without correlated ones"`
	MinMinority     int     `doc:"helpful less not helpful ratings that a helpful item needs from each side"`
	MinBalance      float64 `doc:"share of these in all ratings that a helpful item needs, unless they are ten or more"`
	Bounds          bool    `doc:"bound item intercepts by three artificial raters, as X does"`

	raterPenalty float64 // on rater intercepts, where it is not InterceptPenalty
}

// NewCore returns a Core with the official thresholds.
func NewCore() *Core {
	return &Core{InterceptPenalty: 0.15, FactorPenalty: 0.03, GlobalPenalty: 0.15,
		MinItemRatings: 5, MinRaterRatings: 10, MinAgreement: 0.66, MinWritten: 0.05,
		HelpfulAt: 0.40, Inertia: 0.01, NotHelpfulAt: -0.05, NotHelpfulSlope: 0.8, BoundAt: -0.04, NoNoteAt: -0.15,
		RejectAt: 0.3, MaxFactor: 0.5, LeaveOutAt: 0.37, MinMinority: 4, MinBalance: 0.05, Bounds: true}
}

func (c *Core) Name() string { return "communitynotes-core" }

func (c *Core) Doc() scoring.Doc {
	return scoring.Doc{
		Summary: "the Core model of Community Notes: bridging on raters with a record, then sixteen rules",
		Source:  "twitter/communitynotes, d87dfac of 5 August 2026; Wojcik et al. 2022, arXiv:2210.15723",
		Cost:    "four fits, two of them logistic where there are tags; about 60 bytes a rating",
		BlindSpot: "a ring that first earns a record and both viewpoints; needs dense data: items with 5 and raters " +
			"with 10 ratings; the topic models of the official scorer are not run",
		Notes: true,
	}
}

// viewpoints returns the model of the first and second fit, as exact as Bridging's.
func (c *Core) viewpoints(in *scoring.Input) *fit.Viewpoints {
	b := scoring.NewBridging()
	v := &fit.Viewpoints{InterceptPenalty: c.InterceptPenalty, FactorPenalty: c.FactorPenalty,
		GlobalPenalty: c.GlobalPenalty,
		RaterPenalty:  c.raterPenalty, Tolerance: b.Tolerance, MaxSweeps: b.MaxSweeps, Seed: in.Seed,
		Progress: in.Progress}
	if s := in.Start; s != nil {
		v.RaterIntercept, v.RaterFactor = s.RaterIntercept, s.RaterFactor
		v.ItemIntercept, v.ItemFactor = s.ItemIntercept, s.ItemFactor
	}
	return v
}

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

// A notesModel is one of the models of Community Notes that run this pipeline:
// who is in its scope, and what it may do.
type notesModel struct {
	name       string
	groups     uint64  // modeling groups in scope, bit g for group g
	unassigned bool    // so are raters who are not enrolled
	captured   float64 // least share of an item's ratings in scope
	strict     bool    // drop the ratings of items below that before fitting
	firm       bool    // what it rejects, no other model may make helpful
	bounded    bool    // by artificial raters
	wide       bool    // a large factor rejects whatever is not rated not helpful
	topics     []int8  // of items, 0 for none; nil where they are not known
	topic      int8    // of items in scope; anyTopic for all
}

const (
	anyTopic  = -1
	everybody = ^uint64(0) // of whatever group, or none
)

const (
	coreGroups uint64 = 1<<1 | 1<<2 | 1<<3 | 1<<6 | 1<<8 | 1<<9 | 1<<10 | 1<<11 | 1<<13 | 1<<14 |
		1<<19 | 1<<21 | 1<<25
	expansionGroups uint64 = 1<<0 | 1<<4 | 1<<5 | 1<<7 | 1<<12 | 1<<15 | 1<<16 | 1<<20 | 1<<22 | 1<<23 | 1<<24 | 1<<26 |
		1<<27 | 1<<28 | 1<<29 | 1<<33
	coverageGroups        = coreGroups &^ (1 << 21)
	plusGroups     uint64 = 1<<17 | 1<<18 | 1<<30 | 1<<31 | 1<<32
)

var core = notesModel{name: "CoreModel", groups: coreGroups, unassigned: true, captured: 0.5, firm: true, bounded: true}

// A notesRun is what the steps of one Score share.
type notesRun struct {
	*Core
	notesModel
	ctx   context.Context
	in    *scoring.Input
	t     *rating.Table
	scope []bool // of rows
	past  []bool // scope of the fits before the last

	created []int32 // of items; nil without times
	ratings []int32 // of items: rows in scope
	foreign []bool  // items with too few of their ratings in scope: the model has no say

	first, second *fit.Matrix // the ratings of the first and second fit
	firstItems    []fit.Pair
	firstRaters   []fit.Pair
	secondItems   []fit.Pair
	raters        []fit.Pair // of the second fit
	mu            float64
	firstStatus   []scoring.Status
	written       [2][]float32
	perItem       float64 // ratings of the second fit, weighted, per item

	gaussian  *gaussian // nil where intercepts are those of the fit
	tagLimits [tagKinds]float64
	diligence *diligence // nil without tags
}

// say tells of a stage of which nobody knows how long it takes.
func (n *notesRun) say(stage string) {
	if n.in.Progress != nil {
		n.in.Progress(stage, 0, 0)
	}
}

// told is what a run says: a Result and its Detail.
type told struct {
	scoring.Result
	Detail
}

// result returns the Result with its Detail.
func (r *told) result() *scoring.Result {
	r.Result.Detail = &r.Detail
	return &r.Result
}

// take notes how a fit went, unless there was nothing to fit.
func (r *told) take(f *fit.Fitted) {
	if r.ItemRidge = [2]float64{f.Ridge.B, f.Ridge.F}; f.Sweeps > 0 {
		r.Mu, r.Loss, r.Move, r.Iterations = f.Mu, f.Loss, f.Move, f.Sweeps
	}
	r.Warnings = append(r.Warnings, f.Warnings...)
}

// counts returns what holds the counts and nothing else.
func (n *notesRun) counts() *told {
	r := &told{Result: scoring.Result{ItemRatings: make([]int32, n.t.Items.Len()),
		RaterRatings: make([]int32, n.t.Raters.Len())}}
	for k, u := range n.t.Rater {
		if n.in.WeightOf(u) > 0 {
			r.ItemRatings[n.t.Item[k]]++
			r.RaterRatings[u]++
		}
	}
	return r
}

// Notes created before are rated under other rules; seconds since 2000.
const (
	publicSince  = 1664755200 - 946684800 // from 2022-10-03 on, notes that say that no note is needed are rated
	historySince = 1652918400 - 946684800 // from 2022-05-19 on, the status history is complete
	tagsSince    = 1639699200 - 946684800 // from 2021-12-17 on, tags mean what they mean today
	publicAfter  = 48 * 3600              // what others rated is public, so agreeing shows nothing
)

// findCreated takes the times at which items were created from the notes, or
// from the first rating.
func (n *notesRun) findCreated() {
	if !n.t.HasTimes() {
		return
	}
	n.created = slices.Repeat([]int32{math.MaxInt32}, n.t.Items.Len())
	for k, item := range n.t.Item {
		if n.in.WeightOf(n.t.Rater[k]) > 0 {
			n.created[item] = min(n.created[item], n.t.Time[k])
		}
	}
	if n.t.Notes != nil {
		for item, at := range n.t.Notes.Created {
			if at != rating.NoTime {
				n.created[item] = at
			}
		}
	}
}

// findScope marks the rows in scope and counts them by item, and items that
// have too few of all their ratings in scope. They help to fit raters all the
// same, unless the model is strict.
func (n *notesRun) findScope() {
	t, notes := n.t, n.t.Notes
	n.scope, n.ratings = make([]bool, t.Len()), make([]int32, t.Items.Len())
	all := make([]int32, t.Items.Len())
	for k, u := range t.Rater {
		item := t.Item[k]
		if n.topics != nil && n.topic != anyTopic && n.topics[item] != n.topic {
			continue
		}
		if n.in.WeightOf(u) == 0 || notes != nil && int(item) < len(notes.Created) &&
			(notes.Created[item] == rating.NoTime ||
				notes.Class[item] == rating.NotMisleading && notes.Created[item] <= publicSince) {
			continue
		}
		all[item]++
		if n.unassigned && (notes == nil || int(u) >= len(notes.Group)) ||
			notes != nil && int(u) < len(notes.Group) && n.includes(notes.Group[u]) {
			n.scope[k] = true
			n.ratings[item]++
		}
	}
	n.foreign = make([]bool, len(all))
	for item := range all {
		n.foreign[item] = n.ratings[item] == 0 || float64(n.ratings[item]) < n.captured*float64(all[item])
	}
	if n.strict {
		for k, item := range t.Item {
			n.scope[k] = n.scope[k] && !n.foreign[item]
		}
	}
}

// includes reports whether raters of a modeling group are in scope.
func (m *notesModel) includes(group int8) bool {
	return m.groups == everybody || group == rating.NotEnrolled && m.unassigned || group >= 0 && m.groups>>group&1 == 1
}

// misleading reports whether a note says that a post is misleading.
func (n *notesRun) misleading(item int32) bool {
	return n.t.Notes == nil || int(item) >= len(n.t.Notes.Class) || n.t.Notes.Class[item] == rating.Misleading
}

// level returns the nearest of 0 (not helpful), 1 (somewhat) and 2 (helpful).
func level(value float32) int { return int(math.Round(2 * float64(value))) }

// matrix returns the ratings that of chooses.
func (n *notesRun) matrix(of func(row int) (value float32, ok bool)) (*fit.Matrix, error) {
	return fit.NewMatrix(n.ctx, n.in.Scratch, n.t, n.in.Weight, of)
}

// fitFirst does step 2 but for the statuses.
func (n *notesRun) fitFirst() (*fit.Fitted, error) {
	var err error
	if n.first, err = n.matrix(func(k int) (float32, bool) { return n.t.Value[k], n.scope[k] }); err != nil {
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
		return n.t.Value[k], n.scope[k] && raters.above[n.t.Rater[k]] && n.first.Has(n.t.Rater[k], n.t.Item[k])
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
	if n.t.Tags == nil {
		return nil
	}
	n.say("learning who knows poor sources")
	if n.tagLimits, err = n.findTagLimits(); err != nil {
		return err
	}
	n.diligence, err = n.prescoreDiligence()
	return err
}
