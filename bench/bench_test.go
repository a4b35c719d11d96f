// Package bench measures the data path at the size of public dumps: reading,
// indices, detection, scoring, simulation. README.md beside it has the figures.
//
//	go test ./bench -bench . -benchtime 1x -timeout 0              # a million ratings
//	go test ./bench -bench Detect -benchtime 1x -timeout 0 -rows 20e6
//
// Data is simulated before a benchmark begins, once for all. With -data DIR it
// is kept there and taken from there the next time.
package bench

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scenarios"
)

var (
	rows   = flag.Float64("rows", 1e6, "ratings of the simulated data")
	folder = flag.String("data", "", "folder that simulated data is kept in; empty: a temporary one")
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(within(m))
}

// within runs all with a folder for the data.
func within(m *testing.M) int {
	if *folder == "" {
		dir, err := os.MkdirTemp("", "ringwatch-bench-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		*folder = dir
	}
	return m.Run()
}

// world is 25 ratings a rater and 40 an item, with rings among them.
const world = `
world:
  organic: {raters: %d, items: %d, ratings: %d}
attacks:
  - burst: {brigades: 5}
  - rotate: {brigades: 3}
`

// simulated returns a column file of about n simulated ratings, as convert
// writes it: one that is mapped and not read.
func simulated(b testing.TB, n int) string {
	return made(b, fmt.Sprintf("world-%d.columns", n), func() *rating.Table {
		path := raw(b, n)
		defer os.Remove(path)
		return table(b, path)
	})
}

// raw returns the same as the simulator leaves it, brigades behind all others.
func raw(b testing.TB, n int) string {
	return made(b, fmt.Sprintf("raw-%d.columns", n), func() *rating.Table {
		s, err := scenarios.Parse("world", fmt.Appendf(nil, world, n/25, n/40, n))
		if err != nil {
			b.Fatal(err)
		}
		w, err := s.Simulate(context.Background(), 1)
		if err != nil {
			b.Fatal(err)
		}
		return w.Ratings
	})
}

// written returns the same as a file of another format.
func written(b testing.TB, n int, ending string) string {
	return made(b, fmt.Sprintf("world-%d%s", n, ending), func() *rating.Table { return table(b, simulated(b, n)) })
}

// plainNumbers renames raters and items to bare numbers, as most exports have.
func plainNumbers(t *rating.Table) *rating.Table {
	return renamed(t, func(k int) []byte { return fmt.Appendf(nil, "%d", k+1) })
}

// longNames renames raters to 64 hexadecimal digits and items to 19 decimal
// ones, as Community Notes has them.
func longNames(t *rating.Table) *rating.Table {
	short := renamed(t, func(k int) []byte { return fmt.Appendf(nil, "19300227%011d", k) })
	raters := rating.NewNames()
	for k := range t.Raters.Len() {
		raters.Add(fmt.Appendf(nil, "%X", sha256.Sum256(fmt.Append(nil, k))))
	}
	short.Raters = raters
	return short
}

func renamed(t *rating.Table, name func(k int) []byte) *rating.Table {
	names := func(n int) *rating.Names {
		x := rating.NewNames()
		for k := range n {
			x.Add(name(k))
		}
		return x
	}
	p := t.Prefix(t.Len())
	p.Raters, p.Items = names(t.Raters.Len()), names(t.Items.Len())
	return p
}

// made returns the path of a file of ratings, which it makes if it is not there.
func made(b testing.TB, name string, table func() *rating.Table) string {
	b.Helper()
	path := filepath.Join(*folder, name)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return path
	}
	format := ""
	if filepath.Ext(name) == ".tsv" {
		format = "communitynotes"
	}
	if err := rating.WriteFileFormat(path, table(), format); err != nil {
		b.Fatal(err)
	}
	return path
}

func table(b testing.TB, path string) *rating.Table {
	b.Helper()
	t, _, err := rating.Read(context.Background(), []string{path}, rating.ReadOptions{})
	if err != nil {
		b.Fatal(err)
	}
	return t
}

// A cost is what some work took.
type cost struct {
	wall, cpu time.Duration
	peak      uint64 // bytes that the Go runtime held at most, mapped files not counted
}

// measure runs do and tells what it took.
func measure(do func()) cost {
	debug.FreeOSMemory()
	stop, done := make(chan struct{}), make(chan uint64)
	go watch(stop, done)
	wall, cpu := time.Now(), cpuTime()
	do()
	c := cost{wall: time.Since(wall), cpu: cpuTime() - cpu}
	close(stop)
	c.peak = <-done
	return c
}

