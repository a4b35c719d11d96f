package rating

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/format"

	"github.com/ringwatch/ringwatch/internal/workers"
	"github.com/ringwatch/ringwatch/rating/internal/tables"
)

const parquetMagic = "PAR1"

// A parquetFile is one that is being read.
type parquetFile struct {
	*reader
	name   string
	layout *layout
	root   *parquet.Column
	parts  []part
	leaf   [fields]*parquet.Column // nil where not called for
	groups []parquet.RowGroup
	line   []int // number of each group's first row, from 1
	seq    []int // of each group's first block
}

// parquet reads a Parquet file column by column. Row groups are read in
// parallel, and each to its end, so that the first bad row is the same in
// every run.
func (r *reader) parquet(s *stream) (format string, err error) {
	name, packing := s.name, s.packing
	at, size, release, err := r.randomAccess(s)
	if err != nil {
		return "", err
	}
	defer release()
	defer parquetPanic(name, &err)
	opened, err := openParquet(at, size)
	if err != nil {
		return "", damagedParquet(name, err)
	}
	f := &parquetFile{reader: r, name: name, root: opened.Root(), groups: opened.RowGroups(), parts: s.parts}
	direct, err := f.recognise()
	if err != nil {
		return "", err
	}
	if err := r.alike(name, f.layout); err != nil {
		return "", err
	}
	format = f.layout.format
	if packing != "" {
		format += ", " + packing
	}
	if !direct {
		return format, f.asText()
	}
	if err := f.number(); err != nil {
		return "", err
	}
	return format, f.read()
}

// openParquet reads the footer, once its length is known to be sound.
func openParquet(at io.ReaderAt, size int64) (*parquet.File, error) {
	var tail [8]byte
	if size < 12 {
		return nil, errors.New("it is cut short")
	}
	if _, err := at.ReadAt(tail[:], size-8); err != nil {
		return nil, err
	}
	switch {
	case string(tail[4:]) == "PARE":
		return nil, errors.New("it is encrypted")
	case string(tail[4:]) != parquetMagic:
		return nil, errors.New("it is cut short: its end is missing")
	case int64(binary.LittleEndian.Uint32(tail[:])) > size-12:
		return nil, errors.New("its footer is longer than the file")
	}
	return parquet.OpenFile(at, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true),
		parquet.ReadBufferSize(1<<18))
}

func damagedParquet(name string, err error) error {
	return fmt.Errorf("%s: the Parquet file is damaged or of a kind that is not read (%s); write it again",
		name, shorten(strings.ReplaceAll(err.Error(), "\n", " "), 200))
}

// parquetPanic makes an error of a panic: the library lets some damaged files
// lead it astray.
func parquetPanic(name string, err *error) {
	if p := recover(); p != nil {
		*err = damagedParquet(name, fmt.Errorf("%v", p))
	}
}

// recognise finds the columns that are needed, by their names and first cells,
// and whether they can be read as they are stored.
func (f *parquetFile) recognise() (direct bool, err error) {
	var columns []string
	leaves := map[string]*parquet.Column{}
	readable := true
	for _, c := range f.root.Columns() {
		if c.Leaf() && !c.Repeated() {
			leaves[c.Name()] = c
			columns = append(columns, c.Name())
		}
	}
	for _, c := range leaves {
		readable = readable && unreadCodec(c) == nil
	}
	// A shard of Community Notes that was turned into Parquet has its columns.
	l := recogniseNotes([]byte(strings.Join(columns, "\t")), f.opt)
	if l != nil {
		l.format, l.tags = "Community Notes, Parquet", false
		for column, role := range l.role {
			if role >= 0 && role < fields {
				l.key[role] = columns[column]
			}
		}
	} else {
		var rows [][]string
		if all, some := f.sample(readable); all != nil {
			columns, rows = all, some
		}
		if l, err = namedLayout(f.name, "Parquet", columns, rows, f.opt); err != nil {
			return false, err
		}
		direct = len(rows) == 0
	}
	f.layout, f.unsure = l, f.unsure || l.notes
	known := direct || l.notes
	direct = known || l.plain()
	for field, key := range l.key {
		leaf := leaves[key]
		if key == "" {
			continue
		}
		if leaf == nil {
			direct = false
			continue
		}
		if f.leaf[field] = leaf; unreadCodec(leaf) != nil {
			return false, fmt.Errorf("%s: the column %q is packed with %v, which is not read; "+
				"write it with Zstandard, Snappy or gzip", f.name, key, unreadCodec(leaf))
		}
		if direct = direct && fits(leaf, field); !direct && known {
			return false, fmt.Errorf("%s: the column %q is %v, which cannot be the %s; choose another with --columns",
				f.name, key, leaf.Type(), fieldNames[min(field, timeField)])
		}
	}
	return direct, nil
}

