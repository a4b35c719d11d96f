package reports

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ringwatch/ringwatch/reports/internal/page"
)

// Pictures are drawn on a canvas of gutter, the labels of raters, and what is
// right of it. They carry classes, no colours: page.css gives those.
const (
	gutter = 128
	rowPx  = 13 // height of a rater's line, and width of a matrix column; odd, so that the pen meets whole pixels
)

// A drawing is an SVG that is being written.
type drawing struct{ strings.Builder }

// draw starts a drawing of the given size; label says what it shows to those
// who do not see it.
func draw(class string, w, h int, label string, attrs ...string) *drawing {
	d := new(drawing)
	d.add(`<svg class="%s" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-label="%s"%s>`, class, w, h, w, h,
		html.EscapeString(label), strings.Join(attrs, ""))
	return d
}

func (d *drawing) add(format string, args ...any) { fmt.Fprintf(d, format, args...) }

func (d *drawing) text(class string, x, y float64, s string) {
	d.add(`<text class="%s" x="%.1f" y="%.1f">%s</text>`, class, x, y, html.EscapeString(s))
}

// label is an identifier, short, with the whole of it shown on pointing.
func (d *drawing) label(attrs string, n int, id string) {
	d.add(`<text %s>%s`, attrs, html.EscapeString(page.Brief(n, id)))
	if page.Brief(n, id) != id {
		d.add(`<title>%s</title>`, html.EscapeString(page.Brief(200, id)))
	}
	d.WriteString("</text>")
}

func (d *drawing) done() template.HTML { d.WriteString("</svg>"); return template.HTML(d.String()) }

// Acts are points, one path for each level. The pen is square for the middle
// and better values and round for worse ones, so that they can be told apart
// without colours. They have some length, since printers drop those of none.
type acts [levels]strings.Builder

func (a *acts) put(level, x, y int) { fmt.Fprintf(&a[level], "M%d %dh.1", x, y) }

func (a *acts) draw(d *drawing) {
	for l := range a {
		if a[l].Len() > 0 {
			d.add(`<path class="act v%d" d="%s"/>`, l, a[l].String())
		}
	}
}

// draw draws raters by items.
func (m *Matrix) draw() template.HTML {
	const letters = 16 // of an item above its column
	longest := 0
	for _, it := range m.Items {
		longest = max(longest, utf8.RuneCountInString(page.Brief(letters, it)))
	}
	w, h, top := len(m.Items)*rowPx, len(m.Raters)*rowPx, 16+9*longest/2
	d := draw("matrix", gutter+w+70, top+h+2, fmt.Sprintf("Which of %s rated which of %s",
		page.Many(len(m.Raters), "member"), page.Many(len(m.Items), "target")), m.times(top))
	for j, it := range m.Items {
		x := float64(gutter+j*rowPx) + rowPx/2
		d.label(fmt.Sprintf(`class="tick" transform="translate(%.1f %d) rotate(-50)"`, x+2, top-6), letters, it)
	}
	d.WriteString(`<path class="hair" d="`)
	for i := range len(m.Raters) + 1 {
		d.add("M%d %dh%d", gutter, top+i*rowPx, w)
	}
	for j := range len(m.Items) + 1 {
		d.add("M%d %dv%d", gutter+j*rowPx, top, h)
	}
	d.WriteString(`"/>`)
	var points acts
	for i, cells := range m.Cells {
		d.label(fmt.Sprintf(`class="end" x="%d" y="%d"`, gutter-7, top+i*rowPx+10), 18, m.Raters[i])
		for j := range len(cells) {
			if l := int(cells[j]) - '0'; l >= 0 && l < levels {
				points.put(l, gutter+j*rowPx+rowPx/2, top+i*rowPx+rowPx/2)
			}
		}
	}
	points.draw(d)
	return d.done()
}

// times are the attributes by which the page's script tells the time of a cell.
func (m *Matrix) times(top int) string {
	if m.Start == "" {
		return ""
	}
	return fmt.Sprintf(` data-top="%d" data-start="%s" data-after="%s"`, top, html.EscapeString(m.Start),
		strings.Join(m.After, ";"))
}

