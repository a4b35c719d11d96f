package communitynotes

import (
	"context"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/internal/fit"
)

// Tags by their bits in rating.Table.Tags.
const (
	tagKinds       = rating.TagSampled - rating.TagNotHelpful // reasons why a note is not helpful
	tagOther       = rating.TagNotHelpful
	tagIncorrect   = rating.TagNotHelpful + 1
	tagUnsourced   = rating.TagNotHelpful + 2
	tagHard        = rating.TagNotHelpful + 6
	tagHarassment  = rating.TagNotHelpful + 9
	tagIrrelevant  = rating.TagNotHelpful + 10
	notHelpfulTags = 1<<rating.TagSampled - 1<<rating.TagNotHelpful
)

// A notesRun is what the steps of one Score share.
type notesRun struct {
	*Core
	notesModel
	ctx   context.Context
	in    *scoring.Input
	t     *rating.Table
	scope rowSet
	past  rowSet // scope of the fits before the last

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

// A gaussian scores items by the geometric mean of their helpfulness along the
// axis of viewpoints, each point of it smoothed over raters near to it: one
// empty or hostile region drags the score. It takes raters as the fits before
// the last have them. (gaussian_scorer.py of twitter/communitynotes, August 2026.)
type gaussian struct {
	helpful, against gaussianPass
}

// A gaussianPass is one pass over the axis.
type gaussianPass struct {
	points           []float64
	width            float64 // of the kernel
	normalise        bool    // a rating's weights over the points sum to 1
	flip             bool    // of how unhelpful an item is
	least            float64 // weight of ratings without which a point is empty, and the item scores 0
	zero             float64 // weight of ratings of value 0, times
	spread, spreadTo float64 // 1 + spread times the share of them that are far from their mean, at most spreadTo
	prior, priorFrom float64 // value that points start with, and the least that an item's lean may make of it
	priorWeight      float64 // of it, at up to priorRatings
	lo, hi           float64 // to which points are cut
}

// A diligence is what the second fit's ratings say of who knows a poor source:
// the parameters that the last fit of items takes from raters.
type diligence struct {
	second, third *fit.Logit
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

// A rowSet is a set of rows, a bit for each.
type rowSet []uint64

func (s rowSet) has(row int) bool { return s[uint(row)/64]>>(uint(row)%64)&1 == 1 }

// findScope marks the rows in scope and counts them by item, and items that
// have too few of all their ratings in scope. They help to fit raters all the
// same, unless the model is strict.
func (n *notesRun) findScope() {
	t, notes := n.t, n.t.Notes
	n.scope, n.ratings = make(rowSet, (t.Len()+63)/64), make([]int32, t.Items.Len())
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
			n.scope[k/64] |= 1 << (k % 64)
			n.ratings[item]++
		}
	}
	n.foreign = make([]bool, len(all))
	for item := range all {
		n.foreign[item] = n.ratings[item] == 0 || float64(n.ratings[item]) < n.captured*float64(all[item])
	}
	if n.strict {
		for k, item := range t.Item {
			if n.foreign[item] {
				n.scope[k/64] &^= 1 << (k % 64)
			}
		}
	}
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
