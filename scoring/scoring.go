// Package scoring turns ratings into item scores and rater reputations.
package scoring

import (
	"context"

	"github.com/ringwatch/ringwatch/rating"
)

// A Scorer scores items. Its exported fields are its options.
type Scorer interface {
	Name() string
	Doc() Doc
	Score(ctx context.Context, in Input) (*Result, error)
}

// Doc tells a user what a scorer, its source, its cost and its blind spot are.
type Doc struct {
	Summary   string `json:"summary"`
	Source    string `json:"source"`
	Cost      string `json:"cost"`
	BlindSpot string `json:"blind_spot"`
	Notes     bool   `json:"notes,omitempty"` // wants rating.ReadOptions.Notes
	Texts     bool   `json:"texts,omitempty"` // wants rating.ReadOptions.Texts
}

// Input is all that a scorer may see.
type Input struct {
	Ratings *rating.Table
	Weight  []float32 // per rater in [0, 1]; nil means 1; 0 is as if the rater had never rated
	// RowWeight is a second kind of defence: per row of Ratings in [0, 1], nil means 1.
	// It multiplies Weight. Of an item's rows of one weight as many count as the
	// weight says, by a draw of Seed, so that any scorer takes it.
	RowWeight []float32
	Start     *Result // warm start, or nil
	Seed      uint64
	// Correlated are raters who may act together, per rater; nil if nobody
	// looked. They count like all others, but communitynotes calls no item
	// helpful that would not be without them.
	Correlated []bool
	// HighVolume are the raters of unusually many ratings, per rater; nil to find
	// them in Ratings. See HighVolume.
	HighVolume []bool
	Progress   func(stage string, done, total int) // may be nil
}

// weight returns rater u's weight.
func (in *Input) weight(u int32) float32 {
	if in.Weight == nil {
		return 1
	}
	return in.Weight[u]
}

// Result is what a scorer says. Slices are per item or per rater; nil where the
// scorer has no such notion.
type Result struct {
	Item           []float32 // score; NaN for an item without ratings
	Status         []Status
	ItemIntercept  []float32  // bridging: what is left once viewpoints are explained
	ItemFactor     []float32  // bridging: the side that likes the item
	ItemRatings    []int32    // ratings with a positive weight
	Rater          []float32  // reputation in [0, 1]; nil if none
	ItemRidge      [2]float64 // bridging: penalties on intercept and factor of an item, as ratings of weight 1; see Held
	ItemBound      []float32  // communitynotes: the most that three artificial raters could make of ItemIntercept
	Rules          []Rules    // communitynotes: the rules that an item met
	DecidedBy      []string   // communitynotes: the model or rule that gave an item its status
	Models         []Model    // communitynotes: the models, in the order in which they decide
	Official       []string   // communitynotes: the status in the words of Community Notes
	Reasons        [][2]int8  // communitynotes: the two reasons that raters give for a status, as bits of rating.TagNames; -1 for none
	RaterHelpful   []bool     // communitynotes: raters whose record lets them count
	RaterIntercept []float32
	RaterFactor    []float32 // viewpoint
	RaterRatings   []int32
	Mu             float64  // global intercept
	Loss           float64  // the objective at the end, where there is one
	Move           float64  // how far from settled: the largest change that an exact solve of one entity would still make
	Iterations     int      // 0 for closed forms; bridging: sweeps over the ratings
	Warnings       []string // e.g. not converged: shown, not fatal
}

// A Model is what one model of Community Notes says of the items in its scope.
// Slices are per item or per rater, NaN or 0 where it says nothing; those that a
// model does not have are nil.
type Model struct {
	Name                       string // as DecidedBy has it
	ItemIntercept, ItemFactor  []float32
	ItemBound                  []float32
	NoHighVolume, NoCorrelated []float32 // intercept without the most active, or without correlated raters
	Sampled                    []float32 // intercept by raters who were asked at random
	Rules                      []Rules
	Rated                      []int32 // ratings in scope; 0 where the model has no say
	Ratings                    []int32 // ratings of the last fit
	RaterIntercept             []float32
	RaterFactor                []float32
	FirstIntercept             []float32 // of raters, in the first fit
	FirstFactor                []float32
	Written                    [2][]float32 // of raters: (helpful - 5 not helpful)/notes that they wrote, and the mean intercept of these
	Agreed                     []float32    // of raters: share of valid ratings that agree
	Helpful                    []bool       // of raters: above the threshold
	Ridge                      [2]float64   // as ItemRidge
}

// Status is what a scorer decides about an item.
type Status uint8

const (
	Unrated Status = iota
	NeedsMore
	Helpful
	NotHelpful
)

func (s Status) String() string {
	return [...]string{"unrated", "needs-more", "helpful", "not-helpful"}[s]
}