// draw draws the ring's acts upwards and the crowd's downwards, each to its
// own scale, and below them a line of acts for each of the raters.
func (l *Timeline) draw(raters []string) template.HTML {
	const w, half, room = 800, 78, 20
	ring, crowd := 0, 0
	for i := range l.Ring {
		ring, crowd = max(ring, l.Ring[i]), max(crowd, l.Crowd[i])
	}
	h := 2*half + room + rowPx*len(l.Dots)
	d := draw("time", gutter+w+12, h+4, fmt.Sprintf("Acts on the targets over time: at most %d of the ring in one of "+
		"%d steps, at most %d of everybody else", ring, len(l.Ring), crowd))
	var hairs strings.Builder
	for _, t := range ticks(l.From, l.To) {
		x := gutter + w*t.at
		fmt.Fprintf(&hairs, "M%.1f 0V%d", x, h)
		d.text("tick", x+3, 10, t.label)
	}
	for i := range l.Dots {
		fmt.Fprintf(&hairs, "M%d %dh%d", gutter, 2*half+room+rowPx*i+rowPx/2, w)
	}
	d.add(`<path class="hair" d="%s"/>`, hairs.String())
	bars := func(class string, counts []int, most int, y, up float64) {
		step := float64(w) / float64(max(len(counts), 1))
		d.add(`<path class="%s" d="`, class)
		for i, n := range counts {
			if n > 0 {
				d.add("M%.1f %.1fh%.1fv%.1fh%.1fz", gutter+float64(i)*step+.5, y, step-1,
					up*max((half-14)*float64(n)/float64(most), 1), 1-step)
			}
		}
		d.WriteString(`"/>`)
	}
	bars("obs", l.Ring, ring, half, -1)
	bars("exp", l.Crowd, crowd, half+1, 1)
	d.add(`<path class="axis" d="M%d %d.5h%d"/>`, gutter, half, w)
	d.text("end name", gutter-7, half-22, "the ring")
	d.text("end", gutter-7, half-8, "up to "+page.Count(ring))
	d.text("end name", gutter-7, half+16, "everybody else")
	d.text("end", gutter-7, half+30, "up to "+page.Count(crowd))
	var points acts
	for i, line := range l.Dots {
		y := 2*half + room + rowPx*i + rowPx/2
		if i < len(raters) {
			d.label(fmt.Sprintf(`class="end" x="%d" y="%d"`, gutter-7, y+4), 18, raters[i])
		}
		for _, a := range line {
			points.put(a[1], gutter+a[0]*w/1000, y)
		}
	}
	points.draw(d)
	return d.done()
}

// clock draws the ring's acts by hour of the week, or by its days; deeper is more.
func (l *Timeline) clock() template.HTML {
	most := 0
	for _, n := range l.Hours {
		most = max(most, n)
	}
	perDay := len(l.Hours) / 7
	if perDay*7 != len(l.Hours) || most == 0 {
		return ""
	}
	const w, h, top = 18, 14, 16
	title := fmt.Sprintf("Acts by weekday and hour, at most %d in one hour of the week", most)
	if perDay == 1 {
		title = fmt.Sprintf("Acts by weekday, at most %d on one", most)
	}
	d := draw("clock", gutter+24*w+12, top+4+7*h, title)
	for hour := 0; hour < 24 && perDay > 1; hour += 3 {
		d.text("tick", float64(gutter+hour*w), 11, fmt.Sprintf("%02d:00", hour))
	}
	for day, name := range []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"} {
		y := top + day*h
		d.text("end", gutter-7, float64(y+11), name)
		d.add(`<path class="hair" d="M%d %dh%d"/>`, gutter, y+h/2, 24*w)
		for k, n := range l.Hours[day*perDay : (day+1)*perDay] {
			if n > 0 {
				share := float64(n) / float64(most)
				wide := w - 1
				if perDay == 1 {
					wide = max(int(24*w*share), 1)
				}
				d.add(`<rect class="obs" opacity="%.2f" x="%d" y="%d" width="%d" height="%d"/>`, .2+.8*share,
					gutter+k*w, y, wide, h-1)
			}
		}
	}
	return d.done()
}

type tick struct {
	at    float64 // in [0, 1]
	label string
}

// ticks are round times within a span, at most nine; none if it is no span.
func ticks(from, to string) []tick {
	a, errA := time.Parse(time.RFC3339, from)
	b, errB := time.Parse(time.RFC3339, to)
	if errA != nil || errB != nil || !b.After(a) {
		return nil
	}
	a, b = a.UTC(), b.UTC()
	span := b.Sub(a)
	var out []tick
	put := func(t time.Time, layout string) {
		out = append(out, tick{float64(t.Sub(a)) / float64(span), t.Format(layout)})
	}
	const day = 24 * time.Hour
	for _, step := range []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour,
		6 * time.Hour, 12 * time.Hour, day, 2 * day, 7 * day, 14 * day} {
		if span/step > 8 {
			continue
		}
		for t := a.Truncate(step).Add(step); t.Before(b); t = t.Add(step) {
			if layout := "15:04"; step < day && !t.Equal(t.Truncate(day)) {
				put(t, layout)
			} else {
				put(t, "2 Jan")
			}
		}
		return out
	}
	for _, months := range []int{1, 3, 6, 12, 24, 60, 120, 600} {
		if span > time.Duration(8*months)*30*day {
			continue
		}
		layout := "Jan 2006"
		if months >= 12 {
			layout = "2006"
		}
		first := time.Date(a.Year()-a.Year()%max(months/12, 1), 1, 1, 0, 0, 0, 0, time.UTC)
		for k := 0; ; k += months {
			t := first.AddDate(0, k, 0)
			if !t.Before(b) {
				return out
			}
			if t.After(a) {
				put(t, layout)
			}
		}
	}
	return out
}

