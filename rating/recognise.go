package rating

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/ringwatch/ringwatch/internal/plural"
)

const (
	unitSeparator = 0x1f
	mostColumns   = 100_000
)

// recognise finds the layout of text by its beginning, and how many bytes of
// it are before the first rating. like is the layout of the file before, which
// a part without a header takes over.
func recognise(name string, text []byte, opt *ReadOptions, like *layout) (*layout, int, error) {
	body := bytes.TrimPrefix(text, []byte("\ufeff"))
	body = bytes.TrimLeft(body, "\r\n")
	if why := noText(body); why != "" {
		return nil, 0, &noRatings{name + why}
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
	end := firstLine(body)
	if l := recogniseNotes(bytes.TrimRight(body[:end], "\r\n"), opt); l != nil {
		return l, len(text) - len(body) + end, nil
	}
	if n := tooWide(body[:end]); n > 0 {
		return nil, 0, &noRatings{fmt.Sprintf("%s: has %d columns, more than the %d that are read",
			at(), n, mostColumns)}
	}
	passed := passTitles(&body, opt)
	end = firstLine(body)
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

// firstLine returns how long the first line is, its end with it.
func firstLine(body []byte) int {
	if end := bytes.IndexByte(body, '\n') + 1; end > 0 {
		return end
	}
	return len(body)
}

// tooWide returns how many columns a line has if they are more than are read, or 0.
func tooWide(line []byte) int {
	for _, s := range splittings {
		if n := bytes.Count(line, []byte{s.comma}); s.rewrite == asIs && n > mostColumns {
			return n + 1
		}
	}
	return 0
}

// noText says why no ratings can be in a file that begins so; nothing where they can.
func noText(body []byte) string {
	if len(bytes.TrimSpace(body)) == 0 {
		return ": the file is empty"
	}
	if bytes.IndexByte(body[:min(len(body), 4096)], 0) >= 0 {
		return ": is binary, not text; ratings are read from CSV, TSV, JSON lines, Parquet or column files"
	}
	for _, f := range foreignText {
		if begin := body[:min(len(body), len(f.magic))]; strings.EqualFold(string(begin), f.magic) {
			return fmt.Sprintf(": is %s; %s", f.what, f.fix)
		}
	}
	return ""
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

// namedLayout makes the layout of data whose columns are called for by name;
// rows are the first of them as text, as far as they are known.
func namedLayout(at, format string, columns []string, rows [][]string, opt *ReadOptions) (*layout, error) {
	s := &sample{at: at, format: format, names: columns, width: len(columns), rows: rows, keyed: true}
	return s.assign(opt)
}
