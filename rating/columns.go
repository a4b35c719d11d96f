package rating

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"github.com/ringwatch/ringwatch/internal/plural"
	"github.com/ringwatch/ringwatch/output"
)

// columnMagic begins a column file. Its first byte is not ASCII, so that no
// text begins like it.
const columnMagic = "\x89RATINGS"

const (
	columnVersion = 1
	columnAlign   = 64 // bytes
	maxSections   = 64
)

// A columnHeader begins a column file; see WriteColumns.
type columnHeader struct {
	Magic    [8]byte
	Version  uint32
	Sum      uint32 // CRC-32C of header and sections, with zero here
	Rows     uint64
	Raters   uint64
	Items    uint64
	Min, Max float64 // Scale
	Sections uint64
}

type columnSection struct {
	Name   [8]byte // padded with zeros
	Offset uint64  // from the beginning of the file
	Length uint64  // bytes
	Sum    uint32  // CRC-32C
	_      uint32
}

const (
	headerSize  = 64
	sectionSize = 32
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// WriteColumns writes a Table as it lies in memory, in the order of its rows,
// with all its identifiers: a column file, which OpenColumns maps instead of
// reading. Notes are not in it.
//
// All numbers are little-endian. The file begins with
//
//	 0  magic     "\x89RATINGS"
//	 8  version   uint32, 1
//	12  checksum  uint32, of this header and the sections' list, with 0 here
//	16  rows      uint64
//	24  raters    uint64
//	32  items     uint64
//	40  scale     2 float64, lowest and highest value; equal for co-actions
//	56  sections  uint64
//	64  for each section 32 bytes: name (8 bytes, padded with zeros), offset
//	    in the file and length in bytes (uint64), checksum (uint32), 0 (uint32)
//
// Sections begin at multiples of 64 bytes; the last ends the file. Checksums
// are CRC-32C. Sections are, in any order,
//
//	rater, item        int32 a row: numbers from 0 on
//	value              float32 a row, in [0, 1]
//	time               int32 a row, seconds since 2000-01-01 UTC; may be missing
//	tags               uint32 a row, see TagNames; may be missing
//	raters, items      the identifiers, one behind the other
//	raterend, itemend  where each ends in raters or items: uint32, or uint64
//	                   if they take more than 4 GiB
//
// A reader passes over sections that it does not know.
func WriteColumns(w io.Writer, t *Table) error {
	h := columnHeader{Magic: [8]byte([]byte(columnMagic)), Version: columnVersion, Rows: uint64(t.Len()),
		Raters: uint64(t.Raters.Len()), Items: uint64(t.Items.Len()), Min: t.Scale.Min, Max: t.Scale.Max}
	var sections []columnSection
	var contents [][]byte
	at := uint64(0)
	add := func(name string, data []byte) {
		s := columnSection{Offset: at, Length: uint64(len(data)), Sum: crc32.Checksum(data, castagnoli)}
		copy(s.Name[:], name)
		sections, contents = append(sections, s), append(contents, data)
		at = aligned(at + s.Length)
	}
	add("rater", littleEndian(t.Rater))
	add("item", littleEndian(t.Item))
	add("value", littleEndian(t.Value))
	if t.HasTimes() {
		add("time", littleEndian(t.Time))
	}
	if t.Tags != nil {
		add("tags", littleEndian(t.Tags))
	}
	add("raters", t.Raters.buf)
	add("raterend", t.Raters.ends())
	add("items", t.Items.buf)
	add("itemend", t.Items.ends())
	h.Sections = uint64(len(sections))
	begin := aligned(headerSize + sectionSize*h.Sections)
	for i := range sections {
		sections[i].Offset += begin
	}
	head := encodeHeader(h, sections)
	binary.LittleEndian.PutUint32(head[12:], headerSum(head))
	if _, err := w.Write(head); err != nil {
		return err
	}
	at = uint64(len(head))
	for i, s := range sections {
		if _, err := w.Write(make([]byte, s.Offset-at)); err != nil {
			return err
		}
		if _, err := w.Write(contents[i]); err != nil {
			return err
		}
		at = s.Offset + s.Length
	}
	return nil
}

func aligned(n uint64) uint64 { return (n + columnAlign - 1) / columnAlign * columnAlign }

func encodeHeader(h columnHeader, sections []columnSection) []byte {
	var b bytes.Buffer
	binary.Write(&b, binary.LittleEndian, h) // a Buffer takes all
	binary.Write(&b, binary.LittleEndian, sections)
	return b.Bytes()
}

// headerSum is the checksum of a header with its sections' list, as if its
// place for that were zero.
func headerSum(head []byte) uint32 {
	sum := crc32.Update(0, castagnoli, head[:12])
	sum = crc32.Update(sum, castagnoli, make([]byte, 4))
	return crc32.Update(sum, castagnoli, head[16:])
}

// ends is where each identifier ends, as a column file has it.
func (n *Names) ends() []byte {
	if n.wide != nil {
		return littleEndian(n.wide)
	}
	return littleEndian(n.end)
}

// A ColumnFile is a Table that lies in a column file.
type ColumnFile struct {
	Table    *Table // must not be written to; as sound as the file, see Verify
	name     string
	data     []byte
	mu       sync.Mutex // of mapped
	mapped   bool
	sections []columnSection
}

// OpenColumns maps a column file, in a time that does not depend on its size:
// nothing is read but the header, whose checksum it compares. A file that
// another program cuts short while it is mapped crashes this one; the writers
// of this package put a new file in its place instead.
func OpenColumns(path string) (*ColumnFile, error) {
	f, err := output.Open(path)
	if err != nil {
		return nil, fileError(path, err)
	}
	defer f.Close()
	return mapColumns(path, f)
}

func mapColumns(name string, f *os.File) (*ColumnFile, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, fileError(name, err)
	}
	size := info.Size()
	if !info.Mode().IsRegular() || size < headerSize || int64(int(size)) != size {
		return nil, fmt.Errorf("%s: is no column file that can be mapped", name)
	}
	data, err := mapFile(f, int(size))
	if err != nil {
		return nil, fmt.Errorf("%s: cannot be mapped: %w", name, err)
	}
	c, err := parseColumns(name, data)
	if err != nil {
		return nil, errors.Join(err, unmap(data))
	}
	c.mapped = true
	return c, nil
}

