package rating

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/ringwatch/ringwatch/internal/plural"
)

// A rewriting makes lines whose columns are parted in another way into lines
// with one byte between columns.
type rewriting uint8

const (
	asIs   rewriting = iota
	colons           // "::" becomes unitSeparator
	blanks           // any run of blanks and tabs becomes one tab
)

const (
	unitSeparator = 0x1f
	mostColumns   = 100_000
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

// recognise finds the layout of text by its beginning, and how many bytes of
// it are before the first rating. like is the layout of the file before, which
// a part without a header takes over.
func recognise(name string, text []byte, opt *ReadOptions, like *layout) (*layout, int, error) {
	body := bytes.TrimPrefix(text, []byte("\ufeff"))
	body = bytes.TrimLeft(body, "\r\n")
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, 0, &noRatings{name + ": the file is empty"}
	}
	if bytes.IndexByte(body[:min(len(body), 4096)], 0) >= 0 {
		return nil, 0, &noRatings{name + ": is binary, not text; ratings are read from CSV, TSV, JSON lines, " +
			"Parquet or column files"}
	}
	for _, f := range foreignText {
		if begin := body[:min(len(body), len(f.magic))]; strings.EqualFold(string(begin), f.magic) {
			return nil, 0, &noRatings{fmt.Sprintf("%s: is %s; %s", name, f.what, f.fix)}
		}
	}
	market := bytes.HasPrefix(body, []byte("%%MatrixMarket"))
	body, comment, last := passComments(body)
	if market {
		var fault string
		if body, fault = passMarket(text, body); fault != "" {
			return nil, 0, &noRatings{name + fault}
		}
	}
	at := func() string {
		return fmt.Sprintf("%s:%d", name, 1+bytes.Count(text[:len(text)-len(body)], []byte{'\n'}))
	}
	var told byte
	// Excel's way to name the separator
	rest, found := bytes.CutPrefix(body, []byte("sep="))
	if found && len(rest) > 1 && (rest[1] == '\n' || rest[1] == '\r') {
		told = rest[0]
		body = bytes.TrimLeft(rest[1:], "\r\n")
	}
	switch {
	case len(body) == 0:
		return nil, 0, &noRatings{name + ": holds nothing but comments"}
	case body[0] == '{':
		l, err := recogniseJSON(at(), body, opt)
		return l, len(text) - len(body), err
	case body[0] == '[':
		return nil, 0, &noRatings{at() + ": holds JSON arrays, whose places have no names; " +
			"write them as CSV (jq -r 'if (.[0] | type) == \"array\" then .[] else . end | @csv')"}
	}
	end := bytes.IndexByte(body, '\n') + 1
	if end == 0 {
		end = len(body)
	}
	if l := recogniseNotes(bytes.TrimRight(body[:end], "\r\n"), opt); l != nil {
		return l, len(text) - len(body) + end, nil
	}
	for _, s := range splittings {
		if n := bytes.Count(body[:end], []byte{s.comma}); s.rewrite == asIs && n > mostColumns {
			return nil, 0, &noRatings{fmt.Sprintf("%s: has %d columns, more than the %d that are read",
				at(), n+1, mostColumns)}
		}
	}
	passed := passTitles(&body, opt)
	end = bytes.IndexByte(body, '\n') + 1
	if end == 0 {
		end = len(body)
	}
	t := textTable{at: at(), body: body, comment: comment, headings: last, opt: opt}
	s, records := t.split(told)
	l, header, err := t.layout(s, records, like)
	if header {
		body = body[end:]
	}
	if l != nil && passed > 0 {
		l.ignored = append(l.ignored, fmt.Sprintf("the %s above the names of the columns are passed over",
			plural.Of(passed, "line")))
	}
	return l, len(text) - len(body), err
}

// foreignText is text that comes in the place of a file.
var foreignText = []struct{ magic, what, fix string }{
	{"<!doctype html", "a web page, as a site shows it instead of a file", "fetch the file again"},
	{"<html", "a web page, as a site shows it instead of a file", "fetch the file again"},
	{"<?xml", "XML, which is not read", "export the ratings as CSV or JSON"},
	{"version https://git-lfs", "a pointer of Git LFS and not the file", "fetch the file with git lfs pull"},
}

// passComments passes over lines that begin with # or %, as SNAP, KONECT and R
// write them above data, and returns the last of them, which may name the columns.
func passComments(body []byte) (rest []byte, comment byte, last string) {
	for len(body) > 0 && (body[0] == '#' || body[0] == '%') {
		comment = body[0]
		end := bytes.IndexByte(body, '\n') + 1
		if end == 0 {
			return nil, comment, last
		}
		last = strings.TrimSpace(strings.Trim(string(body[:end]), "#% \t\r\n"))
		body = bytes.TrimLeft(body[end:], "\r\n")
	}
	return body, comment, last
}

