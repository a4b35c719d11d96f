package rating

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// What a column is for.
const (
	raterField = iota
	itemField
	valueField
	timeField
	helpfulField    // Community Notes up to June 2021
	notHelpfulField // likewise
	fields
	skipped = -1
)

var fieldNames = [...]string{"rater", "item", "value", "time"}

// known are the names that stand for each field, without an "id" ending, the
// preferred first.
var known = [...][]string{
	{"rater", "raterparticipant", "user", "reviewer", "account"},
	{"item", "note", "product", "object", "target", "url"},
	{"value", "rating", "stars", "score", "level"},
	{"timestamp", "time", "created", "date"}, // what starts with them
}

// A layout says where in a line the fields of a rating stand.
type layout struct {
	format  string
	comma   byte           // what separates columns; 0 where nothing does
	columns int            // in every line
	role    []int8         // of each column up to the last one needed
	key     [fields]string // the name of each field's column, if it is called for by that
	has     [fields]bool
	notes   bool // Community Notes
	tags    bool // roles from fields on are tags
	unit    unit // of times, if the format fixes it
	ignored []string
}

// noRatings is the error of a file that is readable but holds no ratings; in a
// folder or an archive such a file is passed over.
type noRatings struct{ message string }

func (e *noRatings) Error() string { return e.message }

// recognise finds the layout of text by its beginning, and how many bytes of
// it are before the first rating.
func recognise(name string, text []byte, opt *ReadOptions) (*layout, int, error) {
	body := bytes.TrimPrefix(text, []byte("\ufeff"))
	body = bytes.TrimLeft(body, "\r\n")
	skip := len(text) - len(body)
	at := fmt.Sprintf("%s:%d", name, 1+bytes.Count(text[:skip], []byte{'\n'}))
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return nil, 0, &noRatings{name + ": the file is empty"}
	case bytes.IndexByte(body[:min(len(body), 4096)], 0) >= 0:
		return nil, 0, &noRatings{name + ": is binary, not text; ratings are read from CSV, TSV, JSON lines, Parquet or column files"}
	case body[0] == '{':
		l, err := recogniseJSON(at, body, opt)
		return l, skip, err
	case body[0] == '[':
		return nil, 0, &noRatings{at + ": is a JSON array; write one object a line (jq -c '.[]')"}
	}
	end := bytes.IndexByte(body, '\n') + 1
	if end == 0 {
		end = len(body)
	}
	header := bytes.TrimRight(body[:end], "\r\n")
	if l := recogniseNotes(header, opt); l != nil {
		return l, skip + end, nil
	}
	l, isHeader, err := recogniseColumns(at, header, opt)
	if isHeader {
		skip += end
	}
	return l, skip, err
}

// recogniseNotes knows a shard of Community Notes ratings by the names of its
// columns, wherever they stand: X has appended columns more than once.
func recogniseNotes(header []byte, opt *ReadOptions) *layout {
	if len(opt.Columns) > 0 {
		return nil
	}
	columns := strings.Split(string(header), "\t")
	l := &layout{format: "Community Notes", comma: '\t', columns: len(columns), notes: true, unit: millis}
	at := map[string]int8{"noteId": itemField, "raterParticipantId": raterField, "createdAtMillis": timeField,
		"helpfulnessLevel": valueField, "helpful": helpfulField, "notHelpful": notHelpfulField}
	for i, name := range columns {
		f, ok := at[name]
		if !ok || l.has[f] || opt.Scale == coActions && f != itemField && f != raterField && f != timeField {
			continue
		}
		l.place(int(f), i)
	}
	for i, name := range columns {
		if k := slices.Index(TagNames[:], name); k >= 0 && opt.Notes {
			l.tags = true
			l.place(fields+k, i)
		}
	}
	if !l.has[raterField] || !l.has[itemField] || !l.has[timeField] || opt.Scale != coActions &&
		!l.has[valueField] && !(l.has[helpfulField] && l.has[notHelpfulField]) {
		return nil
	}
	l.has[valueField] = opt.Scale != coActions
	return l
}

func (l *layout) place(field, column int) {
	for len(l.role) <= column {
		l.role = append(l.role, skipped)
	}
	l.role[column] = int8(field)
	if field < fields {
		l.has[field] = true
	}
}

