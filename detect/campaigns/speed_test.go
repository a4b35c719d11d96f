package campaigns_test

import (
	"context"
	"testing"

	"github.com/ringwatch/ringwatch/detect/campaigns"
)

// BenchmarkFind takes a million ratings of a shop.
func BenchmarkFind(b *testing.B) {
	o := shop()
	o.Raters, o.Items, o.Ratings = 240_000, 15_000, 1_000_000
	w, err := o.Generate(context.Background(), 1)
	if err != nil {
		b.Fatal(err)
	}
	w.Ratings.ByItem()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := campaigns.Find(context.Background(), campaigns.Input{Ratings: w.Ratings}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(w.Ratings.Len()), "ratings")
}
