package rating

import (
	"encoding/hex"
	"errors"
	"io"
	"math"
	"math/big"
	"strconv"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding"
	"github.com/parquet-go/parquet-go/format"

	"github.com/ringwatch/ringwatch/internal/workers"
	"github.com/ringwatch/ringwatch/rating/internal/tables"
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

// A parquetCursor hands out the cells of a column, which a goroutine of its own
// decodes ahead: a file of one row group keeps all cores busy, too.
type parquetCursor struct {
	field int
	cells     // of the page at hand
	at    int // the next of them
	pages chan decodedPage
	used  chan cells // memory to decode in
}

type decodedPage struct {
	cells
	err error
}

// ahead starts to decode a column; the goroutine of wg ends with its pages, or
// with stop.
func (c *parquetColumn) ahead(name string, crew *workers.Crew, stop <-chan struct{}) *parquetCursor {
	cursor := &parquetCursor{field: c.field, pages: make(chan decodedPage, 1), used: make(chan cells, 3)}
	crew.Go(func() {
		defer close(cursor.pages)
		defer c.pages.Close()
		for more := true; more; {
			var d decodedPage
			select {
			case d.cells = <-cursor.used:
			default:
			}
			if d, more = c.decodePage(name, d.cells); !more && d.err == nil {
				return
			}
			select {
			case cursor.pages <- d:
			case <-stop:
				return
			}
		}
	})
	return cursor
}

// decodePage decodes the next page in the memory of room; more is false behind
// the last and where that fails.
func (c *parquetColumn) decodePage(name string, room cells) (d decodedPage, more bool) {
	defer func() { more = more && d.err == nil }()
	defer parquetPanic(name, &d.err)
	page, err := c.pages.ReadPage()
	if err == io.EOF {
		return d, false
	}
	if err != nil {
		return decodedPage{err: damagedParquet(name, err)}, false
	}
	defer parquet.Release(page)
	c.cells = room
	c.empty()
	c.page(page)
	return decodedPage{cells: c.cells}, true
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

func (c *parquetCursor) left() int { return c.len() - c.at }

// next returns the next n cells of the page at hand.
func (c *parquetCursor) next(n int) (some cells) {
	from, to := c.at, c.at+n
	c.at = to
	switch c.field {
	case raterField, itemField:
		some.id = c.id[from:to]
	case timeField:
		some.time, some.unit = c.time[from:to], c.unit[from:to]
	default:
		some.value = c.value[from:to]
	}
	return some
}

// fill takes the next page if the one at hand is used up.
func (c *parquetCursor) fill(name string) error {
	for c.left() == 0 {
		select {
		case c.used <- c.cells:
		default:
		}
		d, ok := <-c.pages
		if !ok {
			return damagedParquet(name, errors.New("a column has fewer values than rows"))
		}
		if d.err != nil {
			return d.err
		}
		c.cells, c.at = d.cells, 0
	}
	return nil
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

// word returns identifier i as text that is good until the next call.
func (c *parquetColumn) word(data *encoding.Values, i int) []byte {
	switch data.Kind() {
	case encoding.Int32:
		x := int64(data.Int32()[i])
		if c.unsigned {
			x = int64(uint32(x))
		}
		c.text = strconv.AppendInt(c.text[:0], x, 10)
	case encoding.Int64:
		if x := data.Int64()[i]; c.unsigned {
			c.text = strconv.AppendUint(c.text[:0], uint64(x), 10)
		} else {
			c.text = strconv.AppendInt(c.text[:0], x, 10)
		}
	case encoding.ByteArray:
		b := at(data, i)
		if !c.decimal {
			return b
		}
		c.text = tables.WholeNumber(b).Append(c.text[:0], 10)
	default:
		switch b := at(data, i); {
		case c.decimal:
			c.text = tables.WholeNumber(b).Append(c.text[:0], 10)
		case c.uuid:
			x := hex.AppendEncode(nil, b)
			c.text = append(append(append(append(append(append(append(append(append(c.text[:0], x[:8]...), '-'), x[8:12]...), '-'), x[12:16]...), '-'), x[16:20]...), '-'), x[20:]...)
		default:
			c.text = hex.AppendEncode(c.text[:0], b)
		}
	}
	if c.digits > 0 {
		c.text = tables.WithPoint(c.text, c.digits)
	}
	return c.text
}

// at returns value i of a column of bytes.
func at(data *encoding.Values, i int) []byte {
	if data.Kind() == encoding.ByteArray {
		b, offsets := data.ByteArray()
		return b[offsets[i]:offsets[i+1]]
	}
	b, size := data.FixedLenByteArray()
	return b[i*size : (i+1)*size]
}

// decode appends n values or times.
func (c *parquetColumn) decode(to *cells, data encoding.Values, n int) {
	if c.field == timeField {
		c.decodeTimes(to, &data, n)
		return
	}
	divisor := math.Pow10(c.digits)
	switch data.Kind() {
	case encoding.Int32:
		for _, x := range data.Int32()[:n] {
			if v := float64(x); c.unsigned {
				to.value = append(to.value, float64(uint32(x)))
			} else {
				to.value = append(to.value, v/divisor)
			}
		}
	case encoding.Int64:
		for _, x := range data.Int64()[:n] {
			if v := float64(x); c.unsigned {
				to.value = append(to.value, float64(uint64(x)))
			} else {
				to.value = append(to.value, v/divisor)
			}
		}
	case encoding.Float: // as the shortest decimal that it stands for: .1, not .10000000149
		for _, x := range data.Float()[:n] {
			v, _ := strconv.ParseFloat(strconv.FormatFloat(float64(x), 'g', -1, 32), 64)
			to.value = append(to.value, v)
		}
	case encoding.Double:
		to.value = append(to.value, data.Double()[:n]...)
	case encoding.Boolean:
		bits := data.Boolean()
		for i := range n {
			to.value = append(to.value, float64(bits[i/8]>>(i%8)&1))
		}
	default:
		for i := range n {
			to.value = append(to.value, c.valueOf(at(&data, i)))
		}
	}
}

var levelValues = map[string]float64{"HELPFUL": 1, "SOMEWHAT_HELPFUL": .5, "NOT_HELPFUL": 0, "": math.NaN()}

// valueOf returns the value that bytes stand for.
func (c *parquetColumn) valueOf(b []byte) float64 {
	if c.decimal {
		v, _ := new(big.Float).SetInt(tables.WholeNumber(b)).Float64()
		return v / math.Pow10(c.digits)
	}
	if c.notes {
		if v, ok := levelValues[string(b)]; ok {
			return v
		}
		return math.Inf(1)
	}
	if b = trim(b); len(b) == 0 {
		return math.NaN()
	}
	if v, ok := parseValue(b); ok {
		return v
	}
	return math.Inf(1)
}

func (c *parquetColumn) decodeTimes(to *cells, data *encoding.Values, n int) {
	add := func(t int32, u unit, ok bool) {
		if !ok {
			t, u = 0, units
		}
		to.time, to.unit = append(to.time, t), append(to.unit, u)
	}
	switch data.Kind() {
	case encoding.Int32:
		for _, x := range data.Int32()[:n] {
			add(c.timeOf(int64(x)))
		}
	case encoding.Int64:
		for _, x := range data.Int64()[:n] {
			add(c.timeOf(x))
		}
	case encoding.Int96:
		for _, x := range data.Int96()[:n] {
			t, ok := julian(x)
			add(t, dated, ok)
		}
	case encoding.Float, encoding.Double:
		for i := range n {
			x := 0.0
			if data.Kind() == encoding.Float {
				x = float64(data.Float()[i])
			} else {
				x = data.Double()[i]
			}
			if x != x {
				add(0, noTime, true)
				continue
			}
			if !(math.Abs(x) < 1<<62) {
				add(0, 0, false)
				continue
			}
			u := unitOf(int64(x))
			t, ok := FromUnix(int64(math.Floor(x / float64(perSecond[u]))))
			add(t, u, ok)
		}
	default:
		for i := range n {
			b := trim(at(data, i))
			if len(b) == 0 {
				add(0, noTime, true)
				continue
			}
			add(parseTime(b, noTime))
		}
	}
}

// timeOf returns the time that a whole number stands for. What the type of the
// column tells is as good as a date: there is no doubt about its unit.
func (c *parquetColumn) timeOf(x int64) (t int32, u unit, ok bool) {
	switch {
	case c.days:
		t, ok = FromUnix(x * 86400)
		return t, dated, ok
	case c.unit != noTime:
		t, ok = FromUnix(floorDiv(x, perSecond[c.unit]))
		return t, dated, ok
	}
	u = unitOf(x)
	t, ok = FromUnix(floorDiv(x, perSecond[u]))
	if x == 0 {
		u = zeroTime
	}
	return t, u, ok
}

// julian reads the time of older writers: nanoseconds of a Julian day.
func julian(x deprecated.Int96) (int32, bool) {
	const day1970 = 2440588
	return FromUnix((int64(x[2])-day1970)*86400 + int64(uint64(x[1])<<32|uint64(x[0]))/1e9)
}
