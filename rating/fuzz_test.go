package rating

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
)

// fuzzRead reads any bytes: a Table that keeps to its rules, or an error of
// one line.
func fuzzRead(t *testing.T, data []byte, skip int) {
	table, sum, err := Read(context.Background(), []string{"-"},
		ReadOptions{Stdin: bytes.NewReader(data), SkipBad: skip})
	if err != nil {
		if strings.Contains(err.Error(), "\n") || table != nil || sum != nil {
			t.Fatalf("error %q, table %v", err, table)
		}
		return
	}
	checkTable(t, table)
	if sum.Rows != sum.Kept+sum.Replaced+sum.NoValue+sum.NoOne+sum.Bad || sum.Bad > skip {
		t.Fatalf("rows do not add up: %+v", sum)
	}
	var b bytes.Buffer
	if err := WriteCSV(&b, table); err != nil {
		t.Fatal(err)
	}
}

func FuzzReadCSV(f *testing.F) {
	for _, s := range []string{"user,item,rating,time\na,x,1,1600000000\nb,x,2,2020-01-01\n",
		"rater;item\n\"a\nb\";c\n",
		"user,item\na,\"x\n", "\ufeffUserID,url,score\r\n1,2,-3e2\r\n", "user,item,rating\na,x,NaN\nb\n", "\n\n",
		"# a b\n1 2 3\n4 5 1\n", "1::2::5::978300760\n", "user,0,1,2,3,4,5,6,7,8,9\na,1,,,,,,0,,,1\n",
		"user,urls\na,\"['x', 'y']\"\n", "user\ritem\ra\rx\r",
		"user,item,rating,date,time\na,x,4/5,1.2.2024,10:31\n", "user_id:token\titem_id:token\n1\t12.0\n2\t12\n",
		"sep=;\nuser;item\n nan;x\n", "user,item,rating\na,x,0\na,x,99\nb,y,5\nc,y,1\n"} {
		f.Add([]byte(s), 0)
		f.Add([]byte(s), 3)
	}
	f.Fuzz(fuzzRead)
}

func FuzzReadCommunityNotes(f *testing.F) {
	row := "1\tA\t1700000000000\t2\t0\t0\t1\t0\tHELPFUL\t" + strings.Repeat("0\t", 22) + "5\tDEFAULT\t\t\n"
	for _, s := range []string{row, strings.ReplaceAll(row, "HELPFUL", ""),
		strings.ReplaceAll(row, "DEFAULT\t", "DEFAULT\t\"a\tb\""), "1\t2\n", ""} {
		f.Add([]byte(s), 1)
	}
	f.Fuzz(func(t *testing.T, rows []byte, skip int) { fuzzRead(t, append([]byte(notesHeader), rows...), skip) })
}

// FuzzReadNotes alters a table beside ratings.
func FuzzReadNotes(f *testing.F) {
	ratings := notesHeader + "10\tA\t1700000000000\t2\t0\t0\t1\t0\tHELPFUL\t" + strings.Repeat("0\t", 22) +
		"5\tDEFAULT\t\t\n"
	f.Add("noteId\tnoteAuthorParticipantId\tcreatedAtMillis\ttweetId\tclassification\tsummary\n" +
		"10\tB\t1600000000000\t7\tNOT_MISLEADING\t\"a\tb\"\n")
	f.Add("noteId\tnoteAuthorParticipantId\tcreatedAtMillis\tcurrentStatus\tlockedStatus\t" +
		"timestampMillisOfLatestNonNMRStatus\n10\tB\t-1\tGOOD\t\t1\n")
	f.Add("participantId\tenrollmentState\tmodelingGroup\nA\tearnedIn\tNaN\n")
	folder := f.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "ratings-00000.tsv"), []byte(ratings), 0o644); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, side string) {
		if err := os.WriteFile(filepath.Join(folder, "side.tsv"), []byte(side), 0o644); err != nil {
			t.Fatal(err)
		}
		table, _, err := Read(context.Background(), []string{folder}, ReadOptions{Notes: true, Texts: true})
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("error %q", err)
			}
			return
		}
		n := table.Notes
		if n != nil &&
			(len(n.Group) != table.Raters.Len() || len(n.Created) > 0 && len(n.Created) != table.Items.Len()) {
			t.Fatalf("%+v", n)
		}
	})
}

