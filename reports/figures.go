package reports

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"image/color"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/ringwatch/ringwatch/reports/internal/page"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	vgdraw "gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/scenarios"
)

// A Figure is one picture of outcomes, and the numbers in it.
type Figure struct {
	Name   string // of its files
	Title  string
	X, Y   string // what the axes are, with units
	Labels []string
	Lines  bool // points of a series are joined
	Share  bool // values are of 0 to 1, and so are intervals
	Series []Series
}

// A Series is one line of a figure, or its points of one kind.
type Series struct {
	Name   string
	Points []Point
}

// A Point is a mean over seeds, with its 95% interval by Student's t; without
// two seeds the interval is the mean.
type Point struct {
	X         float64
	Y         float64
	Low, High float64
	Seeds     int
}

// interval is the mean of values and its 95% interval.
func interval(x float64, values []float64) Point {
	mean, sd := stat.MeanStdDev(values, nil)
	p := Point{X: x, Y: mean, Low: mean, High: mean, Seeds: len(values)}
	if n := float64(len(values)); n > 1 {
		half := distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile(.975) * sd / math.Sqrt(n)
		p.Low, p.High = mean-half, mean+half
	}
	return p
}

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
			r = &run{page.Shown(o.Scenario), page.Shown(o.Scorer), page.Shown(o.Detector), o.Point, map[string][]float64{}}
			seen[key] = r
			all = append(all, r)
		}
		for m, v := range defined(o.Measures) {
			r.values[m] = append(r.values[m], v)
		}
	}
	return all
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

