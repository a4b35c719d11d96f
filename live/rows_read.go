package live

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/ringwatch/ringwatch/rating"
)

// A rowReader reads what sources said, row by row. What is read as what is found from the
// first rows, kept in the journal, and not changed.
type rowReader struct {
	journal *Journal
	options rating.ReadOptions
	columns *columns
	first   []Said // as long as columns are not known
	lines   int
	enough  int // lines of them at which to try
	heads   map[string]*head
	trouble string // why they cannot be read
	bad     int    // lines that cannot be read, once columns are known
	own     int64  // bytes of what the journal says of columns, when that was read last
}

// A head is the first line of a source that has columns.
type head struct {
	line      []byte
	separator byte
	at        [4]int // of rater, item, value and time; -1 for none
	fields    int
}

const enoughLines = 200 // to tell columns by

func newRowReader(j *Journal, o rating.ReadOptions, own []ownLine) *rowReader {
	o.Progress, o.SkipBad, o.Repeats, o.Origin = nil, math.MaxInt32, "mean", false
	r := &rowReader{journal: j, options: o, enough: enoughLines, heads: map[string]*head{}}
	for _, line := range own {
		if line.Columns != nil {
			r.columns = line.Columns
		}
	}
	return r
}

// read returns the rows that a source said, in its order but for odd ones, which
// come last; they are valid until what it said is changed.
func (r *rowReader) read(s Said) []row {
	if r.columns == nil && s.Source == Posted { // its door told
		if own, err := r.journal.own(); err == nil {
			for _, line := range own {
				if line.Columns != nil {
					r.columns = line.Columns
				}
			}
		}
	}
	if r.columns != nil {
		return r.rows(s)
	}
	r.first = append(r.first, s)
	if r.lines += bytes.Count(s.Data, []byte{'\n'}); r.lines < r.enough {
		return nil
	}
	return r.end()
}

// end reads what waits for more to tell its columns by.
func (r *rowReader) end() (rows []row) {
	if r.columns != nil || len(r.first) == 0 {
		return nil
	}
	var text []byte
	for _, s := range r.first {
		if s.Source == r.first[0].Source {
			text = append(text, s.Data...)
		}
	}
	o := r.options
	o.Stdin = bytes.NewReader(text)
	_, sum, err := rating.Read(context.Background(), []string{"-"}, o)
	if err != nil {
		r.trouble, r.enough = err.Error(), 2*r.lines
		return nil
	}
	c := columnsOf(sum.Reading)
	line, err := json.Marshal(ownLine{Columns: &c})
	if err == nil {
		err = r.journal.Append([]Said{{ownSource, append(line, '\n')}})
	}
	if err != nil {
		r.trouble = err.Error()
		return nil
	}
	r.columns, r.trouble = &c, ""
	for _, s := range r.first {
		rows = append(rows, r.rows(s)...)
	}
	r.first = nil
	return rows
}

// renew takes up how values are written where the door has learnt more words since.
func (r *rowReader) renew() bool {
	if r.columns.words == nil || r.journal.Length(ownSource) == r.own {
		return false
	}
	r.own = r.journal.Length(ownSource)
	own, err := r.journal.own()
	was := r.columns.ValueAs
	for _, line := range own {
		if err == nil && line.Columns != nil {
			r.columns = line.Columns
		}
	}
	return r.columns.ValueAs != was
}

func (r *rowReader) rows(s Said) (rows []row) {
	var others []byte
	h := r.head(s)
	for line := range bytes.Lines(s.Data) {
		text := bytes.TrimRight(line, "\r\n")
		if len(text) == 0 || h != nil && bytes.Equal(text, h.line) {
			continue
		}
		x, plain := row{}, false
		if h != nil {
			x, plain = h.plain(text, r.columns)
		} else {
			x, plain = r.columns.plain(text)
		}
		if plain {
			rows = append(rows, x)
		} else {
			others = append(others, line...)
		}
	}
	if len(others) == 0 {
		return rows
	}
	if r.renew() {
		return r.rows(s)
	}
	beside := r.beside(h)
	if h != nil {
		others = append(append(bytes.Clone(h.line), '\n'), others...)
	}
	o := r.options
	o.Stdin = bytes.NewReader(append(others, beside...))
	if len(o.Columns) == 0 {
		o.Columns = r.columns.fixed()
	}
	t, sum, err := rating.Read(context.Background(), []string{"-"}, o)
	if err != nil {
		r.bad += bytes.Count(others, []byte{'\n'})
		return rows
	}
	r.bad += sum.Bad
	for k := range t.Rater {
		if len(beside) > 0 && t.Raters.Name(t.Rater[k]) == nobody && t.Items.Name(t.Item[k]) == nobody {
			continue
		}
		x := row{[]byte(t.Raters.Name(t.Rater[k])), []byte(t.Items.Name(t.Item[k])),
			t.Scale.Of(t.Value[k]), rating.NoTime}
		x.value = math.Round(1e4*x.value) / 1e4 // of a scale that is not that of all
		if t.Time != nil {
			x.time = t.Time[k]
		}
		rows = append(rows, x)
	}
	return rows
}

