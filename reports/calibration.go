package reports

import (
	"errors"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/reports/internal/page"
)

// A calibrationDoc says how the detectors did on the data drawn anew, and on rings
// planted into it.
type calibrationDoc struct {
	Redraws         int      `json:"redraws"`
	WithRings       int      `json:"redraws_with_rings"`
	Share           bounds   `json:"share_with_rings"`
	Rings           int      `json:"rings_in_redraws"`
	Raters          int      `json:"raters_in_them"`
	WithCoordinated int      `json:"redraws_with_coordinated"`
	Coordinated     int      `json:"coordinated_in_redraws"`
	ShareReviewed   bounds   `json:"share_with_coordinated"`
	Viewpoints      bool     `json:"viewpoints"`
	Taste           float64  `json:"taste"` // share of choices
	PValues         pValues  `json:"p_values"`
	Cells           []cell   `json:"planted"`
	Plantings       int      `json:"plantings"`
	NewlyWith       int      `json:"drawn_in"`
	NewlyElsewhere  int      `json:"flagged_elsewhere"`
	Warnings        []string `json:"warnings,omitempty"`
}

// bounds hold a share in 95 of 100 cases.
type bounds struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

type cell struct {
	Size    int    `json:"size"`
	Targets int    `json:"targets"`
	Planted int    `json:"rings"`
	Found   int    `json:"found"`
	Share   bounds `json:"share_found"`
}

type pValues struct {
	Levels       []float64 `json:"levels"`
	Member       []int     `json:"members_up_to"`
	Random       []int     `json:"random_groups_up_to"`
	RandomGroups int       `json:"random_groups"`
	Judged       []int     `json:"judged_groups_up_to"`
	JudgedGroups int       `json:"judged_groups"`
}

func newCalibration(c *detect.Calibrated) *calibrationDoc {
	d := &calibrationDoc{Redraws: c.Redraws, WithRings: c.WithRings, Share: newBounds(c.WithRings, c.Redraws),
		Rings: c.Rings, Raters: c.Raters,
		WithCoordinated: c.WithCoordinated, Coordinated: c.Coordinated, ShareReviewed: newBounds(c.WithCoordinated,
			c.Redraws), Viewpoints: c.Viewpoints, Taste: c.Taste,
		PValues: pValues(c.PValues), Cells: []cell{}, Plantings: c.Plantings, NewlyWith: c.NewlyWith,
		NewlyElsewhere: c.NewlyElsewhere, Warnings: c.Warnings}
	for _, x := range c.Cells {
		d.Cells = append(d.Cells, cell{x.Size, x.Targets, x.Planted, x.Found, newBounds(x.Found, x.Planted)})
	}
	return d
}

func newBounds(k, n int) bounds {
	low, high := detect.Interval(k, n)
	return bounds{low, high}
}

// check reports what could not be shown.
func (c *calibrationDoc) check() error {
	p := c.PValues
	if len(p.Member) != len(p.Levels) || len(p.Random) != len(p.Levels) || len(p.Judged) != len(p.Levels) {
		return errors.New("its calibration counts p-values at other levels than it names")
	}
	for _, r := range c.Sizes() {
		if len(r.Cells) != len(c.Targets()) {
			return errors.New("its calibration lacks rings of some sizes and targets")
		}
	}
	for i, level := range p.Levels {
		if !(level > 0 && level <= 1) || min(p.Member[i], p.Random[i], p.Judged[i]) < 0 {
			return errors.New("its calibration has p-values that are not from 0 to 1")
		}
	}
	return nil
}

// Alarms says what was found where there is nothing to find.
func (c *calibrationDoc) Alarms() string {
	s := fmt.Sprintf("The data was drawn anew %s, so that each rater keeps %s, "+
		"but acts alone. ", times(c.Redraws), c.standing())
	if c.WithRings == 0 {
		s += "None of these had a ring"
	} else {
		s += fmt.Sprintf("%s of these had a ring (%s with %s in all)",
			page.Count(c.WithRings), page.Many(c.Rings, "ring"), page.Many(c.Raters, "rater"))
	}
	s += fmt.Sprintf(": a share of %s to %s with 95 %% confidence. ", percent(c.Share.Low), percent(c.Share.High))
	if reviewed := c.Reviewed(); reviewed != "" {
		s += reviewed + " "
	}
	return s + "Friends who come together, or think alike beyond a viewpoint, are not in this."
}

