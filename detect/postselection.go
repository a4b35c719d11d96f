package detect

import (
	"context"

	"github.com/ringwatch/ringwatch/detect/internal/official"
	"github.com/ringwatch/ringwatch/rating"
)

// PostSelection is the post selection similarity of Community Notes: raters who
// rate notes on the same posts within twenty minutes of each other, and raters
// who are quick to call one writer's notes helpful. Pairs beyond a threshold
// are joined, and what hangs together is a group: see official.PostSelection.
type PostSelection struct {
	Window     int     `doc:"seconds within which two ratings of a note are together"`
	MinPosts   int     `doc:"posts that a rater must have rated"`
	MinNPMI    float64 `doc:"normalised pointwise mutual information from which on a pair is suspect"`
	MinSimilar float64 `doc:"share of the less active rater's posts from which on a pair is suspect"`
}

// NewPostSelection returns a PostSelection with X's thresholds.
func NewPostSelection() *PostSelection {
	return &PostSelection{Window: 20 * 60, MinPosts: 10, MinNPMI: 0.55, MinSimilar: 0.4}
}

func (d *PostSelection) Name() string { return "postselection" }

func (d *PostSelection) Doc() Doc {
	return Doc{
		Summary: "post selection similarity, X's own, by name only: raters who meet on the same posts within " +
			"20 minutes, and a writer's quick admirers",
		Source: "twitter/communitynotes, post_selection_similarity.py, July 2026",
		Cost:   "ratings within 20 minutes of each other on a note, squared; memory linear in ratings",
		BlindSpot: "ratings further apart, or padded with others; fixed thresholds and no p-value: one false pair " +
			"joins two groups, and an account that shadows an honest rater is linked to them",
		Official: true, Notes: true,
	}
}

// Detect returns the groups as X has them, those of one rater left out.
func (d *PostSelection) Detect(ctx context.Context, p *Pass) error {
	if !p.Ratings.HasTimes() {
		return errNoTimes
	}
	groups, err := (*official.PostSelection)(d).Find(ctx, p.Ratings, p.Report)
	p.standAll(groups)
	return err
}

// Groups returns what hangs together, as raters and, after them, writers who
// never rated, each as the number of raters plus that in Notes.Authors; each
// ascending, in the order of their first members. It needs times.
func (d *PostSelection) Groups(ctx context.Context, t *rating.Table) ([][]int32, error) {
	if !t.HasTimes() {
		return nil, errNoTimes
	}
	return (*official.PostSelection)(d).Groups(ctx, t)
}