func recogniseColumns(at string, header []byte, opt *ReadOptions) (l *layout, isHeader bool, err error) {
	var best, found []string
	var comma, foundComma byte
	var places [4]int
	for _, c := range []byte("\t,;|") {
		columns := splitHeader(header, c)
		where, err := choose(columns, opt.Columns)
		if err == nil && where[raterField] >= 0 && where[itemField] >= 0 && len(columns) > max(1, len(found)) {
			found, foundComma, places = columns, c, where
		}
		if len(columns) > len(best) {
			best, comma = columns, c
		}
	}
	if found != nil {
		return newLayout(at, foundComma, found, places, opt)
	}
	if _, err := choose(best, opt.Columns); err != nil {
		return nil, false, fmt.Errorf("%s: %w", at, err)
	}
	return nil, false, &noRatings{at + ": " + missing(best, comma)}
}

// missing says in a user's words why a header is not one of ratings.
func missing(columns []string, comma byte) string {
	has := func(names ...string) bool {
		return !slices.ContainsFunc(names, func(n string) bool { return !slices.Contains(columns, n) })
	}
	for _, other := range []struct {
		table string
		names []string
	}{
		{"notes", []string{"noteId", "noteAuthorParticipantId", "summary"}},
		{"note status history", []string{"noteId", "noteAuthorParticipantId", "currentStatus"}},
		{"user enrollment", []string{"participantId", "enrollmentState"}},
	} {
		if comma == '\t' && has(other.names...) {
			return "holds Community Notes " + other.table + ", not ratings; give the ratings-*.tsv files"
		}
	}
	seen := columns
	if len(seen) > 12 {
		seen = append(slices.Clone(seen[:12]), "...")
	}
	return fmt.Sprintf("no columns that name a rater and an item (seen: %s); say which they are, by name or number: --columns rater=1,item=2,value=3,time=4",
		shorten(strings.Join(seen, ", "), 200))
}

func splitHeader(header []byte, comma byte) []string {
	r := csv.NewReader(bytes.NewReader(header))
	r.Comma, r.LazyQuotes = rune(comma), true
	columns, err := r.Read()
	if err != nil {
		return []string{string(header)}
	}
	for i := range columns {
		columns[i] = strings.TrimSpace(columns[i])
	}
	return columns
}

// choose finds the column of each field, -1 for none: as told, or by name.
func choose(columns []string, told map[string]string) (where [4]int, err error) {
	for f, name := range fieldNames {
		column, ok := told[name]
		switch {
		case !ok:
			where[f] = byName(columns, f)
		case column == "" || column == "-":
			where[f] = -1
			if f == raterField || f == itemField {
				return where, fmt.Errorf("ratings need a column for the %s; --columns %s= leaves it out", name, name)
			}
		default:
			if where[f] = slices.Index(columns, column); where[f] >= 0 {
				break
			}
			n, numErr := strconv.Atoi(column)
			if numErr != nil || n < 1 || n > len(columns) {
				return where, &noRatings{fmt.Sprintf("there is no column %q for the %s (seen: %s)", column, name, shorten(strings.Join(columns, ", "), 200))}
			}
			where[f] = n - 1
		}
	}
	return where, nil
}

// byName returns the column that most likely holds a field, -1 if none may.
func byName(columns []string, field int) int {
	best, bestRank := -1, len(known[field])
	for i, c := range columns {
		if rank := slices.IndexFunc(known[field][:bestRank], func(k string) bool { return names(c, k, field) }); rank >= 0 {
			best, bestRank = i, rank
		}
	}
	return best
}

func names(column, known string, field int) bool {
	c := strings.ToLower(column)
	if field == timeField {
		return strings.HasPrefix(c, known)
	}
	if c == known {
		return true
	}
	c, ok := strings.CutSuffix(c, "id")
	return ok && strings.TrimRight(c, "_- .") == known
}

