// Package tables reads the tables of workbooks, databases, Arrow and Parquet files as
// separated text, so that what reads CSV reads them too. It decides nothing about
// what a column means: cells come as their program would write them, times and
// dates with a type of their own as RFC 3339.
package tables

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A Table is one table, sheet or record set.
type Table struct {
	Name string
	// Open returns its rows. The first are the names of the columns where the
	// format has them.
	Open func() (*Rows, error)
}

// Rows are the rows of a table. Next returns the cells of the next one, good
// until the next call, and io.EOF behind the last; a row of no cells is empty.
type Rows struct {
	Next  func() ([]string, error)
	Close func() error
	buf   bytes.Buffer
	width int
	err   error
}

// Read returns the rows as comma-separated lines: as many for each row as there
// are, so that the line is the number of the row. Line ends within a cell become
// spaces. A row is padded to the width of the first that is not empty.
func (r *Rows) Read(p []byte) (int, error) {
	for r.buf.Len() == 0 {
		if r.err != nil {
			return 0, r.err
		}
		row, err := r.next()
		if err != nil {
			r.err = err
			continue
		}
		r.write(row)
	}
	return r.buf.Read(p)
}

// next is Next, with an error for a panic: the formats' libraries let some damaged
// files lead them astray.
func (r *Rows) next() (row []string, err error) {
	defer caught(&err)
	return r.Next()
}

func caught(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("it is damaged: %v", p)
	}
}

func (r *Rows) write(row []string) {
	if r.width == 0 {
		r.width = len(row)
	}
	for len(row) > r.width && row[len(row)-1] == "" {
		row = row[:len(row)-1]
	}
	for i, cell := range row {
		if i > 0 {
			r.buf.WriteByte(',')
		}
		r.cell(cell)
	}
	if len(row) > 0 {
		for range r.width - len(row) {
			r.buf.WriteByte(',')
		}
	}
	r.buf.WriteByte('\n')
}

var oneLine = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ")

func (r *Rows) cell(s string) {
	if strings.ContainsAny(s, "\r\n") {
		s = oneLine.Replace(s)
	}
	if !strings.ContainsAny(s, `,"`) {
		r.buf.WriteString(s)
		return
	}
	r.buf.WriteByte('"')
	r.buf.WriteString(strings.ReplaceAll(s, `"`, `""`))
	r.buf.WriteByte('"')
}

// number writes a number as people do: whole ones that a float64 holds exactly
// without a point.
func number(x float64) string {
	if x == math.Trunc(x) && math.Abs(x) < 1<<53 {
		return strconv.FormatInt(int64(x), 10)
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

// moment writes a time, as a date where it has no other part.
func moment(t time.Time) string {
	t = t.UTC()
	if t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 && t.Nanosecond() == 0 {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339Nano)
}

// text writes bytes: those that are none in hexadecimal.
func text(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	return hex.EncodeToString(b)
}

var _ io.Reader = (*Rows)(nil)