// unreadCodec returns the codec of a column that is not read, nil if it is.
func unreadCodec(c *parquet.Column) compress.Codec {
	if codec := c.Compression(); codec != nil && !slices.Contains(packings, codec.CompressionCodec()) {
		return codec
	}
	return nil
}

// sample returns the names of all columns, also those within others and those
// that folders stand for, and the first rows as text.
func (f *parquetFile) sample(readable bool) (columns []string, rows [][]string) {
	all, err := f.rows()
	if err != nil {
		return nil, nil
	}
	defer all.Close()
	row, err := all.Next()
	if err != nil {
		return nil, nil
	}
	columns = slices.Clone(row)
	for readable && len(rows) < sampleRows {
		if row, err = all.Next(); err != nil { // the columns that are needed will be read again
			break
		}
		rows = append(rows, slices.Clone(row))
	}
	return columns, rows
}

// rows returns the rows as text, with the columns that folders stand for behind
// those of the file, which are taken instead where they are called the same.
func (f *parquetFile) rows() (rows *tables.Rows, err error) {
	defer parquetPanic(f.name, &err)
	rows, err = tables.Parquet(f.root, f.groups)
	if err != nil {
		return nil, err
	}
	next, named := rows.Next, false
	var values []string
	rows.Next = func() (row []string, err error) {
		defer parquetPanic(f.name, &err)
		if row, err = next(); err != nil {
			return nil, err
		}
		if named {
			return append(row, values...), nil
		}
		named = true
		for _, p := range f.parts {
			if !slices.Contains(row, p.column) {
				row, values = append(slices.Clip(row), p.column), append(values, p.value)
			}
		}
		return row, nil
	}
	return rows, nil
}

// asText reads rows as text, where their columns are not stored as numbers,
// times and identifiers are: dates in words, "4 out of 5", lists.
func (f *parquetFile) asText() error {
	rows, err := f.rows()
	if err != nil {
		return damagedParquet(f.name, err)
	}
	defer rows.Close()
	if _, err := rows.Next(); err != nil {
		return damagedParquet(f.name, err)
	}
	f.layout.comma = ','
	b := &blockReader{r: &fromTable{f.name, "Parquet", rows}, line: 1}
	block, line, err := b.next(f.buffer())
	return f.cut(f.name, "", f.layout, b, block, line, err)
}

// packings are the codecs that are read. LZ4 is not: the library's decoder asks
// for ever more memory where a page is damaged.
var packings = []format.CompressionCodec{format.Uncompressed, format.Snappy, format.Gzip, format.Brotli, format.Zstd}

// number finds out where each group stands.
func (f *parquetFile) number() error {
	line := 1
	for _, g := range f.groups {
		n := g.NumRows()
		if n < 0 || int64(line)+n > math.MaxInt32 {
			return damagedParquet(f.name, fmt.Errorf("a row group has %d rows", n))
		}
		f.line, f.seq = append(f.line, line), append(f.seq, f.reader.seq)
		line += int(n)
		f.reader.seq += int(n)/parquetBlock + 1
	}
	return nil
}

