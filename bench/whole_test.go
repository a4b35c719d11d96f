package bench

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/scenarios"
	"github.com/ringwatch/ringwatch/scoring"
)

func all() (detectors []detect.Detector) {
	for _, newDetector := range detect.All {
		detectors = append(detectors, newDetector())
	}
	return detectors
}

// BenchmarkDetect is ringwatch detect without its report: reading, the null,
// all detectors, scores, and what each ring does to them.
func BenchmarkDetect(b *testing.B) {
	path := simulated(b, int(*rows))
	rings := 0
	run(b, int(*rows), func() {
		rings = len(whole(b, path, func(string) {}))
	})
	b.ReportMetric(float64(rings), "rings")
}

// whole runs all of it and calls stage at the end of each.
func whole(b *testing.B, path string, stage func(name string)) []detect.Ring {
	b.Helper()
	ctx := context.Background()
	t := table(b, path)
	stage("read")
	now := ""
	f, err := detect.Run(ctx, detect.Input{Ratings: t, Progress: func(name string, done, total int) {
		if now != "" && name != now {
			stage(now)
		}
		now = name
	}}, all())
	if err != nil {
		b.Fatal(err)
	}
	stage(now)
	in := scoring.Input{Ratings: t}
	clean, err := scoring.NewBridging().Score(ctx, in)
	if err != nil {
		b.Fatal(err)
	}
	stage("score")
	if _, _, err := scenarios.Impacts(ctx, scoring.NewBridging(), in, clean, f.Rings,
		scenarios.DefaultImpacts()); err != nil {
		b.Fatal(err)
	}
	stage("effect on scores")
	return f.Rings
}

// BenchmarkScore is ringwatch score --scorer bridging without writing files.
func BenchmarkScore(b *testing.B) {
	path := simulated(b, int(*rows))
	run(b, int(*rows), func() {
		if _, err := scoring.NewBridging().Score(context.Background(),
			scoring.Input{Ratings: table(b, path)}); err != nil {
			b.Fatal(err)
		}
	})
}

// BenchmarkGrowth runs BenchmarkDetect at a tenth, three tenths and all of the
// rows, and reports for each stage the exponent of its processor time. Below
// half a second in all there is none.
func BenchmarkGrowth(b *testing.B) {
	var sizes []float64
	spent := map[string][]float64{}
	var order []string
	for range b.N {
		for _, part := range []float64{.1, .3, 1} {
			path := simulated(b, int(part*(*rows)))
			last := cpuTime()
			at := len(sizes)
			sizes = append(sizes, part)
			c := measure(func() {
				whole(b, path, func(name string) {
					if spent[name] == nil {
						order = append(order, name)
					}
					for len(spent[name]) <= at {
						spent[name] = append(spent[name], 0)
					}
					now := cpuTime()
					spent[name][at] += (now - last).Seconds()
					last = now
				})
			})
			b.Logf("%d rows: %.1f CPU s, %.1f s, peak %d MB", int(part*(*rows)), c.cpu.Seconds(),
				c.wall.Seconds(), c.peak/1e6)
		}
	}
	for _, name := range order {
		b.Logf("%-32s %6.2f CPU s, exponent %.2f", name, spent[name], exponent(sizes, spent[name]))
		if slices.Max(spent[name]) > .5 {
			b.ReportMetric(exponent(sizes, spent[name]), "exponent:"+strings.ReplaceAll(name, " ", "-"))
		}
	}
}

// exponent is the slope of ln spent over ln size.
func exponent(size, spent []float64) float64 {
	n, x, y, xx, xy := 0., 0., 0., 0., 0.
	for i, s := range spent {
		if s > 0 {
			u, v := math.Log(size[i]), math.Log(s)
			n, x, y, xx, xy = n+1, x+u, y+v, xx+u*u, xy+u*v
		}
	}
	return (n*xy - x*y) / (n*xx - x*x)
}

// BenchmarkCoaction finds the rings in data made by coaction.py, which -data
// must hold as coaction_N.csv and truth_N.csv, N being the rows.
func BenchmarkCoaction(b *testing.B) {
	data := filepath.Join(*folder, fmt.Sprintf("coaction_%d.csv", int(*rows)))
	truth, err := os.Open(filepath.Join(*folder, fmt.Sprintf("truth_%d.csv", int(*rows))))
	if errors.Is(err, fs.ErrNotExist) {
		b.Skipf("%s and the truth beside it are not there: make them with coaction.py --rows %d --out DIR, "+
			"and give -data DIR", data, int(*rows))
	} else if err != nil {
		b.Fatal(err)
	}
	defer truth.Close()
	lines, err := csv.NewReader(truth).ReadAll()
	if err != nil {
		b.Fatal(err)
	}
	member := map[string]bool{}
	for _, line := range lines[1:] {
		member[line[0]] = true
	}
	found, flagged := 0, 0
	run(b, int(*rows), func() {
		t := table(b, data)
		f, err := detect.Run(context.Background(), detect.Input{Ratings: t},
			[]detect.Detector{detect.NewGroup(), detect.NewSynchrony()})
		if err != nil {
			b.Fatal(err)
		}
		found, flagged = 0, 0
		for _, r := range f.Rings {
			flagged += len(r.Raters)
			for _, u := range r.Raters {
				if member[t.Raters.Name(u)] {
					found++
				}
			}
		}
	})
	b.ReportMetric(float64(found)/float64(max(1, flagged)), "precision")
	b.ReportMetric(float64(found)/float64(len(member)), "recall")
}
