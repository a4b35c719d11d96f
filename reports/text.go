package reports

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwarp"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
	"github.com/ringwatch/ringwatch/reports/internal/page"
)

// TextOptions say how text looks.
type TextOptions struct {
	Color bool // ANSI colours
	Width int  // columns of the terminal; default 100, at least 60
}

// Caps of every table, and of an identifier in it.
const (
	maxLines   = 20
	maxTargets = 8 // of an experiment
	maxShared  = 3 // groups that are no rings
	maxName    = 40
)

// Text writes a case for a terminal.
func Text(w io.Writer, c *Case, o TextOptions) error {
	p := &printer{o: o, text: true}
	p.document(c.Document())
	return p.flush(w)
}

// Markdown writes a case as GitHub-flavoured Markdown.
func Markdown(w io.Writer, c *Case) error {
	p := &printer{}
	p.document(c.Document())
	return p.flush(w)
}

// A printer lays out paragraphs, lists and tables, as text or as Markdown.
type printer struct {
	b    strings.Builder
	o    TextOptions
	text bool
	err  error

	people bool // items are raters, whom text and Markdown do not name
}

func (p *printer) flush(w io.Writer) error {
	if p.err != nil {
		return p.err
	}
	text := p.b.String()
	if p.text { // a name may have been wrapped to the beginning of a line
		lines := strings.SplitAfter(text, "\n")
		for i, line := range lines {
			lines[i] = uncommanded(line)
		}
		text = strings.Join(lines, "")
	}
	_, err := io.WriteString(w, text)
	return err
}

func (p *printer) title(level int, s string) {
	switch {
	case !p.text:
		fmt.Fprintf(&p.b, "%s %s\n\n", strings.Repeat("#", level), markdown(s))
	case p.o.Color:
		fmt.Fprintf(&p.b, "\x1b[1m%s\x1b[0m\n", s)
	default:
		fmt.Fprintf(&p.b, "%s\n", s)
	}
}

func (p *printer) para(s string) {
	if s == "" {
		return
	}
	if !p.text {
		s = markdown(s)
	}
	p.wrapped("", s)
	p.b.WriteByte('\n')
}

// wrapped writes text to the width of the terminal, behind a head that further
// lines are indented by.
func (p *printer) wrapped(head, s string) {
	if !p.text {
		fmt.Fprintf(&p.b, "%s%s\n", head, s)
		return
	}
	indent := strings.Repeat(" ", utf8.RuneCountInString(head))
	lines, _ := twwarp.WrapString(s, max(p.width()-len(indent), 20))
	for _, line := range lines {
		fmt.Fprintf(&p.b, "%s%s\n", head, line)
		head = indent
	}
}

func (p *printer) width() int {
	if p.o.Width == 0 {
		return 100
	}
	return max(p.o.Width, 60)
}

func (p *printer) list(items []string) {
	if len(items) == 0 {
		return
	}
	for _, s := range items {
		if !p.text {
			s = markdown(s)
		}
		p.wrapped("- ", s)
	}
	p.b.WriteByte('\n')
}

// table writes a table; a heading that starts with a tab is of a column of
// numbers.
func (p *printer) table(header []string, rows [][]string) {
	align, rule := make([]tw.Align, len(header)), "|"
	for i, h := range header {
		align[i] = tw.AlignLeft
		if strings.HasPrefix(h, "\t") {
			align[i] = tw.AlignRight
			rule += "---:|"
		} else {
			rule += "---|"
		}
		header[i] = strings.TrimPrefix(h, "\t")
	}
	if !p.text {
		line := func(cells []string) {
			for _, c := range cells {
				p.b.WriteString("| " + markdown(c) + " ")
			}
			p.b.WriteString("|\n")
		}
		line(header)
		p.b.WriteString(rule + "\n")
		for _, r := range rows {
			line(r)
		}
		p.b.WriteByte('\n')
		return
	}
	rows = append([][]string{header}, rows...)
	p.fit(rows)
	var b strings.Builder
	t := tablewriter.NewTable(&b,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders:  tw.BorderNone,
			Settings: tw.Settings{Separators: tw.Separators{BetweenColumns: tw.Off}},
		})),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithHeaderAlignmentConfig(tw.CellAlignment{PerColumn: align}),
		tablewriter.WithRowAlignmentConfig(tw.CellAlignment{PerColumn: align}))
	t.Header(rows[0])
	if err := errors.Join(t.Bulk(rows[1:]), t.Render()); err != nil {
		p.err = err
	}
	for line := range strings.Lines(b.String()) {
		p.b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	p.b.WriteByte('\n')
}

// wide writes a table in parts, each with the first keys columns again, so that
// no part is wider than the terminal.
func (p *printer) wide(keys int, header []string, rows [][]string) {
	if !p.text {
		p.table(header, rows)
		return
	}
	width := func(i int) int {
		w := twwidth.Width(strings.TrimPrefix(header[i], "\t"))
		for _, r := range rows {
			w = max(w, twwidth.Width(r[i]))
		}
		return min(w, 40) + 2
	}
	for from := keys; from < len(header); {
		room := p.width()
		for i := range keys {
			room -= width(i)
		}
		to := from
		for to < len(header) && (to == from || width(to) <= room) {
			room -= width(to)
			to++
		}
		part := func(r []string) []string { return append(slices.Clone(r[:keys]), r[from:to]...) }
		var lines [][]string
		for _, r := range rows {
			lines = append(lines, part(r))
		}
		p.table(part(header), lines)
		from = to
	}
}