// Figures draws outcomes: of every scenario with an axis of numbers, curves
// over it; the cost at which targets flip; of all scenarios, clean, attacked
// and defended side by side, and detection against harm.
func Figures(outcomes []scenarios.Outcome) []Figure {
	var out []Figure
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
func unique(all []Figure) []Figure {
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

// curves are the measures over one axis, and where on it targets begin to flip.
func curves(scenario, axis string, all []*run) []Figure {
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
	line := func(name, measure string, rs []*run) Series {
		s := Series{Name: name}
		for _, r := range rs {
			if v := r.values[measure]; len(v) > 0 {
				x, _ := asNumber(r.axes[axis])
				s.Points = append(s.Points, interval(x, v))
			}
		}
		slices.SortStableFunc(s.Points, func(a, b Point) int { return cmp.Compare(a.X, b.X) })
		return s
	}
	var out []Figure
	add := func(f Figure) {
		f.Series = slices.DeleteFunc(f.Series, func(s Series) bool { return len(s.Points) < 2 })
		if len(f.Series) > 0 {
			out = append(out, f)
		}
	}
	names = names[:min(len(names), maxSeries)]
	for _, p := range pairedMeasures {
		f := Figure{Name: scenario + "-" + axisName(axis) + "-" + p.name, Title: scenario + ": " + p.unit, X: axisName(axis), Y: p.unit, Lines: true}
		for _, g := range names[:min(len(names), maxSeries/2)] {
			f.Series = append(f.Series, line(g+", attacked", p.attacked, groups[g]), line(g+", defended", p.defended, groups[g]))
		}
		add(f)
	}
	for _, m := range singleMeasures {
		f := Figure{Name: scenario + "-" + axisName(axis) + "-" + m.name, Title: scenario + ": " + m.name, X: axisName(axis), Y: m.unit, Lines: true, Share: true}
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
func frontier(scenario, axis string, names []string, groups map[string][]*run) (Figure, bool) {
	f := Figure{Name: scenario + "-" + axisName(axis) + "-cost-to-flip", Title: scenario + ": what it takes to flip targets",
		X: "targets whose status changed", Y: axisName(axis), Lines: true}
	for _, g := range names[:min(len(names), maxSeries/2)] {
		for _, kind := range [][2]string{{"flips", "attacked"}, {"flips.defended", "defended"}} {
			var at []Point
			for _, r := range groups[g] {
				if y, ok := r.mean(kind[0]); ok {
					x, _ := asNumber(r.axes[axis])
					at = append(at, Point{X: x, Y: y, Seeds: len(r.values[kind[0]])})
				}
			}
			slices.SortStableFunc(at, func(a, b Point) int { return cmp.Compare(a.X, b.X) })
			if s := crossings(at); len(s) > 0 {
				f.Series = append(f.Series, Series{g + ", " + kind[1], s})
			}
		}
	}
	return f, slices.ContainsFunc(f.Series, func(s Series) bool { return len(s.Points) > 0 })
}

// crossings are, for each whole number of flips that is reached, the least x.
func crossings(at []Point) []Point {
	var out []Point
	for want := 1.0; want <= 1000; want++ {
		k := slices.IndexFunc(at, func(p Point) bool { return p.Y >= want })
		if k < 0 {
			break
		}
		x := at[k].X
		if k > 0 && at[k].Y > at[k-1].Y {
			x = at[k-1].X + (at[k].X-at[k-1].X)*(want-at[k-1].Y)/(at[k].Y-at[k-1].Y)
		}
		out = append(out, Point{X: want, Y: x, Low: x, High: x, Seeds: at[k].Seeds})
	}
	return out
}

// sideBySide shows every scenario clean, which is 0, attacked and defended, by
// point and scorer: means are over seeds alone.
func sideBySide(name, attacked, defended, unit string, order []string, by map[string][]*run) Figure {
	f := Figure{Name: "all-" + name, Title: "Clean, attacked and defended: " + unit, Y: unit}
	series, left := [3]Series{{Name: "clean"}, {Name: "attacked"}, {Name: "defended"}}, 0
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
			series[0].Points = append(series[0].Points, Point{X: x, Seeds: len(a)})
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

// differs names what tells a run from the others of its scenario.
func (r *run) differs(all []*run) []string {
	var parts []string
	for _, a := range slices.Sorted(maps.Keys(r.axes)) {
		if a != "scorer" && a != "detector" && slices.ContainsFunc(all, func(o *run) bool { return fmt.Sprint(o.axes[a]) != fmt.Sprint(r.axes[a]) }) {
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

// detectionHarm sets what was found against the honest raters who were taken
// for members, a point for each run, a kind for each scorer.
func detectionHarm(all []*run) Figure {
	f := Figure{Name: "all-detection-harm", Title: "Detection against harm", X: "recall: share of brigade members found", Y: "share of honest raters in a ring", Share: true}
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
				f.Series = append(f.Series, Series{Name: r.detector})
			}
			f.Series[k].Points = append(f.Series[k].Points, interval(x, y))
		}
	}
	f.clip()
	return f
}

// clip keeps the intervals of shares within 0 to 1.
func (f *Figure) clip() {
	for _, s := range f.Series {
		for i := range s.Points {
			p := &s.Points[i]
			p.Low, p.High = max(p.Low, min(0, p.Y)), min(p.High, max(1, p.Y))
		}
	}
}

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
	g := grid{Title: "Scorers compared", Keys: 4, Header: []string{"scenario", "point", "measure", "scorers", "\tfirst", "\tsecond", "\tdifference", "\t95% interval", "\tseeds"},
		Shared: "Differences are of the second scorer and the first at the same seeds, so they are of the scorers and not of the worlds."}
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
					g.Rows = append(g.Rows, []string{k.scenario, k.point, m, first + ", " + second, page.Short(stat.Mean(a, nil)), page.Short(stat.Mean(b, nil)), page.Short(p.Y), span, strconv.Itoa(len(d))})
				}
			}
		}
	}
	if len(g.Rows) == 0 {
		return nil
	}
	return []grid{g}
}

// The colours of series: those of Okabe and Ito, which the colour-blind tell
// apart, with dashes and shapes that differ as well.
var palette = []color.NRGBA{{0, 114, 178, 255}, {213, 94, 0, 255}, {0, 158, 115, 255}, {204, 121, 167, 255}, {86, 180, 233, 255}, {230, 159, 0, 255}, {90, 90, 90, 255}, {150, 60, 60, 255}}

var shapes = []vgdraw.GlyphDrawer{vgdraw.CircleGlyph{}, vgdraw.SquareGlyph{}, vgdraw.TriangleGlyph{}, vgdraw.RingGlyph{}, vgdraw.PyramidGlyph{}, vgdraw.BoxGlyph{}, vgdraw.CrossGlyph{}, vgdraw.PlusGlyph{}}

// intervals makes points of a series what gonum draws bars of.
type intervals []Point

func (p intervals) Len() int                       { return len(p) }
func (p intervals) XY(i int) (x, y float64)        { return p[i].X, p[i].Y }
func (p intervals) YError(i int) (low, hi float64) { return p[i].Y - p[i].Low, p[i].High - p[i].Y }