func (c *calibrationDoc) standing() string {
	keeps := []string{"its habits"}
	if c.Viewpoints {
		keeps = append(keeps, "its viewpoint")
	}
	if c.Taste >= leastTaste {
		keeps = append(keeps, fmt.Sprintf("its taste (%s of its choices are what others chose who had chosen the same)",
			percent(c.Taste)))
	}
	return strings.Join(append([]string{"the number and the times of its ratings"}, keeps[:len(keeps)-1]...), ", ") +
		" and " + keeps[len(keeps)-1]
}

// leastTaste is the share of choices by taste that is worth a word.
const leastTaste = .005

// Reviewed says in how many redraws a coordinated group was listed; nothing for a
// calibration of before that was counted.
func (c *calibrationDoc) Reviewed() string {
	if c.ShareReviewed.High == 0 {
		return ""
	}
	return fmt.Sprintf("A coordinated group was listed in %s of the %s (%s to %s).", page.Count(c.WithCoordinated),
		page.Count(c.Redraws),
		percent(c.ShareReviewed.Low), percent(c.ShareReviewed.High))
}

// Power says in a sentence which rings would be found.
func (c *calibrationDoc) Power() string {
	var tried []cell
	for _, x := range c.Cells {
		if x.Planted > 0 {
			tried = append(tried, x)
		}
	}
	if len(tried) == 0 {
		return "No ring was planted, as the data is too small."
	}
	first := tried[len(tried)/2]
	s := fmt.Sprintf("In this data, a ring of %d with %d targets would be found with probability %s", first.Size,
		first.Targets, first.Chance())
	if last := tried[0]; last != first {
		s += fmt.Sprintf("; of %d with %d, with %s", last.Size, last.Targets, last.Chance())
	}
	return s + " (95 % intervals). A planted ring votes as one, at one end of the scale, " +
		"on all of its targets, which are items of random ratings; each member also acts as a random rater might. " +
		"Rings that hide better are found less often."
}

// Moved says what planting did to raters of the data.
func (c *calibrationDoc) Moved() string {
	if c.Plantings == 0 {
		return ""
	}
	s := fmt.Sprintf("Of the data's own raters, %s drawn into a planted ring in %s", were(c.NewlyWith),
		page.Many(c.Plantings, "planting"))
	if c.NewlyElsewhere == 0 {
		return s + ", and nobody was flagged elsewhere who is not flagged without the plantings."
	}
	return s + fmt.Sprintf(". But %s flagged elsewhere who are not flagged without the plantings: groups near the bar "+
		"pass or fail with small changes of the data.", were(c.NewlyElsewhere))
}

// Truth says whether p-values are what they claim.
func (c *calibrationDoc) Truth() string {
	p := c.PValues
	at := slices.Index(p.Levels, .01)
	if at < 0 || p.RandomGroups == 0 {
		return ""
	}
	share := func(n int) string { return percent(float64(n) / float64(p.RandomGroups)) }
	where, judged, why := "the redraws", "there", ""
	if c.Taste >= leastTaste {
		where, judged = "redraws without tastes", "in redraws with tastes"
		why = ": people of one taste choose alike, and it takes votes and times to tell that they have no plan"
	}
	s := fmt.Sprintf("In %s, %s of %s had a p-value of 1 %% or less when tested against a "+
		"random group, and so had %s of random groups of five, all among the busiest tenth.",
		where, share(p.Member[at]), page.Many(p.RandomGroups, "random rater"), share(p.Random[at]))
	if p.JudgedGroups == 0 {
		return s + fmt.Sprintf(" Detectors found no group to judge %s.", judged)
	}
	had := "none"
	if n := p.Judged[at]; n > 0 {
		had = page.Count(n)
	} else {
		why = ""
	}
	return s + fmt.Sprintf(" Of %s that detectors found and judged %s, %s had such a p-value%s.",
		page.Many(p.JudgedGroups, "group"), judged, had, why)
}

// Chance is the share of rings that were found, with its interval.
func (x cell) Chance() string {
	if x.Planted == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f (%.2f–%.2f)", float64(x.Found)/float64(x.Planted), x.Share.Low, x.Share.High)
}

// A cellRow is the rings of one size, by their targets.
type cellRow struct {
	Size  int
	Cells []cell
}

// Targets returns the numbers of targets that planted rings had.
func (c *calibrationDoc) Targets() (targets []int) {
	for _, x := range c.Cells {
		if !slices.Contains(targets, x.Targets) {
			targets = append(targets, x.Targets)
		}
	}
	return targets
}

