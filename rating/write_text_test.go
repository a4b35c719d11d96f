package rating

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestManyLines: lines that are made side by side are those that are made one by one, on any number
// of processors, with rows that stand behind all others and identifiers that need quotes.
func TestManyLines(t *testing.T) {
	table := &Table{Raters: NewNames(), Items: NewNames(), Scale: Scale{Min: 1, Max: 5}}
	for k := range 300 {
		table.Raters.Add(fmt.Appendf(nil, "r%03d", k))
		table.Items.Add(fmt.Appendf(nil, "i%c%d", "x,\"\t\n\r;"[k%7], k))
	}
	for k := range 3 * rowsAtATime {
		at := int32(k * 7919 * 86399)
		table.Append(int32(k*300/(3*rowsAtATime)), int32(k%300), float32(k%9)/8, at)
	}
	for k := range 50 {
		table.Append(int32(k*k%300), int32(k), 1, int32(k))
	}
	for _, comma := range []byte(",\t") {
		var want bytes.Buffer
		want.WriteString(strings.ReplaceAll("rater,item,value,time\n", ",", string(comma)))
		values := newPrinter(table.Scale)
		for row := range table.inOrder() {
			line := append(appendQuoted(nil, table.Raters.bytes(table.Rater[row]), comma), comma)
			line = append(appendQuoted(line, table.Items.bytes(table.Item[row]), comma), comma)
			line = append(append(line, values.print(table.Value[row])...), comma)
			want.Write(append(ToTime(table.Time[row]).AppendFormat(line, time.RFC3339), '\n'))
		}
		for _, processors := range []int{1, 2, 3} {
			before := runtime.GOMAXPROCS(processors)
			var got bytes.Buffer
			err := writeSeparated(&got, table, comma)
			runtime.GOMAXPROCS(before)
			if err != nil || !bytes.Equal(got.Bytes(), want.Bytes()) {
				t.Errorf("%q on %d processors: %d bytes, want %d (%v)", comma, processors, got.Len(), want.Len(), err)
			}
		}
	}
}

// TestNoMoreLines: after an error nothing is written any more, and it is what is returned.
func TestNoMoreLines(t *testing.T) {
	table := &Table{Raters: Numbered("r", 1), Items: Numbered("i", 40*rowsAtATime), Scale: Scale{Max: 1}}
	for k := range table.Items.Len() {
		table.Append(0, int32(k), 1, NoTime)
	}
	full := errors.New("full")
	writes := 0
	err := WriteCSV(writerFunc(func(p []byte) (int, error) {
		if writes++; writes < 3 {
			return len(p), nil
		}
		return 0, full
	}), table)
	if !errors.Is(err, full) || writes != 3 {
		t.Errorf("%d writes, %v", writes, err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// TestDays: a day's text is taken from no other day, over all times that there are.
func TestDays(t *testing.T) {
	d := &days{}
	for at := int64(math.MinInt32); at <= math.MaxInt32; at += 86400*37 + 12345 {
		for _, x := range []int64{at, at - 1, at + 86400*1024} {
			if x < math.MinInt32 || x > math.MaxInt32 {
				continue
			}
			got, want := string(d.appendTime(nil, int32(x))), ToTime(int32(x)).Format(time.RFC3339)
			if got != want {
				t.Fatalf("%d: %s, want %s", x, got, want)
			}
		}
	}
}
