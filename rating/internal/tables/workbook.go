package tables

import (
	"archive/zip"
	"encoding/xml"
	"fmt"
	"io"
	"path"
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
