package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/ringwatch/ringwatch/reports/internal/page"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/ringwatch/ringwatch/scenarios"
)

// A figure is one picture of outcomes, and the numbers in it.
type figure struct {
	Name   string // of its files
	Title  string
	X, Y   string // what the axes are, with units
	Labels []string
	Lines  bool // points of a series are joined
	Share  bool // values are of 0 to 1, and so are intervals
	Series []series
}

// A Series is one line of a figure, or its points of one kind.
type series struct {
	Name   string
	Points []point
}

// A Point is a mean over seeds, with its 95% interval by Student's t; without
// two seeds the interval is the mean.
type point struct {
	X         float64
	Y         float64
	Low, High float64
	Seeds     int
}

// interval is the mean of values and its 95% interval.
func interval(x float64, values []float64) point {
	mean, sd := stat.MeanStdDev(values, nil)
	p := point{X: x, Y: mean, Low: mean, High: mean, Seeds: len(values)}
	if n := float64(len(values)); n > 1 {
		half := distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile(.975) * sd / math.Sqrt(n)
		p.Low, p.High = mean-half, mean+half
	}
	return p
}

// The measures that figures are drawn of: each attacked, and defended.
var pairedMeasures = []struct{ name, attacked, defended, unit string }{
	{"shift", "shift", "shift.defended", "shift of the targets' scores"},
	{"flips", "flips", "flips.defended", "targets whose status changed"},
}

var singleMeasures = []struct{ name, unit string }{
	{"recall", "share of brigade members found"}, {"precision", "share of those found who are brigade members"},
	{"silenced", "share of honest raters in a ring"}, {"collateral", "share of other items whose status changed"},
}

// Caps of what one figure shows.
const (
	maxSeries    = 8
	maxScenarios = 40
)

// figuresOf draws outcomes: of every scenario with an axis of numbers, curves
// over it; the cost at which targets flip; of all scenarios, clean, attacked
// and defended side by side, and detection against harm.
func figuresOf(outcomes []scenarios.Outcome) []figure {
	var out []figure
	all := runs(outcomes)
	byScenario := map[string][]*run{}
	var order []string
	for _, r := range all {
		if byScenario[r.scenario] == nil {
			order = append(order, r.scenario)
		}
		byScenario[r.scenario] = append(byScenario[r.scenario], r)
	}
	for _, name := range order {
		for _, axis := range numberAxes(byScenario[name]) {
			out = append(out, curves(name, axis, byScenario[name])...)
		}
	}
	for _, p := range pairedMeasures {
		if f := sideBySide(p.name, p.attacked, p.defended, p.unit, order, byScenario); len(f.Series) > 0 {
			out = append(out, f)
		}
	}
	if f := detectionHarm(all); len(f.Series) > 0 {
		out = append(out, f)
	}
	return unique(out)
}

// unique gives figures names of files that differ.
func unique(all []figure) []figure {
	seen := map[string]int{}
	for i := range all {
		name := strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
				return r
			}
			return '-'
		}, all[i].Name)
		for strings.Contains(name, "--") {
			name = strings.ReplaceAll(name, "--", "-")
		}
		name = cmp.Or(strings.Trim(name[:min(len(name), 80)], "-"), "figure")
		if seen[name]++; seen[name] > 1 {
			name += "-" + strconv.Itoa(seen[name])
		}
		all[i].Name = name
	}
	return all
}

// curves are the measures over one axis, and where on it targets begin to flip.
func curves(scenario, axis string, all []*run) []figure {
	groups, names := map[string][]*run{}, []string{}
	for _, r := range all {
		if _, ok := asNumber(r.axes[axis]); ok {
			g := r.other(axis)
			if groups[g] == nil {
				names = append(names, g)
			}
			groups[g] = append(groups[g], r)
		}
	}
	line := func(name, measure string, rs []*run) series {
		s := series{Name: name}
		for _, r := range rs {
			if v := r.values[measure]; len(v) > 0 {
				x, _ := asNumber(r.axes[axis])
				s.Points = append(s.Points, interval(x, v))
			}
		}
		slices.SortStableFunc(s.Points, func(a, b point) int { return cmp.Compare(a.X, b.X) })
		return s
	}
	var out []figure
	add := func(f figure) {
		f.Series = slices.DeleteFunc(f.Series, func(s series) bool { return len(s.Points) < 2 })
		if len(f.Series) > 0 {
			out = append(out, f)
		}
	}
	names = names[:min(len(names), maxSeries)]
	for _, p := range pairedMeasures {
		f := figure{Name: scenario + "-" + axisName(axis) + "-" + p.name, Title: scenario + ": " + p.unit,
			X: axisName(axis), Y: p.unit, Lines: true}
		for _, g := range names[:min(len(names), maxSeries/2)] {
			f.Series = append(f.Series, line(g+", attacked", p.attacked, groups[g]),
				line(g+", defended", p.defended, groups[g]))
		}
		add(f)
	}
	for _, m := range singleMeasures {
		f := figure{Name: scenario + "-" + axisName(axis) + "-" + m.name, Title: scenario + ": " + m.name,
			X: axisName(axis), Y: m.unit, Lines: true, Share: true}
		for _, g := range names {
			f.Series = append(f.Series, line(g, m.name, groups[g]))
		}
		f.clip()
		add(f)
	}
	if f, ok := frontier(scenario, axis, names, groups); ok {
		out = append(out, f)
	}
	return out
}

