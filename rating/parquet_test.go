package rating

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/deprecated"
	"pgregory.net/rapid"
)

func parquetBytes(t testing.TB, table *Table) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteParquet(&b, table); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestParquet: a Parquet file reads as the CSV file of the same Table.
func TestParquet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.parquet")
	rapid.Check(t, func(t *rapid.T) {
		table := anyTable(t)
		opt := ReadOptions{}
		if !table.Scale.Unary() {
			opt.Scale = "-10..10"
		}
		var csv bytes.Buffer
		if err := WriteCSV(&csv, table); err != nil {
			t.Fatal(err)
		}
		want, _, err := read(csv.String(), opt)
		if err != nil {
			t.Fatal(err)
		}
		if err := WriteFile(path, table); err != nil {
			t.Fatal(err)
		}
		got, sum, err := Read(context.Background(), []string{path}, opt)
		if err != nil {
			t.Fatal(err)
		}
		diff := cmp.Diff(dump(want), dump(got))
		if diff != "" || sum.Format != "Parquet" || sum.Files[0].Rows != want.Len() {
			t.Fatal("-CSV +Parquet", sum, diff)
		}
	})
}

// written writes rows with the library's own encodings.
func written[T any](t testing.TB, rows []T, options ...parquet.WriterOption) string {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[T](&b, options...)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestParquetTypes: what a column can be written as reads alike.
func TestParquetTypes(t *testing.T) {
	at := func(sec int64) time.Time { return time.Unix(1_600_000_000+sec, 0).UTC() }
	star := func(x float64) *float64 { return &x }
	type texts struct {
		User   string `parquet:"user,dict"`
		Item   string `parquet:"item_id,optional"`
		Rating string `parquet:"rating"`
		Time   string `parquet:"time"`
	}
	type numbers struct {
		User   int64   `parquet:"user"`
		Item   int32   `parquet:"item,delta"`
		Stars  float32 `parquet:"stars"`
		Time   int64   `parquet:"timestamp,delta"`
		Unused []int64 `parquet:"unused,list"`
	}
	type nullable struct {
		Rater  *uint64   `parquet:"rater,optional,dict"`
		URL    []byte    `parquet:"url,optional"`
		Score  *float64  `parquet:"score,optional"`
		Create time.Time `parquet:"created_at,timestamp(microsecond)"`
	}
	type decimals struct {
		Reviewer [16]byte         `parquet:"reviewer,uuid"`
		Product  int64            `parquet:"product,decimal(2:18)"`
		Value    int32            `parquet:"value,decimal(1:9)"`
		Date     deprecated.Int96 `parquet:"date"`
	}
	type flags struct {
		Account int32  `parquet:"account"`
		Target  uint32 `parquet:"target"`
		Level   bool   `parquet:"level"`
		Date    int32  `parquet:"date,date"`
	}
	for name, c := range map[string]struct{ file, csv string }{
		"text": {written(t, []texts{{"a", "x", "1", "2020-09-13T12:26:40Z"},
			{"b", "x", " 4.5", "2020-09-13 12:26:41"}}),
			"rater,item,value,time\na,x,1,1600000000\nb,x,4.5,1600000001\n"},
		"numbers": {written(t, []numbers{{7, -1, 1, 1600000000, nil}, {10, 2, .1, 1600000001, []int64{1, 2}},
			{10, 3, 5, 1600000001, nil}}),
			"rater,item,value,time\n7,-1,1,1600000000\n10,2,.1,1600000001\n10,3,5,1600000001\n"},
		"nullable": {written(t, []nullable{{ptr(uint64(1 << 63)), []byte("x"), star(2), at(0)},
			{ptr(uint64(3)), []byte("x"), star(5), at(9)}}),
			"rater,item,value,time\n9223372036854775808,x,2,1600000000\n3,x,5,1600000009\n"},
		"all null": {written(t, []nullable{{ptr(uint64(3)), []byte("x"), nil, at(0)},
			{ptr(uint64(4)), []byte("x"), nil, at(9)}}),
			"rater,item,time\n3,x,1600000000\n4,x,1600000009\n"},
		"decimals": {written(t, []decimals{{[16]byte{0xa, 15: 1}, 1200, 15, deprecated.Int96{0, 0, 2440588 + 18518}},
			{[16]byte{1}, -1250, -20, deprecated.Int96{1e9, 0, 2440588 + 18518}}}),
			"rater,item,value,time\n0a000000-0000-0000-0000-000000000001,12,1.5,2020-09-13\n" +
				"01000000-0000-0000-0000-000000000000,-12.5,-2,2020-09-13T00:00:01Z\n"},
		"flags": {written(t, []flags{{1, 1 << 31, true, 18518}, {2, 1 << 31, false, 18519}}),
			"rater,item,value,time\n1,2147483648,1,2020-09-13\n2,2147483648,0,2020-09-14\n"},
	} {
		want, _, err := read(c.csv, ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		got, sum, err := read(c.file, ReadOptions{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(dump(want), dump(got)); diff != "" || sum.Format != "Parquet" {
			t.Errorf("%s: -CSV +Parquet %s", name, diff)
		}
	}
}

// TestParquetForms: what columns of Parquet hold tells what they are for, as in
// text: an empty one gives way to a full one, numbers that are no seconds are dates,
// dates and values may be words, items a list, identifiers floats; what folders say
// is a column.
func TestParquetForms(t *testing.T) {
	type halfEmpty struct {
		UserID *string  `parquet:"user_id,optional"`
		Name   string   `parquet:"username"`
		Item   string   `parquet:"item"`
		Rating *float64 `parquet:"rating,optional"`
		Stars  int32    `parquet:"stars"`
		Date   int32    `parquet:"date"`
	}
	type lists struct {
		User float64  `parquet:"user"`
		URLs []string `parquet:"urls,list"`
		At   string   `parquet:"date"`
	}
	type login struct {
		Login string `parquet:"login"`
	}
	type nested struct {
		User   login  `parquet:"user"`
		Repo   string `parquet:"repo"`
		Rating string `parquet:"rating"`
	}
	for name, c := range map[string]struct{ file, csv string }{
		"half empty": {written(t, []halfEmpty{{nil, "a", "x", nil, 1, 20240131}, {nil, "b", "x", nil, 5, 20240201}}),
			"rater,item,value,time\na,x,1,2024-01-31\nb,x,5,2024-02-01\n"},
		"lists": {written(t, []lists{{12, []string{"p", "q,\""}, "31.12.2023"}, {13, []string{"p"}, "1.1.2024"}}),
			"rater,item,time\n12,p,2023-12-31\n12,\"q,\"\"\",2023-12-31\n13,p,2024-01-01\n"},
		"nested": {written(t, []nested{{login{"a"}, "x", "4 out of 5"}, {login{"b"}, "x", "1 out of 5"}}),
			"rater,item,value\na,x,4\nb,x,1\n"},
	} {
		got, sum, err := read(c.file, ReadOptions{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want, _, err := read(c.csv, ReadOptions{Scale: map[bool]string{true: "1..5", false: ""}[!got.Scale.Unary()]})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(dump(want), dump(got)); diff != "" || sum.Format != "Parquet" {
			t.Errorf("%s: -CSV +Parquet %s", name, diff)
		}
	}
	t.Chdir(t.TempDir())
	type part struct {
		User string `parquet:"user"`
		Item string `parquet:"item"`
	}
	for _, day := range []string{"01", "02"} {
		if err := os.MkdirAll("date=2024-01-"+day, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("date=2024-01-"+day+"/part.parquet",
			[]byte(written(t, []part{{"a" + day, "x"}, {"b" + day, "x"}})), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, _, err := Read(context.Background(), []string{"."}, ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want, _, err := read("rater,item,time\na01,x,2024-01-01\nb01,x,2024-01-01\na02,x,2024-01-02\nb02,x,2024-01-02\n",
		ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(dump(want), dump(got)); diff != "" {
		t.Error("what the folders say: -want +got ", diff)
	}
}

func ptr[T any](x T) *T { return &x }

// TestParquetGroups: any number of row groups and pages, with nulls in between,
// on any number of cores.
func TestParquetGroups(t *testing.T) {
	type row struct {
		User   int64   `parquet:"user,optional,dict"`
		Item   string  `parquet:"item,optional,dict"`
		Rating float64 `parquet:"rating,optional,dict"`
		Time   int64   `parquet:"time"`
	}
	var rows []row
	text := []byte("user,item,rating,time\n")
	for k := range 20_000 {
		r := row{int64(k * 7919 % 3001), string(rune('a'+k%26)) + strings.Repeat("x", k*31%17), float64(1 + k%5),
			1_600_000_000 + int64(k)}
		if r.User > 0 {
			text = appendRow(text, r.User, r.Item, r.Rating, r.Time)
		}
		rows = append(rows, r)
	}
	bad := 20_000 - bytes.Count(text, []byte("\n")) + 1
	want, _, err := read(string(text), ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, options := range [][]parquet.WriterOption{nil, {parquet.MaxRowsPerRowGroup(777)},
		{parquet.PageBufferSize(300)},
		{parquet.DictionaryMaxBytes(100), parquet.PageBufferSize(500)},
		{parquet.DataPageVersion(1), parquet.PageBufferSize(900), parquet.Compression(&parquet.Snappy)}} {
		file := written(t, rows, options...)
		got, sum, err := read(file, ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		diff := cmp.Diff(dump(want), dump(got))
		if diff != "" || sum.NoOne != bad || !strings.HasSuffix(sum.Warnings[0], "the first in standard input:1") {
			t.Fatal(sum.NoOne, bad, sum.Warnings, diff)
		}
	}
}

func appendRow(b []byte, user int64, item string, rating float64, at int64) []byte {
	b = strconv.AppendInt(b, user, 10)
	b = append(append(append(b, ','), item...), ',', byte('0'+rating), ',')
	return append(strconv.AppendInt(b, at, 10), '\n')
}

// TestParquetBad: what cannot be read is told in one line.
func TestParquetBad(t *testing.T) {
	type rating struct {
		User  string  `parquet:"user,optional"`
		Item  string  `parquet:"item"`
		Stars float64 `parquet:"stars"`
		Time  int64   `parquet:"time"`
	}
	type other struct {
		A, B int64
	}
	type wrong struct {
		User float64 `parquet:"user"`
		Item string  `parquet:"item"`
	}
	type words struct {
		User  string `parquet:"user"`
		Item  string `parquet:"item"`
		Stars string `parquet:"stars"`
	}
	good := written(t, []rating{{"a", "x", 1, 1600000000}, {"b", "x", 2, 1600000001}})
	for want, c := range map[string]struct {
		file string
		opt  ReadOptions
	}{
		"standard input: no row has both a rater and an item": {written(t,
			[]rating{{"", "x", 1, 1600000000}, {"", "x", 2, 1600000001}}), ReadOptions{}},
		"standard input:2: the value 2 is outside of the scale 3..5": {written(t,
			[]rating{{"a", "x", 3, 1600000000}, {"b", "x", 2, 1600000001}}), ReadOptions{Scale: "3..5"}},
		"standard input:1: the time looks like milliseconds": {written(t,
			[]rating{{"a", "x", 3, 1600000000000}, {"b", "x", 2, 1600000001}, {"c", "x", 2, 1600000001}}),
			ReadOptions{}},
		"standard input:1: the time is none between": {written(t,
			[]rating{{"a", "x", 3, 1 << 62}, {"b", "x", 2, 1600000001}}), ReadOptions{}},
		"standard input:2: the value is not a number": {written(t,
			[]words{{"a", "x", "3"}, {"b", "x", "good"}}), ReadOptions{}},
		"standard input: no columns that name a rater and an item": {written(t, []other{{1, 2}}),
			ReadOptions{}},
		"rater identifiers such as 1.7000000000000003e+18 are rounded " +
			"numbers": {written(t, []wrong{{1.7e18 + 256, "x"}, {1.8e18, "x"}}), ReadOptions{}},
		`standard input: there is no column "y" for the value`: {good,
			ReadOptions{Columns: map[string]string{"value": "y"}}},
		"standard input: holds no ratings":      {written(t, []rating{}), ReadOptions{}},
		"(it is cut short: its end is missing)": {good[:len(good)-1], ReadOptions{}},
		"(it is cut short)":                     {good[:9], ReadOptions{}},
		"(its footer is longer than the file)":  {"PAR1" + good[len(good)-8:], ReadOptions{}},
	} {
		_, _, err := read(c.file, c.opt)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("the error is %v, want %q", err, want)
		}
	}
	table := &Table{Raters: NewNames(), Items: Numbered("i", 1), Scale: Scale{0, 1}}
	table.Append(table.Raters.Add([]byte("\xff")), 0, 0, NoTime)
	if err := WriteParquet(&bytes.Buffer{}, table); err == nil || !strings.Contains(err.Error(), "not UTF-8") {
		t.Error("bytes that are no text: ", err)
	}
}

// TestParquetDamaged: a file that is cut off is refused; one that is altered is
// refused, unless its ratings are the same: pages have checksums, what describes
// them has not.
func TestParquetDamaged(t *testing.T) {
	table, _, err := read(string(numericCSV(3000)), ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	whole := parquetBytes(t, table)
	places := 100
	if os.Getenv("RINGWATCH_LONG") != "" {
		places = 500
	}
	for n := 0; n < len(whole); n += 1 + len(whole)/places {
		if _, _, err := read(string(whole[:n]), ReadOptions{}); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("cut at %d: the error is %v", n, err)
		}
	}
	for n := 4; n < len(whole)-8; n += 1 + len(whole)/(2*places) {
		altered := bytes.Clone(whole)
		altered[n] ^= 0x55
		got, _, err := read(string(altered), ReadOptions{})
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("altered at %d: the error is %v", n, err)
		}
		if err == nil {
			checkTable(t, got)
			if dump(got) != dump(table) {
				t.Errorf("altered at %d: read as other ratings", n)
			}
		}
	}
}

// TestParquetPacking: what is packed in a way that is not read is refused.
func TestParquetPacking(t *testing.T) {
	type row struct {
		User, Item string
	}
	rows := []row{{"a", "x"}, {"b", "x"}}
	for _, c := range []compress.Codec{&parquet.Uncompressed, &parquet.Snappy, &parquet.Gzip, &parquet.Brotli,
		&parquet.Zstd} {
		if _, _, err := read(written(t, rows, parquet.Compression(c)), ReadOptions{}); err != nil {
			t.Error(c, err)
		}
	}
	_, _, err := read(written(t, rows, parquet.Compression(&parquet.Lz4Raw)), ReadOptions{})
	if err == nil || !strings.Contains(err.Error(), `the column "User" is packed with LZ4_RAW, which is not read`) {
		t.Error(err)
	}
}

// TestParquetBeside: Parquet is read beside text, packed, from folders, and a
// shard of Community Notes that was turned into Parquet is still one.
func TestParquetBeside(t *testing.T) {
	t.Chdir(t.TempDir())
	want, _, err := read("rater,item,value,time\na,x,1,1600000000\nb,x,5,1600000001\nb,y,3,1600000002\n", ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	part, _, err := read("rater,item,value,time\nb,x,5,1600000001\nb,y,3,1600000002\n", ReadOptions{Scale: "1..5"})
	if err != nil {
		t.Fatal(err)
	}
	gz, _ := packed(t, string(parquetBytes(t, want)))
	if err := os.Mkdir("folder", 0o755); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{"one.csv": "rater,item,value,time\na,x,1,1600000000\n",
		"part.parquet": string(parquetBytes(t, part)),
		"all.gz":       string(gz), "all.zip": string(zipped(t, "all.parquet", string(parquetBytes(t, want)))),
		"folder/a.parquet": string(parquetBytes(t, want)), "folder/b.csv": "something,else\n"} {
		if err := os.WriteFile(name, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for paths, format := range map[string]string{"one.csv part.parquet": "CSV", "part.parquet one.csv": "Parquet",
		"all.gz": "Parquet", "all.zip": "Parquet", "folder": "Parquet"} {
		got, sum, err := Read(context.Background(), strings.Fields(paths), ReadOptions{})
		if err != nil {
			t.Fatal(paths, err)
		}
		if diff := cmp.Diff(dump(want), dump(got)); diff != "" || sum.Format != format {
			t.Error(paths, sum.Format, diff)
		}
	}
	type note struct {
		Note  int64  `parquet:"noteId"`
		Rater string `parquet:"raterParticipantId,dict"`
		At    int64  `parquet:"createdAtMillis"`
		Yes   int32  `parquet:"helpful"`
		No    int32  `parquet:"notHelpful"`
		Level string `parquet:"helpfulnessLevel,optional,dict"`
	}
	file := written(t, []note{{1, "A", 1700000000000, 0, 0, "HELPFUL"}, {1, "B", 1700000001000, 0, 1, ""},
		{1, "C", 1700000002000, 0, 0, ""}, {2, "A", 1700000003000, 1, 0, "SOMEWHAT_HELPFUL"}})
	got, sum, err := read(file, ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want, _, err = read("rater,item,value,time\nA,1,1,1700000000\nB,1,0,1700000001\nA,2,.5,1700000003\n", ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(dump(want), dump(got)); diff != "" || sum.Format != "Community Notes, Parquet" ||
		sum.NoValue != 1 {
		t.Error(sum, diff)
	}
}
