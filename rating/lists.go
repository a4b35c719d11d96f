package rating

import (
	"bytes"
	"strings"
)

// isLists reports whether cells hold lists of identifiers: ["a", "b"], ['a', 'b']
// or several addresses.
func isLists(cells []string) bool {
	filled, brackets, addresses, several := 0, 0, 0, 0
	for _, c := range cells {
		c = strings.TrimSpace(c)
		if isNothing(c) {
			continue
		}
		filled++
		if c[0] == '[' && c[len(c)-1] == ']' || c[0] == '{' && c[len(c)-1] == '}' && !strings.Contains(c, ":\"") {
			brackets++
		}
		if strings.HasPrefix(c, "http") {
			addresses++
		}
		if strings.Count(c, "://") > 1 && len(listOf([]byte(c))) > 1 {
			several++
		}
	}
	return filled > 0 && (10*brackets >= 9*filled || 10*addresses >= 9*filled && several > 0)
}

// listOf cuts a list: what stands in quotes, or between commas, semicolons, |
// and, where there are no brackets, blanks.
func listOf(cell []byte) (items [][]byte) {
	cell = bytes.TrimSpace(cell)
	parts := " \t,;|"
	if n := len(cell); n > 1 && (cell[0] == '[' && cell[n-1] == ']' || cell[0] == '{' && cell[n-1] == '}') {
		cell, parts = cell[1:n-1], ","
	}
	add := func(item []byte) {
		if item = bytes.TrimSpace(item); len(item) > 0 {
			items = append(items, item)
		}
	}
	for len(cell) > 0 {
		switch c := cell[0]; {
		case c == '"' || c == '\'':
			end := 1
			for end < len(cell) && cell[end] != c {
				if cell[end] == '\\' {
					end++
				}
				end++
			}
			add(bytes.ReplaceAll(cell[1:min(end, len(cell))], []byte(`\`+string(c)), []byte{c}))
			cell = cell[min(end+1, len(cell)):]
		case c == ' ' || strings.IndexByte(parts, c) >= 0:
			cell = cell[1:]
		default:
			end := 0
			for end < len(cell) && strings.IndexByte(parts, cell[end]) < 0 {
				if parts != "," && (cell[end] == ',' || cell[end] == ';' || cell[end] == '|') && !bytes.Contains(cell[end:min(end+9, len(cell))], []byte("http")) {
					end++
					continue
				}
				end++
			}
			add(cell[:end])
			cell = cell[end:]
		}
	}
	return items
}

// each adds a rating of every item of a list.
func (p *parser) each(line int, value float64, t int32, u unit) {
	items := listOf(p.field[itemField])
	if len(items) == 0 {
		p.named(line, 0, -1)
	}
	for _, item := range items {
		p.wait(line, item, value, t, u)
	}
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
