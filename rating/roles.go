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
	wide     int // columns from here on are items, one each; 0 if none are
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
	var err error
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
		column, err := a.find(told, field)
		if err != nil {
			if from, cut := strings.CutSuffix(told, ".."); cut && f == itemField {
				if a.wide, err = a.find(from, field); err == nil {
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
				return fmt.Errorf("column %q cannot be both %s and %s; say which is which with --columns", a.name(column), fieldNames[other], field)
			}
		}
		a.where[f] = column
	}
	return nil
}

// find returns the column that a user named, by its name or its number.
func (a *assignment) find(told, field string) (int, error) {
	if i := slices.Index(a.names, told); i >= 0 {
		return i, nil
	}
	n, err := strconv.Atoi(told)
	switch {
	case err != nil || n < 1 || n > a.width:
		if a.names == nil {
			return -1, fmt.Errorf("there is no column %q for the %s: without a header, columns have the numbers 1 to %d (%s)", told, field, a.width, a.listed())
		}
		return -1, fmt.Errorf("there is no column %q for the %s (%s)", told, field, a.listed())
	case a.keyed:
		return -1, fmt.Errorf("there is no column %q for the %s: columns of %s have names and no numbers (%s)", told, field, a.format, a.listed())
	}
	return n - 1, nil
}

func (a *assignment) taken(column int) bool {
	return slices.Contains(a.where[:], column) || a.wide > 0 && column >= a.wide
}

// A candidate is a column that may be a field.
type candidate struct {
	column int
	rank   rank
	id     bool
}