// FuzzReadContained alters workbooks, databases and Arrow files.
func FuzzReadContained(f *testing.F) {
	paths, err := filepath.Glob("testdata/contained/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("\xff\xfeu\x00s\x00e\x00r\x00,\x00i\x00t\x00e\x00m\x00\n\x00a\x00,\x00x\x00\n\x00"))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzRead(t, data, 3) })
}

// FuzzReadJSON alters JSON of any shape.
func FuzzReadJSON(f *testing.F) {
	for _, s := range []string{`[{"user":{"login":"a"},"item":1},` + "\n" + `{"user":{"login":"b"},"item":1}]`,
		`{"n":1,"rows":[{"user":1,"item":2}]}`, "{\n\"user\":1,\n\"item\":2}\n{\"user\":3,\"item\":2}",
		"[[1,2]]", "[{}"} {
		f.Add([]byte(s), 0)
		f.Add([]byte(s), 2)
	}
	f.Fuzz(fuzzRead)
}

func FuzzReadJSONLines(f *testing.F) {
	for _, s := range []string{`{"user":1,"item":"x","stars":4,"time":1600000000}`,
		"{\"user\":\"a\",\"item\":null}\n{}", `{"rater":[1],"item":{"a":2}}`, "{\"user\":1,\"item\":2}\n{"} {
		f.Add([]byte(s), 0)
		f.Add([]byte(s), 2)
	}
	f.Fuzz(func(t *testing.T, data []byte, skip int) {
		fuzzRead(t, append([]byte("{"), bytes.TrimPrefix(data, []byte("{"))...), skip)
	})
}

func packed(f testing.TB, text string) (gz, zst []byte) {
	var a, b bytes.Buffer
	g := gzip.NewWriter(&a)
	g.Write([]byte(text))
	g.Close()
	z, err := zstd.NewWriter(&b)
	if err != nil {
		f.Fatal(err)
	}
	z.Write([]byte(text))
	z.Close()
	return a.Bytes(), b.Bytes()
}

func FuzzReadCompressed(f *testing.F) {
	gz, zst := packed(f, "user,item,rating\na,x,1\nb,x,2\n")
	for _, b := range [][]byte{gz, zst, zipped(f, "a.csv", "user,item\na,x\n"), gz[:len(gz)-5], zst[:len(zst)-3]} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) { fuzzRead(t, data, 0) })
}

// FuzzReadColumns alters a column file, with its checksums set right or not.
func FuzzReadColumns(f *testing.F) {
	for _, text := range []string{"user,item,rating,time\na,x,1,1600000000\nb,x,2,1600000001\n", "user,item\na,x\n"} {
		table, _, err := read(text, ReadOptions{})
		if err != nil {
			f.Fatal(err)
		}
		data := columnFile(f, table)
		f.Add(data, true)
		f.Add(data[:len(data)-1], false)
	}
	f.Fuzz(func(t *testing.T, data []byte, right bool) {
		data = append([]byte(columnMagic), bytes.TrimPrefix(data, []byte(columnMagic))...)
		if right {
			sound(data)
		}
		fuzzRead(t, data, 0)
	})
}

// FuzzReadParquet alters Parquet files: one of ours, and one with nulls, in
// small pages of the older kind.
func FuzzReadParquet(f *testing.F) {
	table, _, err := read("user,item,rating,time\na,x,1,1600000000\nb,x,2,1600000001\n", ReadOptions{})
	if err != nil {
		f.Fatal(err)
	}
	type row struct {
		User   string   `parquet:"user,optional,dict"`
		Item   int64    `parquet:"item,delta"`
		Rating *float64 `parquet:"rating,optional"`
		Time   int64    `parquet:"time"`
	}
	whole := parquetBytes(f, table)
	f.Add(whole, 0)
	f.Add(whole[:len(whole)-9], 0)
	f.Add([]byte(written(f, []row{{"a", 1, ptr(2.), 1600000000}, {"", 2, nil, 1600000001}},
		parquet.DataPageVersion(1))), 2)
	f.Fuzz(func(t *testing.T, data []byte, skip int) {
		fuzzRead(t, append([]byte(parquetMagic), bytes.TrimPrefix(data, []byte(parquetMagic))...), skip)
	})
}
