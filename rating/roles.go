package rating

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// sampled rows are looked at before a column is given a role.
const sampleRows = 2000

// A sample is the beginning of a table in any container: what its columns are
// called, and its first cells as text. It is what roles are given by.
type sample struct {
	at     string // file, and line where there are lines
	format string
	names  []string   // of columns; nil where there is no header
	width  int        // columns
	rows   [][]string // of the beginning, each of width cells; "" where empty
	keyed  bool       // columns are called for by name: a number is none
}

// name is what a column is called.
func (s *sample) name(column int) string {
	if s.names == nil {
		return strconv.Itoa(column + 1)
	}
	return s.names[column]
}

// listed are the names of columns, for messages.
func (s *sample) listed() string {
	if s.names == nil {
		return fmt.Sprintf("the first row is %s", shorten(strings.Join(s.rows[0], ", "), 120))
	}
	seen := s.names
	if len(seen) > 12 {
		seen = append(slices.Clone(seen[:12]), "...")
	}
	return "seen: " + shorten(strings.Join(seen, ", "), 200)
}

func (s *sample) cells(column int) []string {
	cells := make([]string, len(s.rows))
	for i, row := range s.rows {
		cells[i] = row[column]
	}
	return cells
}

// A question is an error that the user can answer with one more flag.
type question struct{ message string }

func (q *question) Error() string { return q.message }

// An assignment gives the columns of a sample their roles.
type assignment struct {
	*sample
	opt      *ReadOptions
	where    [fields]int // the column of each field, -1 for none
	told     [4]bool     // or told that there is none
	clock    bool
	none     []float64 // values that mean none
	matrix   bool      // columns from wide on are items, one each
	wide     int
	across   bool // they are raters
	byRow    bool // rows name no rater
	looked   map[int]*looked
	warnings []string
}

// looked is what a column was seen to hold.
type looked struct {
	cells    []string
	filled   int
	distinct int
	form     *valueForm
	isValue  bool
	times    *timeForm
	fault    *timeFault // nil where it holds times
}

func (a *assignment) look(column int) *looked {
	if l := a.looked[column]; l != nil {
		return l
	}
	l := &looked{cells: a.cells(column)}
	seen := map[string]bool{}
	for _, c := range l.cells {
		if !isNothing(c) {
			l.filled++
			seen[c] = true
		}
	}
	l.distinct = len(seen)
	l.form, l.isValue = formOf(l.cells)
	l.times, l.fault = formOfTimes(l.cells, a.opt.Times)
	a.looked[column] = l
	return l
}

// assign finds the column of each field: as told, by the names of columns and
// what they hold, or, without a header, by their usual order.
func (s *sample) assign(opt *ReadOptions) (*layout, error) {
	a := &assignment{sample: s, opt: opt, looked: map[int]*looked{}}
	for f := range a.where {
		a.where[f] = -1
	}
	if err := a.takeTold(); err != nil {
		return nil, &noRatings{fmt.Sprintf("%s: %v", s.at, err)}
	}
	err := a.toldOfMatrix()
	if err != nil {
		return nil, err
	}
	if s.names == nil {
		err = a.byPosition()
	} else {
		err = a.byName()
	}
	if err != nil {
		return nil, err
	}
	return a.layout()
}

// takeTold takes the columns that the user told.
func (a *assignment) takeTold() error {
	for f, field := range fieldNames {
		told, ok := a.opt.Columns[field]
		if a.told[f] = ok; !ok {
			continue
		}
		if told == "" || told == "-" {
			if f == raterField || f == itemField {
				return fmt.Errorf("ratings need a column for the %s; --columns %s= leaves it out", field, field)
			}
			continue
		}
		if f == raterField && told == rowName {
			a.byRow = true
			continue
		}
		column, err := a.find(told, field)
		if err != nil {
			if from, cut := strings.CutSuffix(told, ".."); cut && f <= itemField && !a.matrix {
				if a.wide, err = a.find(from, field); err == nil {
					a.matrix, a.across = true, f == raterField
					continue
				}
			}
			if date, clock, plus := strings.Cut(told, "+"); plus && f == timeField {
				d, err1 := a.find(date, field)
				c, err2 := a.find(clock, field)
				if err1 == nil && err2 == nil {
					a.where[timeField], a.where[clockField], a.clock = d, c, true
					continue
				}
			}
			return err
		}
		for other, at := range a.where[:f] {
			if at == column {
				return fmt.Errorf("column %q cannot be both %s and %s; say which is which with --columns",
					a.name(column), fieldNames[other], field)
			}
		}
		a.where[f] = column
	}
	if a.byRow && (!a.matrix || a.across) {
		return fmt.Errorf("rater=%s names the raters of a matrix by their rows; say item=2.. too, "+
			"or from which column on each is an item", rowName)
	}
	return nil
}

// fileName stands for what the name of the file says, without its ending.
const fileName = "@file"

// rowName stands for a rater who has no name but the row.
const rowName = "@row"

