package communitynotes

import (
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