// nobody is the rater and the item of lines that others are read beside.
const nobody = "ringwatch-beside"

// beside are two lines with values of their own, see columns.apart; none where that cannot be.
func (r *rowReader) beside(h *head) (lines []byte) {
	two, ok := r.columns.apart()
	at, timed := map[string]string{inSeconds: "1700000000", inDates: "2023-11-14T22:13:20Z"}[r.columns.TimeAs]
	if !ok || !timed && r.columns.Time != "" || r.options.Scale != "" ||
		h != nil && (h.at[0] < 0 || h.at[1] < 0 || h.at[2] < 0) {
		return nil
	}
	for _, value := range two {
		if h == nil {
			lines = append(append(lines, r.columns.saying(value)...), '\n')
			continue
		}
		cells := make([]string, h.fields)
		cells[h.at[0]], cells[h.at[1]], cells[h.at[2]] = nobody, nobody, value
		if h.at[3] >= 0 {
			cells[h.at[3]] = at
		}
		lines = append(lines, strings.Join(cells, string(rune(h.separator)))+"\n"...)
	}
	return lines
}

// head returns the first line of a source that has columns, nil for JSON.
func (r *rowReader) head(s Said) *head {
	if h, known := r.heads[s.Source]; known {
		return h
	}
	line := make([]byte, 1<<16)
	n, _ := r.journal.Read(s.Source, 0).Read(line)
	line = line[:n]
	if end := bytes.IndexByte(line, '\n'); end >= 0 {
		line = line[:end]
	}
	line = bytes.TrimRight(line, "\r\n")
	text := bytes.TrimLeft(line, " \t\ufeff")
	if len(text) == 0 || text[0] == '{' || text[0] == '[' {
		r.heads[s.Source] = nil
		return nil
	}
	h := &head{line: line, separator: ','}
	for _, c := range []byte{'\t', ';', '|'} {
		if bytes.Count(line, []byte{c}) > bytes.Count(line, []byte{h.separator}) {
			h.separator = c
		}
	}
	names := bytes.Split(text, []byte{h.separator})
	h.fields = len(names)
	for x, want := range []string{r.columns.Rater, r.columns.Item, r.columns.Value, r.columns.Time} {
		h.at[x] = -1
		for k, name := range names {
			if want != "" && string(bytes.Trim(name, `" `)) == want {
				h.at[x] = k
			}
		}
	}
	r.heads[s.Source] = h
	return h
}

// plain reads a line of columns without quotes.
func (h *head) plain(line []byte, c *columns) (r row, ok bool) {
	if h.at[0] < 0 || h.at[1] < 0 || (h.at[2] < 0) != (c.Value == "") || (h.at[3] < 0) != (c.Time == "") ||
		bytes.IndexByte(line, '"') >= 0 || c.ValueAs != "" && c.words == nil {
		return r, false
	}
	r.time = rating.NoTime
	field := 0
	for rest, more := line, true; more; field++ {
		var text []byte
		text, rest, more = bytes.Cut(rest, []byte{h.separator})
		switch field {
		case h.at[0]:
			r.rater = text
		case h.at[1]:
			r.item = text
		case h.at[2]:
			if x, known := c.word(text); known {
				r.value = x
				continue
			}
			x, err := strconv.ParseFloat(string(text), 64)
			if err != nil || c.words != nil || math.IsNaN(x) || math.IsInf(x, 0) {
				return r, false
			}
			r.value = x
		case h.at[3]:
			if r.time, ok = c.when(text, c.TimeAs != inSeconds); !ok {
				return r, false
			}
		}
	}
	return r, field == h.fields && len(r.rater) > 0 && len(r.item) > 0 && !odd(r.rater) && !odd(r.item)
}
