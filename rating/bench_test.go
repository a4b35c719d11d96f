package rating

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// numericCSV returns n ratings of 4 columns in time order, the most active
// raters and items being the most frequent.
func numericCSV(n int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	b := []byte("user,item,rating,timestamp\n")
	for k := range n {
		u, v := rng.Float64(), rng.Float64()
		b = strconv.AppendInt(b, 1+int64(u*u*float64(n)/30), 10)
		b = append(b, ',')
		b = strconv.AppendInt(b, 1+int64(v*v*float64(n)/100), 10)
		b = append(b, ',', byte('1'+rng.IntN(5)), ',')
		b = strconv.AppendInt(b, 1_600_000_000+int64(k)/2, 10)
		b = append(b, '\n')
	}
	return b
}

// notesTSV returns n Community Notes ratings of 35 columns.
func notesTSV(n int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	b := []byte(notesHeader)
	level := []string{"HELPFUL", "SOMEWHAT_HELPFUL", "NOT_HELPFUL"}
	for k := range n {
		u, v := rng.Float64(), rng.Float64()
		rater := uint64(u * u * float64(n) / 100)
		b = fmt.Appendf(b, "19300227%011d\t%016X%016X%016X%016X\t%d\t2\t0\t0\t0\t0\t%s\t", int(v*v*float64(n)/30),
			rater*0x9e3779b97f4a7c15, rater^0x5bf03635, rater*0xbf58476d1ce4e5b9, rater, 1_700_000_000_000+k,
			level[rng.IntN(3)])
		b = append(b, strings.Repeat("0\t", 22)...)
		b = append(b, "1920000000231000693\tDEFAULT\t\t\n"...)
	}
	return b
}

func benchmarkRead(b *testing.B, text []byte, n int) {
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	var t *Table
	for b.Loop() {
		var err error
		t, _, err = Read(context.Background(), []string{"-"}, ReadOptions{Stdin: bytes.NewReader(text)})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(memory(t)/float64(t.Len()), "B/rating")
}

// memory is what a Table and both of its indices take, in bytes.
func memory(t *Table) float64 {
	bytes := 4 * (cap(t.Rater) + cap(t.Item) + cap(t.Value) + cap(t.Time))
	for _, x := range []*Index{t.ByRater(), t.ByItem()} {
		bytes += 4 * (cap(x.Start) + cap(x.Row))
	}
	for _, n := range []*Names{t.Raters, t.Items} {
		bytes += cap(n.buf) + 4*cap(n.end) + 8*cap(n.wide) + 8*cap(n.slot)
	}
	return float64(bytes)
}

func BenchmarkReadCSV(b *testing.B) {
	const n = 2_000_000
	benchmarkRead(b, numericCSV(n), n)
}

func BenchmarkReadCommunityNotes(b *testing.B) {
	const n = 400_000
	benchmarkRead(b, notesTSV(n), n)
}

func BenchmarkIndex(b *testing.B) {
	const n = 2_000_000
	t, _, err := Read(context.Background(), []string{"-"}, ReadOptions{Stdin: bytes.NewReader(numericCSV(n))})
	if err != nil {
		b.Fatal(err)
	}
	runtime.GC()
	for b.Loop() {
		t.byRater.set(nil)
		t.byItem.set(nil)
		t.ByRater()
		t.ByItem()
	}
	b.ReportMetric(float64(t.Len())*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(memory(t)/float64(t.Len()), "B/rating")
}
