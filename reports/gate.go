package reports

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/ringwatch/ringwatch/gate"
	"github.com/ringwatch/ringwatch/reports/internal/page"
)

// GateText writes a verdict for a terminal: what fails, what cannot be told,
// and as many of the rest as there is room for.
func GateText(w io.Writer, r *gate.Report, o TextOptions) error {
	p := &printer{o: o, text: true}
	p.gate(r, maxLines)
	return p.flush(w)
}

// GateJSON writes the whole verdict.
func GateJSON(w io.Writer, r *gate.Report) error { return writeJSON(w, r) }

// mostMarkdown is what a comment on GitHub holds, less some room for what is
// put around it.
const mostMarkdown = 60_000

// GateMarkdown writes a verdict as a comment on a change: no longer than 64 kB,
// with a line that says what was left out.
func GateMarkdown(w io.Writer, r *gate.Report) error {
	for lines := len(r.Checks); ; lines = lines * 3 / 4 {
		p := &printer{}
		p.gate(r, lines)
		if p.b.Len() <= mostMarkdown || lines == 0 {
			return p.flush(w)
		}
	}
}

// gate writes the first of the checks, what matters first.
func (p *printer) gate(r *gate.Report, lines int) {
	p.title(1, "Gate: "+r.Verdict.String())
	p.para(gateSummary(r))
	if held := gateSides(r); held != "" {
		p.para(held)
	}
	all := r.Sorted()
	shown := all[:min(len(all), lines)]
	rows := [][]string{}
	for i := range shown {
		c := &shown[i]
		rows = append(rows, []string{c.Verdict.String(), gatePlace(c), gateLimit(c), gateCandidate(c), gateBase(c),
			gateInterval(c), gateNote(c)})
	}
	if len(rows) > 0 {
		p.table([]string{"verdict", "scenario", "limit", "\tcandidate", "\tbaseline", gateLevel(r), "why"}, rows)
	}
	p.list(gateLeft(all[len(shown):]))
	if len(r.Warnings) > 0 {
		p.title(2, "Warnings")
		warnings := r.Warnings[:min(len(r.Warnings), maxLines)]
		var texts []string
		for _, w := range warnings {
			texts = append(texts, shown80(w))
		}
		p.list(append(texts, left(len(r.Warnings), maxLines)...))
	}
}

// shown80 makes a warning, which may hold what a scorer's program said, short
// and inert.
func shown80(s string) string { return page.Brief(400, page.Shown(s)) }

// gateSummary says in words what the verdict rests on.
func gateSummary(r *gate.Report) string {
	s := fmt.Sprintf("Of %s at %s, %d pass, %d fail and %d %s inconclusive.", page.Many(len(r.Checks), "limit"),
		page.Many(len(r.Seeds), "seed"),
		r.Count(gate.Pass), r.Count(gate.Fail), r.Count(gate.Inconclusive), page.Is(r.Count(gate.Inconclusive)))
	switch r.Verdict {
	case gate.Fail:
		s += fmt.Sprintf(" A change that makes nothing worse fails in %s of runs at most.", percent(r.Alpha))
	case gate.Inconclusive:
		s += " These seeds cannot tell; more may (--more-seeds)."
	}
	return s
}

func percent(share float64) string { return page.Short(100*share) + " %" }

// gateLevel names the intervals: each of their two ends is passed with chance Alpha
// at most.
func gateLevel(r *gate.Report) string {
	return strconv.FormatFloat(100*(1-2*r.Alpha), 'f', -1, 64) + "% interval"
}

// gateSides says what was held against what.
func gateSides(r *gate.Report) string {
	if len(r.Candidate) == 0 {
		return ""
	}
	side := func(scorers []string) string {
		var names []string
		for _, s := range scorers {
			names = append(names, page.Brief(maxName*2, page.Shown(s)))
		}
		return strings.Join(names, ", ")
	}
	s := "Candidate: " + side(r.Candidate) + "."
	if len(r.Baseline) > 0 {
		s += " Baseline: " + side(r.Baseline) + "."
	}
	return s
}

