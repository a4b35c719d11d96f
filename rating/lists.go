package rating

import (
	"bytes"
	"fmt"
	"strings"
)

// brackets stands for lists that say themselves what parts them.
const brackets = '['

// listsIn returns what parts the items of a column's cells, 0 where a cell holds
// one: ["a", "b"], ['a', 'b'], several addresses, #hashtags, and, under a name of
// several things, what stands between ; or | or commas.
func (a *assignment) listsIn(column int) byte {
	cells := a.look(column).cells
	if isLists(cells) {
		return brackets
	}
	if hashtags(cells) {
		return ' '
	}
	words := wordsOf(a.name(column))
	for _, sep := range []byte("|;,") {
		switch example := separated(cells, sep); {
		case example == "":
		case len(words) > 0 && strings.HasSuffix(words[len(words)-1], "s") && a.names != nil:
			return sep
		default:
			a.warnings = append(a.warnings, fmt.Sprintf("cells of %q such as %q are read as one item each: "+
				"where they are several, give each a row of its own", clip(a.name(column), 60), clip(example, 40)))
			return 0
		}
	}
	return 0
}

// isLists reports whether cells hold lists of identifiers in brackets, or several
// addresses.
func isLists(cells []string) bool {
	filled, inBrackets, addresses, several := 0, 0, 0, 0
	for _, c := range cells {
		c = strings.TrimSpace(c)
		if isNothing(c) {
			continue
		}
		filled++
		if inside, _ := bracketed([]byte(c)); len(inside) < len(c) && !isObject(c) {
			inBrackets++
		}
		if strings.HasPrefix(c, "http") {
			addresses++
		}
		if strings.Contains(c, "\n") || strings.Count(c, "://") > 1 && len(listOf([]byte(c), brackets)) > 1 {
			several++
		}
	}
	return filled > 0 && (10*inBrackets >= 9*filled || 10*addresses >= 9*filled && several > 0)
}

func hashtags(cells []string) bool {
	several := false
	for _, c := range cells {
		if isNothing(c) {
			continue
		}
		tags := strings.Fields(c)
		for _, tag := range tags {
			if len(tag) < 2 || tag[0] != '#' {
				return false
			}
		}
		several = several || len(tags) > 1
	}
	return several
}

// separated returns a cell of several items that sep parts, "" where that is not
// so: of such, each is found in other cells, too.
func separated(cells []string, sep byte) (example string) {
	in := map[string]int{} // cells
	several := 0
	for _, c := range cells {
		parts := strings.Split(c, string(sep))
		for i, part := range parts {
			part = strings.TrimSpace(part)
			if parts[i] = part; part == "" || sep == ',' && strings.Contains(part, " ") {
				return ""
			}
			in[part]++
		}
		if len(parts) > 1 {
			if several++; example == "" {
				example = c
			}
		}
	}
	again := 0
	for _, c := range cells {
		parts := strings.Split(c, string(sep))
		for i := 0; len(parts) > 1 && i < len(parts); i++ {
			if in[strings.TrimSpace(parts[i])] > 1 {
				again++
				break
			}
		}
	}
	if several < 2 || 2*again < several {
		return ""
	}
	return example
}

// listOf cuts a list: by sep, or what stands in quotes, between commas,
// semicolons, | and, where there are no brackets, blanks.
func listOf(cell []byte, sep byte) (items [][]byte) {
	cell = bytes.TrimSpace(cell)
	add := func(item []byte) {
		if item = bytes.TrimSpace(item); len(item) > 0 {
			items = append(items, item)
		}
	}
	if sep != brackets {
		for item := range bytes.SplitSeq(cell, []byte{sep}) {
			add(item)
		}
		return items
	}
	parts := " \t\r\n,;|"
	if inside, list := bracketed(cell); list {
		cell, parts = inside, ",\r\n"
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
				if parts != "," && (cell[end] == ',' || cell[end] == ';' || cell[end] == '|') &&
					!bytes.Contains(cell[end:min(end+9, len(cell))], []byte("http")) {
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

// bracketed returns what stands in the brackets of a list, and whether there are
// any: [a, b], {a, b}, ('a', 'b'), and what Python calls a set.
func bracketed(cell []byte) (inside []byte, list bool) {
	for _, name := range []string{"frozenset(", "set(", "deque(", "array("} {
		if rest, found := bytes.CutPrefix(cell, []byte(name)); found && bytes.HasSuffix(rest, []byte{')'}) {
			return bracketed(rest[:len(rest)-1])
		}
	}
	if n := len(cell); n > 1 && (cell[0] == '[' && cell[n-1] == ']' || cell[0] == '{' && cell[n-1] == '}' ||
		cell[0] == '(' && cell[n-1] == ')' && (cell[1] == '\'' || cell[1] == '"')) {
		return cell[1 : n-1], true
	}
	return cell, false
}

// each adds a rating of every item of a list.
func (p *parser) each(line int, value float64, t int32, u unit) {
	items := listOf(p.field[itemField], p.layout.lists)
	if len(items) == 0 {
		p.named(line, 0, -1)
	}
	for _, item := range items {
		p.wait(line, item, value, t, u)
	}
}
