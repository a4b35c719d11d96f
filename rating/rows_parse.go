package rating

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"unicode"

	"github.com/ringwatch/ringwatch/internal/plural"
)

const keptMessages = 10 // of bad rows

// A badRow is a line that cannot be read and why.
type badRow struct {
	line    int
	message string
}

// rows is what one block of lines held. Raters and items are numbered by the
// parser that read it; a missing value is NaN.
type rows struct {
	seq         int // place among all blocks
	file        int // index in Summary.Files
	name        string
	parser      *parser
	rater, item []int32
	value       []float64 // nil without a value column
	time        []int32   // nil without a time column
	tags        []uint32  // nil unless asked for
	unit        []unit    // of each time; its noTime is the mark of a missing one
	min, max    float64
	noValue     int            // rows without one where that is known at once (Community Notes), which are not kept
	noOne       int            // rows without a rater or an item, which are not kept
	noOneLine   int            // the first of them
	lateKeys    map[string]int // of JSON, which the first lines lack: where they come first
	valued      int            // rows with a value
	count       [units]int     // rows by unit
	lines       [units][]int   // of the first of them
	empty       []int          // lines of the first rows without a value
	bad         []badRow       // the first of them
	badCount    int
	skipped     []int32 // places, among all rows of the block, of those that are not kept
	before      uint32  // rows of all blocks before, if asked for
}

// A parser turns lines into rows. Each goroutine has its own, with its own
// identifiers, which are made one in the end.
type parser struct {
	raters, items *Names
	layout        *layout
	lo, hi        float64   // the scale that values must keep to
	missing       []float64 // values that mean none
	field         [fields][]byte
	tags          uint32
	rows          *rows
	waiting       []waitingRow // whose identifiers have no number yet
	known         quickParser
}

// A waitingRow is one of a few that are numbered at once, raters and items
// apart: a loop that does nothing else has several look-ups on their way to
// memory at a time.
type waitingRow struct {
	rater, item []byte
	value       float64
	line        int
	time        int32
	number      int32 // of the rater
	tags        uint32
	unit        unit
}

const waitingRows = 64

func (r *reader) newParser() *parser {
	return &parser{missing: r.opt.Missing, raters: newParserNames(), items: newParserNames(), lo: r.lo, hi: r.hi,
		waiting: make([]waitingRow, 0, waitingRows)}
}

func (p *parser) begin(seq, file int, name string, l *layout, size int) {
	p.layout = l
	p.rows = &rows{seq: seq, file: file, name: name, parser: p, min: math.Inf(1), max: math.Inf(-1),
		rater: make([]int32, 0, size), item: make([]int32, 0, size)}
	if l.has[valueField] {
		p.rows.value = make([]float64, 0, size)
	}
	if l.has[timeField] {
		p.rows.time, p.rows.unit = make([]int32, 0, size), make([]unit, 0, size)
	}
	if l.tags {
		p.rows.tags = make([]uint32, 0, size)
	}
	p.field = [fields][]byte{}
}

// split finds the needed columns of a line and counts the others.
func (p *parser) split(row []byte, line int) {
	l := p.layout
	if l.matrix {
		p.splitWide(row, line)
		return
	}
	p.tags = 0
	for column, role := range l.role {
		end := 1
		if len(row) < 2 || row[1] != l.comma || row[0] == l.comma { // most flags and stars take one byte
			end = bytes.IndexByte(row, l.comma)
		}
		last := end < 0
		if last {
			end = len(row)
		}
		if role >= fields {
			p.tag(role, row[:end])
		} else if role >= 0 {
			p.field[role] = row[:end]
		}
		if last {
			if column+1 != l.columns {
				p.wrongCount(line, column+1)
				return
			}
			row = nil
			break
		}
		row = row[end+1:]
	}
	if left := l.columns - len(l.role); left > 0 {
		if n := bytes.Count(row, []byte{l.comma}) + 1; n != left {
			p.wrongCount(line, len(l.role)+n)
			return
		}
	} else if row != nil {
		p.wrongCount(line, l.columns+1+bytes.Count(row, []byte{l.comma}))
		return
	}
	p.row(line)
}

func (p *parser) wrongCount(line, n int) {
	p.bad(line, "%s where the first line has %d; separate every line alike, "+
		"and quote identifiers that hold a separator", plural.Of(n, "column"), p.layout.columns)
}

func (p *parser) bad(line int, format string, args ...any) {
	p.skip()
	if p.rows.badCount++; len(p.rows.bad) < keptMessages {
		p.rows.bad = append(p.rows.bad, badRow{line, fmt.Sprintf(format, args...)})
	}
}

// skip notes that a row is not kept, behind those that are waiting.
func (p *parser) skip() {
	r := p.rows
	r.skipped = append(r.skipped, int32(len(r.rater)+len(p.waiting)+len(r.skipped)))
}

// named reports whether a row has a rater and an item: the number of one that
// is missing is negative. Rows without say nothing of anybody; they are counted.
func (p *parser) named(line int, rater, item int32) bool {
	if rater >= 0 && item >= 0 {
		return true
	}
	p.skip()
	if p.rows.noOne++; p.rows.noOne == 1 {
		p.rows.noOneLine = line
	}
	return false
}

// row adds the rating in p.field, whose bytes must stay as they are until
// numberRows.
func (p *parser) row(line int) {
	f, r := &p.field, p.rows
	if !p.named(line, int32(len(f[raterField])-1), int32(len(f[itemField])-1)) {
		return
	}
	var value float64
	if r.value != nil {
		var ok bool
		if value, ok = p.value(line); !ok {
			return
		}
		if p.layout.notes && value != value {
			r.noValue++
			p.skip()
			return
		}
	}
	t, u, ok := p.time(line)
	if !ok {
		return
	}
	if p.layout.lists != 0 {
		p.each(line, value, t, u)
		return
	}
	p.wait(line, f[itemField], value, t, u)
}

