package rating

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
)

// guard stops a quote that never closes from swallowing a file.
type guard struct {
	r    io.Reader
	left int
}

func (g *guard) Read(p []byte) (int, error) {
	if g.left <= 0 {
		return 0, errLongLine
	}
	n, err := g.r.Read(p)
	g.left -= n
	return n, err
}

// quoted reads what follows once a quote was seen, by encoding/csv, and calls
// emit whenever size rows are full and at the end. In TSV, where quotes in
// running text are not doubled by every writer, only one that begins a column
// counts, as in pandas.
func (p *parser) quoted(r io.Reader, line, size int, emit func() error) error {
	g := &guard{r: r, left: longest}
	c := csv.NewReader(g)
	c.Comma, c.ReuseRecord, c.FieldsPerRecord = rune(p.layout.comma), true, -1
	c.LazyQuotes, c.Comment = p.layout.comma == '\t', rune(p.layout.comment)
	for n := 1; ; n++ {
		g.left = longest
		record, err := c.Read()
		var syntax *csv.ParseError
		switch {
		case err == io.EOF:
			p.numberRows()
			return emit()
		case errors.As(err, &syntax):
			p.bad(line+syntax.StartLine-1, "%v; double every quote inside a quoted column", syntax.Err)
		case err != nil:
			p.numberRows()
			return errors.Join(emit(), err)
		default:
			at, _ := c.FieldPos(0)
			p.record(record, line+at-1)
		}
		if n%size == 0 {
			p.numberRows()
			if err := emit(); err != nil {
				return err
			}
		}
	}
}

func (p *parser) record(record []string, line int) {
	l := p.layout
	if len(record) != l.columns {
		p.wrongCount(line, len(record))
		return
	}
	if l.comma == '\t' && slices.ContainsFunc(record, func(s string) bool {
		return strings.Contains(s, "\n") && strings.Count(s, "\t") >= l.columns-1
	}) {
		p.bad(line, "a quote opens here and swallows the line below; double or remove it")
		return
	}
	p.tags = 0
	if l.matrix {
		p.beginWide([]byte(record[l.rowColumn()]), line)
		for i, cell := range record[l.wide:] {
			p.cell(line, i+l.wide, []byte(cell))
		}
		return
	}
	for column, role := range l.role {
		if role >= fields {
			p.tag(role, []byte(record[column]))
		} else if role >= 0 {
			p.field[role] = append(p.field[role][:0:0], record[column]...)
		}
	}
	p.row(line)
}
