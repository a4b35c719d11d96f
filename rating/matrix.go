package rating

import (
	"bytes"
	"fmt"
)

// matrix takes a table of raters by items, whose columns have numbers for
// names, and reports whether it is one.
func (a *assignment) matrix() bool {
	if a.where[raterField] < 0 || a.told[itemField] || a.keyed {
		return false
	}
	from := len(a.names)
	for from > 0 && allDigits(a.names[from-1]) && a.names[from-1] != "" && from-1 != a.where[raterField] {
		from--
	}
	if len(a.names)-from < 10 || !a.alike(from) {
		return false
	}
	a.wide = from
	a.warnings = append(a.warnings, fmt.Sprintf("is read as a matrix: each of the %d columns from %q on is an item", len(a.names)-from, a.names[from]))
	return true
}

// alike reports whether all columns from one on hold values of one small set.
func (a *assignment) alike(from int) bool {
	seen := map[string]bool{}
	for _, row := range a.rows {
		for _, c := range row[from:] {
			if !isNothing(c) {
				if seen[c] = true; len(seen) > 101 {
					return false
				}
			}
		}
	}
	var cells []string
	for c := range seen {
		cells = append(cells, c)
	}
	_, ok := formOf(cells)
	return ok
}

// matrixFrom returns where the columns of a matrix of ratings may begin, 0 if it looks like none.
func (a *assignment) matrixFrom() int {
	if a.keyed || len(a.rows) < 2 || a.where[itemField] >= 0 {
		return 0
	}
	for from := max(1, a.where[raterField]+1); from+5 < a.width && from < 12; from++ {
		if a.alike(from) {
			return from
		}
	}
	return 0
}

// splitWide cuts a line of a matrix, raters by items, and adds a rating for each
// cell that holds one.
func (p *parser) splitWide(row []byte, line int) {
	l := p.layout
	if n := bytes.Count(row, []byte{l.comma}) + 1; n != l.columns {
		p.wrongCount(line, n)
		return
	}
	rater := 0
	for l.role[rater] != raterField {
		rater++
	}
	rest := row
	for range rater {
		rest = rest[bytes.IndexByte(rest, l.comma)+1:]
	}
	p.field[raterField], _, _ = bytes.Cut(rest, []byte{l.comma})
	for column := 0; column < l.columns; column++ {
		cell, after, _ := bytes.Cut(row, []byte{l.comma})
		if row = after; column >= l.wide {
			p.cell(line, column, cell)
		}
	}
}

// cell adds what one cell of a matrix holds.
func (p *parser) cell(line, column int, cell []byte) {
	if column == p.layout.columnOf(raterField) || len(trim(cell)) == 0 {
		return
	}
	p.field[valueField], p.field[itemField] = cell, []byte(p.layout.name(column))
	p.row(line)
}
