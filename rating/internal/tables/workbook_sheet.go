package tables

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// sheet reads the rows of a sheet, an empty one for each that is left out.
func (w *workbook) sheet(file string) (*Rows, error) {
	if err := w.shared(); err != nil {
		return nil, err
	}
	c, r, err := w.open(file)
	if err != nil {
		return nil, err
	}
	d := xml.NewDecoder(r)
	s := &sheet{w: w, d: d, next: 1}
	return &Rows{Close: c.Close, Next: func() ([]string, error) {
		row, err := s.row()
		return row, part(file, err)
	}}, nil
}

type sheet struct {
	w      *workbook
	d      *xml.Decoder
	next   int // row to hand out
	at     int // row that was read, 0 if none waits
	cells  []string
	closed bool
}

func (s *sheet) row() ([]string, error) {
	if s.at == 0 {
		if err := s.find(); err != nil {
			return nil, err
		}
	}
	s.next++
	if s.next <= s.at {
		return nil, nil
	}
	s.at = 0
	return s.cells, nil
}

// find reads the next row that is there.
func (s *sheet) find() error {
	for {
		token, err := s.d.Token()
		switch {
		case err == io.EOF && !s.closed:
			return io.ErrUnexpectedEOF
		case err != nil:
			return err
		}
		if end, ok := token.(xml.EndElement); ok && end.Name.Local == "worksheet" {
			s.closed = true
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "row" {
			continue
		}
		s.at = s.next
		for _, a := range start.Attr {
			if a.Name.Local == "r" {
				n, err := strconv.Atoi(a.Value)
				if err != nil || n < s.next || n > mostRows {
					return fmt.Errorf("row %q is out of order", a.Value)
				}
				s.at = n
			}
		}
		return s.readCells()
	}
}

func (s *sheet) readCells() error {
	s.cells = s.cells[:0]
	for {
		token, err := s.d.Token()
		if err != nil {
			return unexpected(err)
		}
		switch t := token.(type) {
		case xml.EndElement:
			if t.Name.Local == "row" {
				return nil
			}
		case xml.StartElement:
			if t.Name.Local != "c" {
				if err := s.d.Skip(); err != nil {
					return unexpected(err)
				}
				continue
			}
			if err := s.cell(t); err != nil {
				return err
			}
		}
	}
}

// cell reads a cell that was begun, into its place.
func (s *sheet) cell(start xml.StartElement) error {
	kind, style, at := "", 0, len(s.cells)
	for _, a := range start.Attr {
		switch a.Name.Local {
		case "t":
			kind = a.Value
		case "s":
			style, _ = strconv.Atoi(a.Value) // what is none shows no date
		case "r":
			var ok bool
			if at, ok = columnOf(a.Value); !ok || at < len(s.cells) {
				return fmt.Errorf("cell %q is out of order", a.Value)
			}
		}
	}
	value, inline := "", ""
	for depth := 0; depth >= 0; {
		token, err := s.d.Token()
		if err != nil {
			return unexpected(err)
		}
		switch t := token.(type) {
		case xml.EndElement:
			depth--
		case xml.StartElement:
			switch t.Name.Local {
			case "v":
				if value, err = content(s.d); err != nil {
					return err
				}
			case "is":
				if inline, err = runs(s.d); err != nil {
					return err
				}
			default:
				depth++
			}
		}
	}
	shown, err := s.shown(kind, style, value, inline)
	if err != nil {
		return err
	}
	for len(s.cells) < at {
		s.cells = append(s.cells, "")
	}
	s.cells = append(s.cells, shown)
	return nil
}

// content returns the characters of an element that was begun.
func content(d *xml.Decoder) (string, error) {
	var b strings.Builder
	for {
		token, err := d.Token()
		if err != nil {
			return "", unexpected(err)
		}
		switch t := token.(type) {
		case xml.CharData:
			b.Write(t)
		case xml.EndElement:
			return b.String(), nil
		}
	}
}

// columnOf returns the column of a reference, as 27 of AB12.
func columnOf(reference string) (int, bool) {
	n := 0
	for i := range len(reference) {
		c := reference[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			break
		}
		if n = 26*n + int(c-'A') + 1; n > mostColumns {
			return 0, false
		}
	}
	return n - 1, n > 0
}

// shown is the text that a cell stands for.
func (s *sheet) shown(kind string, style int, value, inline string) (string, error) {
	switch kind {
	case "s":
		n, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || n < 0 || n >= len(s.w.strings) {
			return "", fmt.Errorf("a cell refers to text %q of %d", value, len(s.w.strings))
		}
		return s.w.strings[n], nil
	case "inlineStr":
		return inline, nil
	case "b":
		return strconv.FormatBool(strings.TrimSpace(value) == "1"), nil
	case "", "n":
	default: // text of a formula, an error, a date as text
		return value, nil
	}
	value = strings.TrimSpace(value)
	x, err := strconv.ParseFloat(value, 64)
	if err != nil {
		if value == "" {
			return "", nil
		}
		return "", errors.New("a cell holds no number: " + strconv.Quote(value))
	}
	if style >= 0 && style < len(s.w.dates) && s.w.dates[style] {
		if t, ok := s.w.date(x); ok {
			return t, nil
		}
	}
	if x == math.Trunc(x) {
		if math.Abs(x) < 1<<53 {
			return number(x), nil
		}
		return value, nil // as it is written: digits that a float64 has not would be made up
	}
	return strconv.FormatFloat(x, 'g', 15, 64), nil // the digits that Excel shows
}

// date returns the moment that a number of days stands for, or the time of day
// where it has no day.
func (w *workbook) date(days float64) (string, bool) {
	const last = 2958465 // 9999-12-31
	if !(days >= 0 && days < last+1) {
		return "", false
	}
	if days < 60 && w.base.Year() == 1899 && days >= 1 {
		days++ // Excel has a 29th of February 1900
	}
	whole := math.Floor(days)
	t := w.base.AddDate(0, 0, int(whole)).Add(time.Duration(math.Round((days-whole)*86400)) * time.Second)
	if days < 1 && days > 0 {
		return t.Format(time.TimeOnly), true
	}
	return moment(t), true
}
