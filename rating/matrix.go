package rating

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
)

// isMatrix takes a table of raters by items, whose columns have numbers for
// names, and reports whether it is one.
func (a *assignment) isMatrix() bool {
	if a.where[raterField] < 0 || a.told[itemField] || a.keyed || a.byRow {
		return false
	}
	from := len(a.names)
	for from > 0 && allDigits(a.names[from-1]) && a.names[from-1] != "" && from-1 != a.where[raterField] {
		from--
	}
	if len(a.names)-from < leastMatrix || !a.alike(from) {
		return false
	}
	a.matrix, a.wide = true, from
	a.warnings = append(a.warnings, fmt.Sprintf("is read as a matrix: each of the %d columns from %q on is an item",
		len(a.names)-from, a.names[from]))
	return true
}

// toldOfMatrix asks whether what the user told is one of a table of raters by
// items, which has a row for each rater and many columns that are alike: then a
// column that is told to name raters or items holds values, or the rater is another
// in each row.
func (a *assignment) toldOfMatrix() error {
	rater, item := a.where[raterField], a.where[itemField]
	if a.matrix || rater < 0 || item < 0 || !a.told[raterField] || !a.told[itemField] || len(a.rows) < leastMatrix {
		return nil
	}
	from := a.width
	for from > 1 && a.isValueColumn(from-1) || from == a.width && from > 1 {
		from--
	}
	for from < a.width && (!a.alike(from) || from == rater) {
		from++
	}
	for i := from; i <= a.width-leastMatrix; i++ { // numbers for names begin it
		if !slices.ContainsFunc(a.names[min(i, len(a.names)):],
			func(n string) bool { return n == "" || !allDigits(n) }) && len(a.names) > 0 {
			from = i
			break
		}
	}
	values := func(column int) bool { return column >= from || a.isValueColumn(column) }
	if a.width-from < leastMatrix || !values(rater) && !values(item) && !a.rowNumber(rater) {
		return nil
	}
	whose := rater
	for i := 0; values(whose) && i < from; i++ {
		whose = i
	}
	if a.keyed {
		return &question{fmt.Sprintf("%s: looks like a matrix with a row for each rater and a column for each item "+
			"(from %q on); one in %s is not read: write it as CSV, or with a row for each rating, "+
			"as pandas does with melt, or leave these columns out first, if they are none",
			a.at, clip(a.name(from), 40), a.format)}
	}
	return &question{fmt.Sprintf("%s: looks like a matrix with a row for each rater and a column for each item (from "+
		"column %d, %q, on); read it with --columns rater=%s,item=%s.., or leave these columns out first, "+
		"if they are none",
		a.at, from+1, clip(a.name(from), 40), a.called(whose), a.place(from))}
}

// alike reports whether all columns from one on hold values of one small set.
func (a *assignment) alike(from int) bool {
	seen, numbers, width := map[string]bool{}, true, 0
	for _, row := range a.rows {
		width = len(row) - from
		for _, c := range row[from:] {
			if isNothing(c) {
				continue
			}
			if numbers {
				_, numbers = parseValue([]byte(c))
			}
			if len(seen) <= 101 {
				seen[c] = true
			}
			if !numbers && len(seen) > 101 {
				return false
			}
		}
	}
	if numbers && width >= leastMatrix {
		return len(seen) > 0
	}
	if len(seen) > 101 {
		return false
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
	if len(a.rows) < 2 {
		return 0
	}
	for from := max(1, a.where[raterField]+1, a.where[itemField]+1); from+5 < a.width && from < 12; from++ {
		if a.alike(from) {
			return from
		}
	}
	return 0
}

// splitWide cuts a line of a matrix and adds a rating for each cell that holds one.
func (p *parser) splitWide(row []byte, line int) {
	l := p.layout
	if n := bytes.Count(row, []byte{l.comma}) + 1; n != l.columns {
		p.wrongCount(line, n)
		return
	}
	whose, rest := l.rowColumn(), row
	for range whose {
		rest = rest[bytes.IndexByte(rest, l.comma)+1:]
	}
	name, _, _ := bytes.Cut(rest, []byte{l.comma})
	p.beginWide(name, line)
	for column := 0; column < l.columns; column++ {
		cell, after, _ := bytes.Cut(row, []byte{l.comma})
		if row = after; column >= l.wide {
			p.cell(line, column, cell)
		}
	}
}

// rowColumn is the column of what a row of a matrix is about; 0 where it is the row.
func (l *layout) rowColumn() int {
	if l.across {
		return l.columnOf(itemField)
	}
	return max(0, l.columnOf(raterField))
}

// beginWide takes what a row of a matrix is about.
func (p *parser) beginWide(name []byte, line int) {
	l := p.layout
	switch {
	case l.across:
		p.field[itemField] = name
	case l.byRow:
		p.field[raterField] = fmt.Appendf(nil, "%s:%d", filepath.Base(p.rows.name), line)
	default:
		p.field[raterField] = name
	}
}

// cell adds what one cell of a matrix holds.
func (p *parser) cell(line, column int, cell []byte) {
	l := p.layout
	if column == l.columnOf(raterField) || column == l.columnOf(itemField) || len(trim(cell)) == 0 {
		return
	}
	p.field[valueField] = cell
	if name := []byte(l.name(column)); l.across {
		p.field[raterField] = name
	} else {
		p.field[itemField] = name
	}
	p.row(line)
}

// byNumber reports whether the first line of a matrix names its columns by number:
// none of the others holds as many different numbers.
func byNumber(first []string, rest [][]string) bool {
	if len(first) <= leastMatrix || len(rest) < 2 || isTyped(first[0]) {
		return false
	}
	differ := func(row []string) bool {
		seen := map[string]bool{}
		for _, c := range row[1:] {
			if c == "" || !allDigits(c) || seen[c] {
				return false
			}
			seen[c] = true
		}
		return true
	}
	return differ(first) && !slices.ContainsFunc(rest, differ)
}

// leastMatrix is how many columns of values make a table look like a matrix.
const leastMatrix = 10

// counted takes a matrix without a header whose first column says how many cells of
// the row hold a value, where 99 is none: Jester's.
func (a *assignment) counted() bool {
	if a.width <= leastMatrix || !a.alike(1) || len(a.rows) < 2 {
		return false
	}
	fit := 0
	for _, row := range a.rows {
		n := 0
		for _, c := range row[1:] {
			if c != "99" && !isNothing(c) {
				n++
			}
		}
		if row[0] == strconv.Itoa(n) {
			fit++
		}
	}
	if 10*fit < 9*len(a.rows) {
		return false
	}
	a.matrix, a.wide, a.byRow, a.none = true, 1, true, []float64{99}
	a.warnings = append(a.warnings, fmt.Sprintf("is read as a matrix: each row is a rater, "+
		"each of the %d columns behind the first, which counts them, an item, and 99 no rating", a.width-1))
	return true
}

// isValueColumn reports whether a column holds a few values, so that it names
// nobody.
func (a *assignment) isValueColumn(column int) bool {
	l := a.look(column)
	return l.isValue && l.distinct <= 11 && len(a.rows) > 2*l.distinct
}