// passMarket passes over the sizes that a file of Matrix Market has above its
// entries.
func passMarket(text, body []byte) (rest []byte, fault string) {
	kind, _, _ := strings.Cut(strings.ToLower(string(text[:min(len(text), 200)])), "\n")
	if !strings.Contains(kind, "coordinate") || !strings.Contains(kind, "general") {
		return body, ": is a matrix in a form of Matrix Market that is not read; " +
			"write it as \"coordinate\" and \"general\""
	}
	_, rest, _ = bytes.Cut(body, []byte{'\n'})
	return rest, ""
}

// passTitles passes over the lines above those that name a rater and an item, as
// reports and spreadsheets have: a title, a date, nothing. It returns how many.
func passTitles(body *[]byte, opt *ReadOptions) (passed int) {
	const most = 20
	rest := *body
	for n := range most {
		line, after, more := bytes.Cut(rest, []byte{'\n'})
		for _, s := range splittings[:4] {
			t := textTable{body: line, opt: opt}
			if r := t.records(s, 1); len(r) == 1 && len(r[0]) > 1 && namesBoth(r[0]) {
				if n > 0 {
					*body = rest
				}
				return n
			}
		}
		if rest = after; !more {
			break
		}
	}
	return 0
}

// namesBoth reports whether cells are names of columns that are known for a rater
// and for an item.
func namesBoth(cells []string) bool {
	for _, f := range []int{raterField, itemField} {
		if !slices.ContainsFunc(cells[:min(len(cells), 200)],
			func(c string) bool { rank, _ := rankOf(c, f); return rank < certain }) {
			return false
		}
	}
	return true
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
	if !header {
		table.rows = slices.Insert(table.rows, 0, records[0])
		if names := t.named(s); len(names) == table.width {
			table.names = names
		}
	}
	if l, err = table.assign(t.opt); err == nil {
		l.comma, l.rewrite, l.comment = s.comma, s.rewrite, t.comment
	}
	return l, header, err
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

// recogniseJSON takes the keys of the first lines together, in the order in
// which they come, so that a key which one of them lacks is still found.
func recogniseJSON(at string, text []byte, opt *ReadOptions) (*layout, error) {
	s := &sample{at: at, format: "JSON lines", keyed: true}
	column := map[string]int{}
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		var object map[string]json.RawMessage
		if line = withoutNaN(line); isPython(line) && len(s.rows) == 0 {
			return nil, &noRatings{at + ": holds dictionaries as Python prints them, which are no JSON; " +
				"write each line with json.dumps(ast.literal_eval(line))"}
		}
		if err := json.Unmarshal(line, &object); err != nil {
			if len(s.rows) == 0 {
				return nil, &noRatings{fmt.Sprintf("%s: is not one JSON object a line (%v)", at, shortJSON(err))}
			}
			continue
		}
		for _, key := range newKeys(line, object, column) {
			column[key] = len(s.names)
			s.names = append(s.names, key)
		}
		row := make([]string, len(s.names))
		for key, raw := range object {
			row[column[key]] = cellOf(raw)
		}
		if s.rows = append(s.rows, row); len(s.rows) == sampleRows {
			break
		}
	}
	s.width = len(s.names)
	for i, row := range s.rows {
		s.rows[i] = append(row, make([]string, s.width-len(row))...)
	}
	l, err := s.assign(opt)
	if err == nil && !(l.has[valueField] && l.has[timeField]) {
		l.seen = map[string]bool{}
		for _, key := range s.names {
			l.seen[key] = true
		}
	}
	return l, err
}

// newKeys returns the keys of an object that have no column yet, in its order.
func newKeys(line []byte, object map[string]json.RawMessage, column map[string]int) (keys []string) {
	fresh := false
	for key := range object {
		if _, ok := column[key]; !ok {
			fresh = true
		}
	}
	if !fresh {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(line))
	depth, isKey := 0, false
	for {
		token, err := d.Token()
		if err != nil {
			return keys
		}
		switch x := token.(type) {
		case json.Delim:
			if x == '{' || x == '[' {
				depth++
			} else {
				depth--
			}
			isKey = depth == 1
			continue
		case string:
			if _, known := column[x]; depth == 1 && isKey && !known && !slices.Contains(keys, x) {
				keys = append(keys, x)
			}
		}
		if depth == 1 {
			isKey = !isKey
		}
	}
}

// cellOf is a value of JSON as text.
func cellOf(raw json.RawMessage) string {
	if len(raw) == 0 || raw[0] == 'n' {
		return ""
	}
	if raw[0] == '"' {
		var s string
		if json.Unmarshal(raw, &s) == nil {
			return s
		}
	}
	return string(raw)
}

// namedLayout makes the layout of data whose columns are called for by name;
// rows are the first of them as text, as far as they are known.
func namedLayout(at, format string, columns []string, rows [][]string, opt *ReadOptions) (*layout, error) {
	s := &sample{at: at, format: format, names: columns, width: len(columns), rows: rows, keyed: true}
	return s.assign(opt)
}