// Close ends the mapping. The Table, and all that shares its memory, Prefix
// and Names, must not be used any more.
func (c *ColumnFile) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.mapped {
		return nil
	}
	c.mapped = false
	return unmap(c.data)
}

// Release lets go of the memory that so many bytes of the file are in, from one on, which
// is the first of a page, where the file is mapped; it reports whether there are more behind.
// They come back where the Table is looked at, so it may be called at any time, from any
// goroutine.
func (c *ColumnFile) Release(from, bytes int) (more bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.mapped || from >= len(c.data) {
		return false
	}
	more = bytes < len(c.data)-from
	letGo(c.data[from:][:min(bytes, len(c.data)-from)])
	return more
}

func damagedColumns(name, format string, args ...any) error {
	return fmt.Errorf("%s: the column file is damaged: %s; write it again", name, fmt.Sprintf(format, args...))
}

// parseColumns finds the columns in a column file. It looks at nothing behind
// the header.
func parseColumns(name string, data []byte) (*ColumnFile, error) {
	if !bytes.HasPrefix(data, []byte(columnMagic)) {
		return nil, fmt.Errorf("%s: is no column file", name)
	}
	var h columnHeader
	if n, _ := binary.Decode(data, binary.LittleEndian, &h); n != headerSize {
		return nil, damagedColumns(name, "it ends within its header")
	}
	if h.Version != columnVersion {
		return nil, fmt.Errorf("%s: is a column file of version %d; this program reads version %d",
			name, h.Version, columnVersion)
	}
	if h.Sections > maxSections || uint64(len(data)) < headerSize+sectionSize*h.Sections {
		return nil, damagedColumns(name, "it ends within its header")
	}
	head := data[:headerSize+sectionSize*h.Sections]
	if headerSum(head) != h.Sum {
		return nil, damagedColumns(name, "the checksum of its header is wrong")
	}
	c := &ColumnFile{name: name, data: data, sections: make([]columnSection, h.Sections)}
	if _, err := binary.Decode(head[headerSize:], binary.LittleEndian, c.sections); err != nil {
		return nil, damagedColumns(name, "%v", err)
	}
	end := uint64(len(head))
	for _, s := range c.sections {
		if s.Offset%columnAlign != 0 || s.Offset > math.MaxInt64 || s.Length > math.MaxInt64 {
			return nil, damagedColumns(name, "its section %q has no sound place", s.name())
		}
		end = max(end, s.Offset+s.Length)
	}
	switch size := uint64(len(data)); {
	case size < end:
		return nil, damagedColumns(name, "it is cut short, at %d of %d bytes", size, end)
	case size > end:
		return nil, damagedColumns(name, "it has %s too many", plural.Of(int(size-end), "byte"))
	case max(h.Rows, h.Raters, h.Items) > math.MaxInt32:
		return nil, damagedColumns(name, "it tells of %d ratings, %d raters and %d items", h.Rows, h.Raters, h.Items)
	case !(h.Min <= h.Max) || math.IsInf(h.Max-h.Min, 0):
		return nil, damagedColumns(name, "its scale is %g..%g", h.Min, h.Max)
	}
	c.Table = &Table{Scale: Scale{h.Min, h.Max}}
	if err := c.fill(int(h.Rows), int(h.Raters), int(h.Items)); err != nil {
		return nil, err
	}
	return c, nil
}

