package rating

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A rewriting makes lines whose columns are parted in another way into lines
// with one byte between columns.
type rewriting uint8

const (
	asIs   rewriting = iota
	colons           // "::" becomes unitSeparator
	blanks           // any run of blanks and tabs becomes one tab
)

// A splitting is a way to cut lines in columns.
type splitting struct {
	comma   byte
	rewrite rewriting
	name    string
}

var splittings = []splitting{{'\t', asIs, "TSV"}, {',', asIs, "CSV"}, {';', asIs, "CSV with ;"},
	{'|', asIs, "CSV with |"}, {unitSeparator, colons, "text with ::"}, {'\t', blanks, "text with blanks"}}

// apply rewrites whole lines in place, and empties those that begin with comment.
func (w rewriting) apply(block []byte, comment byte) []byte {
	if w == asIs && (comment == 0 || bytes.IndexByte(block, comment) < 0) {
		return block
	}
	out := block[:0]
	for len(block) > 0 {
		line := block
		if end := bytes.IndexByte(block, '\n'); end >= 0 {
			line = block[:end+1]
		}
		block = block[len(line):]
		if comment != 0 && line[0] == comment {
			if line[len(line)-1] == '\n' {
				out = append(out, '\n')
			}
			continue
		}
		switch w {
		case asIs:
			out = append(out, line...)
		case colons:
			for i := 0; i < len(line); i++ {
				if line[i] == ':' && i+1 < len(line) && line[i+1] == ':' {
					out = append(out, unitSeparator)
					i++
				} else {
					out = append(out, line[i])
				}
			}
		case blanks:
			gap, begun := false, false
			for _, c := range line {
				if c == ' ' || c == '\t' || c == '\r' {
					gap = true
					continue
				}
				if gap && begun && c != '\n' {
					out = append(out, '\t')
				}
				out = append(out, c)
				gap, begun = false, true
			}
		}
	}
	return out
}

// A textTable is text that is being recognised as a table.
type textTable struct {
	at       string
	body     []byte // from its first line on
	comment  byte
	headings string // of a comment above the first line
	opt      *ReadOptions
}

// records cuts the first n lines.
func (t *textTable) records(s splitting, n int) (records [][]string) {
	body := t.body
	if s.rewrite != asIs {
		body = s.rewrite.apply(bytes.Clone(firstLines(body, n)), t.comment)
	}
	r := csv.NewReader(bytes.NewReader(body))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord, r.Comment = rune(s.comma), true, -1, rune(t.comment)
	for len(records) < n {
		record, err := r.Read()
		if err != nil {
			break
		}
		for i := range record {
			record[i] = strings.TrimSpace(record[i])
		}
		records = append(records, record)
	}
	return records
}

func firstLines(text []byte, n int) []byte {
	end := 0
	for range n {
		next := bytes.IndexByte(text[end:], '\n')
		if next < 0 {
			return text
		}
		end += next + 1
	}
	return text[:end]
}

// split finds what parts the columns: what names a rater and an item in the
// header, else what cuts all lines in as many columns, the most of them.
func (t *textTable) split(told byte) (splitting, [][]string) {
	best, bestScore := splittings[1], 0
	for _, s := range splittings {
		switch {
		case told != 0 && s.comma != told,
			s.rewrite == colons && !bytes.Contains(firstLines(t.body, 1), []byte("::")),
			s.rewrite == blanks && bestScore > 0:
			continue
		}
		some := t.records(s, 50)
		if len(some) == 0 || len(some[0]) < 2 {
			continue
		}
		n, alike := len(some[0]), 0
		for _, r := range some {
			if len(r) == n {
				alike++
			}
		}
		score := min(n, 999)
		if 10*alike >= 9*len(some) {
			score += 1000
		} else if s.rewrite == blanks { // running text
			continue
		}
		if names := 0; s.rewrite != blanks || score > 1000 {
			for _, f := range []int{raterField, itemField} {
				if slices.ContainsFunc(some[0][:min(n, 200)],
					func(c string) bool { r, _ := rankOf(c, f); return r < certain }) {
					names++
				}
			}
			if names == 2 {
				score += 2000
			}
		}
		if score > bestScore {
			best, bestScore = s, score
		}
	}
	return best, t.records(best, sampleRows+1)
}

