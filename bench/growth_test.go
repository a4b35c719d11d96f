package bench

import (
	"context"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scenarios"
	"github.com/ringwatch/ringwatch/scoring"
)

// BenchmarkDataGrowth runs each stage of the data path at a thirtieth, a tenth, a
// third and all of the rows, and reports the exponent of its processor time.
func BenchmarkDataGrowth(b *testing.B) {
	ctx := context.Background()
	stages := []string{"simulate", "write CSV", "read CSV", "index", "write columns", "read columns", "fit bridging"}
	var sizes []float64
	spent := make([][]float64, len(stages))
	for range b.N {
		for _, part := range []float64{1. / 30, .1, 1. / 3, 1} {
			n := int(math.Round(part * *rows))
			dir, err := os.MkdirTemp(*folder, "growth-")
			if err != nil {
				b.Fatal(err)
			}
			var t *rating.Table
			stage := func(k int, do func() error) {
				c := measure(func() {
					if err := do(); err != nil {
						b.Fatal(err)
					}
				})
				spent[k] = append(spent[k], c.cpu.Seconds())
				b.Logf("%9d rows: %-13s %7.2f CPU s, %7.2f s, peak %5d MB",
					n, stages[k], c.cpu.Seconds(), c.wall.Seconds(), c.peak/1e6)
			}
			s, err := scenarios.Parse("world", fmt.Appendf(nil, world, n/25, n/40, n))
			if err != nil {
				b.Fatal(err)
			}
			stage(0, func() error {
				w, err := s.Simulate(ctx, 1)
				if err == nil {
					t = plainNumbers(w.Ratings.Canonical())
				}
				return err
			})
			stage(1, func() error { return rating.WriteFile(dir+"/ratings.csv", t) })
			t = nil
			stage(2, func() (err error) {
				t, _, err = rating.Read(ctx, []string{dir + "/ratings.csv"}, rating.ReadOptions{})
				return err
			})
			stage(3, func() error { t.ByRater(); t.ByItem(); return nil })
			stage(4, func() error { return rating.WriteFile(dir+"/ratings.columns", t) })
			t = nil
			stage(5, func() (err error) {
				t, _, err = rating.Read(ctx, []string{dir + "/ratings.columns"}, rating.ReadOptions{})
				return err
			})
			stage(6, func() error {
				_, err := scoring.NewBridging().Score(ctx, scoring.Input{Ratings: t})
				return err
			})
			sizes = append(sizes, part)
			os.RemoveAll(dir)
		}
	}
	for k, name := range stages {
		b.ReportMetric(exponent(sizes, spent[k]), "exponent:"+strings.ReplaceAll(name, " ", "-"))
	}
}