func (s *columnSection) name() string { return strings.TrimRight(string(s.Name[:]), "\x00") }

// fill makes the columns of the Table of their sections.
func (c *ColumnFile) fill(rows, raters, items int) error {
	t := c.Table
	var err error
	get := func(name string, must bool, sizes ...int) []byte {
		i := slices.IndexFunc(c.sections, func(s columnSection) bool { return s.name() == name })
		if i < 0 {
			if must && err == nil {
				err = damagedColumns(c.name, "it has no section %q", name)
			}
			return nil
		}
		s := c.sections[i]
		if len(sizes) > 0 && !slices.Contains(sizes, int(s.Length)) && err == nil {
			err = damagedColumns(c.name, "its section %q has %s, not %d",
				name, plural.Of(int(s.Length), "byte"), sizes[0])
		}
		return c.data[s.Offset : s.Offset+s.Length : s.Offset+s.Length]
	}
	t.Rater = column[int32](get("rater", true, 4*rows))
	t.Item = column[int32](get("item", true, 4*rows))
	t.Value = column[float32](get("value", true, 4*rows))
	if b := get("time", false, 4*rows); b != nil {
		t.Time = column[int32](b)
	}
	if b := get("tags", false, 4*rows); b != nil {
		t.Tags = column[uint32](b)
	}
	t.Raters = mappedNames(get("raters", true), get("raterend", true, 4*raters, 8*raters), raters)
	t.Items = mappedNames(get("items", true), get("itemend", true, 4*items, 8*items), items)
	return err
}

func mappedNames(buf, ends []byte, n int) *Names {
	names := NewNames()
	names.buf = buf
	if n > 0 && len(ends) == 8*n {
		names.wide = column[uint64](ends)
	} else {
		names.end = column[uint32](ends)
	}
	return names
}

var hostIsLittle = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// littleEndian returns a column as bytes; they may share its memory.
func littleEndian[T int32 | uint32 | float32 | uint64](column []T) []byte {
	if len(column) == 0 {
		return nil
	}
	if hostIsLittle {
		return unsafe.Slice((*byte)(unsafe.Pointer(&column[0])), len(column)*int(unsafe.Sizeof(column[0])))
	}
	b, err := binary.Append(nil, binary.LittleEndian, column)
	if err != nil {
		panic(err) // the types above all have an encoding
	}
	return b
}

// column is the inverse of littleEndian. The column has no room to grow in.
func column[T int32 | uint32 | float32 | uint64](b []byte) []T {
	var one T
	n := len(b) / int(unsafe.Sizeof(one))
	if n == 0 {
		return []T{}
	}
	if hostIsLittle && uintptr(unsafe.Pointer(&b[0]))%unsafe.Alignof(one) == 0 {
		return unsafe.Slice((*T)(unsafe.Pointer(&b[0])), n)
	}
	c := make([]T, n)
	if _, err := binary.Decode(b, binary.LittleEndian, c); err != nil {
		panic(err)
	}
	return c
}
