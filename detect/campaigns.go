package detect

import (
	"context"

	"github.com/ringwatch/ringwatch/detect/campaigns"
)

// Campaigns looks for campaigns on items: bursts by raters of a few ratings whose
// votes are not those of the item's usual newcomers, nor of its established raters.
// The rows of raters in the rings found are left out, so that nothing counts twice.
// It returns ctx's error when stopped. See campaigns.Find.
func Campaigns(ctx context.Context, in Input, rings []Ring) (*campaigns.Findings, error) {
	leftOut := make([]bool, in.Ratings.Raters.Len())
	for _, r := range rings {
		for _, u := range r.Raters {
			leftOut[u] = true
		}
	}
	c := campaigns.Input{Ratings: in.Ratings, LeftOut: leftOut, Progress: in.Progress}
	if in.Prepared != nil {
		c.Room = in.Prepared.acts.Room
	}
	return campaigns.Find(ctx, c)
}
