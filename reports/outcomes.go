package reports

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ringwatch/ringwatch/reports/internal/page"
	"github.com/ringwatch/ringwatch/scenarios"
)

// A summary is one scorer and detector at one point of one scenario, over seeds.
type summary struct {
	Scenario string          `json:"scenario"`
	Point    string          `json:"point,omitempty"` // as JSON
	Scorer   string          `json:"scorer"`
	Detector string          `json:"detector"`
	Seeds    int             `json:"seeds"`
	Measures map[string]mean `json:"measures"`

	axes map[string]string // Point for people, by axis
}

// mean is over the seeds at which the measure is defined.
type mean struct {
	Mean  float64 `json:"mean"`
	Min   float64 `json:"min"`
	Max   float64 `json:"max"`
	Seeds int     `json:"seeds"`
}

// summaries groups outcomes in the order of their first appearance.
func summaries(outcomes []scenarios.Outcome) []*summary {
	var out []*summary
	seen := map[[4]string]*summary{}
	for _, o := range outcomes {
		point := ""
		if len(o.Point) > 0 {
			if b, err := json.Marshal(o.Point); err == nil {
				point = string(b)
			}
		}
		key := [4]string{page.Shown(o.Scenario), page.Shown(point), page.Shown(o.Scorer), page.Shown(o.Detector)}
		s := seen[key]
		if s == nil {
			s = &summary{Scenario: key[0], Point: key[1], Scorer: key[2], Detector: key[3], Measures: map[string]mean{},
				axes: place(o.Point)}
			seen[key] = s
			out = append(out, s)
		}
		s.Seeds++
		for name, v := range defined(o.Measures) {
			m, ok := s.Measures[page.Shown(name)]
			if !ok {
				m.Min, m.Max = v, v
			}
			m.Mean = (m.Mean*float64(m.Seeds) + v) / float64(m.Seeds+1)
			m.Seeds++
			m.Min, m.Max = min(m.Min, v), max(m.Max, v)
			s.Measures[page.Shown(name)] = m
		}
	}
	return out
}

// place writes a point on the axes for people, less those that outcomes name
// in fields of their own.
func place(point map[string]any) map[string]string {
	at := map[string]string{}
	for axis, v := range point {
		if axis != "scorer" && axis != "detector" {
			at[page.Shown(axis)] = page.Shown(fmt.Sprint(v))
		}
	}
	return at
}

// A grid is one scenario's table, with what all of its summaries share in
// words above it.
type grid struct {
	Title, Shared string
	Keys          int      // columns that say what a line is of
	Header        []string // of numbers where it starts with a tab
	Rows          [][]string
}

func grids(outcomes []scenarios.Outcome) []grid {
	all := summaries(outcomes)
	var out []grid
	for len(all) > 0 {
		var these, rest []*summary
		for _, s := range all {
			if s.Scenario == all[0].Scenario {
				these = append(these, s)
			} else {
				rest = append(rest, s)
			}
		}
		out = append(out, newGrid(these))
		all = rest
	}
	return out
}

// fewSummaries are those that stand side by side, with a line per measure;
// of more, each has a line.
const fewSummaries = 3

