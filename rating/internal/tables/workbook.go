package tables

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"strconv"
	"strings"
	"time"
)

// What Excel lets a sheet have.
const (
	mostRows    = 1 << 20
	mostColumns = 1 << 14
)

// A workbook is an Office Open XML spreadsheet, which is a zip archive.
type workbook struct {
	files   map[string]*zip.File
	measure func(io.Reader) io.Reader
	strings []string
	loaded  bool
	dates   []bool // by style of a cell: it shows a date or time
	base    time.Time
}

// IsWorkbook reports whether an archive is a workbook.
func IsWorkbook(archive *zip.Reader) bool { return member(archive, "xl/workbook.xml") != nil }

func member(archive *zip.Reader, name string) *zip.File {
	for _, f := range archive.File {
		if strings.TrimPrefix(f.Name, "/") == name {
			return f
		}
	}
	return nil
}

// Workbook returns the sheets of a workbook. All that is unpacked is read
// through measure, which may end it with an error.
func Workbook(archive *zip.Reader, measure func(io.Reader) io.Reader) ([]Table, error) {
	w := &workbook{files: map[string]*zip.File{}, measure: measure, base: time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)}
	for _, f := range archive.File {
		w.files[strings.TrimPrefix(f.Name, "/")] = f
	}
	var book struct {
		Properties struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
			Any  string `xml:"http://purl.oclc.org/ooxml/officeDocument/relationships id,attr"` // of the strict kind
		} `xml:"sheets>sheet"`
	}
	var relations struct {
		Each []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := w.decode("xl/workbook.xml", &book); err != nil {
		return nil, err
	}
	if err := w.decode("xl/_rels/workbook.xml.rels", &relations); err != nil {
		return nil, err
	}
	if p := book.Properties.Date1904; p == "1" || p == "true" {
		w.base = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if err := w.styles(); err != nil {
		return nil, err
	}
	var tables []Table
	for _, sheet := range book.Sheets {
		for _, to := range relations.Each {
			if to.ID != sheet.ID && to.ID != sheet.Any || to.ID == "" {
				continue
			}
			file := path.Join("xl", to.Target)
			if strings.HasPrefix(to.Target, "/") {
				file = to.Target[1:]
			}
			if strings.HasPrefix(path.Base(path.Dir(file)), "work") { // and no sheet of charts
				tables = append(tables, Table{sheet.Name, func() (*Rows, error) { return w.sheet(file) }})
			}
		}
	}
	return tables, nil
}

func (w *workbook) open(name string) (io.ReadCloser, io.Reader, error) {
	f := w.files[name]
	if f == nil {
		return nil, nil, fmt.Errorf("the workbook has no part %s", name)
	}
	r, err := f.Open()
	if err != nil {
		return nil, nil, err
	}
	return r, w.measure(r), nil
}

func (w *workbook) decode(name string, to any) error {
	c, r, err := w.open(name)
	if err != nil {
		return err
	}
	defer c.Close()
	return part(name, xml.NewDecoder(r).Decode(to))
}

func part(name string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return fmt.Errorf("its part %s: %w", name, err)
}

// styles finds out which styles show a date.
func (w *workbook) styles() error {
	if w.files["xl/styles.xml"] == nil {
		return nil
	}
	var s struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := w.decode("xl/styles.xml", &s); err != nil {
		return err
	}
	own := map[int]bool{}
	for _, f := range s.Formats {
		own[f.ID] = showsDate(f.Code)
	}
	for _, c := range s.Cells {
		date, told := own[c.Format]
		w.dates = append(w.dates, told && date || !told && builtInDate(c.Format))
	}
	return nil
}

// builtInDate reports whether one of the formats that need no code shows a date
// (ECMA-376, 18.8.30).
func builtInDate(id int) bool {
	return id >= 14 && id <= 22 || id >= 27 && id <= 36 || id >= 45 && id <= 47 || id >= 50 && id <= 58
}

// showsDate reports whether a format has a place for a part of a date: outside
// of quotes, brackets and what is escaped.
func showsDate(code string) bool {
	quoted, bracket := false, false
	for i := 0; i < len(code); i++ {
		switch c := code[i]; {
		case quoted:
			quoted = c != '"'
		case bracket:
			if strings.IndexByte("hHsS", c) >= 0 && code[i-1] == '[' { // hours that go on beyond 24
				return true
			}
			bracket = c != ']'
		case c == '"':
			quoted = true
		case c == '[':
			bracket = true
		case c == '\\' || c == '_' || c == '*':
			i++
		case strings.IndexByte("yYdDhHsS", c) >= 0:
			return true
		}
	}
	return false
}

// shared reads the texts that cells refer to.
func (w *workbook) shared() error {
	if w.loaded || w.files["xl/sharedStrings.xml"] == nil {
		return nil
	}
	w.loaded = true
	c, r, err := w.open("xl/sharedStrings.xml")
	if err != nil {
		return err
	}
	defer c.Close()
	d := xml.NewDecoder(r)
	for {
		token, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return part("xl/sharedStrings.xml", err)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "si" {
			s, err := runs(d)
			if err != nil {
				return part("xl/sharedStrings.xml", err)
			}
			w.strings = append(w.strings, s)
		}
	}
}

// runs returns the text within an element that was begun, without how it is
// pronounced.
func runs(d *xml.Decoder) (string, error) {
	var b strings.Builder
	in, mute := 0, 0
	for depth := 1; depth > 0; {
		token, err := d.Token()
		if err != nil {
			return "", unexpected(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			depth++
			switch {
			case mute > 0 || t.Name.Local == "rPh":
				mute++
			case t.Name.Local == "t":
				in++
			}
		case xml.EndElement:
			depth--
			switch {
			case mute > 0:
				mute--
			case t.Name.Local == "t" && in > 0:
				in--
			}
		case xml.CharData:
			if in > 0 && mute == 0 {
				b.Write(t)
			}
		}
	}
	return b.String(), nil
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

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
