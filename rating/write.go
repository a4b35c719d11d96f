package rating

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/ringwatch/ringwatch/output"
)

// WriteJSONLines writes one object a row, {"rater":...,"item":...,"value":...,
// "time":...}, with values, times and order as in WriteCSV. Bytes of an
// identifier that are not UTF-8 are an error: JSON cannot hold them.
func WriteJSONLines(w io.Writer, t *Table) error {
	b := bufio.NewWriterSize(w, 1<<16)
	values, dates := newPrinter(t.Scale), &days{}
	for row := range t.inOrder() {
		rater, err1 := appendJSON(nil, t.Raters.Name(t.Rater[row]))
		item, err2 := appendJSON(nil, t.Items.Name(t.Item[row]))
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		line := fmt.Appendf(nil, `{"rater":%s,"item":%s`, rater, item)
		if !t.Scale.Unary() {
			line = append(append(line, `,"value":`...), values.print(t.Value[row])...)
		}
		if t.HasTimes() {
			line = append(dates.appendTime(append(line, `,"time":"`...), t.Time[row]), '"')
		}
		if _, err := b.Write(append(line, "}\n"...)); err != nil {
			return err
		}
	}
	return b.Flush()
}

func appendJSON(b []byte, name string) ([]byte, error) {
	text, err := json.Marshal(name)
	if strings.ToValidUTF8(name, "") != name {
		err = fmt.Errorf("the identifier %q is not UTF-8, which JSON cannot hold; write CSV", name)
	}
	return append(b, text...), err
}

const notesHeader = "noteId\traterParticipantId\tcreatedAtMillis\tversion\tagree\tdisagree\thelpful\t" +
	"notHelpful\thelpfulnessLevel\thelpfulOther\thelpfulInformative\thelpfulClear\thelpfulEmpathetic\t" +
	"helpfulGoodSources\thelpfulUniqueContext\thelpfulAddressesClaim\thelpfulImportantContext\t" +
	"helpfulUnbiasedLanguage\tnotHelpfulOther\tnotHelpfulIncorrect\t" +
	"notHelpfulSourcesMissingOrUnreliable\tnotHelpfulOpinionSpeculationOrBias\t" +
	"notHelpfulMissingKeyPoints\tnotHelpfulOutdated\tnotHelpfulHardToUnderstand\t" +
	"notHelpfulArgumentativeOrBiased\tnotHelpfulOffTopic\tnotHelpfulSpamHarassmentOrAbuse\t" +
	"notHelpfulIrrelevantSources\tnotHelpfulOpinionSpeculation\tnotHelpfulNoteNotNeeded\tratedOnTweetId\t" +
	"ratingSourceBucketed\tsuggestion\tsuggestionId\n"

// WriteCommunityNotes writes a shard of ratings as X publishes them, 35 tab-
// separated columns. The value becomes the nearest of NOT_HELPFUL (0),
// SOMEWHAT_HELPFUL (0.5) and HELPFUL (1); tags are those of the table, the post
// is -1. It takes times, and an opinion: co-actions are an error.
func WriteCommunityNotes(w io.Writer, t *Table) error {
	if !t.HasTimes() || t.Scale.Unary() {
		return errors.New("ratings without values or times cannot be written as Community Notes; write CSV")
	}
	b := bufio.NewWriterSize(w, 1<<16)
	b.WriteString(notesHeader)
	tags := []byte(strings.Repeat("0\t", TagSampled))
	for row := range t.inOrder() {
		level := [...]string{"NOT_HELPFUL", "SOMEWHAT_HELPFUL", "HELPFUL"}[int(math.Round(2*float64(t.Value[row])))]
		source := "DEFAULT"
		if t.Tags != nil {
			for k := range TagSampled {
				tags[2*k] = '0' + byte(t.Tags[row]>>k&1)
			}
			if t.Tags[row]>>TagSampled&1 == 1 {
				source = sampled
			}
		}
		line := appendQuoted(nil, t.Items.bytes(t.Item[row]), '\t')
		line = append(line, '\t')
		line = appendQuoted(line, t.Raters.bytes(t.Rater[row]), '\t')
		line = fmt.Appendf(line, "\t%d\t2\t0\t0\t0\t0\t%s\t%s-1\t%s\t\t\n",
			ToTime(t.Time[row]).UnixMilli(), level, tags, source)
		if _, err := b.Write(line); err != nil {
			return err
		}
	}
	return b.Flush()
}

// inOrder yields rows in canonical order.
func (t *Table) inOrder() func(yield func(row int32) bool) {
	return func(yield func(row int32) bool) {
		o := t.ordered()
		for row, ok := o.next(); ok && yield(row); row, ok = o.next() {
		}
	}
}

// An ordered is the rows in canonical order that were not asked for yet. Of a simulated table
// most rows stand in it already and a few behind them do not, so only these are sorted.
type ordered struct {
	t      *Table
	row, n int32   // rows that stand in it
	late   []int32 // all others
}

func (t *Table) ordered() *ordered {
	n := min(1, t.Len())
	for n < t.Len() && t.compare(int32(n-1), int32(n)) < 0 {
		n++
	}
	late := make([]int32, t.Len()-n)
	for k := range late {
		late[k] = int32(n + k)
	}
	slices.SortFunc(late, t.compare)
	return &ordered{t: t, n: int32(n), late: late}
}

