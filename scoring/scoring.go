package scoring

import (
	"context"
	"fmt"
	"math"

	"github.com/ringwatch/ringwatch/internal/mapped"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring/internal/fit"
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
	// Scratch is where a scorer keeps what is as large as the ratings; nil is memory.
	// Scores are the same. It is to be closed after the last use of the result.
	Scratch *Scratch
}

// A Scratch is room in files that may be larger than the memory.
type Scratch = mapped.Scratch

// NewScratch returns room in a folder that is there: 16 bytes a rating for bridging, up
// to 44 for communitynotes, whose models are fitted one after the other.
func NewScratch(dir string) *Scratch { return mapped.NewScratch(dir) }

// Check reports what makes an input unusable for the named scorer, and lets
// RowWeight count: from then on it is nil, and Ratings has fewer rows.
func (in *Input) Check(name string) error {
	t := in.Ratings
	if t == nil || t.Raters == nil || t.Items == nil {
		return fmt.Errorf("scorer %s: no ratings given", name)
	}
	if err := in.thin(name); err != nil {
		return err
	}
	t = in.Ratings
	if t.Scale.Unary() && t.Len() > 0 {
		return fmt.Errorf("scorer %s needs values, but these are co-actions: acts without an opinion; "+
			"name the column that holds the value, or use detectors only", name)
	}
	if in.Weight != nil && len(in.Weight) != t.Raters.Len() {
		return fmt.Errorf("scorer %s: %d weights for %d raters", name, len(in.Weight), t.Raters.Len())
	}
	for u, w := range in.Weight {
		if !(w >= 0 && w <= 1) {
			return fmt.Errorf("scorer %s: rater %s has weight %g, outside of 0..1", name, t.Raters.Name(int32(u)), w)
		}
	}
	if in.Correlated != nil && len(in.Correlated) != t.Raters.Len() {
		return fmt.Errorf("scorer %s: %d raters are correlated or not, of %d raters",
			name, len(in.Correlated), t.Raters.Len())
	}
	if in.HighVolume != nil && len(in.HighVolume) != t.Raters.Len() {
		return fmt.Errorf("scorer %s: %d raters are of high volume or not, of %d raters",
			name, len(in.HighVolume), t.Raters.Len())
	}
	for k, v := range t.Value {
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("scorer %s: rater %s gave item %s the value %g, outside of 0..1",
				name, t.Raters.Name(t.Rater[k]), t.Items.Name(t.Item[k]), v)
		}
	}
	return nil
}

// matrix returns the ratings of raters with a positive weight.
func (in *Input) matrix(ctx context.Context) (*fit.Matrix, error) {
	return fit.NewMatrix(ctx, in.Scratch, in.Ratings, in.Weight,
		func(k int) (float32, bool) { return in.Ratings.Value[k], true })
}

// WeightOf returns rater u's weight.
func (in *Input) WeightOf(u int32) float32 {
	if in.Weight == nil {
		return 1
	}
	return in.Weight[u]
}

// Result is what a scorer says. Slices are per item or per rater; nil where the
// scorer has no such notion.
type Result struct {
	Item          []float32 // score; NaN for an item without ratings
	Status        []Status
	ItemIntercept []float32 // bridging: what is left once viewpoints are explained
	ItemFactor    []float32 // bridging: the side that likes the item
	ItemRatings   []int32   // ratings with a positive weight
	Rater         []float32 // reputation in [0, 1]; nil if none
	// bridging: penalties on intercept and factor of an item, as ratings of weight 1; see Held
	ItemRidge      [2]float64
	RaterIntercept []float32
	RaterFactor    []float32 // viewpoint
	RaterRatings   []int32
	Mu             float64 // global intercept
	Loss           float64 // the objective at the end, where there is one
	// how far from settled: the largest change that an exact solve of one entity would still make
	Move       float64
	Iterations int        // 0 for closed forms; bridging: sweeps over the ratings
	Warnings   []string   // e.g. not converged: shown, not fatal
	Detail     any        // what only this scorer has to say: see communitynotes.DetailOf
	Reweighed  [2]float64 // ItemRidge, where the last fit has weights by Rater
}

// Status is what a scorer decides about an item.
type Status uint8

const (
	Unrated    Status = iota // no rating counts
	NeedsMore                // neither of the next two, as yet
	Helpful                  // the scorer would show it
	NotHelpful               // it would hide it
)

func (s Status) String() string {
	return [...]string{"unrated", "needs-more", "helpful", "not-helpful"}[s]
}

// notNegative reports an option that must be 0 or above and is not.
func notNegative(scorer, option string, value float64) error {
	if value >= 0 && !math.IsInf(value, 0) {
		return nil
	}
	return fmt.Errorf("scorer %s: %s is %g; it must be a finite number above 0, or 0", scorer, option, value)
}

// positive reports an option that must be above 0 and is not.
func positive(scorer, option string, value float64) error {
	if value > 0 && !math.IsInf(value, 0) {
		return nil
	}
	return fmt.Errorf("scorer %s: %s is %g; it must be a finite number above 0", scorer, option, value)
}
