package rating

import (
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
)

const groupRows = 1 << 20 // of a Parquet row group

// WriteParquet writes the columns rater and item (text), value (double) and
// time (timestamp in milliseconds, UTC), with values, times and order as in
// WriteCSV, in row groups of a million rows packed with Zstandard. Bytes of an
// identifier that are not UTF-8 are an error.
func WriteParquet(w io.Writer, t *Table) error {
	columns := parquetColumns{}
	columns.add("rater", parquet.Encoded(parquet.String(), &parquet.RLEDictionary))
	columns.add("item", parquet.Encoded(parquet.String(), &parquet.RLEDictionary))
	if !t.Scale.Unary() {
		columns.add("value", parquet.Encoded(parquet.Leaf(parquet.DoubleType), &parquet.RLEDictionary))
	}
	if t.HasTimes() {
		columns.add("time", parquet.Encoded(parquet.Timestamp(parquet.Millisecond), &parquet.DeltaBinaryPacked))
	}
	for _, n := range []*Names{t.Raters, t.Items} {
		for k := range int32(n.Len()) {
			if !utf8.Valid(n.bytes(k)) {
				return fmt.Errorf("the identifier %q is not UTF-8, which Parquet cannot hold as text; write CSV",
					n.Name(k))
			}
		}
	}
	out := parquet.NewGenericWriter[any](w, parquet.NewSchema("ratings", columns), parquet.Compression(&parquet.Zstd),
		parquet.CreatedBy("ringwatch", "1", ""), parquet.PageBufferSize(1<<20))
	batch := newParquetBatch(t, out.ColumnWriters())
	n := 0
	for row := range t.inOrder() {
		batch.add(row)
		if n++; len(batch.raters) == cap(batch.raters) || n == t.Len() {
			if err := batch.flush(); err != nil {
				return err
			}
		}
		if n%groupRows == 0 {
			if err := out.Flush(); err != nil {
				return err
			}
		}
	}
	return out.Close()
}

// parquetColumns is a group whose columns stand in the order of their adding.
type parquetColumns struct {
	parquet.Group
	order []string
}

func (c *parquetColumns) add(name string, node parquet.Node) {
	if c.Group == nil {
		c.Group = parquet.Group{}
	}
	c.Group[name] = node
	c.order = append(c.order, name)
}

func (c parquetColumns) Fields() []parquet.Field {
	var fields []parquet.Field
	for _, name := range c.order {
		fields = append(fields, parquet.Group{name: c.Group[name]}.Fields()...)
	}
	return fields
}

// A parquetBatch gathers the cells of some rows.
type parquetBatch struct {
	t                            *Table
	values                       *printer
	raters, items, stars, clocks []parquet.Value
	columns                      []*parquet.ColumnWriter
}

func newParquetBatch(t *Table, columns []*parquet.ColumnWriter) *parquetBatch {
	const size = 1 << 13
	b := &parquetBatch{t: t, values: newPrinter(t.Scale), columns: columns,
		raters: make([]parquet.Value, 0, size), items: make([]parquet.Value, 0, size)}
	if !t.Scale.Unary() {
		b.stars = make([]parquet.Value, 0, size)
	}
	if t.HasTimes() {
		b.clocks = make([]parquet.Value, 0, size)
	}
	return b
}

func (b *parquetBatch) add(row int32) {
	t := b.t
	b.raters = append(b.raters, parquet.ByteArrayValue(t.Raters.bytes(t.Rater[row])))
	b.items = append(b.items, parquet.ByteArrayValue(t.Items.bytes(t.Item[row])))
	if b.stars != nil {
		b.stars = append(b.stars, parquet.DoubleValue(b.values.value(t.Value[row])))
	}
	if b.clocks != nil {
		b.clocks = append(b.clocks, parquet.Int64Value(ToTime(t.Time[row]).UnixMilli()))
	}
}

func (b *parquetBatch) flush() error {
	at := 0
	for _, column := range []*[]parquet.Value{&b.raters, &b.items, &b.stars, &b.clocks} {
		if *column == nil {
			continue
		}
		if _, err := b.columns[at].WriteRowValues(*column); err != nil {
			return err
		}
		*column = (*column)[:0]
		at++
	}
	return nil
}