// watch looks at the memory every few milliseconds.
func watch(stop <-chan struct{}, done chan<- uint64) {
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	var peak uint64
	for {
		metrics.Read(sample)
		peak = max(peak, sample[0].Value.Uint64()-sample[1].Value.Uint64())
		select {
		case <-stop:
			done <- peak
			return
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// run runs do b.N times and reports what a rating took.
func run(b *testing.B, n int, do func()) {
	b.Helper()
	var all cost
	b.ResetTimer()
	for range b.N {
		c := measure(do)
		all.cpu += c.cpu
		all.peak = max(all.peak, c.peak)
	}
	b.ReportMetric(all.cpu.Seconds()/float64(b.N), "cpu-s")
	b.ReportMetric(float64(n)*float64(b.N)/all.cpu.Seconds(), "rows/cpu-s")
	b.ReportMetric(float64(all.peak)/1e6, "peak-MB")
}

func read(b *testing.B, path string) {
	b.Helper()
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	n := table(b, path).Len()
	run(b, n, func() { table(b, path) })
}

func BenchmarkReadCSV(b *testing.B) {
	read(b, made(b, fmt.Sprintf("numbers-%d.csv", int(*rows)),
		func() *rating.Table { return plainNumbers(table(b, simulated(b, int(*rows)))) }))
}

// BenchmarkPeerCSV is encoding/csv on the same file, which it only splits: no
// identifier is looked up, no Table is made.
func BenchmarkPeerCSV(b *testing.B) {
	path := made(b, fmt.Sprintf("numbers-%d.csv", int(*rows)),
		func() *rating.Table { return plainNumbers(table(b, simulated(b, int(*rows)))) })
	run(b, int(*rows), func() {
		f, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		defer f.Close()
		r := csv.NewReader(f)
		r.ReuseRecord = true
		for {
			if _, err := r.Read(); err == io.EOF {
				return
			} else if err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkReadCommunityNotes(b *testing.B) {
	read(b, made(b, fmt.Sprintf("notes-%d.tsv", int(*rows)),
		func() *rating.Table { return longNames(table(b, simulated(b, int(*rows)))) }))
}

func BenchmarkReadParquet(b *testing.B) { read(b, written(b, int(*rows), ".parquet")) }
func BenchmarkReadColumns(b *testing.B) { read(b, simulated(b, int(*rows))) }

// BenchmarkOpenColumns maps a file and looks at a row; nothing is compared.
func BenchmarkOpenColumns(b *testing.B) {
	path := simulated(b, int(*rows))
	n := 0
	run(b, int(*rows), func() {
		c, err := rating.OpenColumns(path)
		if err != nil {
			b.Fatal(err)
		}
		n += len(c.Table.Raters.Name(c.Table.Rater[c.Table.Len()/2]))
		if err := c.Close(); err != nil {
			b.Fatal(err)
		}
	})
	if n == 0 {
		b.Fatal("no row was read")
	}
}

// BenchmarkTable tells what a Table with both indices takes beside its names.
func BenchmarkTable(b *testing.B) {
	path := made(b, fmt.Sprintf("numbers-%d.csv", int(*rows)),
		func() *rating.Table { return plainNumbers(table(b, simulated(b, int(*rows)))) })
	var t *rating.Table
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	for b.Loop() {
		t = table(b, path)
		t.ByRater()
		t.ByItem()
	}
	all := heap() - before
	var names int
	for _, x := range []*rating.Names{t.Raters, t.Items} {
		for k := range int32(x.Len()) {
			names += len(x.Name(k)) + 4
		}
	}
	b.ReportMetric(float64(all)/float64(t.Len()), "B/rating")
	b.ReportMetric(float64(all-uint64(names))/float64(t.Len()), "B/rating-beside-names")
	runtime.KeepAlive(t)
}

// BenchmarkSimulate makes the data and throws it away.
func BenchmarkSimulate(b *testing.B) {
	s, err := scenarios.Parse("world", fmt.Appendf(nil, world, int(*rows)/25, int(*rows)/40, int(*rows)))
	if err != nil {
		b.Fatal(err)
	}
	run(b, int(*rows), func() {
		w, err := s.Simulate(context.Background(), 1)
		if err == nil {
			err = rating.WriteColumns(io.Discard, w.Ratings)
		}
		if err != nil {
			b.Fatal(err)
		}
	})
}