// Sizes returns the cells by size, those of one size by their targets.
func (c *calibrationDoc) Sizes() (rows []cellRow) {
	for _, x := range c.Cells {
		at := slices.IndexFunc(rows, func(r cellRow) bool { return r.Size == x.Size })
		if at < 0 {
			at = len(rows)
			rows = append(rows, cellRow{Size: x.Size})
		}
		rows[at].Cells = append(rows[at].Cells, x)
	}
	return rows
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return page.Count(n) + " times"
}

func were(n int) string {
	switch n {
	case 0:
		return "none were"
	case 1:
		return "one was"
	}
	return page.Count(n) + " were"
}

func (p *printer) calibration(c *calibrationDoc) {
	p.title(2, "Tried on this data")
	p.para(c.Alarms())
	p.para(c.Power())
	header := []string{"rings planted"}
	for _, n := range c.Targets() {
		header = append(header, page.Many(n, "target"))
	}
	var rows [][]string
	for _, r := range c.Sizes() {
		line := []string{page.Many(r.Size, "rater")}
		for _, x := range r.Cells {
			line = append(line, fmt.Sprintf("%d of %d: %s", x.Found, x.Planted, x.Chance()))
		}
		rows = append(rows, line)
	}
	if len(rows) > 0 {
		p.table(header, rows)
	}
	p.para(c.Moved())
	p.para(c.Truth())
	p.list(c.Warnings)
}

// draw draws the share of p-values up to each level against the level, both on
// a logarithmic scale: on the line they are true, below it they claim too little.
func (p pValues) draw() template.HTML {
	if len(p.Levels) == 0 {
		return ""
	}
	const left, top, side = 60, 12, 240
	least := slices.Min(p.Levels) / 10
	at := func(share float64) float64 { return side * math.Log10(max(share, least)/least) / -math.Log10(least) }
	d := draw("qq", left+side+150, top+side+36, "Share of p-values up to each level; the counts are in rings.json")
	var hairs strings.Builder
	for share := 1.; share >= least*.99; share /= 10 {
		fmt.Fprintf(&hairs, "M%d %.1fh%dM%.1f %dv%d", left, top+side-at(share), side, left+at(share), top, side)
		d.text("end", left-6, top+side-at(share)+4, page.Short(share))
		d.text("mid", left+at(share), top+side+14, page.Short(share))
	}
	d.add(`<path class="hair" d="%s"/><path class="axis" d="M%d %dL%d %d"/>`,
		hairs.String(), left, top+side, left+side, top)
	d.text("mid", left+side/2, top+side+30, "level")
	for i, line := range []struct {
		class, name string
		upTo        []int
		of          int
	}{{"promote", "raters, one by one", p.Member, p.RandomGroups}, {"bury", "random groups", p.Random,
		p.RandomGroups}, {"judged", "found and judged", p.Judged, p.JudgedGroups}} {
		if line.of == 0 {
			continue
		}
		var points []string
		for j, level := range p.Levels {
			if line.upTo[j] > 0 {
				points = append(points, fmt.Sprintf("%.1f,%.1f", left+at(level),
					top+side-at(float64(line.upTo[j])/float64(line.of))))
			}
		}
		if len(points) == 1 { // a line of one point is a dot
			points = append(points, points[0])
		}
		y := top + 20 + 18*i
		d.add(`<polyline class="%s" points="%s"/><polyline class="%[1]s" points="%[3]d,%[4]d %[5]d,%[4]d"/>`,
			line.class, strings.Join(points, " "), left+side+14, y, left+side+32)
		d.text("", left+side+38, float64(y+4), line.name)
	}
	return d.done()
}

// Runs on the worlds of docs/detection.md with honest kinds, and those of them in which a coordinated group was listed.
const nullRuns, nullRunsReviewed = 138, 1

// ReviewedWrongly says how often a coordinated group is listed where nobody acts
// on a plan: on this data drawn anew if it was, else on worlds that we made.
func (d *Document) ReviewedWrongly() string {
	if c := d.Calibration; c != nil && c.Reviewed() != "" {
		return c.Reviewed()
	}
	low, high := detect.Interval(nullRunsReviewed, nullRuns)
	return fmt.Sprintf("Of %d simulated worlds without any plan, %d had such a group (%s to %s); --calibrate tells "+
		"for this data.",
		nullRuns, nullRunsReviewed, percent(low), percent(high))
}