// candidates are the free columns that a field may be in, the best first.
func (a *assignment) candidates(field int) (found []candidate) {
	for i, name := range a.names {
		if a.taken(i) {
			continue
		}
		r, id := rankOf(name, field)
		if r == unknown || len(a.rows) > 0 && !a.holds(i, field, r) {
			continue
		}
		found = append(found, candidate{i, r, id})
	}
	empty := func(c candidate) int {
		if len(a.rows) > 0 && a.look(c.column).filled == 0 {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(found, func(x, y candidate) int {
		if e := empty(x) - empty(y); e != 0 {
			return e
		}
		return int(x.rank - y.rank)
	})
	return found
}

// holds reports whether what a column holds does not speak against a role. A
// name that is known for it, whole, is believed: what cannot be read is told
// row by row then.
func (a *assignment) holds(column, field int, r rank) bool {
	l := a.look(column)
	switch field {
	case valueField:
		return l.isValue || r < 2 || l.filled == 0 && r < certain
	case timeField:
		if l.fault == nil {
			return r == 0 || l.times != nil || !a.small(l)
		}
		return l.fault.ambiguous || l.fault.clock || r == 0 || r < certain && l.filled == 0
	case raterField:
		return !l.objects() && !(r == 4 && l.distinct == 1 && len(a.rows) >= 20) && (l.filled > 0 || r < certain)
	}
	return !l.objects() && !(r >= 3 && l.prose()) && (l.filled > 0 || r < certain)
}

// objects reports whether cells are objects of JSON.
func (l *looked) objects() bool {
	return isObject(firstFilled(l.cells)) || isObject(strings.TrimSuffix(strings.TrimPrefix(firstFilled(l.cells), "["), "]"))
}

func isObject(s string) bool {
	return len(s) > 1 && s[0] == '{' && s[len(s)-1] == '}' && (strings.Contains(s, `":`) || strings.Contains(s, `': `))
}

// prose reports whether most cells are several words, which name no item.
func (l *looked) prose() bool {
	n := 0
	for _, c := range l.cells {
		if strings.Count(strings.TrimSpace(c), " ") > 1 {
			n++
		}
	}
	return 2*n > l.filled
}

// small reports whether the numbers of a column are too small for times since 1970.
func (a *assignment) small(l *looked) bool {
	n := 0
	for _, c := range l.cells {
		if x, ok := parseValue([]byte(c)); ok && x < 1e8 && x > -1e8 {
			n++
		}
	}
	return 2*n > l.filled
}

// pick chooses the best candidate, -1 if there is none; what cannot be decided
// is asked.
func (a *assignment) pick(field int, found []candidate) (candidate, error) {
	if len(found) == 0 {
		return candidate{column: -1, rank: unknown}, nil
	}
	if field == itemField && found[0].rank >= 2 { // a number for each row is no item
		if i := slices.IndexFunc(found, func(c candidate) bool { return !a.rowNumber(c.column) }); i > 0 && a.look(found[i].column).filled > 0 {
			found = found[i:]
		}
	}
	best := found[:1]
	for _, c := range found[1:] {
		if c.rank == best[0].rank {
			best = append(best, c)
		}
	}
	best = a.better(field, slices.Clone(best))
	// A column that is mostly empty gives way to one that is full.
	if n := len(a.rows); n > 0 && 2*a.look(best[0].column).filled < n {
		for _, c := range found {
			if c.rank < certain && 10*a.look(c.column).filled > 9*n && (field != valueField || a.look(c.column).isValue) {
				best = []candidate{c}
				break
			}
		}
	}
	if len(best) > 1 {
		var names []string
		for _, c := range best {
			names = append(names, strconv.Quote(shorten(a.name(c.column), 60)))
		}
		first := *a
		first.where[field] = best[0].column
		return best[0], &question{fmt.Sprintf("%s: the %s may be %s; say which: %s", a.at, fieldNames[field], orList(names), first.hint())}
	}
	for _, c := range found {
		if c.column != best[0].column && c.rank < certain && c.rank <= max(best[0].rank, rank(min(1+field, 2))) && !a.same(c.column, best[0].column) && (len(a.rows) == 0 || a.look(c.column).filled > 0) {
			a.warnings = append(a.warnings, fmt.Sprintf("column %q is read as the %s, not %q; choose with --columns %s=",
				shorten(a.name(best[0].column), 60), fieldNames[field], shorten(a.name(c.column), 60), fieldNames[field]))
			break // one is enough to make the user look
		}
	}
	return best[0], nil
}

// better drops candidates of one rank that others are better than.
func (a *assignment) better(field int, best []candidate) []candidate {
	drop := func(worse func(candidate) bool) {
		if left := slices.DeleteFunc(slices.Clone(best), worse); len(left) > 0 {
			best = left
		}
	}
	if field == raterField || field == itemField {
		drop(func(c candidate) bool { return !c.id })
	}
	if len(best) == 1 || len(a.rows) == 0 {
		return best[:min(len(best), 1+len(a.rows))]
	}
	fullest := 0
	for _, c := range best {
		fullest = max(fullest, a.look(c.column).filled)
	}
	drop(func(c candidate) bool { return 2*a.look(c.column).filled < fullest })
	switch field {
	case itemField, raterField:
		drop(func(c candidate) bool { return a.opinion(c.column) })
		drop(func(c candidate) bool { return len(a.rows) >= 20 && a.look(c.column).distinct == 1 })
		drop(func(c candidate) bool { return a.rowNumber(c.column) })
	case valueField:
		drop(func(c candidate) bool { return !a.look(c.column).isValue })
		drop(func(c candidate) bool { return a.look(c.column).distinct == 1 })
	case timeField:
		drop(func(c candidate) bool { return a.look(c.column).fault != nil })
		drop(func(c candidate) bool { return a.look(c.column).times != nil })
		drop(func(c candidate) bool { return a.days(c.column) })
	}
	first := best[0]
	drop(func(c candidate) bool { return c.column != first.column && a.same(c.column, first.column) })
	return best
}

// opinion reports whether a column that may be an item by its name is rather a
// value: the French "note".
func (a *assignment) opinion(column int) bool {
	r, _ := rankOf(a.name(column), valueField)
	l := a.look(column)
	return r < certain && l.isValue && a.small(l) && l.distinct <= 21
}

// rowNumber reports whether a column has another content in every row.
func (a *assignment) rowNumber(column int) bool {
	l := a.look(column)
	return len(a.rows) >= 20 && l.distinct == l.filled && l.filled == len(a.rows)
}

// days reports whether a column of times has no time of day.
func (a *assignment) days(column int) bool {
	l := a.look(column)
	for _, c := range l.cells {
		if t, _, ok := readTime(l.times, []byte(strings.TrimSpace(c)), noTime); ok && (int64(t)+epochUnix)%86400 != 0 {
			return false
		}
	}
	return true
}

// same reports whether two columns say the same in all rows of the sample: the
// same text or, of times, the same day.
func (a *assignment) same(x, y int) bool {
	if len(a.rows) == 0 {
		return false
	}
	lx, ly := a.look(x), a.look(y)
	times := a.isTime(x) && a.isTime(y)
	for i := range a.rows {
		if lx.cells[i] == ly.cells[i] {
			continue
		}
		if !times {
			return false
		}
		s, _, ok1 := readTime(lx.times, []byte(lx.cells[i]), noTime)
		t, _, ok2 := readTime(ly.times, []byte(ly.cells[i]), noTime)
		if d := int64(s) - int64(t); ok1 != ok2 || d > 86400 || d < -86400 {
			return false
		}
	}
	return true
}

func orList(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
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
	if a.where[raterField] < 0 || a.where[itemField] < 0 && a.wide == 0 {
		if a.matrix() {
			return nil
		}
		return &noRatings{a.at + ": " + a.missing()}
	}
	for _, f := range []int{timeField, valueField} {
		if a.told[f] || f == valueField && (a.opt.Scale == coActions || a.wide > 0) {
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
	if a.wide > 0 {
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

// byPosition gives roles in the order that files without a header have: rater,
// item, value and time. What does not look like that is asked.
func (a *assignment) byPosition() error {
	if a.told[raterField] && a.told[itemField] {
		return nil
	}
	var free []int
	for i := range a.width {
		if !a.taken(i) && a.look(i).filled > 0 {
			free = append(free, i)
		}
	}
	guess := a.where
	if n := len(free); n > 2 && a.isTime(free[n-1]) {
		guess[timeField] = free[n-1]
		free = free[:n-1]
	}
	if len(free) == 4 && a.width == 4 && a.looksLike(0, isSHA1) && a.look(3).isValue { // Last.fm's: user, artist, its name, plays
		named := 1
		if a.look(1).filled < len(a.rows) {
			named = 2
		}
		free = []int{0, named, 3}
	}
	if n := len(free); n == 3 && a.look(free[2]).isValue && a.look(free[2]).distinct <= 101 {
		guess[valueField] = free[2]
		free = free[:2]
	}
	if len(free) == 2 && len(guess) > 0 && (guess[valueField] >= 0 || guess[timeField] >= 0) && !slices.ContainsFunc(a.told[:], func(t bool) bool { return t }) {
		guess[raterField], guess[itemField] = free[0], free[1]
		if a.looksLike(free[0], isASIN) && a.looksLike(free[1], isAmazonReviewer) {
			guess[raterField], guess[itemField] = free[1], free[0]
		}
		if a.opt.Scale == coActions {
			guess[valueField] = -1
		}
		a.where = guess
		a.warnings = append(a.warnings, "there is no header: columns are taken in their usual order; say otherwise with "+a.hint())
		return nil
	}
	if a.width >= 10 && a.alike(1) {
		return &noRatings{fmt.Sprintf("%s: there is no header, and it looks like a matrix with a row for each rater and a column for each item (%s); if its first column names the raters, read it with --columns rater=1,item=2..", a.at, a.listed())}
	}
	return &noRatings{fmt.Sprintf("%s: there is no header that names a rater and an item (%s); say which column is what, by number: %s", a.at, a.listed(), a.hint())}
}

// isTime reports whether a column without a name holds what can be nothing but times.
func (a *assignment) isTime(column int) bool {
	l := a.look(column)
	return l.fault == nil && (l.times != nil || !a.small(l))
}

func isSHA1(s string) bool { return len(s) == 40 && strings.Trim(s, "0123456789abcdef") == "" }

func (a *assignment) looksLike(column int, is func(string) bool) bool {
	for _, c := range a.look(column).cells {
		if !is(c) {
			return false
		}
	}
	return true
}

// isASIN and isAmazonReviewer tell Amazon's two orders of columns apart.
func isASIN(s string) bool { return len(s) == 10 && strings.ToUpper(s) == s }

func isAmazonReviewer(s string) bool {
	return len(s) >= 11 && len(s) <= 21 && s[0] == 'A' && strings.ToUpper(s) == s && !allDigits(s)
}

// matrix takes a table of raters by items, whose columns have numbers for
// names, and reports whether it is one.
func (a *assignment) matrix() bool {
	if a.where[raterField] < 0 || a.told[itemField] || a.keyed {
		return false
	}
	from := len(a.names)
	for from > 0 && allDigits(a.names[from-1]) && a.names[from-1] != "" && from-1 != a.where[raterField] {
		from--
	}
	if len(a.names)-from < 10 || !a.alike(from) {
		return false
	}
	a.wide = from
	a.warnings = append(a.warnings, fmt.Sprintf("is read as a matrix: each of the %d columns from %q on is an item", len(a.names)-from, a.names[from]))
	return true
}

// alike reports whether all columns from one on hold values of one small set.
func (a *assignment) alike(from int) bool {
	seen := map[string]bool{}
	for _, row := range a.rows {
		for _, c := range row[from:] {
			if !isNothing(c) {
				if seen[c] = true; len(seen) > 101 {
					return false
				}
			}
		}
	}
	var cells []string
	for c := range seen {
		cells = append(cells, c)
	}
	_, ok := formOf(cells)
	return ok
}

// missing says in a user's words why a table is not one of ratings.
func (a *assignment) missing() string {
	if a.width == 1 {
		return fmt.Sprintf("has one column only (%s); separate columns with commas, tabs, ; or |, or name the file of ratings", a.listed())
	}
	what := "a rater and an item"
	switch {
	case a.where[raterField] >= 0:
		what = "an item (the rater is " + strconv.Quote(shorten(a.name(a.where[raterField]), 60)) + ")"
	case a.where[itemField] >= 0:
		what = "a rater (the item is " + strconv.Quote(shorten(a.name(a.where[itemField]), 60)) + ")"
	}
	by := "by name or number"
	if a.keyed {
		by = "by name"
	}
	if from := a.matrixFrom(); from > 0 {
		return fmt.Sprintf("no column names an item (%s), but it looks like a matrix with a column for each item; if so, read it with --columns rater=1,item=%d..", a.listed(), from+1)
	}
	return fmt.Sprintf("no columns that name %s (%s); say which they are, %s: %s", what, a.listed(), by, a.hint())
}

// matrixFrom returns where the columns of a matrix of ratings may begin, 0 if it looks like none.
func (a *assignment) matrixFrom() int {
	if a.keyed || len(a.rows) < 2 || a.where[itemField] >= 0 {
		return 0
	}
	for from := max(1, a.where[raterField]+1); from+5 < a.width && from < 12; from++ {
		if a.alike(from) {
			return from
		}
	}
	return 0
}

// hint is a --columns that works when it is pasted: what is known, and for the
// rest the free columns that look like it.
func (a *assignment) hint() string {
	where := a.where
	free := func(i int) bool { return !slices.Contains(where[:], i) }
	for _, f := range []int{timeField, valueField, raterField, itemField} {
		if where[f] >= 0 || f == itemField && a.wide > 0 || f >= valueField && a.told[f] {
			continue
		}
		for i := range a.width {
			if f >= valueField { // mostly behind rater and item
				i = a.width - 1 - i
			}
			if !free(i) || f == timeField && (len(a.rows) == 0 || !a.isTime(i) || a.names == nil && i < 2) ||
				f == valueField && (len(a.rows) == 0 || !a.look(i).isValue || a.look(i).distinct > 101 || a.look(i).distinct < 2 || a.freeBut(where, i) < 2) {
				continue
			}
			where[f] = i
			break
		}
	}
	var parts []string
	for f, field := range fieldNames {
		if f == itemField && a.wide > 0 {
			parts = append(parts, fmt.Sprintf("item=%d..", a.wide+1))
		} else if where[f] >= 0 {
			parts = append(parts, field+"="+a.called(where[f]))
		}
	}
	s := strings.Join(parts, ",")
	if strings.ContainsAny(s, " '\"$&|;<>()*?\\`!#~[]{}") {
		s = "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return "--columns " + s
}

// freeBut counts the columns that are left beside one for rater and item.
func (a *assignment) freeBut(where [fields]int, column int) (n int) {
	for f := range 2 {
		if where[f] >= 0 || f == itemField && a.wide > 0 {
			n++
		}
	}
	for i := range a.width {
		if i != column && !slices.Contains(where[:], i) {
			n++
		}
	}
	return n
}

// called is what --columns takes for a column.
func (a *assignment) called(column int) string {
	name := a.name(column)
	if !a.keyed && (strings.ContainsAny(name, ",=") || name != strings.TrimSpace(name) || name == "" || name == "-" || len(name) > 60 || shorten(name, 60) != name || slices.Index(a.names, name) != column) {
		return strconv.Itoa(column + 1)
	}
	return name
}

// layout makes the layout of the roles.
func (a *assignment) layout() (*layout, error) {
	l := &layout{format: a.format, columns: a.width, names: a.names, wide: a.wide}
	for f, column := range a.where {
		if column < 0 || f == valueField && a.opt.Scale == coActions {
			continue
		}
		l.place(f, column)
		if f < fields && a.names != nil {
			l.key[f] = a.names[column]
		}
	}
	l.has[itemField] = true
	if l.wide > 0 {
		l.has[valueField] = a.opt.Scale != coActions
	}
	if err := a.forms(l); err != nil {
		return nil, err
	}
	l.reading = a.reading(l)
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
		if l.values != nil && l.values.name == "decimal comma" && thousands(a.look(v).cells) {
			return &question{fmt.Sprintf("%s: the value column %q holds numbers such as %s, in which the comma may part thousands; write them without", a.at, a.name(v), shorten(a.look(v).cells[0], 20))}
		}
	}
	if l.wide > 0 && l.has[valueField] {
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
			return &question{fmt.Sprintf("%s: the column %q holds dates such as %s, in which day and month cannot be told apart; say which comes first: --times dmy or --times mdy",
				a.at, shorten(a.name(t), 60), shorten(f.example, 40))}
		case f.what == roundedTimes:
			return &question{fmt.Sprintf("%s: the times in the column %q are rounded numbers, such as %s, so that different moments are one; export them in full, or leave them out with --columns time=",
				a.at, shorten(a.name(t), 60), shorten(firstFilled(seen.cells), 40))}
		case f.what == "bare years", f.clock:
			return &question{fmt.Sprintf("%s: the column %q holds %s, such as %s, and so no times; leave it out with --columns time=, or name another",
				a.at, shorten(a.name(t), 60), f.what, shorten(firstFilled(seen.cells), 40))}
		}
	}
	return nil
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
