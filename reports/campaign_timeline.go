package reports

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/ringwatch/ringwatch/detect/campaigns"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports/internal/page"
)

// A CampaignTimeline is an item's ratings over time: counts of low, middle and high
// votes in equal steps from From to To.
type CampaignTimeline struct {
	From     string    `json:"from"`
	To       string    `json:"to"`
	Few      [][3]int  `json:"few"`
	Others   [][3]int  `json:"others"`
	Expected []float64 `json:"expected"` // of the few, at the rate of other times
	Begin    int       `json:"begin"`    // the campaign's first step
	End      int       `json:"end"`      // and its last
}

const timelineSteps = 100

func newCampaignTimeline(t *rating.Table, x *campaigns.Campaign) *CampaignTimeline {
	rows := t.ByItem().Rows(x.Item)
	first, last := int64(t.Time[rows[0]]), int64(t.Time[rows[len(rows)-1]])
	// Some life around the campaign, in which it can be seen.
	width := max(10*(int64(x.To)-int64(x.From)), 14*86400)
	first, last = max(first, int64(x.From)-width), min(last, int64(x.To)+width)
	step := max((last-first)/timelineSteps+1, 1)
	n := int((last-first)/step) + 1
	l := &CampaignTimeline{From: stamp(int32(first)), To: stamp(int32(last)), Few: make([][3]int, n),
		Others: make([][3]int, n), Expected: make([]float64, n),
		Begin: int((int64(x.From) - first) / step), End: int((int64(x.To) - first) / step)}
	rate := x.Expected / float64(l.End-l.Begin+1)
	for k := range l.Expected {
		l.Expected[k] = rate
	}
	by := t.ByRater()
	for _, k := range rows {
		at := int64(t.Time[k])
		if at < first || at > last {
			continue
		}
		level := min(int(3*t.Value[k]), 2)
		if s := (at - first) / step; by.Count(t.Rater[k]) <= x.Few {
			l.Few[s][level]++
		} else {
			l.Others[s][level]++
		}
	}
	return l
}

// coarsen leaves of a campaign's times their days.
func (c *Campaign) coarsen() {
	if c.Timeline != nil {
		c.Timeline = c.Timeline.inDays()
	}
	exact := page.When(c.From, c.To)
	c.From, c.To = dayOf(c.From), dayOf(c.To)
	c.Why = strings.Replace(c.Why, exact, page.When(c.From, c.To), 1)
}

// inDays returns the timeline in steps of a day at least.
func (l *CampaignTimeline) inDays() *CampaignTimeline {
	from, to, err := span(l.From, l.To)
	if err != nil {
		return nil
	}
	const day = 24 * time.Hour
	begin := from.Truncate(day)
	step := max(to.Sub(from)/timelineSteps, time.Second)
	days := max(1, int(step/day)) // of a step
	at := func(k int) int { return int(from.Add(time.Duration(k)*step).Sub(begin) / (time.Duration(days) * day)) }
	n := at(len(l.Few)-1) + 1
	out := &CampaignTimeline{From: begin.Format(time.RFC3339),
		To:  begin.Add(time.Duration(n*days) * day).Format(time.RFC3339),
		Few: make([][3]int, n), Others: make([][3]int, n), Expected: make([]float64, n),
		Begin: at(l.Begin), End: at(l.End)}
	for k := range l.Few {
		for level := range l.Few[k] {
			out.Few[at(k)][level] += l.Few[k][level]
			out.Others[at(k)][level] += l.Others[k][level]
		}
	}
	rate := l.Expected[0] * float64(l.End-l.Begin+1) / float64(out.End-out.Begin+1)
	for k := range out.Expected {
		out.Expected[k] = rate
	}
	return out
}

// draw draws the few above and all others below a line, each vote in the colour of
// its level, what was expected as a line, and the campaign as a band.
func (l *CampaignTimeline) draw() template.HTML {
	const w, half = 800, 90
	few, others := 1, 1
	for k := range l.Few {
		few, others = max(few, total(l.Few[k])), max(others, total(l.Others[k]))
	}
	d := draw("time", gutter+w+12, 2*half+6,
		fmt.Sprintf("Ratings of the item over time: at most %d by newcomers in one of %d steps, "+
			"at most %d by all others", few, len(l.Few), others))
	step := float64(w) / float64(len(l.Few))
	d.add(`<rect class="band" x="%.1f" y="0" width="%.1f" height="%d"/>`,
		gutter+float64(l.Begin)*step, float64(l.End-l.Begin+1)*step, 2*half)
	for _, t := range ticks(l.From, l.To) {
		x := gutter + w*t.at
		d.add(`<path class="hair" d="M%.1f %dV0"/>`, x, 2*half)
		d.text("tick", x+3, 10, t.label)
	}
	levels := [3]string{"f0", "f2", "f4"}
	stack := func(counts [][3]int, most int, up float64) {
		for level := range levels {
			d.add(`<path class="%s" d="`, levels[level])
			for k, c := range counts {
				below := 0
				for m := range level {
					below += c[m]
				}
				if c[level] > 0 {
					scale := (half - 16) / float64(most)
					d.add("M%.1f %.1fh%.1fv%.1fh%.1fz", gutter+float64(k)*step+.5, half+up*scale*float64(below),
						max(step-1, 1), up*max(scale*float64(c[level]), 1), -max(step-1, 1))
				}
			}
			d.WriteString(`"/>`)
		}
	}
	stack(l.Few, few, -1)
	stack(l.Others, others, 1)
	d.add(`<path class="expected" d="M%d %.1fh%d"/>`, gutter, half-(half-16)*min(l.Expected[0]/float64(few), 1), w)
	d.add(`<path class="axis" d="M%d %d.5h%d"/>`, gutter, half, w)
	d.text("end name", gutter-7, half-22, "newcomers")
	d.text("end", gutter-7, half-8, "up to "+page.Count(few))
	d.text("end name", gutter-7, half+16, "all others")
	d.text("end", gutter-7, half+30, "up to "+page.Count(others))
	return d.done()
}

func total(c [3]int) int { return c[0] + c[1] + c[2] }