// newLayout makes the layout of a chosen separator. The first line is a header
// if a column is named in it, or where a number or time should stand a word does.
func newLayout(at string, comma byte, columns []string, where [4]int, opt *ReadOptions) (*layout, bool, error) {
	l := &layout{format: separators[comma], comma: comma, columns: len(columns)}
	isHeader := false
	for f, column := range where {
		if column < 0 || f == valueField && opt.Scale == coActions {
			continue
		}
		if l.has[f] = true; column < len(l.role) && l.role[column] >= 0 {
			return nil, false, fmt.Errorf("%s: column %q cannot be both %s and %s; say which is which with --columns",
				at, columns[column], fieldNames[l.role[column]], fieldNames[f])
		}
		l.place(f, column)
		cell := columns[column]
		told, isTold := opt.Columns[fieldNames[f]]
		isHeader = isHeader || byName(columns[column:column+1], f) == 0 || isTold && told == cell && !isNumber(told)
		if f == valueField || f == timeField {
			_, number := parseValue([]byte(cell))
			_, _, time := parseTime([]byte(cell), noTime)
			isHeader = isHeader || cell != "" && !number && !time
		}
		for i, c := range columns {
			if i != column && !isTold && slices.ContainsFunc(known[f], func(k string) bool { return names(c, k, f) }) && !slices.Contains(where[:], i) {
				l.ignored = append(l.ignored, fmt.Sprintf("column %q is read as the %s, not %q; choose with --columns %s=", cell, fieldNames[f], c, fieldNames[f]))
			}
		}
	}
	return l, isHeader, nil
}

var separators = map[byte]string{'\t': "TSV", ',': "CSV", ';': "CSV with ;", '|': "CSV with |"}

func isNumber(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}

// recogniseJSON takes the keys of the first lines together, so that a key
// which one of them lacks is still found.
func recogniseJSON(at string, text []byte, opt *ReadOptions) (*layout, error) {
	seen := map[string]bool{}
	for i, line := range slices.Collect(firstLines(text, 100)) {
		var object map[string]json.RawMessage
		if err := json.Unmarshal(line, &object); err != nil && i == 0 {
			return nil, &noRatings{fmt.Sprintf("%s: is not one JSON object a line (%v)", at, shortJSON(err))}
		}
		for key := range object {
			seen[key] = true
		}
	}
	return namedLayout(at, "JSON lines", slices.Sorted(maps.Keys(seen)), opt)
}

// namedLayout makes the layout of data whose columns are called for by name.
func namedLayout(at, format string, columns []string, opt *ReadOptions) (*layout, error) {
	where, err := choose(columns, opt.Columns)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", at, err)
	}
	if where[raterField] < 0 || where[itemField] < 0 {
		return nil, &noRatings{at + ": " + missing(columns, 0)}
	}
	l, _, err := newLayout(at, 0, columns, where, opt)
	if err != nil {
		return nil, err
	}
	l.format = format
	for column, role := range l.role {
		if role >= 0 {
			l.key[role] = columns[column]
		}
	}
	return l, nil
}

func firstLines(text []byte, n int) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for line := range bytes.Lines(text) {
			if line = bytes.TrimSpace(line); len(line) == 0 {
				continue
			}
			if n--; n < 0 || !yield(line) {
				return
			}
		}
	}
}

// ParseColumns reads what --columns takes: "rater=u,item=i,value=r,time=t",
// any of them, each the name of a column or its number from 1 on. "value=" and
// "time=" (or "-") say that there is none.
func ParseColumns(s string) (map[string]string, error) {
	columns := map[string]string{}
	for part := range strings.SplitSeq(s, ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		field, column, ok := strings.Cut(part, "=")
		field, column = strings.TrimSpace(field), strings.TrimSpace(column)
		if !ok || !slices.Contains(fieldNames[:], field) {
			return nil, fmt.Errorf("--columns: %q is not rater=, item=, value= or time= with a column; example: rater=u,item=i,value=r,time=t", part)
		}
		if _, twice := columns[field]; twice {
			return nil, fmt.Errorf("--columns: %s is given twice", field)
		}
		if column == "" && (field == "rater" || field == "item") {
			return nil, errors.New("--columns: ratings need a column for the " + field)
		}
		columns[field] = column
	}
	return columns, nil
}

// shorten cuts text that would make a message long, and shows control
// characters as they are written in Go.
func shorten(s string, n int) string {
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "") + "..."
	}
	q := strconv.Quote(s)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}