func newGrid(all []*summary) grid {
	g := grid{Title: all[0].Scenario}
	labels, keys := g.share(all)
	g.Keys = len(keys)
	measures := measuresOf(all)
	if len(measures) < len(all) || len(all) > fewSummaries {
		g.Header = keys
		for _, m := range measures {
			g.Header = append(g.Header, "\t"+m)
		}
		for i, s := range all {
			row := labels[i]
			for _, m := range measures {
				row = append(row, s.Measures[m].short())
			}
			g.Rows = append(g.Rows, row)
		}
		return g
	}
	g.Keys = 1
	g.Header = []string{"measure"}
	for _, l := range labels {
		g.Header = append(g.Header, "\t"+cmp.Or(strings.Join(l, " "), "mean"))
	}
	if len(all) == 1 {
		g.Header = append(g.Header, "better", "what it is")
	}
	for _, m := range measures {
		row := []string{m}
		for _, s := range all {
			row = append(row, s.Measures[m].short())
		}
		if len(all) == 1 {
			better, doc := about(m)
			row = append(row, better, doc)
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}

// share tells what is the same in all summaries, and labels each with what is
// not: the keys that differ and, for each summary, its values of them.
func (g *grid) share(all []*summary) (labels [][]string, keys []string) {
	labels = make([][]string, len(all))
	var same []string
	type key struct {
		name string
		of   func(*summary) string
	}
	var axes []key
	for _, axis := range axesOf(all) {
		axes = append(axes, key{axisName(axis), func(s *summary) string { return s.axes[axis] }})
	}
	for _, k := range append(axes, []key{
		{"scorer", func(s *summary) string { return s.Scorer }},
		{"detectors", func(s *summary) string { return strings.ReplaceAll(s.Detector, "+", ", ") }},
		{"seeds", func(s *summary) string { return strconv.Itoa(s.Seeds) }},
	}...) {
		value := k.of(all[0])
		if slices.ContainsFunc(all, func(s *summary) bool { return k.of(s) != value }) {
			keys = append(keys, k.name)
			for i, s := range all {
				labels[i] = append(labels[i], k.of(s))
			}
		} else if value != "" {
			same = append(same, k.name+" "+value)
		}
	}
	g.Shared = "Means over seeds, in brackets the least and the greatest of them: " + strings.Join(same, "; ") + "."
	return labels, keys
}

// axesOf are the axes of any of the summaries.
func axesOf(all []*summary) []string {
	have := map[string]bool{}
	for _, s := range all {
		for axis := range s.axes {
			have[axis] = true
		}
	}
	return slices.Sorted(maps.Keys(have))
}

// measuresOf are the measures that any of the summaries has, what matters to
// users first and what we do not know last.
func measuresOf(all []*summary) []string {
	have := map[string]bool{}
	for _, s := range all {
		for m := range s.Measures {
			have[m] = true
		}
	}
	var names []string
	for _, m := range scenarios.Measures {
		if have[m.Name] {
			names = append(names, m.Name)
			delete(have, m.Name)
		}
	}
	return append(names, slices.Sorted(maps.Keys(have))...)
}

// short is the mean with its range, or a dash where no seed defines it.
func (m mean) short() string {
	switch {
	case m.Seeds == 0:
		return "–"
	case m.Min == m.Max:
		return page.Short(m.Mean)
	}
	return page.Short(m.Mean) + " (" + page.Short(m.Min) + "–" + page.Short(m.Max) + ")"
}

// about says which way a measure is better, and what it is.
func about(name string) (better, doc string) {
	for _, m := range scenarios.Measures {
		if m.Name == name {
			return m.Better, m.Doc
		}
	}
	return "", ""
}

// OutcomesText writes a table per scenario: means over seeds.
func OutcomesText(w io.Writer, outcomes []scenarios.Outcome, o TextOptions) error {
	return outcomeTables(w, outcomes, &printer{o: o, text: true})
}

// OutcomesMarkdown is OutcomesText in Markdown.
func OutcomesMarkdown(w io.Writer, outcomes []scenarios.Outcome) error {
	return outcomeTables(w, outcomes, &printer{})
}

func outcomeTables(w io.Writer, outcomes []scenarios.Outcome, p *printer) error {
	for _, g := range slices.Concat(grids(outcomes), expected(outcomes), scorersCompared(outcomes)) {
		p.title(2, g.Title)
		p.para(g.Shared)
		if len(g.Rows) > 0 {
			p.wide(g.Keys, g.Header, g.Rows)
		}
	}
	return p.flush(w)
}

// OutcomesJSON writes mean, least and greatest of each measure over seeds.
func OutcomesJSON(w io.Writer, outcomes []scenarios.Outcome) error {
	s := summaries(outcomes)
	if s == nil {
		s = []*summary{}
	}
	return writeJSON(w, s)
}

// OutcomesCSV writes scenario,point,scorer,detector,measure,seeds,mean,min,max.
func OutcomesCSV(w io.Writer, outcomes []scenarios.Outcome) error {
	return table(w, "scenario,point,scorer,detector,measure,seeds,mean,min,max", func(put func(...string)) {
		for _, s := range summaries(outcomes) {
			for _, name := range slices.Sorted(maps.Keys(s.Measures)) {
				m := s.Measures[name]
				put(inert(s.Scenario), inert(s.Point), inert(s.Scorer), inert(s.Detector), inert(name),
					strconv.Itoa(m.Seeds), number(m.Mean), number(m.Min), number(m.Max))
			}
		}
	})
}

var outcomePage = template.Must(template.New("outcomes").Funcs(page.Words()).Funcs(template.FuncMap{
	"class": func(heading string) template.HTMLAttr {
		if strings.HasPrefix(heading, "\t") {
			return `class="n"`
		}
		return `class="l"`
	},
	"plain": strings.TrimSpace,
	"picture": func(f *figure) (template.HTML, error) {
		s, err := f.inline()
		return template.HTML(s), err
	},
	"x": func(f *figure, x float64) string {
		if len(f.Labels) > 0 {
			return f.Labels[int(x)]
		}
		return page.Power(page.Short(x))
	},
}).Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Ringwatch outcomes</title><style>{{.Style}}</style></head><body>
<header><h1>Outcomes</h1><p class="lead">{{.Lead}}</p>
<p>Clean is without the attack, attacked with it, defended with the members of the rings that were found given no weight. All three share a seed, so a difference is an effect and not luck.</p></header><main>
{{with .Figures}}<section><h2>Figures</h2><p class="soft">Points are means over seeds, with 95% intervals by Student's t. Lines join what was run; between its points nothing was.</p>
<div class="plots">{{range .}}<figure class="plotted"><div class="scroll" tabindex="0" role="group" aria-label="Chart, scrolls sideways">{{picture .}}</div><figcaption>{{.Title}}</figcaption>
<details><summary>The numbers</summary><div class="scroll"><table class="stack"><thead><tr><th scope="col">Series</th><th scope="col">{{or .X "Scenario"}}</th><th scope="col" class="n">Mean</th><th scope="col" class="n">from</th><th scope="col" class="n">to</th><th scope="col" class="n">Seeds</th></tr></thead><tbody>
{{$f := .}}{{range .Series}}{{$s := .}}{{range .Points}}<tr><td data-label="Series">{{$s.Name}}</td><td data-label="{{or $f.X "Scenario"}}">{{x $f .X}}</td><td class="n" data-label="Mean">{{short .Y}}</td><td class="n" data-label="from">{{short .Low}}</td><td class="n" data-label="to">{{short .High}}</td><td class="n" data-label="Seeds">{{.Seeds}}</td></tr>
{{end}}{{end}}</tbody></table></div></details></figure>
{{end}}</div></section>{{end}}
{{range .Grids}}<section><h2>{{.Title}}</h2><p class="soft">{{.Shared}}</p><div class="scroll" tabindex="0" role="group" aria-label="Table, scrolls sideways"><table{{if ge (len .Header) 5}} class="stack"{{end}}><thead><tr>{{range .Header}}<th scope="col" {{class .}}>{{.}}</th>{{end}}</tr></thead><tbody>
{{$head := .Header}}{{range .Rows}}<tr>{{range $i, $c := .}}{{if $i}}<td {{class (index $head $i)}} data-label="{{plain (index $head $i)}}">{{$c}}</td>{{else}}<th scope="row">{{$c}}</th>{{end}}{{end}}</tr>
{{end}}</tbody></table></div></section>{{end}}
<section><h2>What is measured</h2><dl class="words">{{range .Measures}}<dt>{{.Name}}</dt><dd>{{.Doc}} ({{.Unit}}; {{.Better}} is better)</dd>{{end}}</dl></section></main></body></html>
`))

// OutcomesHTML writes one page: the figures, with their numbers, and a table
// per scenario.
func OutcomesHTML(w io.Writer, outcomes []scenarios.Outcome) error {
	figures := []*figure{}
	all := figuresOf(outcomes)
	for i := range all {
		figures = append(figures, &all[i])
	}
	tables := grids(outcomes)
	n := len(tables)
	tables = slices.Concat(tables, expected(outcomes), scorersCompared(outcomes))
	var measures []scenarios.Measure
	for _, name := range measuresOf(summaries(outcomes)) {
		for _, m := range scenarios.Measures {
			if m.Name == name {
				measures = append(measures, m)
			}
		}
	}
	return outcomePage.Execute(w, map[string]any{"Style": template.CSS(page.Style()), "Grids": tables,
		"Figures": figures, "Measures": measures,
		"Lead": fmt.Sprintf("%s of %s.", page.Many(len(outcomes), "outcome"), page.Many(n, "scenario"))})
}
