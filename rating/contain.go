package rating

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"

	"github.com/ringwatch/ringwatch/rating/internal/tables"
)

// tables calls do with the rows of each table, as separated text.
func (r *reader) tables(s *stream, packing string, all []tables.Table, do func(s *stream) error) error {
	for _, table := range all {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		if err := passOver(r.table1(s, packing, table, do), r); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) table1(s *stream, packing string, table tables.Table, do func(s *stream) error) error {
	rows, err := table.Open()
	name := s.name + "/" + table.Name
	if err != nil {
		return damagedTable(name, packing, err)
	}
	defer rows.Close()
	t := s.in(packing, &fromTable{name, packing, rows})
	t.name, t.member = name, true
	return do(t)
}

// fromTable says what went wrong with a table.
type fromTable struct {
	name, packing string
	rows          *tables.Rows
}

func (f *fromTable) Read(p []byte) (int, error) {
	n, err := f.rows.Read(p)
	if err != nil && err != io.EOF {
		err = damagedTable("", f.packing, err)
	}
	return n, err
}

func damagedTable(name, packing string, err error) error {
	if name != "" {
		name += ": "
	}
	return fmt.Errorf("%scannot be read as %s (%s); write it again",
		name, packing, shorten(strings.ReplaceAll(err.Error(), "\n", " "), 200))
}

// database reads the tables of an SQLite file. SQLite wants a file with a name.
func (r *reader) database(s *stream, do func(s *stream) error) error {
	var path string
	if f, _ := s.raw.regular(); f != nil && s.packing == "" {
		path = f.Name()
	} else {
		f, err := os.CreateTemp("", "ringwatch-*.sqlite")
		if err != nil {
			return err
		}
		path = f.Name()
		defer os.Remove(path)
		_, err = io.Copy(f, &interrupted{r.ctx, s.content})
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			return r.stopped(s.name, s.packing, 1, err)
		}
	}
	wanted := ""
	if r.inside != "" {
		wanted = r.inside[strings.LastIndexByte(r.inside, '/')+1:]
	}
	all, release, err := tables.Database(r.ctx, path, wanted)
	if r.ctx.Err() != nil {
		return r.ctx.Err()
	}
	if err != nil {
		return damagedTable(s.name, "SQLite", err)
	}
	defer release()
	return r.tables(s, "SQLite", all, do)
}

// workbook reads the sheets of an Excel file.
func (r *reader) workbook(s *stream, archive *zip.Reader, do func(s *stream) error) error {
	all, err := tables.Workbook(archive, r.measured)
	if err != nil {
		return damagedTable(s.name, "Excel", err)
	}
	return r.tables(s, "Excel", all, do)
}

const mostBatch = 2 << 30 // bytes of one batch of Arrow's records

// arrow reads an Arrow file, or a stream.
func (r *reader) arrow(s *stream, isFile bool, do func(s *stream) error) error {
	var rows *tables.Rows
	var err error
	if isFile {
		at, size, release, spoolErr := r.randomAccess(s)
		if spoolErr != nil {
			return spoolErr
		}
		defer release()
		rows, err = tables.ArrowFile(at, size, mostBatch)
	} else {
		rows, err = tables.ArrowStream(s.content, mostBatch)
	}
	if err != nil {
		return damagedTable(s.name, "Arrow", err)
	}
	defer rows.Close()
	return do(s.in("Arrow", &fromTable{s.name, "Arrow", rows}))
}

// isArrowStream reports whether data begins as a stream of Arrow's messages: a
// mark, and the length of the schema.
func isArrowStream(head []byte) bool {
	if len(head) < 8 || string(head[:4]) != "\xff\xff\xff\xff" {
		return false
	}
	n := binary.LittleEndian.Uint32(head[4:])
	return n > 0 && n%8 == 0 && n < 1<<26
}

// isLatin reports whether text is in Windows-1252, as spreadsheets in Europe write
// it: it has bytes that are no UTF-8, and hardly any that are more than ASCII.
func isLatin(head []byte) bool {
	if bytes.HasPrefix(head, []byte(columnMagic)) || bytes.HasPrefix(head, []byte(parquetMagic)) ||
		bytes.IndexByte(head, 0) >= 0 {
		return false
	}
	wrong, right := 0, 0
	for len(head) > utf8.UTFMax { // a letter may be cut at the end
		r, n := utf8.DecodeRune(head)
		switch {
		case r == utf8.RuneError && n == 1:
			wrong++
		case n > 1:
			right++
		}
		head = head[n:]
	}
	return wrong > right
}

// wideText returns what decodes text in UTF-16 or UTF-32, nil where it is none.
// Without a mark at its beginning it is known by the zeros beside every letter.
func wideText(head []byte) encoding.Encoding {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe\x00\x00")):
		return utf32.UTF32(utf32.LittleEndian, utf32.UseBOM)
	case bytes.HasPrefix(head, []byte("\x00\x00\xfe\xff")):
		return utf32.UTF32(utf32.BigEndian, utf32.UseBOM)
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	}
	const letters = 8
	little, big := len(head) >= 2*letters, len(head) >= 2*letters
	for i := 0; i < 2*letters && i+1 < len(head); i += 2 {
		little = little && head[i] != 0 && head[i] < 0x80 && head[i+1] == 0
		big = big && head[i] == 0 && head[i+1] != 0 && head[i+1] < 0x80
	}
	switch {
	case little:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case big:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	}
	return nil
}

func narrow(e encoding.Encoding, r io.Reader) io.Reader {
	return transform.NewReader(r, e.NewDecoder())
}
