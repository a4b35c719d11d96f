package reports

import (
	"bytes"
	"image/color"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/ringwatch/ringwatch/reports/internal/page"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	vgdraw "gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/scenarios"
)

// The colours of series: those of Okabe and Ito, which the colour-blind tell
// apart, with dashes and shapes that differ as well.
var palette = []color.NRGBA{{0, 114, 178, 255}, {213, 94, 0, 255}, {0, 158, 115, 255}, {204, 121, 167, 255},
	{86, 180, 233, 255}, {230, 159, 0, 255}, {90, 90, 90, 255}, {150, 60, 60, 255}}

var shapes = []vgdraw.GlyphDrawer{vgdraw.CircleGlyph{}, vgdraw.SquareGlyph{}, vgdraw.TriangleGlyph{},
	vgdraw.RingGlyph{}, vgdraw.PyramidGlyph{}, vgdraw.BoxGlyph{}, vgdraw.CrossGlyph{}, vgdraw.PlusGlyph{}}

// intervals makes points of a series what gonum draws bars of.
type intervals []point

func (p intervals) Len() int { return len(p) }

func (p intervals) XY(i int) (x, y float64) { return p[i].X, p[i].Y }

func (p intervals) YError(i int) (low, hi float64) { return p[i].Y - p[i].Low, p[i].High - p[i].Y }

func (f *figure) plot() (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = page.Brief(90, f.Title), f.X, f.Y
	p.Legend.Top, p.Legend.Left = true, true
	p.Add(plotter.NewGrid())
	for k := range f.Series {
		if err := f.addSeries(p, k); err != nil {
			return nil, err
		}
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

// addSeries draws a series: dots, their intervals, and a line where there is one.
func (f *figure) addSeries(p *plot.Plot, k int) error {
	s := &f.Series[k]
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
		return err
	}
	dots.Color, dots.Shape, dots.Radius = ink, shapes[k%len(shapes)], vg.Points(3)
	p.Add(dots)
	if f.Lines && len(xy) > 1 {
		l, err := plotter.NewLine(xy)
		if err != nil {
			return err
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
		return err
	}
	bars.Color, bars.Width = ink, vg.Points(.8)
	p.Add(bars)
	return nil
}

func (f *figure) size() (w, h vg.Length) {
	w, h = 7*vg.Inch, 4.2*vg.Inch
	if n := len(f.Labels); n > 0 {
		w, h = max(w, vg.Length(n)*.45*vg.Inch), 5*vg.Inch
	}
	return w, h
}

// SVG writes the figure as a picture of lines.
func (f *figure) SVG(w io.Writer) error {
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
func (f *figure) PNG(w io.Writer) error {
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
func (f *figure) CSV(w io.Writer) error {
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
	all := figuresOf(outcomes)
	for i := range all {
		f := &all[i]
		content[f.Name+".svg"], content[f.Name+".png"], content[f.Name+".csv"] = f.SVG, f.PNG, f.CSV
	}
	return len(all), WriteFolder(to, content, run)
}

// inline is the figure as a part of a page.
func (f *figure) inline() (string, error) {
	var b bytes.Buffer
	if err := f.SVG(&b); err != nil {
		return "", err
	}
	_, s, _ := strings.Cut(b.String(), "<svg ")
	return `<svg class="plot" role="img" aria-label="` +
		escaped(f.Title+"; the numbers are in the table below") + `" ` + s, nil
}
