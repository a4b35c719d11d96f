package rating

import (
	"errors"
	"fmt"
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
	clockField      // the time of day, where it is apart from the date
	fields
	skipped = -1
)

var fieldNames = [...]string{"rater", "item", "value", "time"}

// A layout says where in a line the fields of a rating stand and how they are
// written.
type layout struct {
	format  string
	comma   byte           // what separates columns; 0 where nothing does
	rewrite rewriting      // of lines, before that holds
	comment byte           // begins lines to be passed over; 0 if none does
	columns int            // in every line
	names   []string       // of the columns; nil without a header
	role    []int8         // of each column up to the last one needed
	key     [fields]string // the name of each field's column, if it is called for by that
	quoted  [fields][]byte // the same as JSON has it
	has     [fields]bool
	notes   bool       // Community Notes
	tags    bool       // roles from fields on are tags
	unit    unit       // of times, if the format or the user fixes it
	values  *valueForm // nil: plain numbers
	within  Scale      // of the values of the sample; unary where that is not known
	times   *timeForm  // nil: what parseTime reads
	matrix  bool       // columns from wide on are items, one each
	wide    int
	across  bool            // they are raters, and rows items
	byRow   bool            // a row of a matrix names no rater: its place does
	lists   byte            // what parts the items that a cell holds; 0 where it holds one
	missing []float64       // values that mean none, beside those that were told
	seen    map[string]bool // keys of the sample, where others may come to matter
	reading *Reading
	ignored []string
}

// plain reports whether lines can be read without a look at how cells are
// written.
func (l *layout) plain() bool {
	return !l.notes && l.values == nil && l.times == nil && !l.matrix && l.lists == 0 && len(l.role) <= l.columns
}

// noRatings is the error of a file that is readable but holds no ratings; in a
// folder or an archive such a file is passed over.
type noRatings struct{ message string }

func (e *noRatings) Error() string { return e.message }

// recogniseNotes knows a shard of Community Notes ratings by the names of its
// columns, wherever they stand: X has appended columns more than once.
func recogniseNotes(header []byte, opt *ReadOptions) *layout {
	if len(opt.Columns) > 0 {
		return nil
	}
	columns := strings.Split(string(header), "\t")
	l := &layout{format: "Community Notes", comma: '\t', columns: len(columns), notes: true, unit: millis}
	at := map[string]int8{"noteId": itemField, "raterParticipantId": raterField, "createdAtMillis": timeField,
		"participantId":    raterField, // 2021
		"helpfulnessLevel": valueField, "helpful": helpfulField, "notHelpful": notHelpfulField}
	for i, name := range columns {
		f, ok := at[name]
		if !ok || l.has[f] || name == "participantId" && slices.Contains(columns, "raterParticipantId") ||
			opt.Scale == coActions && f != itemField && f != raterField && f != timeField {
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
	l.names, l.reading = columns, notesReading(l, columns)
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
			return nil, fmt.Errorf("--columns: %q is not rater=, item=, value= or time= with a column; example: "+
				"rater=u,item=i,value=r,time=t", part)
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
	q := strconv.Quote(clip(s, n))
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(q[1 : len(q)-1])
}

// clip cuts what is too long to be shown; what shows it quotes it.
func clip(s string, n int) string {
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "") + "..."
	}
	return s
}

// notesReading says what is read of Community Notes.
func notesReading(l *layout, columns []string) *Reading {
	r := &Reading{Time: "createdAtMillis"}
	for i, name := range columns {
		role := int8(skipped)
		if i < len(l.role) {
			role = l.role[i]
		}
		switch role {
		case raterField:
			r.Rater = name
		case itemField:
			r.Item = name
		case valueField, helpfulField, notHelpfulField:
			if r.Value == "" || role == valueField {
				r.Value, r.ValueAs = name, "NOT_HELPFUL=0, SOMEWHAT_HELPFUL=0.5, HELPFUL=1"
			}
		case skipped:
			if !slices.Contains(TagNames[:], name) { // they are a part of the rating
				r.NotRead = append(r.NotRead, name)
			}
		}
	}
	return r
}

func (l *layout) columnOf(field int8) int { return slices.Index(l.role, field) }

// name is what a column is called, its number without a header.
func (l *layout) name(column int) string {
	if l.names == nil {
		return strconv.Itoa(column + 1)
	}
	return l.names[column]
}