func (f *Figure) plot() (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = page.Brief(90, f.Title), f.X, f.Y
	p.Legend.Top, p.Legend.Left = true, true
	p.Add(plotter.NewGrid())
	for k, s := range f.Series {
		shift := 0.0
		if len(f.Labels) > 0 {
			shift = .18 * (float64(k) - 1)
		}
		xy := make(intervals, len(s.Points))
		for i, q := range s.Points {
			xy[i] = q
			xy[i].X += shift
		}
		ink := palette[k%len(palette)]
		dots, err := plotter.NewScatter(xy)
		if err != nil {
			return nil, err
		}
		dots.Color, dots.Shape, dots.Radius = ink, shapes[k%len(shapes)], vg.Points(3)
		p.Add(dots)
		if f.Lines && len(xy) > 1 {
			l, err := plotter.NewLine(xy)
			if err != nil {
				return nil, err
			}
			l.Color, l.Width = ink, vg.Points(1.2)
			if k%2 == 1 {
				l.Dashes = []vg.Length{vg.Points(4), vg.Points(2)}
			}
			p.Add(l)
			p.Legend.Add(page.Brief(48, s.Name), l, dots)
		} else {
			p.Legend.Add(page.Brief(48, s.Name), dots)
		}
		bars, err := plotter.NewYErrorBars(xy)
		if err != nil {
			return nil, err
		}
		bars.Color, bars.Width = ink, vg.Points(.8)
		p.Add(bars)
	}
	if len(f.Labels) > 0 {
		short := make([]string, len(f.Labels))
		for i, l := range f.Labels {
			short[i] = page.Brief(28, l)
		}
		p.NominalX(short...)
		p.X.Tick.Label.Rotation, p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = math.Pi/4, vgdraw.XRight, vgdraw.YCenter
	}
	if f.Share { // the same scale in all, if only as wide as is needed
		p.Y.Min, p.Y.Max = 0, max(p.Y.Max, .05)
	}
	if span := p.X.Max - p.X.Min; span > 0 {
		p.X.Min, p.X.Max = p.X.Min-.02*span, p.X.Max+.04*span
	}
	if span := p.Y.Max - p.Y.Min; span > 0 {
		p.Y.Max += .04 * span * float64(1+len(f.Series)) // room for the legend
		p.Y.Min -= .03 * span
	}
	return p, nil
}

func (f *Figure) size() (w, h vg.Length) {
	w, h = 7*vg.Inch, 4.2*vg.Inch
	if n := len(f.Labels); n > 0 {
		w, h = max(w, vg.Length(n)*.45*vg.Inch), 5*vg.Inch
	}
	return w, h
}

// SVG writes the figure as a picture of lines.
func (f *Figure) SVG(w io.Writer) error {
	p, err := f.plot()
	if err != nil {
		return err
	}
	c := vgsvg.New(f.size())
	p.Draw(vgdraw.New(c))
	_, err = c.WriteTo(w)
	return err
}

// PNG writes the figure as a picture of 144 dots to the inch.
func (f *Figure) PNG(w io.Writer) error {
	p, err := f.plot()
	if err != nil {
		return err
	}
	width, height := f.size()
	c := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(144))
	p.Draw(vgdraw.New(c))
	_, err = vgimg.PngCanvas{Canvas: c}.WriteTo(w)
	return err
}

// CSV writes the numbers of the figure: series,x,y,low,high,seeds, where x is a
// label in a figure that has some.
func (f *Figure) CSV(w io.Writer) error {
	return table(w, "series,x,y,low,high,seeds", func(put func(...string)) {
		for _, s := range f.Series {
			for _, p := range s.Points {
				x := number(p.X)
				if len(f.Labels) > 0 {
					x = inert(f.Labels[int(p.X)])
				}
				put(inert(s.Name), x, number(p.Y), number(p.Low), number(p.High), strconv.Itoa(p.Seeds))
			}
		}
	})
}

// WriteFigures writes the figures of outcomes to a folder, each as .svg, .png
// and .csv, and run.json, as WriteCase does.
func WriteFigures(to *output.Folder, outcomes []scenarios.Outcome, run Provenance) (n int, err error) {
	content := output.Parts{}
	all := Figures(outcomes)
	for i := range all {
		f := &all[i]
		content[f.Name+".svg"], content[f.Name+".png"], content[f.Name+".csv"] = f.SVG, f.PNG, f.CSV
	}
	return len(all), WriteFolder(to, content, run)
}

// inline is the figure as a part of a page.
func (f *Figure) inline() (string, error) {
	var b bytes.Buffer
	if err := f.SVG(&b); err != nil {
		return "", err
	}
	_, s, _ := strings.Cut(b.String(), "<svg ")
	return `<svg class="plot" role="img" aria-label="` + escaped(f.Title+"; the numbers are in the table below") + `" ` + s, nil
}
