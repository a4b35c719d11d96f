package scoring

import (
	"context"
	"fmt"
	"testing"

	"github.com/ringwatch/ringwatch/scoring/internal/scoretest"
)

func BenchmarkBridging(b *testing.B) {
	for _, millions := range []int{1, 5} {
		b.Run(fmt.Sprintf("%dM", millions), func(b *testing.B) {
			n := millions * 1000000
			t := scoretest.Synthetic(1, n/50, n/100, n)
			clean, err := NewBridging().Score(context.Background(), Input{Ratings: t})
			if err != nil {
				b.Fatal(err)
			}
			weight := make([]float32, t.Raters.Len())
			for u := range weight {
				weight[u] = 1
				if u%1000 == 999 {
					weight[u] = 0
				}
			}
			for _, in := range []struct {
				name string
				Input
			}{{"cold", Input{Ratings: t}}, {"warm", Input{Ratings: t, Start: clean, Weight: weight}}} {
				b.Run(in.name, func(b *testing.B) {
					b.ReportAllocs()
					sweeps := 0
					for b.Loop() {
						r, err := NewBridging().Score(context.Background(), in.Input)
						if err != nil || len(r.Warnings) > 0 {
							b.Fatal(err, r.Warnings)
						}
						sweeps = r.Iterations
					}
					b.ReportMetric(float64(sweeps), "sweeps")
					b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/float64(sweeps)/float64(n), "ns/rating/sweep")
				})
			}
		})
	}
}
