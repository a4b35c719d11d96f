package rating

import (
	"context"
	"io"
	"runtime"
	"strings"
	"sync"

	"github.com/ringwatch/ringwatch/internal/workers"
)

// WriteCSV writes rater,item,value,time with a header, rows in canonical
// order: by rater, then item, then time. Values are on the original scale,
// with the fewest digits that read back as the same float32 (below 1e-8 of the
// range, as nearly so as a float64 can); times are RFC 3339 in UTC. Co-actions
// have no value column, a Table without times no time column. Lines are made on
// all processors, and written by the caller's goroutine.
func WriteCSV(w io.Writer, t *Table) error { return writeSeparated(w, t, ',') }

// WriteTSV writes what WriteCSV does with tabs for commas.
func WriteTSV(w io.Writer, t *Table) error { return writeSeparated(w, t, '\t') }

// Rows that are made into text at once, and rows whose identifiers are fetched before any is
// written: processors wait for several at a time.
const (
	rowsAtATime  = 4096
	namesAtATime = 64
)

func writeSeparated(w io.Writer, t *Table, comma byte) error {
	s := &textRows{Table: t, comma: comma}
	if _, err := io.WriteString(w, s.header()); err != nil {
		return err
	}
	var writing error
	rows, ahead := t.ordered(), 2*runtime.GOMAXPROCS(0)
	parts, texts := make([][]int32, ahead), make([][]byte, ahead)
	err := workers.Ahead(context.Background(), (t.Len()+rowsAtATime-1)/rowsAtATime, ahead, func(i int) bool {
		part := parts[i%ahead][:0]
		for row, ok := rows.next(); ok; row, ok = rows.next() {
			if part = append(part, row); len(part) == rowsAtATime {
				break
			}
		}
		parts[i%ahead] = part
		return writing == nil
	}, func(i int) []byte {
		return s.lines(texts[i%ahead][:0], parts[i%ahead])
	}, func(i int, text []byte) {
		if texts[i%ahead] = text; writing == nil {
			_, writing = w.Write(text)
		}
	})
	if writing != nil {
		return writing
	}
	return err
}

// textRows are a Table as lines of columns between commas.
type textRows struct {
	*Table
	comma byte
	hands sync.Pool // of *hand
}

// A hand writes lines, and remembers what it wrote.
type hand struct {
	values *printer
	days   days
	names  [namesAtATime][2][]byte
	plain  [namesAtATime]bool // neither name needs quotes
}

func (s *textRows) header() string {
	header := "rater,item"
	if !s.Scale.Unary() {
		header += ",value"
	}
	if s.HasTimes() {
		header += ",time"
	}
	return strings.ReplaceAll(header, ",", string(s.comma)) + "\n"
}

// lines appends the lines of rows.
func (s *textRows) lines(text []byte, rows []int32) []byte {
	h, _ := s.hands.Get().(*hand)
	if h == nil {
		h = &hand{values: newPrinter(s.Scale)}
	}
	defer s.hands.Put(h)
	for len(rows) > 0 {
		part := rows[:min(len(rows), namesAtATime)]
		for i, row := range part {
			h.names[i] = [2][]byte{s.Raters.bytes(s.Rater[row]), s.Items.bytes(s.Item[row])}
		}
		for i := range part {
			h.plain[i] = isPlain(h.names[i][0], s.comma) && isPlain(h.names[i][1], s.comma)
		}
		for i, row := range part {
			text = s.line(text, row, h, i)
		}
		rows = rows[len(part):]
	}
	return text
}

func (s *textRows) line(text []byte, row int32, h *hand, i int) []byte {
	if rater, item := h.names[i][0], h.names[i][1]; h.plain[i] {
		text = append(append(append(text, rater...), s.comma), item...)
	} else {
		text = appendQuoted(append(appendQuoted(text, rater, s.comma), s.comma), item, s.comma)
	}
	if !s.Scale.Unary() {
		text = append(append(text, s.comma), h.values.print(s.Value[row])...)
	}
	if s.HasTimes() {
		text = h.days.appendTime(append(text, s.comma), s.Time[row])
	}
	return append(text, '\n')
}

// isPlain reports whether an identifier reads back as one column as it is.
func isPlain(name []byte, comma byte) bool {
	for _, c := range name {
		if c == comma || c == '"' || c == '\n' || c == '\r' {
			return false
		}
	}
	return true
}

// appendQuoted appends an identifier, in quotes if it would not read back as
// one column otherwise.
func appendQuoted(b, name []byte, comma byte) []byte {
	if isPlain(name, comma) {
		return append(b, name...)
	}
	b = append(b, '"')
	for _, c := range name {
		if c == '"' {
			b = append(b, '"')
		}
		b = append(b, c)
	}
	return append(b, '"')
}

// days are days as text, each where its number says, that were written before: a year's data has few.
type days struct {
	day  [1 << 10]int32
	text [1 << 10][len("2006-01-02T")]byte // begins with 0 where there is none
}

// appendTime appends a time as RFC 3339 has it, in UTC.
func (d *days) appendTime(b []byte, t int32) []byte {
	of := (int64(t) - secondOf(t)) / day
	at := of & int64(len(d.day)-1)
	if text := &d.text[at]; text[0] == 0 || d.day[at] != int32(of) {
		d.day[at] = int32(of)
		ToTime(t).AppendFormat(text[:0], "2006-01-02T")
	}
	b = append(b, d.text[at][:]...)
	x := secondOf(t)
	two := func(n int64, behind byte) {
		b = append(b, byte('0'+n/10), byte('0'+n%10), behind)
	}
	two(x/3600, ':')
	two(x/60%60, ':')
	two(x%60, 'Z')
	return b
}

// secondOf returns the second of a time's day.
func secondOf(t int32) int64 {
	x := int64(t) % day
	if x < 0 {
		x += day
	}
	return x
}
