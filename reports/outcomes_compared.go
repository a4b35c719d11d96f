package reports

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ringwatch/ringwatch/reports/internal/page"

	"gonum.org/v1/gonum/stat"

	"github.com/ringwatch/ringwatch/scenarios"
)

// scorersCompared sets scorers side by side: at every point, for each measure,
// how much the second's differs from the first's at the same seeds, with its
// 95% interval by Student's t.
func scorersCompared(outcomes []scenarios.Outcome) []grid {
	type at struct{ scenario, point, detector string }
	values := map[at]map[string]map[uint64]map[string]float64{} // by scorer, seed and measure
	var order []at
	for _, o := range outcomes {
		var parts []string
		for _, axis := range slices.Sorted(maps.Keys(o.Point)) {
			if axis != "scorer" {
				parts = append(parts, axisName(axis)+" "+page.Shown(fmt.Sprint(o.Point[axis])))
			}
		}
		k := at{page.Shown(o.Scenario), strings.Join(parts, ", "), o.Detector}
		if values[k] == nil {
			values[k] = map[string]map[uint64]map[string]float64{}
			order = append(order, k)
		}
		scorer := page.Shown(o.Scorer)
		if values[k][scorer] == nil {
			values[k][scorer] = map[uint64]map[string]float64{}
		}
		values[k][scorer][o.Seed] = defined(o.Measures)
	}
	g := grid{Title: "Scorers compared", Keys: 4, Header: []string{"scenario", "point", "measure", "scorers", "\tfirst",
		"\tsecond", "\tdifference", "\t95% interval", "\tseeds"},
		Shared: "Differences are of the second scorer and the first at the same seeds, " +
			"so they come from the scorers and not from the worlds."}
	for _, k := range order {
		scorers := slices.Sorted(maps.Keys(values[k]))
		for i, first := range scorers {
			for _, second := range scorers[i+1:] {
				for _, m := range []string{"shift", "shift.defended", "flips", "flips.defended", "collateral"} {
					var a, b, d []float64
					for _, seed := range slices.Sorted(maps.Keys(values[k][first])) {
						x, okX := values[k][first][seed][m]
						y, okY := values[k][second][seed][m]
						if okX && okY {
							a, b, d = append(a, x), append(b, y), append(d, y-x)
						}
					}
					if len(d) == 0 {
						continue
					}
					p, span := interval(0, d), "–"
					if len(d) > 1 {
						span = page.Short(p.Low) + " to " + page.Short(p.High)
					}
					g.Rows = append(g.Rows, []string{k.scenario, k.point, m, first + ", " + second,
						page.Short(stat.Mean(a, nil)),
						page.Short(stat.Mean(b, nil)), page.Short(p.Y), span, strconv.Itoa(len(d))})
				}
			}
		}
	}
	if len(g.Rows) == 0 {
		return nil
	}
	return []grid{g}
}
