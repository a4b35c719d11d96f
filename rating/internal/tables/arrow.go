package tables

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// ArrowFile returns the rows of an Arrow IPC file, which is Feather version 2: a
// stream between two marks, and a table of contents. A record batch may take most
// bytes.
func ArrowFile(at io.ReaderAt, size int64, most int) (*Rows, error) {
	const mark, padded = "ARROW1", 8
	var end [4 + len(mark)]byte
	if size < padded+int64(len(end)) {
		return nil, errors.New("it is cut short")
	}
	if _, err := at.ReadAt(end[:], size-int64(len(end))); err != nil && err != io.EOF {
		return nil, err
	}
	contents := int64(binary.LittleEndian.Uint32(end[:]))
	length := size - padded - contents - int64(len(end))
	if string(end[4:]) != mark || length < 0 {
		return nil, errors.New("it is cut short: there is no mark at its end")
	}
	return ArrowStream(io.NewSectionReader(at, padded, length), most)
}

// ArrowStream returns the rows of a stream of Arrow IPC.
func ArrowStream(r io.Reader, most int) (rows *Rows, err error) {
	defer caught(&err)
	s, err := ipc.NewReaderFromMessageReader(&messages{from: r, most: int64(most)},
		ipc.WithAllocator(&bounded{memory.NewGoAllocator(), most, 0}))
	if err != nil {
		return nil, err
	}
	return arrowRows(s.Schema(), func() error { s.Release(); return nil }, func() (arrow.RecordBatch, error) {
		if s.Next() {
			b := s.RecordBatch()
			b.Retain()
			return b, nil
		}
		if err := s.Err(); err != nil {
			return nil, err
		}
		return nil, io.EOF
	})
}

// bounded refuses, by a panic that is caught, what a damaged or hostile file would
// have allocated.
type bounded struct {
	memory.Allocator
	most, held int
}

func (b *bounded) Allocate(size int) []byte {
	b.take(size)
	return b.Allocator.Allocate(size)
}

func (b *bounded) Reallocate(size int, old []byte) []byte {
	b.take(size - len(old))
	return b.Allocator.Reallocate(size, old)
}

func (b *bounded) Free(old []byte) {
	b.held -= len(old)
	b.Allocator.Free(old)
}

func (b *bounded) take(n int) {
	if b.held += n; b.held > b.most {
		panic(fmt.Sprintf("a batch takes more than %d MB", b.most/1e6))
	}
}

func arrowRows(schema *arrow.Schema, release func() error, batch func() (arrow.RecordBatch, error)) (*Rows, error) {
	var names []string
	for _, f := range schema.Fields() {
		names = fieldNames(names, f.Name, f.Type)
	}
	if len(names) == 0 {
		return nil, errors.New("it has no columns")
	}
	var at arrow.RecordBatch
	row, n, first := make([]string, 0, len(names)), 0, true
	end := func() error {
		if at != nil {
			at.Release()
			at = nil
		}
		return release()
	}
	return &Rows{Close: end, Next: func() ([]string, error) {
		if first {
			first = false
			return names, nil
		}
		for at == nil || n == int(at.NumRows()) {
			if at != nil {
				at.Release()
				at = nil
			}
			var err error
			if at, err = batch(); err != nil {
				return nil, err
			}
			n = 0
		}
		row = row[:0]
		for _, c := range at.Columns() {
			row = cellsOf(row, c, n)
		}
		n++
		return row, nil
	}}, nil
}

// fieldNames appends the names of a column: one for each part of a struct, as
// user.login.
func fieldNames(names []string, name string, t arrow.DataType) []string {
	if s, ok := t.(*arrow.StructType); ok {
		for _, f := range s.Fields() {
			names = fieldNames(names, name+"."+f.Name, f.Type)
		}
		return names
	}
	return append(names, name)
}

// cellsOf appends the cells of a column in row i.
func cellsOf(row []string, c arrow.Array, i int) []string {
	if s, ok := c.(*array.Struct); ok {
		for k := range s.NumField() {
			if s.IsNull(i) {
				row = append(row, make([]string, len(fieldNames(nil, "", s.Field(k).DataType())))...)
			} else {
				row = cellsOf(row, s.Field(k), i)
			}
		}
		return row
	}
	return append(row, arrowText(c, i))
}

func arrowText(c arrow.Array, i int) string {
	if c.IsNull(i) {
		return ""
	}
	switch c := c.(type) {
	case *array.Dictionary:
		return arrowText(c.Dictionary(), c.GetValueIndex(i))
	case *array.Timestamp:
		return moment(c.Value(i).ToTime(c.DataType().(*arrow.TimestampType).Unit))
	case *array.Date32:
		return moment(c.Value(i).ToTime())
	case *array.Date64:
		return moment(c.Value(i).ToTime())
	case *array.Time32:
		return c.Value(i).ToTime(c.DataType().(*arrow.Time32Type).Unit).Format(time.TimeOnly)
	case *array.Time64:
		return c.Value(i).ToTime(c.DataType().(*arrow.Time64Type).Unit).Format(time.TimeOnly)
	case *array.Float64:
		return number(c.Value(i))
	case *array.Float32: // the shortest decimal that it stands for
		return strconv.FormatFloat(float64(c.Value(i)), 'g', -1, 32)
	case *array.Binary:
		return text(c.Value(i))
	case *array.LargeBinary:
		return text(c.Value(i))
	case *array.FixedSizeBinary:
		return text(c.Value(i))
	case *array.Boolean:
		return strconv.FormatBool(c.Value(i))
	}
	return c.ValueStr(i)
}
