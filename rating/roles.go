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
		a.where[f] = c.column
		if f == timeField {
			a.joinClock()
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

// layout makes the layout of the roles.
func (a *assignment) layout() (*layout, error) {
	l := &layout{format: a.format, columns: a.width, names: a.names, matrix: a.matrix, wide: a.wide, across: a.across,
		missing: a.none, byRow: a.byRow}
	for f, column := range a.where {
		if column < 0 || f == valueField && a.opt.Scale == coActions {
			continue
		}
		l.place(f, column)
		if f < fields && a.names != nil {
			l.key[f] = a.names[column]
		}
	}
	l.has[raterField], l.has[itemField] = true, true
	if l.matrix {
		l.has[valueField] = a.opt.Scale != coActions
	}
	if err := a.forms(l); err != nil {
		return nil, err
	}
	l.reading = a.reading(l)
	a.warnOfGone()
	l.ignored = append(l.ignored, a.warnings...)
	return l, nil
}

// forms settles how values and times are written.
func (a *assignment) forms(l *layout) error {
	if len(a.rows) == 0 {
		if l.has[timeField] && a.opt.Times != "" {
			l.times, l.unit, _ = toldTimes(a.opt.Times)
		}
		return nil
	}
	if v := a.where[valueField]; v >= 0 && l.has[valueField] {
		l.values = a.look(v).form
		l.within = rangeOf(a.look(v), l.values)
		if l.values != nil && l.values.name == "decimal comma" && thousands(a.look(v).cells) {
			return &question{fmt.Sprintf("%s: the value column %q holds numbers such as %s, in which the comma may "+
				"part thousands; write them without", a.at, a.name(v), shorten(a.look(v).cells[0], 20))}
		}
	}
	if l.matrix && l.has[valueField] {
		var cells []string
		for _, row := range a.rows {
			cells = append(cells, row[l.wide:]...)
		}
		l.values, _ = formOf(cells)
	}
	if i := a.where[itemField]; i >= 0 {
		l.lists = a.listsIn(i)
	}
	t := a.where[timeField]
	if t < 0 {
		return nil
	}
	seen := a.look(t)
	if l.times = seen.times; a.clock {
		if l.times == nil {
			l.times = &timeForm{name: "dates", order: "dmy"}
		}
		form := *l.times
		form.clock = true
		l.times = &form
	}
	if a.opt.Times != "" {
		_, l.unit, _ = toldTimes(a.opt.Times)
	}
	if f := seen.fault; f != nil && seen.filled > 0 {
		switch {
		case f.ambiguous:
			return &question{fmt.Sprintf("%s: the column %q holds dates such as %s, in which %s",
				a.at, clip(a.name(t), 60), shorten(f.example, 40), f.what)}
		case f.what == roundedTimes:
			return &question{fmt.Sprintf("%s: the times in the column %q are rounded numbers, such as %s, "+
				"so that different moments are one; export them in full, or leave them out with --columns time=",
				a.at, clip(a.name(t), 60), shorten(firstFilled(seen.cells), 40))}
		case f.what == "bare years", f.clock:
			return &question{fmt.Sprintf("%s: the column %q holds %s, such as %s, and so no times; "+
				"leave it out with --columns time=, or name another",
				a.at, clip(a.name(t), 60), f.what, shorten(firstFilled(seen.cells), 40))}
		}
	}
	return nil
}

// rangeOf is where the values of a sample lie but for 1 in 100 at each end, unary
// where that is not known: on the scale that their form tells, or among numbers.
func rangeOf(l *looked, form *valueForm) Scale {
	if form != nil && !form.scale.Unary() {
		return form.scale
	}
	var values []float64
	for _, c := range l.cells {
		v, ok := parseValue([]byte(c))
		if form != nil {
			v, ok = form.read([]byte(c))
		}
		if ok && v == v {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return Scale{}
	}
	slices.Sort(values)
	n := len(values) / 100
	return Scale{values[n], values[len(values)-1-n]}
}

func firstFilled(cells []string) string {
	for _, c := range cells {
		if !isNothing(c) {
			return c
		}
	}
	return ""
}

// thousands reports whether each comma in numbers is followed by three digits,
// as where it parts thousands.
func thousands(cells []string) bool {
	for _, c := range cells {
		if _, part, comma := strings.Cut(strings.TrimSpace(c), ","); comma && len(part) != 3 {
			return false
		}
	}
	return true
}