// frontier is what it takes to flip: for each number of targets, the least
// value of the axis from which on as many flip on average, between the values
// that were run by a straight line. A number that is never reached is absent.
func frontier(scenario, axis string, names []string, groups map[string][]*run) (figure, bool) {
	f := figure{Name: scenario + "-" + axisName(axis) + "-cost-to-flip",
		Title: scenario + ": what it takes to flip targets",
		X:     "targets whose status changed", Y: axisName(axis), Lines: true}
	for _, g := range names[:min(len(names), maxSeries/2)] {
		for _, kind := range [][2]string{{"flips", "attacked"}, {"flips.defended", "defended"}} {
			var at []point
			for _, r := range groups[g] {
				if y, ok := r.mean(kind[0]); ok {
					x, _ := asNumber(r.axes[axis])
					at = append(at, point{X: x, Y: y, Seeds: len(r.values[kind[0]])})
				}
			}
			slices.SortStableFunc(at, func(a, b point) int { return cmp.Compare(a.X, b.X) })
			if s := crossings(at); len(s) > 0 {
				f.Series = append(f.Series, series{g + ", " + kind[1], s})
			}
		}
	}
	return f, slices.ContainsFunc(f.Series, func(s series) bool { return len(s.Points) > 0 })
}

// crossings are, for each whole number of flips that is reached, the least x.
func crossings(at []point) []point {
	var out []point
	for want := 1.0; want <= 1000; want++ {
		k := slices.IndexFunc(at, func(p point) bool { return p.Y >= want })
		if k < 0 {
			break
		}
		x := at[k].X
		if k > 0 && at[k].Y > at[k-1].Y {
			x = at[k-1].X + (at[k].X-at[k-1].X)*(want-at[k-1].Y)/(at[k].Y-at[k-1].Y)
		}
		out = append(out, point{X: want, Y: x, Low: x, High: x, Seeds: at[k].Seeds})
	}
	return out
}

// sideBySide shows every scenario clean, which is 0, attacked and defended, by
// point and scorer: means are over seeds alone.
func sideBySide(name, attacked, defended, unit string, order []string, by map[string][]*run) figure {
	f := figure{Name: "all-" + name, Title: "Clean, attacked and defended: " + unit, Y: unit}
	series, left := [3]series{{Name: "clean"}, {Name: "attacked"}, {Name: "defended"}}, 0
	for _, s := range order {
		for _, r := range by[s] {
			a, d := r.values[attacked], r.values[defended]
			if len(a) == 0 || len(d) == 0 {
				continue
			}
			if len(f.Labels) == maxScenarios {
				left++
				continue
			}
			x, label := float64(len(f.Labels)), s
			if len(by[s]) > 1 {
				label = strings.Join(append([]string{s}, r.differs(by[s])...), ", ")
			}
			f.Labels = append(f.Labels, label)
			series[0].Points = append(series[0].Points, point{X: x, Seeds: len(a)})
			series[1].Points = append(series[1].Points, interval(x, a))
			series[2].Points = append(series[2].Points, interval(x, d))
		}
	}
	if left > 0 {
		f.Title += fmt.Sprintf(" (%s not drawn)", page.Many(left, "more point"))
	}
	if len(f.Labels) > 0 {
		f.Series = series[:]
	}
	return f
}

// detectionHarm sets what was found against the honest raters who were taken
// for members, a point for each run, a kind for each scorer.
func detectionHarm(all []*run) figure {
	f := figure{Name: "all-detection-harm", Title: "Detection against harm",
		X: "recall: share of brigade members found", Y: "share of honest raters in a ring", Share: true}
	points := map[string]int{}
	for _, r := range all {
		x, okX := r.mean("recall")
		if y := r.values["silenced"]; okX && len(y) > 0 {
			k, ok := points[r.detector]
			if !ok {
				if len(f.Series) == maxSeries {
					continue
				}
				k = len(f.Series)
				points[r.detector] = k
				f.Series = append(f.Series, series{Name: r.detector})
			}
			f.Series[k].Points = append(f.Series[k].Points, interval(x, y))
		}
	}
	f.clip()
	return f
}

// clip keeps the intervals of shares within 0 to 1.
func (f *figure) clip() {
	for _, s := range f.Series {
		for i := range s.Points {
			p := &s.Points[i]
			p.Low, p.High = max(p.Low, min(0, p.Y)), min(p.High, max(1, p.Y))
		}
	}
}
