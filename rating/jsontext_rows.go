package rating

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// lineCounter remembers where lines end that have not been passed yet.
type lineCounter struct {
	from io.Reader
	read int64
	ends []int64
	line int // passed
}

func (l *lineCounter) Read(p []byte) (int, error) {
	n, err := l.from.Read(p)
	for i, c := range p[:n] {
		if c == '\n' {
			l.ends = append(l.ends, l.read+int64(i))
		}
	}
	l.read += int64(n)
	return n, err
}

// at returns the number of the line that a place is in.
func (l *lineCounter) at(place int64) int {
	k := 0
	for k < len(l.ends) && l.ends[k] < place {
		k++
	}
	l.line, l.ends = l.line+k, l.ends[k:]
	return l.line + 1
}

// jsonRows writes the objects of an array, or one after the other, as lines.
type jsonRows struct {
	g       *guard
	lines   *lineCounter
	d       *json.Decoder
	buf     bytes.Buffer
	inArray bool
	written int // lines
	err     error
}

func (j *jsonRows) Read(p []byte) (int, error) {
	for j.buf.Len() == 0 {
		if j.err == nil {
			j.err = j.next()
		}
		if j.buf.Len() == 0 && j.err != nil {
			return 0, j.err
		}
	}
	return j.buf.Read(p)
}

// next writes what comes next.
func (j *jsonRows) next() error {
	j.g.left = longest
	if j.inArray && !j.d.More() {
		if _, err := j.d.Token(); err != nil {
			return j.wrong(err)
		}
		j.inArray = false
		return nil
	}
	if !j.inArray {
		start, err := j.peek()
		if err != nil {
			return err
		}
		if start == '[' {
			_, err := j.d.Token()
			j.inArray = true
			return err
		}
	}
	var raw json.RawMessage
	if err := j.d.Decode(&raw); err != nil {
		return j.wrong(err)
	}
	line := j.lines.at(j.d.InputOffset() - int64(len(raw)) + 1)
	if !j.inArray {
		if rows := rowsWithin(raw, deepestRows); len(rows) > 0 {
			for _, row := range rows {
				if err := j.write(row, line); err != nil {
					return err
				}
			}
			return nil
		}
	}
	return j.write(raw, line)
}

// peek returns the first byte of the next value.
func (j *jsonRows) peek() (byte, error) {
	for {
		rest, _ := io.ReadAll(j.d.Buffered())
		if rest = bytes.TrimLeft(rest, " \t\r\n"); len(rest) > 0 {
			return rest[0], nil
		}
		// The decoder reads on where it is asked for more.
		if !j.d.More() {
			return 0, io.EOF
		}
	}
}

func (j *jsonRows) write(raw []byte, line int) error {
	for j.written+1 < line {
		j.buf.WriteByte('\n')
		j.written++
	}
	flat, ok := flatten(raw)
	if !ok {
		flat = raw
	}
	if err := json.Compact(&j.buf, flat); err != nil {
		return err
	}
	j.buf.WriteByte('\n')
	j.written++
	return nil
}

func (j *jsonRows) wrong(err error) error {
	line := j.lines.at(j.d.InputOffset() + 1)
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, errLongLine):
		return fmt.Errorf("an object in it is longer than %d MiB; write one object a line (jq -c '.[]')", longest>>20)
	case errors.Is(err, io.ErrUnexpectedEOF), err == io.EOF:
		return fmt.Errorf("its JSON is cut short behind line %d; fetch it again", line)
	case errors.As(err, &syntax):
		return fmt.Errorf("its JSON is damaged in line %d (%s)", line, strings.TrimPrefix(err.Error(), "json: "))
	}
	return err
}