// time returns the time in p.field, noTime where there is none.
func (p *parser) time(line int) (t int32, u unit, ok bool) {
	if p.rows.time == nil {
		return 0, noTime, true
	}
	b := trim(p.field[timeField])
	if len(b) == 0 {
		return 0, noTime, true
	}
	l := p.layout
	if l.times != nil && l.times.clock {
		b = append(append(slices.Clone(b), ' '), trim(p.field[clockField])...)
	}
	if t, u, ok = readTime(l.times, b, l.unit); !ok {
		if isNothing(string(b)) {
			return 0, noTime, true
		}
		p.badTime(line, b)
	}
	return t, u, ok
}

// wait adds a rating that has no numbers yet.
func (p *parser) wait(line int, item []byte, value float64, t int32, u unit) {
	p.waiting = append(p.waiting, waitingRow{p.field[raterField], item, value, line, t, 0, p.tags, u})
	if len(p.waiting) == waitingRows {
		p.numberRows()
	}
}

// numberRows adds the rows that are waiting.
func (p *parser) numberRows() {
	for i := range p.waiting {
		w := &p.waiting[i]
		w.number = p.raters.Add(w.rater)
	}
	for i := range p.waiting {
		w := &p.waiting[i]
		p.tags = w.tags
		p.add(w.line, w.number, p.items.Add(w.item), w.value, w.time, w.unit)
	}
	p.waiting = p.waiting[:0]
}

// add adds a rating; value is NaN, u noTime where there is none.
func (p *parser) add(line int, rater, item int32, value float64, t int32, u unit) {
	r := p.rows
	if r.time != nil {
		r.time, r.unit = append(r.time, t), append(r.unit, u)
		if r.count[u]++; r.count[u] <= keptMessages {
			r.lines[u] = append(r.lines[u], line)
		}
	}
	if r.value != nil {
		if value == value {
			r.valued++
			r.min, r.max = min(r.min, value), max(r.max, value)
		} else if len(r.empty) < keptMessages {
			r.empty = append(r.empty, line)
		}
		r.value = append(r.value, value)
	}
	if r.tags != nil {
		r.tags = append(r.tags, p.tags)
	}
	r.rater = append(r.rater, rater)
	r.item = append(r.item, item)
}

func (p *parser) badTime(line int, b []byte) {
	p.bad(line, "%q is no time between 1931 and 2068; write seconds or milliseconds since 1970, RFC 3339 or a date",
		clip(string(b), 40))
}

// value returns the value in p.field, NaN where there is none.
func (p *parser) value(line int) (v float64, ok bool) {
	b := p.field[valueField]
	if p.layout.notes {
		return p.helpfulness(line, b)
	}
	if b = trim(b); len(b) == 0 {
		return math.NaN(), true
	}
	if p.layout.values != nil {
		v, ok = p.layout.values.read(b)
	} else if v, ok = parseValue(b); !ok {
		if isNothing(string(b)) {
			return math.NaN(), true
		}
		v, ok = parseValue(bytes.Replace(b, []byte("−"), []byte("-"), 1)) // the minus of typesetters
	}
	if !ok {
		what := "a number"
		switch {
		case string(b) == p.layout.key[valueField]:
			p.bad(line, "the names of the columns stand here again; take this line out")
			return v, false
		case p.layout.values == nil && bytes.IndexFunc(b, unicode.IsLetter) >= 0 && !bytes.ContainsAny(b, "0123456789"):
			what += ", and no answer that is known"
		case p.layout.values != nil:
			what = "written as the other values (" + shorten(p.layout.values.String(), 100) + ")"
		}
		p.bad(line, "%q is not %s; give each row a rating, or read no value with --columns value=",
			clip(string(b), 40), what)
	}
	if slices.Contains(p.missing, v) || slices.Contains(p.layout.missing, v) {
		return math.NaN(), true
	}
	return v, ok && (v != v || p.onScale(line, v))
}

// onScale reports whether a value is on the scale that was told.
func (p *parser) onScale(line int, v float64) bool {
	if v < p.lo || v > p.hi {
		p.bad(line, "the value %v is outside of the scale %g..%g; correct it, give another --scale, "+
			"or say --missing %[1]v if it means no rating", v, p.lo, p.hi)
		return false
	}
	return true
}

// helpfulness is the value of a Community Notes rating: what came in later
// versions of the form overrides the earlier.
func (p *parser) helpfulness(line int, level []byte) (v float64, ok bool) {
	switch string(level) {
	case "HELPFUL":
		return 1, true
	case "SOMEWHAT_HELPFUL":
		return 0.5, true
	case "NOT_HELPFUL":
		return 0, true
	case "":
	default:
		p.bad(line, "helpfulnessLevel is %q; it must be HELPFUL, SOMEWHAT_HELPFUL, NOT_HELPFUL or empty",
			clip(string(level), 40))
		return 0, false
	}
	switch {
	case isOne(p.field[notHelpfulField]):
		return 0, true
	case isOne(p.field[helpfulField]):
		return 1, true
	}
	return math.NaN(), true
}

// tag takes the cell of a column that is a tag.
func (p *parser) tag(role int8, cell []byte) {
	if k := role - fields; k == TagSampled && string(cell) == sampled || k != TagSampled && isOne(cell) {
		p.tags |= 1 << k
	}
}

func isOne(b []byte) bool { return string(b) == "1" || string(b) == "1.0" }

func trim(b []byte) []byte {
	if len(b) > 0 && (b[0] <= ' ' || b[len(b)-1] <= ' ') {
		return bytes.TrimSpace(b)
	}
	return b
}