// bar draws a measurement against the largest of its kind.
func bar(class string, v, most float64) template.HTML {
	share := 0.0
	if most > 0 {
		share = math.Abs(v) / most
	}
	return template.HTML(fmt.Sprintf(`<svg class="bar" aria-hidden="true">`+
		`<rect class="%s" width="%.2f%%" height="100%%"/></svg>`, class, max(100*min(share, 1), .4)))
}

// spanSVG draws when a ring acted within all times of the data.
func spanSVG(first, last, from, to string) template.HTML {
	var at [4]time.Time
	for i, s := range []string{first, last, from, to} {
		if len(s) == len(time.DateOnly) { // no more is told
			s += "T00:00:00Z"
		}
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return ""
		}
		at[i] = t
	}
	whole := at[3].Sub(at[2])
	if whole <= 0 || at[1].Before(at[0]) {
		return ""
	}
	x := 100 * float64(at[0].Sub(at[2])) / float64(whole)
	w := max(100*float64(at[1].Sub(at[0]))/float64(whole), 1.5)
	return template.HTML(fmt.Sprintf(`<svg class="span" aria-hidden="true"><rect class="track" y="3" width="100%%" height="2"/><rect class="obs" x="%.2f%%" width="%.2f%%" height="8" rx="2"/></svg>`,
		min(max(x, 0), 98.5), min(w, 100)))
}

// changePictures draws each item's score without and with a ring, to one scale.
func changePictures(all []Change) func(Change) template.HTML {
	low, high := math.Inf(1), math.Inf(-1)
	for _, c := range all {
		for _, v := range []*float32{c.With, c.Without} {
			if v != nil {
				low, high = min(low, float64(*v)), max(high, float64(*v))
			}
		}
	}
	return func(c Change) template.HTML {
		if c.With == nil || c.Without == nil || low >= high {
			return ""
		}
		x := func(v *float32) float64 { return 6 + 148*(float64(*v)-low)/(high-low) }
		return template.HTML(fmt.Sprintf(`<svg class="change" width="160" height="14" aria-hidden="true"><path d="M%.0f 7H%.0f"/><circle class="without" cx="%.0[1]f" cy="7" r="4"/><circle cx="%.0[2]f" cy="7" r="4"/></svg>`,
			math.Round(x(c.Without)), math.Round(x(c.With))))
	}
}

// maxSlopes caps the lines of the slope chart; targets that the attack moved
// most come first.
const maxSlopes = 60

// draw draws each target's score clean, attacked and defended.
func (e *experimentDoc) draw() template.HTML {
	low, high := math.Inf(1), math.Inf(-1)
	for _, t := range e.Targets {
		for _, v := range []*float32{t.Clean, t.Attacked, t.Defended} {
			if v != nil {
				low, high = min(low, float64(*v)), max(high, float64(*v))
			}
		}
	}
	if low >= high {
		return ""
	}
	y := func(v float64) float64 { return 220 - 190*(v-low)/(high-low) }
	d := draw("slope", 640, 250, "Scores of the targets clean, attacked and defended; the table holds the numbers")
	for i, name := range []string{"clean", "attacked", "defended"} {
		d.add(`<path class="axis" d="M%d 24V226"/>`, 90+230*i)
		d.text("mid name", float64(90+230*i), 244, name)
	}
	for _, v := range []float64{low, high} {
		d.text("end", 82, y(v)+4, page.Short(v))
	}
	if low < 0 && high > 0 {
		d.add(`<path class="hair" d="M90 %.1fH550"/>`, y(0))
		d.text("end", 82, y(0)+4, "0")
	}
	for _, t := range e.Targets[:min(len(e.Targets), maxSlopes)] {
		if t.Clean != nil && t.Attacked != nil && t.Defended != nil {
			class := "promote"
			if t.Goal == "bury" {
				class = "bury"
			}
			d.add(`<polyline class="%s" points="90,%.1f 320,%.1f 550,%.1f"/>`, class, y(float64(*t.Clean)),
				y(float64(*t.Attacked)), y(float64(*t.Defended)))
		}
	}
	return d.done()
}