// find returns the column that a user named, by its name or its number.
func (a *assignment) find(told, field string) (int, error) {
	if i := slices.Index(a.names, told); i >= 0 {
		return i, nil
	}
	n, err := strconv.Atoi(strings.TrimPrefix(told, "#"))
	if err != nil { // in another case, if that is one column
		alike := func(name string) bool { return strings.EqualFold(name, told) }
		if i := slices.IndexFunc(a.names, alike); i >= 0 && !slices.ContainsFunc(a.names[i+1:], alike) {
			return i, nil
		}
	}
	switch {
	case err != nil || n < 1 || n > a.width:
		if a.names == nil {
			return -1, fmt.Errorf("there is no column %q for the %s: without a header, "+
				"columns have the numbers 1 to %d (%s)", told, field, a.width, a.listed())
		}
		return -1, fmt.Errorf("there is no column %q for the %s (%s)", told, field, a.listed())
	case a.keyed:
		return -1, fmt.Errorf("there is no column %q for the %s: columns of %s have names and no numbers (%s)",
			told, field, a.format, a.listed())
	}
	return n - 1, nil
}

func (a *assignment) taken(column int) bool {
	return slices.Contains(a.where[:], column) || a.matrix && column >= a.wide
}

// noteTable says which of the other tables of Community Notes this is, "" if none.
func (a *assignment) noteTable() string {
	for _, other := range []struct {
		table string
		names []string
	}{
		{"notes", []string{"noteId", "noteAuthorParticipantId", "summary"}},
		{"notes", []string{"noteId", "participantId", "summary"}},
		{"note status history", []string{"noteId", "noteAuthorParticipantId", "currentStatus"}},
		{"user enrollment", []string{"participantId", "enrollmentState"}},
	} {
		if !slices.ContainsFunc(other.names, func(n string) bool { return !slices.Contains(a.names, n) }) {
			return other.table
		}
	}
	return ""
}

// byName gives roles by the names of columns.
func (a *assignment) byName() error {
	if table := a.noteTable(); table != "" && len(a.opt.Columns) == 0 {
		return &noRatings{a.at + ": holds Community Notes " + table + ", not ratings; give the ratings-*.tsv files"}
	}
	if err := a.whoAndWhat(); err != nil {
		return err
	}
	if a.where[raterField] < 0 && !a.byRow && !(a.matrix && a.across) ||
		a.where[itemField] < 0 && (!a.matrix || a.across) {
		if a.isMatrix() {
			return nil
		}
		return &noRatings{a.at + ": " + a.missing()}
	}
	for _, f := range []int{timeField, valueField} {
		if a.told[f] || f == valueField && (a.opt.Scale == coActions || a.matrix) {
			continue
		}
		c, err := a.pick(f, a.candidates(f))
		if err != nil {
			return err
		}
		if a.where[f] = c.column; f == timeField {
			a.joinClock()
		} else if c.column < 0 {
			a.where[f] = a.votes()
		}
	}
	return nil
}

// whoAndWhat finds rater and item; a column that may be either is what its name
// says better.
func (a *assignment) whoAndWhat() error {
	if a.matrix && a.across {
		a.told[raterField] = true
	} else if a.matrix {
		a.told[itemField] = true
	}
	var best [2]candidate
	var errs [2]error
	for f := range best {
		if best[f] = (candidate{column: a.where[f]}); !a.told[f] {
			best[f], errs[f] = a.pick(f, a.candidates(f))
		}
	}
	if r, i := best[raterField], best[itemField]; r.column >= 0 && r.column == i.column {
		f, keep := itemField, r
		if i.rank < r.rank {
			f, keep = raterField, i
		}
		a.where[1-f] = keep.column
		best[f], errs[f] = a.pick(f, a.candidates(f))
	}
	for f := range best {
		if a.where[f] = best[f].column; errs[f] != nil && !a.told[f] {
			// The other role is said in the hint, too.
			a.where[1-f] = best[1-f].column
			_, err := a.pick(f, a.without(f))
			return err
		}
	}
	return nil
}

func (a *assignment) without(f int) []candidate {
	a.where[f] = -1
	return a.candidates(f)
}

// joinClock joins a column of dates and one of times of day.
func (a *assignment) joinClock() {
	time := a.where[timeField]
	if time < 0 || a.clock || len(a.rows) == 0 {
		return
	}
	isClock := func(i int) bool { f := a.look(i).fault; return f != nil && f.clock }
	isDate := func(i int) bool {
		l := a.look(i)
		return (l.fault == nil || l.fault.ambiguous) && a.days(i) && l.filled > 0 && !a.small(l)
	}
	for i := range a.names {
		r, _ := rankOf(a.names[i], timeField)
		if i == time || r == unknown {
			continue
		}
		switch {
		case isClock(time) && isDate(i):
			a.warnings = nil // of the two
			a.where[timeField], a.where[clockField], a.clock = i, time, true
			return
		case isDate(time) && isClock(i):
			a.warnings = nil
			a.where[clockField], a.clock = i, true
			return
		}
	}
}
