package rating

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"strconv"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding"
	"github.com/ringwatch/ringwatch/rating/internal/tables"
)

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
			c.text = fmt.Appendf(c.text[:0], "%s-%s-%s-%s-%s", x[:8], x[8:12], x[12:16], x[16:20], x[20:])
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
	return t, u, ok
}

// julian reads the time of older writers: nanoseconds of a Julian day.
func julian(x deprecated.Int96) (int32, bool) {
	const day1970 = 2440588
	return FromUnix((int64(x[2])-day1970)*86400 + int64(uint64(x[1])<<32|uint64(x[0]))/1e9)
}
