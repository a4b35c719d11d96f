package reports

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ringwatch/ringwatch/reports/internal/page"

	"gonum.org/v1/gonum/stat"

	"github.com/ringwatch/ringwatch/scenarios"
)

// A run is all seeds of one scorer and detector at one point of one scenario.
type run struct {
	scenario, scorer, detector string
	axes                       map[string]any
	values                     map[string][]float64 // by measure
}

func (r *run) mean(measure string) (float64, bool) {
	v := r.values[measure]
	return stat.Mean(v, nil), len(v) > 0
}

// runs groups outcomes in the order of their first appearance.
func runs(outcomes []scenarios.Outcome) []*run {
	var all []*run
	seen := map[string]*run{}
	for _, o := range outcomes {
		point, _ := json.Marshal(o.Point)
		key := strings.Join([]string{o.Scenario, string(point), o.Scorer, o.Detector}, "\x00")
		r := seen[key]
		if r == nil {
			r = &run{page.Shown(o.Scenario), page.Shown(o.Scorer), page.Shown(o.Detector), o.Point,
				map[string][]float64{}}
			seen[key] = r
			all = append(all, r)
		}
		for m, v := range defined(o.Measures) {
			r.values[m] = append(r.values[m], v)
		}
	}
	return all
}

// numberAxes are the axes on which a scenario was run at two numbers or more.
func numberAxes(all []*run) []string {
	values := map[string]map[float64]bool{}
	for _, r := range all {
		for axis, v := range r.axes {
			if x, ok := asNumber(v); ok {
				if values[axis] == nil {
					values[axis] = map[float64]bool{}
				}
				values[axis][x] = true
			}
		}
	}
	var axes []string
	for _, axis := range slices.Sorted(maps.Keys(values)) {
		if len(values[axis]) > 1 {
			axes = append(axes, axis)
		}
	}
	return axes
}

func asNumber(v any) (float64, bool) {
	switch x := v.(type) {
	case float64:
		return x, true
	case int:
		return float64(x), true
	case int64:
		return float64(x), true
	case uint64:
		return float64(x), true
	}
	return 0, false
}

// other names a run by all but one axis.
func (r *run) other(axis string) string {
	parts := []string{r.scorer}
	for _, a := range slices.Sorted(maps.Keys(r.axes)) {
		if a != axis && a != "scorer" {
			parts = append(parts, axisName(a)+" "+page.Shown(fmt.Sprint(r.axes[a])))
		}
	}
	return strings.Join(parts, ", ")
}

// axisName is the last part of an axis's path.
func axisName(path string) string { return page.Shown(path[strings.LastIndexByte(path, '.')+1:]) }

// differs names what tells a run from the others of its scenario.
func (r *run) differs(all []*run) []string {
	var parts []string
	for _, a := range slices.Sorted(maps.Keys(r.axes)) {
		if a != "scorer" && a != "detector" && slices.ContainsFunc(all,
			func(o *run) bool { return fmt.Sprint(o.axes[a]) != fmt.Sprint(r.axes[a]) }) {
			parts = append(parts, axisName(a)+" "+page.Shown(fmt.Sprint(r.axes[a])))
		}
	}
	if slices.ContainsFunc(all, func(o *run) bool { return o.scorer != r.scorer }) {
		parts = append(parts, r.scorer)
	}
	if slices.ContainsFunc(all, func(o *run) bool { return o.detector != r.detector }) {
		parts = append(parts, r.detector)
	}
	return parts
}