func (o *ordered) next() (row int32, ok bool) {
	if len(o.late) > 0 && (o.row == o.n || o.t.compare(o.late[0], o.row) < 0) {
		row, o.late = o.late[0], o.late[1:]
		return row, true
	}
	if o.row == o.n {
		return 0, false
	}
	o.row++
	return o.row - 1, true
}

// compare orders two rows by rater, item and time.
func (t *Table) compare(a, b int32) int {
	c := cmp.Or(cmp.Compare(t.Rater[a], t.Rater[b]), cmp.Compare(t.Item[a], t.Item[b]))
	if c == 0 && t.HasTimes() {
		c = cmp.Compare(t.Time[a], t.Time[b])
	}
	return cmp.Or(c, cmp.Compare(a, b))
}

// A printer writes values on their scale. It remembers what it wrote: most
// scales have few values.
type printer struct {
	scale  Scale
	from   [256]float32
	number [256]float64
	text   [256][]byte // nil where nothing was written yet
}

func newPrinter(s Scale) *printer { return &printer{scale: s} }

// print returns the shortest decimal that Read maps back to v, else the
// nearest. The slice is good until the next call.
func (p *printer) print(v float32) []byte { return p.text[p.find(v)] }

// value returns the number that print writes.
func (p *printer) value(v float32) float64 { return p.number[p.find(v)] }

// find returns where the text of v is.
func (p *printer) find(v float32) uint32 {
	at := math.Float32bits(v) * 0x9e3779b1 >> 24
	if p.text[at] != nil && p.from[at] == v {
		return at
	}
	x := p.scale.Of(v)
	p.from[at] = v
	for digits := 1; ; digits++ {
		y, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'g', digits, 64), 64)
		if digits < 17 && (y < p.scale.Min || y > p.scale.Max || p.scale.to(y) != v) {
			continue
		}
		format := byte('f')
		if size := math.Abs(y); size != 0 && (size < 1e-6 || size >= 1e15) {
			format = 'g'
		}
		p.number[at], p.text[at] = y, strconv.AppendFloat(p.text[at][:0], y, format, -1, 64)
		return at
	}
}

// Formats are the names that WriteFormat takes.
var Formats = []string{"csv", "tsv", "jsonl", "communitynotes", "columns", "parquet"}

// WriteFormat writes a Table in one of Formats.
func WriteFormat(w io.Writer, t *Table, format string) error {
	switch format {
	case "csv":
		return WriteCSV(w, t)
	case "tsv":
		return WriteTSV(w, t)
	case "jsonl":
		return WriteJSONLines(w, t)
	case "communitynotes":
		return WriteCommunityNotes(w, t)
	case "columns":
		return WriteColumns(w, t)
	case "parquet":
		return WriteParquet(w, t)
	}
	return fmt.Errorf("%q is no format; choose one of %s", format, strings.Join(Formats, ", "))
}

// WriteFile writes a Table to a file, whole or not at all. The ending of its
// name tells the format, .csv, .tsv, .jsonl, .parquet or .columns, and, behind
// it, .gz or .zst, which the last two are better without: Parquet is packed
// already, and a column file cannot be mapped then.
func WriteFile(path string, t *Table) error { return WriteFileFormat(path, t, "") }

// WriteFileFormat is WriteFile with the format told; "" goes by the ending.
func WriteFileFormat(path string, t *Table, format string) error {
	if err := CheckName(path, format); err != nil {
		return err
	}
	f, err := output.ClaimFile(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Write(context.Background(), func(w io.Writer) error { return WriteNamed(w, path, t, format) })
}

// CheckName returns the error that WriteNamed would for a file's name.
func CheckName(path, format string) error {
	if format, _ = formatOf(path, format); !slices.Contains(Formats, format) {
		return fmt.Errorf("%s: the ending tells no format; end the name in .csv, .tsv, .jsonl, .parquet or .columns, "+
			"with .gz or .zst to pack it", path)
	}
	return nil
}

// WriteNamed writes a Table as a file of that name would hold it, see WriteFile.
func WriteNamed(w io.Writer, path string, t *Table, format string) error {
	if err := CheckName(path, format); err != nil {
		return err
	}
	format, packing := formatOf(path, format)
	packed, err := pack(w, packing)
	if err == nil {
		err = errors.Join(WriteFormat(packed, t, format), packed.Close())
	}
	if err != nil {
		return fileError(path, err)
	}
	return nil
}

// formatOf tells a format, unless it is given, and a packing by a file's name.
func formatOf(path, format string) (_, packing string) {
	name := strings.ToLower(filepath.Base(path))
	if ext := filepath.Ext(name); ext == ".gz" || ext == ".zst" {
		name, packing = strings.TrimSuffix(name, ext), ext
	}
	if format == "" {
		format = strings.TrimPrefix(filepath.Ext(name), ".")
		if format == "ndjson" {
			format = "jsonl"
		}
	}
	return format, packing
}

type plain struct{ io.Writer }

func (plain) Close() error { return nil }

func pack(w io.Writer, packing string) (io.WriteCloser, error) {
	switch packing {
	case ".gz":
		return gzip.NewWriter(w), nil
	case ".zst":
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	}
	return plain{w}, nil
}
