package bench

import (
	"context"
	"testing"

	"github.com/ringwatch/ringwatch/detect/campaigns"
	"github.com/ringwatch/ringwatch/simulate"
)

// BenchmarkCampaigns looks for campaigns in a shop in which three raters of four come
// once: what it takes is to grow with the ratings.
func BenchmarkCampaigns(b *testing.B) {
	o := simulate.NewOrganic()
	n := int(*rows)
	o.Raters, o.Items, o.Ratings, o.Days, o.Levels = n*6/25, n*3/200, n, 700, 5
	o.Life, o.OneShots, o.Waves, o.Mood = 60, .75, 2, -.8
	o.AlertGroups, o.PlatformBursts, o.Clubs = 0, 0, 0
	o.Launches, o.Viral, o.Promotions, o.Changes = 27, 10, 8, 10
	w, err := o.Generate(context.Background(), 1)
	if err != nil {
		b.Fatal(err)
	}
	w.Ratings.ByItem()
	run(b, w.Ratings.Len(), func() {
		if _, err := campaigns.Find(context.Background(), campaigns.Input{Ratings: w.Ratings}); err != nil {
			b.Fatal(err)
		}
	})
}