func gateLeft(rest []gate.Check) []string {
	if len(rest) == 0 {
		return nil
	}
	count := make(map[gate.Verdict]int)
	for _, c := range rest {
		count[c.Verdict]++
	}
	var parts []string
	for _, v := range []gate.Verdict{gate.Fail, gate.Inconclusive, gate.Pass} {
		if count[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d with the verdict %s", count[v], v))
		}
	}
	return []string{fmt.Sprintf("and %s that are not shown here: %s",
		page.Many(len(rest), "limit"), strings.Join(parts, ", "))}
}

// onAxes writes a point on the axes for people.
func onAxes(point map[string]any) string {
	var parts []string
	for _, axis := range slices.Sorted(maps.Keys(point)) {
		parts = append(parts, page.Shown(axis+" "+onAxis(point[axis])))
	}
	return strings.Join(parts, ", ")
}

// onAxis writes a value as a scenario has it: lists and options as in YAML.
func onAxis(value any) string {
	switch v := value.(type) {
	case map[string]any:
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, name+": "+onAxis(v[name]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		var parts []string
		for _, x := range v {
			parts = append(parts, onAxis(x))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return fmt.Sprint(value)
}

func gatePlace(c *gate.Check) string {
	if at := onAxes(c.Point); at != "" {
		return page.Shown(c.Scenario) + ", " + page.Brief(maxName*2, at)
	}
	return page.Shown(c.Scenario)
}

// gateLimit is the limit in words: that of a comparison says so.
func gateLimit(c *gate.Check) string {
	if !c.Compared {
		return c.Limit.String()
	}
	return fmt.Sprintf("%s at most %s worse", c.Limit.Measure, page.Short(math.Abs(c.Limit.Value)))
}

func gateCandidate(c *gate.Check) string {
	if c.Seeds == 0 {
		return "–"
	}
	return gateNumber(c.Candidate)
}

func gateBase(c *gate.Check) string {
	if !c.Compared || c.Seeds == 0 {
		return "–"
	}
	return gateNumber(c.Baseline)
}

// gateNumber writes a measurement; what a scorer's tolerance leaves is 0.
func gateNumber(v float64) string {
	if math.Abs(v) < 1e-6 {
		v = 0
	}
	return page.Short(v)
}

// gateInterval is the interval of what the limit is on.
func gateInterval(c *gate.Check) string {
	if c.Low == nil || c.High == nil {
		return "–"
	}
	text := signed(c.Compared, *c.Low)
	if high := signed(c.Compared, *c.High); high != text {
		text += " to " + high
	}
	return text
}

func signed(difference bool, v float64) string {
	if difference && v >= 1e-6 {
		return "+" + page.Short(v)
	}
	return gateNumber(v)
}

// gateNote says why, where the numbers do not.
func gateNote(c *gate.Check) string {
	switch {
	case c.Note != "":
		return c.Note
	case c.Verdict == gate.Fail:
		return fmt.Sprintf("p %s; worst at seed %d", page.Few(number(c.P)), c.Worst)
	case c.Verdict == gate.Inconclusive && c.Need > c.Seeds:
		return fmt.Sprintf("about %d seeds would tell", c.Need)
	case c.Verdict == gate.Inconclusive:
		return "too near to the limit to tell"
	}
	return ""
}

// gateSentence is a check in one line, for places that show nothing else.
func gateSentence(c *gate.Check) string {
	s := fmt.Sprintf("%s: %s: %s", gatePlace(c), gateLimit(c), c.Verdict)
	if c.Seeds > 0 {
		s += ". The candidate has " + gateNumber(c.Candidate)
		if c.Compared {
			s += fmt.Sprintf(", the baseline %s; the difference is %s",
				gateNumber(c.Baseline), signed(true, c.Difference()))
		}
	}
	if i := gateInterval(c); i != "–" {
		s += ", and may be " + i
	}
	s += " (" + page.Many(c.Seeds, "seed")
	if note := gateNote(c); note != "" {
		s += "; " + note
	}
	return s + ")."
}
