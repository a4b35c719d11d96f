package rating

import (
	"math"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"
	"github.com/parquet-go/parquet-go/format"
)

// cells are decoded values, one slice of them by what they are for.
type cells struct {
	id    []int32   // -1 where missing
	value []float64 // NaN where missing, an infinity where it is no number
	time  []int32
	unit  []unit // noTime where missing, units where it is no time
}

func (c *cells) empty() {
	c.id, c.value, c.time, c.unit = c.id[:0], c.value[:0], c.time[:0], c.unit[:0]
}

func (c *cells) len() int { return len(c.id) + len(c.value) + len(c.time) }

// A parquetColumn decodes the pages of a column in one row group for what the
// column is for.
type parquetColumn struct {
	field    int
	notes    bool // the value is a helpfulness level
	nullable bool
	unsigned bool
	uuid     bool
	decimal  bool
	digits   int  // of a decimal, behind the point
	days     bool // a time counts days
	unit     unit // of a time, if the type tells it
	names    *Names
	pages    parquet.Pages
	text     []byte // scratch

	dict   parquet.Dictionary // of which known and words are the values
	known  cells
	words  encoding.Values // of a dictionary of identifiers
	number []int32         // of each, plus 2; 0 where it was not met yet

	cells // of the page at hand
}

// fits reports whether a column is of a type that can be what it is for.
func fits(leaf *parquet.Column, field int) bool {
	decimal, clock := false, false
	if logical := leaf.Type().LogicalType(); logical != nil {
		switch logical.Value.(type) {
		case *format.DecimalType:
			decimal = true
		case *format.TimeType:
			clock = true
		}
	}
	isID, isTime := field == raterField || field == itemField, field == timeField
	switch leaf.Type().Kind() {
	case parquet.Int32, parquet.Int64:
		return !(isTime && (decimal || clock))
	case parquet.ByteArray:
		return !(isTime && decimal)
	case parquet.FixedLenByteArray:
		return isID || decimal && !isTime
	case parquet.Float, parquet.Double:
		return !isID
	case parquet.Boolean:
		return !isID && !isTime
	case parquet.Int96:
		return isTime
	}
	return false
}

func newParquetColumn(field int, leaf *parquet.Column, l *layout, p *parser) *parquetColumn {
	c := &parquetColumn{field: field, notes: l.notes && field == valueField, nullable: leaf.Optional()}
	switch field {
	case raterField:
		c.names = p.raters
	case itemField:
		c.names = p.items
	}
	logical := leaf.Type().LogicalType()
	if logical == nil {
		return c
	}
	switch t := logical.Value.(type) {
	case *format.IntType:
		c.unsigned = !t.IsSigned
	case *format.UUIDType:
		c.uuid = true
	case *format.DecimalType:
		c.decimal, c.digits = true, int(t.Scale)
	case *format.DateType:
		c.days = true
	case *format.TimestampType:
		switch t.Unit.Value.(type) {
		case *format.MilliSeconds:
			c.unit = millis
		case *format.MicroSeconds:
			c.unit = micros
		case *format.NanoSeconds:
			c.unit = nanos
		}
	}
	return c
}

// page decodes a page. Its data holds only what is not null.
func (c *parquetColumn) page(page parquet.Page) {
	data, n := page.Data(), int(page.NumValues())
	var levels []byte
	if c.nullable {
		levels, n = page.DefinitionLevels(), n-int(page.NumNulls())
	}
	switch dict := page.Dictionary(); {
	case dict == nil && c.names != nil:
		c.identify(data, n)
	case dict == nil:
		c.decode(&c.cells, data, n)
	default:
		c.learn(dict)
		c.look(data.Int32()[:n])
	}
	if levels != nil && n < len(levels) {
		c.spread(levels, n)
	}
}

// learn decodes a dictionary, if it is not the one that is known.
func (c *parquetColumn) learn(dict parquet.Dictionary) {
	if dict == c.dict {
		return
	}
	c.dict = dict
	data := dict.Page().Data()
	if c.names != nil {
		c.words, c.number = data, make([]int32, dict.Len())
		return
	}
	c.known.empty()
	c.decode(&c.known, data, dict.Len())
}

// look adds the values that a dictionary has at the places.
func (c *parquetColumn) look(places []int32) {
	switch {
	case c.names != nil:
		for _, i := range places {
			k := c.number[i]
			if k == 0 {
				k = c.add(c.word(&c.words, int(i))) + 2
				c.number[i] = k
			}
			c.id = append(c.id, k-2)
		}
	case c.field == timeField:
		for _, i := range places {
			c.time, c.cells.unit = append(c.time, c.known.time[i]), append(c.cells.unit, c.known.unit[i])
		}
	default:
		for _, i := range places {
			c.value = append(c.value, c.known.value[i])
		}
	}
}

// spread makes room for the nulls among n cells: levels has a 0 for each.
func (c *parquetColumn) spread(levels []byte, n int) {
	for range len(levels) - n {
		switch {
		case c.names != nil:
			c.id = append(c.id, -1)
		case c.field == timeField:
			c.time, c.cells.unit = append(c.time, 0), append(c.cells.unit, noTime)
		default:
			c.value = append(c.value, math.NaN())
		}
	}
	from := n
	for to := len(levels) - 1; to >= from && from >= 0; to-- {
		null := levels[to] == 0
		if !null {
			from--
		}
		switch {
		case c.names != nil:
			if c.id[to] = -1; !null {
				c.id[to] = c.id[from]
			}
		case c.field == timeField:
			if c.cells.unit[to] = noTime; !null {
				c.time[to], c.cells.unit[to] = c.time[from], c.cells.unit[from]
			}
		default:
			if c.value[to] = math.NaN(); !null {
				c.value[to] = c.value[from]
			}
		}
	}
}

// add returns the number of an identifier, -1 if it is empty.
func (c *parquetColumn) add(name []byte) int32 {
	if len(name) == 0 {
		return -1
	}
	return c.names.Add(name)
}

// identify adds n identifiers that are in no dictionary. Neighbours are often
// the same: writers sort.
func (c *parquetColumn) identify(data encoding.Values, n int) {
	var last []byte
	var k int32
	for i := range n {
		if word := c.word(&data, i); i == 0 || string(word) != string(last) {
			k = c.add(word)
			last = append(last[:0], word...)
		}
		c.id = append(c.id, k)
	}
}