// fit wraps cells so that the table is no wider than the terminal, taking from
// the widest columns and never below ten characters.
func (p *printer) fit(rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, cell := range r {
			widths[i] = max(widths[i], twwidth.Width(cell))
		}
	}
	room := p.width()
	for _, w := range widths {
		room -= w + 2 // a space on both sides
	}
	for ; room < 0; room++ {
		widest := slices.Index(widths, slices.Max(widths))
		if widths[widest] <= 10 {
			break
		}
		widths[widest]--
	}
	for _, r := range rows {
		for i, cell := range r {
			lines, _ := twwarp.WrapString(cell, widths[i])
			r[i] = strings.Join(lines, "\n")
		}
	}
}

// markdown makes text inert: every character that could be markup, a link or a
// mention becomes an entity.
func markdown(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune("\\`*_{}[]<>#|&~@$!", r) {
			fmt.Fprintf(&b, "&#%d;", r)
		} else {
			b.WriteRune(r)
		}
	}
	return strings.NewReplacer("://", "&#58;//", "www.", "www&#46;").Replace(b.String())
}

func (p *printer) document(d *Document) {
	p.people = d.ItemsAreRaters
	p.title(1, d.Title)
	p.para(d.Read())
	p.para(d.Columns())
	if d.Experiment != nil {
		p.experiment(d.Experiment)
	}
	p.para(d.Verdict())
	p.since(d)
	if len(d.Rings) > 0 {
		p.rings(d.Rings)
	}
	p.accounts(d)
	p.campaigns(d)
	if len(d.Coordinated) > 0 {
		p.title(2, "Coordinated: for review, never for automatic action")
		p.para(d.ForReview() + " " + d.ReviewedWrongly())
		p.rings(d.Coordinated)
	}
	if len(d.Shared) > 0 {
		p.title(2, "Shared interest or exposure: not an accusation")
		p.para("These groups act together too, but an innocent reason explains it.")
		var lines []string
		for _, g := range d.Shared[:min(len(d.Shared), maxShared)] {
			lines = append(lines, fmt.Sprintf("%s: %s, %s. %s", g.ID, page.Many(g.Size, "rater"),
				page.Many(g.Targets, "item"), g.Holding()))
		}
		p.list(append(lines, left(len(d.Shared), maxShared)...))
	}
	if d.Calibration != nil {
		p.calibration(d.Calibration)
	}
	if len(d.NotRun) > 0 {
		p.title(2, "Not tested")
		var lines []string
		for _, n := range d.NotRun {
			lines = append(lines, n.Detector+": "+n.Why)
		}
		p.list(lines)
	}
	if len(d.Warnings) > 0 {
		p.title(2, "Warnings")
		p.list(d.Warnings)
	}
}

func (p *printer) rings(rings []Ring) {
	rows := [][]string{}
	for _, r := range rings[:min(len(rings), maxLines)] {
		rows = append(rows, []string{r.ID, page.Count(r.Size), page.Count(r.Targets),
			page.Few(r.Q.String()), r.Certainty, page.When(r.First, r.Last), r.Did()})
	}
	header := []string{"ring", "\traters", "\ttargets", "\tq", "certainty", "when", "effect on its targets"}
	if p.text && p.width() < 70 { // q says it too
		header = slices.Delete(header, 4, 5)
		for i := range rows {
			rows[i] = slices.Delete(rows[i], 4, 5)
		}
	}
	p.table(header, rows)
	p.list(left(len(rings), maxLines))
	p.title(2, "What speaks for each")
	var lines []string
	for i := range rings[:min(len(rings), maxLines)] {
		line := rings[i].ID + " – " + rings[i].Grounds()
		if !p.people {
			line += rings[i].firstTargets()
		}
		if effect := rings[i].Weight(); effect != "" {
			line += "; " + effect
		}
		if follows := rings[i].Follows(); follows != "" {
			line += "; " + follows
		}
		if look := rings[i].Look(); look != "" {
			line += "; " + look
		}
		if doubt := rings[i].Doubt(); doubt != "" {
			line = strings.TrimSuffix(line, ".") + ". In doubt: " + doubt
		}
		lines = append(lines, line)
	}
	p.list(lines)
}

func (p *printer) experiment(e *experimentDoc) {
	p.title(2, "What was injected, found and undone")
	p.para(e.Doc)
	steps := []string{"Injected: " + e.Injected(), "Found: " + e.Caught()}
	if s := e.Undone(); s != "" {
		steps = append(steps, "Undone: "+s)
	}
	p.list(steps)
	rows := [][]string{}
	for _, b := range e.Brigades[:min(len(e.Brigades), maxLines)] {
		rows = append(rows, []string{b.Name(), page.Count(b.Size), page.Count(b.Found), b.OnItems()})
	}
	rows = append(rows, []string{"honest", page.Count(e.Honest), page.Count(e.Flagged), ""})
	for _, k := range e.Kinds {
		rows = append(rows, []string{"– " + k.Kind, page.Count(k.Size), page.Count(k.Flagged), ""})
	}
	header := []string{"raters", "\tthere are", "\tin a ring", "on their targets"}
	if !e.OnItems() {
		header = header[:3]
		for k := range rows {
			rows[k] = rows[k][:3]
		}
	}
	p.table(header, rows)
	p.list(left(len(e.Brigades), maxLines))
	if len(e.Targets) == 0 {
		return
	}
	p.title(2, "Scores of the targets")
	p.para("Clean is without the attack, defended is " + e.Meant() + ".")
	rows = nil
	for _, t := range e.Targets[:min(len(e.Targets), maxTargets)] {
		rows = append(rows, []string{page.Brief(maxName, t.Item), t.Goal, scored(t.Clean, t.StatusClean),
			scored(t.Attacked, t.StatusAttacked), scored(t.Defended, t.StatusDefended)})
	}
	p.table([]string{"target", "goal", "clean", "attacked", "defended"}, rows)
	p.list(left(len(e.Targets), maxTargets))
}
