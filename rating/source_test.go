package rating

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// zipped packs names and texts in turn.
func zipped(t testing.TB, files ...string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, files[i+1])
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestPacked reads the same ratings however they are packed, from a file and
// from standard input, and compares the hash with that of the file.
func TestPacked(t *testing.T) {
	const head, one, two = "user,item,rating\n", "a,x,1\nb,x,2\n", "c,y,3\n"
	gz1, zst := packed(t, head+one+two)
	gz2, _ := packed(t, head+one)
	more, _ := packed(t, two)
	inner, _ := packed(t, head+two)
	want, _, err := read(head+one+two, ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		format string
		data   []byte
	}{
		{"CSV", []byte(head + one + two)},
		{"CSV, gzip", gz1},
		{"CSV, gzip", slices.Concat(gz2, more)},
		{"CSV, zstd", zst},
		{"CSV, zip", zipped(t, "README", "nothing", "a.csv", head+one, "b.csv", head+two)},
		{"CSV, zip", zipped(t, "a.csv", head+one, "b.csv.gz", string(inner))},
	} {
		path := filepath.Join(t.TempDir(), "ratings")
		if err := os.WriteFile(path, c.data, 0o644); err != nil {
			t.Fatal(err)
		}
		for _, from := range []string{path, "-"} {
			got, sum, err := Read(context.Background(), []string{from}, ReadOptions{Stdin: bytes.NewReader(c.data)})
			if err != nil {
				t.Fatal(c.format, err)
			}
			if dump(got) != dump(want) || sum.Files[0].Format != c.format || sum.Files[0].Bytes != int64(len(c.data)) {
				t.Errorf("%s from %s: %+v\n%s", c.format, from, sum, dump(got))
			}
		}
	}
}

func TestDamaged(t *testing.T) {
	gz, zst := packed(t, string(numericCSV(100_000)))
	flipped := slices.Clone(gz)
	flipped[len(flipped)-6] ^= 1
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"gzip":     {gz[:len(gz)/2], ": the gzip file is truncated; fetch it again"},
		"zstd":     {zst[:len(zst)/2], ": the zstd file is truncated; fetch it again"},
		"header":   {gz[:9], "standard input: the gzip file is truncated; fetch it again"},
		"checksum": {flipped, ": the gzip file is damaged; fetch it again"},
		"zip":      {zipped(t, "a.csv", "user,item\n")[:20], "standard input: the zip file is damaged; fetch it again"},
		"nothing":  {zipped(t, "a.txt", "hello"), "standard input: nothing in it holds ratings"},
		"xz":       {[]byte("\xfd7zXZ\x00\x00"), "standard input: is xz, which is not read; unpack it first"},
	} {
		_, _, err := read(string(c.data), ReadOptions{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v, want %q", name, err, c.want)
		}
	}
	if _, _, err := read(string(gz[:len(gz)/2]), ReadOptions{}); err == nil ||
		strings.HasPrefix(err.Error(), "standard input:1:") {
		t.Errorf("%v does not say at which line reading stopped", err)
	}
}

func TestLongLines(t *testing.T) {
	long := strings.Repeat("x", 3<<20)
	table, _, err := read("user,item\n"+long+",a\nb,a\n", ReadOptions{})
	if err != nil || table.Raters.Name(1) != long {
		t.Error("a line of 3 MiB is not read: ", err)
	}
	_, _, err = read("user,item\na,b\n"+strings.Repeat(long, 12), ReadOptions{})
	if err == nil || !strings.HasPrefix(err.Error(), "standard input:3: a line is longer than 16 MiB") {
		t.Error("a line of 36 MiB: ", err)
	}
}

func TestParseTime(t *testing.T) {
	for in, want := range map[string]string{
		"2024-02-29": "2024-02-29T00:00:00Z", "2024/02/29": "2024-02-29T00:00:00Z",
		"2000-01-01T00:00:00Z": "2000-01-01T00:00:00Z", "1999-12-31 23:59": "1999-12-31T23:59:00Z",
		"2020-01-01T00:00:00.999+05:30": "2019-12-31T18:30:00Z", "2020-01-01 00:00:00 UTC": "2020-01-01T00:00:00Z",
		"0": "1970-01-01T00:00:00Z", "-1": "1969-12-31T23:59:59Z", "1600000000": "2020-09-13T12:26:40Z",
		"1600000000.9":  "2020-09-13T12:26:40Z",
		"1600000000999": "2020-09-13T12:26:40Z", "1600000000000000": "2020-09-13T12:26:40Z",
		"1600000000000000000": "2020-09-13T12:26:40Z", "1.6e9": "2020-09-13T12:26:40Z",
	} {
		if got, err := ParseTime(in); err != nil || ToTime(got).Format("2006-01-02T15:04:05Z07:00") != want {
			t.Errorf("ParseTime(%q) = %v, %v, want %s", in, ToTime(got), err, want)
		}
	}
	for _, in := range []string{"", "yesterday", "2023-02-29", "2024-13-01", "50000-01-01", "2024-01-01T25:00",
		"2024-01-01x", "2069-01-01", "-1600000000", "NaN", "2024-01-01T00:00:00+99:00"} {
		if got, err := ParseTime(in); err == nil {
			t.Errorf("ParseTime(%q) = %v, want an error", in, ToTime(got))
		}
	}
}

// What unpacks to beyond all measure is refused, unless it is told to be trusted.
func TestUnpacksTooMuch(t *testing.T) {
	var text strings.Builder
	text.WriteString("user,item\n")
	for range 1 << 20 {
		text.WriteString("a,b\n")
	}
	_, zst := packed(t, text.String())
	for _, data := range [][]byte{zst, zipped(t, "a.csv", text.String())} {
		_, _, err := read(string(data), ReadOptions{MaxUnpacked: 1 << 20})
		if err == nil || !strings.HasSuffix(err.Error(), "unpacks to more than the 1.05 MB of --max-unpacked") {
			t.Errorf("the error is %v", err)
		}
		if table, _, err := read(string(data), ReadOptions{}); err != nil || table.Len() != 1 {
			t.Errorf("%v, %v", table, err)
		}
	}
}

// Archives in archives end somewhere, and so does the number of their files.
func TestArchivesInArchives(t *testing.T) {
	data := zipped(t, "a.csv", "user,item\na,x\n")
	for depth := 1; depth <= deepest+1; depth++ {
		_, _, err := read(string(data), ReadOptions{})
		if (err == nil) != (depth <= deepest) {
			t.Errorf("%d deep: %v", depth, err)
		}
		data = zipped(t, "a.zip", string(data))
	}
	many := make([]string, 2*(mostMembers+1))
	for i := range many {
		many[i] = "x"
	}
	if _, _, err := read(string(zipped(t, many...)), ReadOptions{}); err == nil ||
		!strings.Contains(err.Error(), "holds 10001 files") {
		t.Errorf("%v", err)
	}
}

// Zeros behind a gzip file are no part of it; anything else is.
func TestGzipPadded(t *testing.T) {
	gz, _ := packed(t, "user,item\na,x\n")
	for tail, ok := range map[string]bool{"": true, "\x00": true, strings.Repeat("\x00", 1000): true, "x": false,
		"\x00x": false} {
		if _, _, err := read(string(gz)+tail, ReadOptions{}); (err == nil) != ok {
			t.Errorf("%.10q behind it: %v", tail, err)
		}
	}
}