// read reads all groups, each by one goroutine.
func (f *parquetFile) read() error {
	var next atomic.Int64
	var failed atomic.Bool
	var crew workers.Crew
	errs := make([]error, len(f.groups))
	rows, done := 0, 0
	for _, group := range f.groups {
		rows += int(group.NumRows())
	}
	for range min(runtime.GOMAXPROCS(0), len(f.groups)) {
		p := f.newParser()
		f.parsers = append(f.parsers, p)
		crew.Go(func() {
			for f.bad.Load() <= int64(f.opt.SkipBad) && !failed.Load() && !crew.Failed() {
				i := int(next.Add(1)) - 1
				if i >= len(f.groups) {
					return
				}
				if errs[i] = f.group(p, i); errs[i] != nil {
					failed.Store(true) // groups before it are read to their end: the first error is always the same
					return
				}
				f.mu.Lock()
				done += int(f.groups[i].NumRows())
				f.report("reading rows", done, rows)
				f.mu.Unlock()
			}
		})
	}
	crew.Wait()
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return errs[i]
	}
	if f.bad.Load() > int64(f.opt.SkipBad) {
		return errStop
	}
	return nil
}

const parquetBlock = 1 << 16 // rows

// group reads the rows of one group.
func (f *parquetFile) group(p *parser, i int) (err error) {
	defer parquetPanic(f.name, &err)
	var columns [fields]*parquetCursor
	var decoders workers.Crew
	stop := make(chan struct{})
	defer decoders.Wait()
	defer close(stop)
	chunks := f.groups[i].ColumnChunks()
	for field, leaf := range f.leaf {
		if leaf == nil {
			continue
		}
		c := newParquetColumn(field, leaf, f.layout, p)
		c.pages = chunks[leaf.Index()].Pages()
		columns[field] = c.ahead(f.name, &decoders, stop)
	}
	for n, rows, block := 0, int(f.groups[i].NumRows()), 0; n < rows; block++ {
		size := min(parquetBlock, rows-n)
		p.begin(f.seq[i]+block, len(f.sum.Files), f.name, f.layout, size)
		for end := n + size; n < end; {
			some := end - n // rows that all columns have at hand
			for _, c := range columns {
				if c != nil {
					if err := c.fill(f.name); err != nil {
						return err
					}
					some = min(some, c.left())
				}
			}
			p.cells(&columns, some, f.line[i]+n)
			n += some
		}
		f.keep(p.rows)
		if err := f.ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// cells adds the next n ratings of the columns.
func (p *parser) cells(columns *[fields]*parquetCursor, n, line int) {
	take := func(field int) (c cells) {
		if from := columns[field]; from != nil {
			c = from.next(n)
		}
		return c
	}
	raters, items, values, times := take(raterField).id, take(itemField).id, take(valueField).value, take(timeField)
	yes, no := take(helpfulField).value, take(notHelpfulField).value
	for k := range n {
		rater, item, value, time, u := raters[k], items[k], math.NaN(), int32(0), noTime
		if !p.named(line+k, rater, item) {
			continue
		}
		if values != nil {
			value = values[k]
		}
		if p.layout.notes && value != value {
			switch {
			case no != nil && no[k] == 1:
				value = 0
			case yes != nil && yes[k] == 1:
				value = 1
			case p.layout.has[valueField]:
				p.rows.noValue++
				p.skip()
				continue
			}
		}
		if math.IsInf(value, 0) {
			p.bad(line+k, "the value is %s; give each row a rating, or read no value with --columns value=",
				noValueText(p.layout))
			continue
		}
		if slices.Contains(p.missing, value) {
			value = math.NaN()
		}
		if value == value && !p.onScale(line+k, value) {
			continue
		}
		if times.time != nil {
			if time, u = times.time[k], times.unit[k]; u == units {
				p.bad(line+k, "the time is none between 1931 and 2068; write a timestamp, "+
					"seconds or milliseconds since 1970, RFC 3339 or a date")
				continue
			}
		}
		p.add(line+k, rater, item, value, time, u)
	}
}

func noValueText(l *layout) string {
	if l.notes {
		return "not HELPFUL, SOMEWHAT_HELPFUL, NOT_HELPFUL or empty"
	}
	return "not a number"
}