// layout makes the layout of lines that were cut.
func (t *textTable) layout(s splitting, records [][]string, like *layout) (l *layout, header bool, err error) {
	if len(records) == 0 {
		return nil, false, &noRatings{t.at + ": holds no lines that can be read"}
	}
	records[0] = withRowNames(records)
	table := &sample{at: t.at, format: s.name, width: len(records[0])}
	for _, r := range records[1:] {
		if len(r) == table.width {
			table.rows = append(table.rows, r)
		}
	}
	certainly := false
	if header, certainly = isHeader(records[0], table.rows, t.opt); header {
		table.names = records[0]
	}
	if like != nil && like.names != nil && like.columns == table.width && like.comma == s.comma && !certainly {
		l := *like // a part of one table that was cut
		l.ignored = []string{"has no header and is read as the file before it"}
		return &l, false, nil
	}
	counts := !header && t.countsColumns(records[0], table.rows)
	if !header && !counts {
		table.rows = slices.Insert(table.rows, 0, records[0])
	}
	if !header {
		if names := t.named(s); len(names) == table.width {
			table.names = names
		}
	}
	if l, err = table.assign(t.opt); err == nil {
		l.comma, l.rewrite, l.comment = s.comma, s.rewrite, t.comment
		if counts {
			l.ignored = append(l.ignored, fmt.Sprintf("its first line (%s) numbers the columns, as pandas does, "+
				"and is no rating", shorten(strings.Join(records[0], ","), 40)))
		}
	}
	return l, header || counts, err
}

// countsColumns reports whether the first line is 0,1,2 and so on: what pandas writes
// where it knew no names. Of four it is no rating, as 3 is no time; of three, where others are words.
func (t *textTable) countsColumns(first []string, rest [][]string) bool {
	for i, c := range first {
		if c != strconv.Itoa(i) {
			return false
		}
	}
	words := func(r []string) bool { return !isTyped(r[0]) || !isTyped(r[1]) }
	return len(first) >= 3 && len(rest) > 0 && t.opt.Times == "" && (len(first) > 3 || slices.ContainsFunc(rest, words))
}

// withRowNames returns the first line, with a place in front where all others have
// one column more than it names: R writes the names of rows there.
func withRowNames(records [][]string) []string {
	first, seen := records[0], map[string]bool{}
	if len(records) < 3 || !namesBoth(first) {
		return first
	}
	for _, r := range records[1:] {
		if len(r) != len(first)+1 || seen[r[0]] || r[0] == "" {
			return first
		}
		seen[r[0]] = true
	}
	return append([]string{""}, first...)
}

// named returns the names of columns that the comment above has.
func (t *textTable) named(s splitting) []string {
	if t.headings == "" {
		return nil
	}
	line := textTable{body: []byte(t.headings), opt: t.opt}
	if r := line.records(s, 1); len(r) == 1 {
		if namesBoth(r[0]) {
			return r[0]
		}
	}
	return nil
}

// isHeader reports whether the first line names the columns of the others, and
// whether that is certain: it holds names that are known or told.
func isHeader(first []string, rest [][]string, opt *ReadOptions) (header, certainly bool) {
	known, typed := 0, 0
	for i, c := range first {
		for _, told := range opt.Columns {
			if told == c && !isTyped(c) {
				return true, true
			}
		}
		switch {
		case isTyped(c):
			typed++
		case len(c) <= 40 && i < 200 && slices.ContainsFunc([]int{raterField, itemField, valueField, timeField},
			func(f int) bool { r, _ := rankOf(c, f); return r < certain }):
			known++
		}
	}
	if known >= 2 || byNumber(first, rest) {
		return true, true
	}
	again, differs := false, false
	for i, c := range first[:min(len(first), 200)] {
		fit := 0
		for _, r := range rest {
			if isTyped(r[i]) {
				fit++
			}
			again = again || r[i] == c && c != "" && !isTyped(c)
		}
		differs = differs || len(rest) > 0 && 10*fit >= 9*len(rest) && !isTyped(c) && c != ""
	}
	switch {
	case known == 1 && (typed == 0 || differs):
		return true, !again
	case differs && !again:
		return true, typed == 0
	case typed > 0 || again:
		return false, false
	}
	for _, told := range opt.Columns { // by number, in a file of words
		if told != "" && allDigits(told) {
			return false, false
		}
	}
	return true, false
}

// isTyped reports whether a cell is a number or a time.
func isTyped(c string) bool {
	if c == "" || c[0] > '9' {
		return false
	}
	if _, ok := parseValue([]byte(c)); ok {
		return true
	}
	if _, ok := parseDate([]byte(c)); ok {
		return true
	}
	return parsed(parseText(c, "dmy")) || parsed(parseText(c, "mdy"))
}
