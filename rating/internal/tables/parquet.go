package tables

import (
	"encoding/hex"
	"errors"
	"io"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// Parquet returns the rows of some row groups of a file. A column of a group of
// columns is called group.column, as user.login; a list is a cell, ["a","b"].
// What lies in lists of lists, or of groups, is not among the columns.
func Parquet(root *parquet.Column, groups []parquet.RowGroup) (rows *Rows, err error) {
	defer caught(&err)
	leaves := leavesOf(nil, root, "")
	names := make([]string, 0, len(leaves))
	place := make(map[int]int, len(leaves)) // among the cells, of a column
	for i, l := range leaves {
		names = append(names, l.name)
		place[l.column.Index()] = i
	}
	if len(names) == 0 {
		return nil, errors.New("it has no columns")
	}
	var at parquet.Rows
	buf, n, k, group := make([]parquet.Row, 64), 0, 0, 0
	end := func() error {
		if at == nil {
			return nil
		}
		err := at.Close()
		at = nil
		return err
	}
	row, first := make([]string, len(names)), true
	return &Rows{Close: end, Next: func() ([]string, error) {
		if first {
			first = false
			return names, nil
		}
		for k == n {
			if at == nil {
				if group == len(groups) {
					return nil, io.EOF
				}
				at = groups[group].Rows()
				group++
			}
			var err error
			k = 0
			if n, err = at.ReadRows(buf); n == 0 && err == io.EOF {
				if err := end(); err != nil {
					return nil, err
				}
			} else if n == 0 && err != nil {
				return nil, err
			}
		}
		parquetCells(row, buf[k], leaves, place)
		k++
		return row, nil
	}}, nil
}

// parquetCells writes the values of a row as cells.
func parquetCells(row []string, values parquet.Row, leaves []parquetLeaf, place map[int]int) {
	clear(row)
	for _, v := range values {
		i, ok := place[v.Column()]
		switch {
		case !ok:
		case !leaves[i].list:
			if !v.IsNull() {
				row[i] = leaves[i].text(v)
			}
		case v.IsNull() || v.DefinitionLevel() < leaves[i].column.MaxDefinitionLevel():
			if row[i] == "" {
				row[i] = "[]"
			}
		default:
			item := strconv.Quote(leaves[i].text(v))
			if row[i] == "" || row[i] == "[]" {
				row[i] = "[" + item + "]"
			} else {
				row[i] = row[i][:len(row[i])-1] + "," + item + "]"
			}
		}
	}
}

// A parquetLeaf is a column that holds values.
type parquetLeaf struct {
	name   string
	column *parquet.Column
	list   bool
	digits int // of a decimal, behind the point; -1 for another number
	kind   any // the logical type, nil for none
}

func leavesOf(leaves []parquetLeaf, c *parquet.Column, name string) []parquetLeaf {
	for _, sub := range c.Columns() {
		full := sub.Name()
		switch {
		case c.MaxRepetitionLevel() > 0, name != "" && sub.Repeated() && len(c.Columns()) == 1:
			// the parts of a list have names of no meaning
			full = name
		case name != "":
			full = name + "." + full
		}
		switch {
		case !sub.Leaf() && sub.MaxRepetitionLevel() > 0 && len(sub.Columns()) > 1:
		case !sub.Leaf():
			leaves = leavesOf(leaves, sub, full)
		case sub.MaxRepetitionLevel() <= 1:
			l := parquetLeaf{name: full, column: sub, list: sub.MaxRepetitionLevel() == 1, digits: -1}
			if logical := sub.Type().LogicalType(); logical != nil {
				l.kind = logical.Value
			}
			if d, ok := l.kind.(*format.DecimalType); ok {
				l.digits = int(d.Scale)
			}
			leaves = append(leaves, l)
		}
	}
	return leaves
}

// text is a value as its program would write it.
func (l *parquetLeaf) text(v parquet.Value) string {
	switch t := l.kind.(type) {
	case *format.DateType:
		return moment(time.Unix(int64(v.Int32())*86400, 0))
	case *format.TimestampType:
		return moment(stamp(v.Int64(), &t.Unit))
	case *format.TimeType:
		x := int64(v.Int32())
		if v.Kind() == parquet.Int64 {
			x = v.Int64()
		}
		return stamp(x, &t.Unit).Format(time.TimeOnly)
	case *format.UUIDType:
		if x := hex.EncodeToString(v.ByteArray()); len(x) == 32 {
			return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
		}
	case *format.IntType:
		switch {
		case !t.IsSigned && v.Kind() == parquet.Int32:
			return strconv.FormatUint(uint64(v.Uint32()), 10)
		case !t.IsSigned && v.Kind() == parquet.Int64:
			return strconv.FormatUint(v.Uint64(), 10)
		}
	}
	return l.plain(v)
}

// plain is a value whose logical type tells no more than how many digits it has.
func (l *parquetLeaf) plain(v parquet.Value) string {
	whole := func(digits []byte) string { return string(WithPoint(digits, max(l.digits, 0))) }
	switch v.Kind() {
	case parquet.Boolean:
		return strconv.FormatBool(v.Boolean())
	case parquet.Int32:
		return whole(strconv.AppendInt(nil, int64(v.Int32()), 10))
	case parquet.Int64:
		return whole(strconv.AppendInt(nil, v.Int64(), 10))
	case parquet.Int96:
		x := v.Int96()
		const day1970 = 2440588
		return moment(time.Unix((int64(x[2])-day1970)*86400, int64(uint64(x[1])<<32|uint64(x[0]))))
	case parquet.Float: // the shortest decimal that it stands for
		return strconv.FormatFloat(float64(v.Float()), 'g', -1, 32)
	case parquet.Double:
		return number(v.Double())
	}
	if l.digits >= 0 {
		return whole(WholeNumber(v.ByteArray()).Append(nil, 10))
	}
	if v.Kind() == parquet.FixedLenByteArray {
		return hex.EncodeToString(v.ByteArray())
	}
	return text(v.ByteArray())
}

func stamp(x int64, unit *format.TimeUnit) time.Time {
	switch unit.Value.(type) {
	case *format.MilliSeconds:
		return time.UnixMilli(x).UTC()
	case *format.MicroSeconds:
		return time.UnixMicro(x).UTC()
	}
	return time.Unix(0, x).UTC()
}

// WholeNumber reads a number in two's complement, the highest byte first.
func WholeNumber(b []byte) *big.Int {
	x := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0] >= 0x80 {
		x.Sub(x, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return x
}

// WithPoint writes a whole number of 10^-digits as a decimal, without zeros at
// its end, so that an identifier 12 reads as 12 and not as 12.00.
func WithPoint(b []byte, digits int) []byte {
	if digits == 0 {
		return b
	}
	sign := ""
	if len(b) > 0 && b[0] == '-' {
		sign, b = "-", b[1:]
	}
	for len(b) <= digits {
		b = append([]byte{'0'}, b...)
	}
	part := strings.TrimRight(string(b[len(b)-digits:]), "0")
	if part != "" {
		part = "." + part
	}
	return []byte(sign + string(b[:len(b)-digits]) + part)
}
