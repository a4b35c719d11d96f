package rating

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	_ "modernc.org/sqlite"
)

const contained = `rater,item,value,time
"ann, ltd",1,5,2024-01-31T12:00:05Z
bob,7,3.5,2024-02-01T00:00:00Z
"č""x""",7,1,2024-02-29T23:59:59Z
`

// TestContained reads the same ratings out of what openpyxl, sqlite3 and pyarrow
// wrote: with other tables beside them, an empty row, line ends in cells,
// dictionaries, packed buffers; from a file, packed, through a pipe, by the name
// of the table.
func TestContained(t *testing.T) {
	paths, err := filepath.Glob("testdata/contained/*")
	if err != nil || len(paths) < 5 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		gz, _ := packed(t, string(data))
		packedPath := filepath.Join(t.TempDir(), "packed.gz")
		if err := os.WriteFile(packedPath, gz, 0o644); err != nil {
			t.Fatal(err)
		}
		from := []string{path, packedPath, "-"}
		switch filepath.Ext(path) {
		case ".xlsx":
			from = append(from, path+"/Reviews")
		case ".sqlite":
			from = append(from, path+"/the reviews", path+"/doubled")
		}
		opt := ReadOptions{Stdin: bytes.NewReader(data)}
		if strings.HasPrefix(filepath.Base(path), "nested") {
			opt.Columns = map[string]string{"rater": "user.login"}
		}
		for _, from := range from {
			table, sum, err := Read(context.Background(), []string{from}, opt)
			if err != nil {
				t.Errorf("%s: %v", from, err)
				continue
			}
			var b bytes.Buffer
			if err := WriteCSV(&b, table); err != nil {
				t.Fatal(err)
			}
			if b.String() != contained {
				t.Errorf("%s, %s:\n%s", from, sum.Files[0].Format, b.String())
			}
		}
	}
	_, _, err = Read(context.Background(), []string{"testdata/contained/reviews.xlsx/Nothing"}, ReadOptions{})
	want := "testdata/contained/reviews.xlsx: holds no Nothing, but Reviews, Read me, Tags"
	if err == nil || err.Error() != want {
		t.Errorf("the error is %v, want %s", err, want)
	}
}

// A database that another program has open keeps its newest rows in a log beside it.
func TestDatabaseLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range []string{"PRAGMA journal_mode=WAL", "CREATE TABLE votes(user, item, stars)",
		"INSERT INTO votes VALUES ('a', 'x', 1), ('b', 'x', 5)"} {
		if _, err := db.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	if log, err := os.Stat(path + "-wal"); err != nil || log.Size() == 0 {
		t.Fatal("there is no log to read", err)
	}
	table, _, err := Read(context.Background(), []string{path}, ReadOptions{})
	if err != nil || table.Len() != 2 {
		t.Errorf("%v, %v", table, err)
	}
}

// TestWideText reads UTF-16, with and without a mark, and UTF-32.
func TestWideText(t *testing.T) {
	const text = "user,item,stars\r\nč,x,1\r\n😀,y,5\r\n"
	want, _, err := read(text, ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	units := utf16.Encode([]rune(text))
	for name, data := range map[string][]byte{
		"UTF-16 little":         wide(binary.LittleEndian, units, 0xfeff),
		"UTF-16 big":            wide(binary.BigEndian, units, 0xfeff),
		"UTF-16 little, no BOM": wide(binary.LittleEndian, units, 0),
		"UTF-16 big, no BOM":    wide(binary.BigEndian, units, 0),
		"UTF-32 little":         wide(binary.LittleEndian, []rune(text), 0xfeff),
		"UTF-32 big":            wide(binary.BigEndian, []rune(text), 0xfeff),
	} {
		got, sum, err := read(string(data), ReadOptions{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if dump(got) != dump(want) || sum.Files[0].Format != "CSV, "+name[:6] {
			t.Errorf("%s: %s\n%s", name, sum.Files[0].Format, dump(got))
		}
	}
	odd := wide(binary.LittleEndian, units, 0xfeff)
	if _, _, err := read(string(odd[:len(odd)-1]), ReadOptions{}); err != nil && strings.Contains(err.Error(), "\n") {
		t.Error(err)
	}
}

func wide[T uint16 | rune](order binary.ByteOrder, units []T, mark T) (data []byte) {
	if mark != 0 {
		units = slices.Concat([]T{mark}, units)
	}
	var b bytes.Buffer
	binary.Write(&b, order, units) // a Buffer takes all
	return b.Bytes()
}

// What is damaged is one line, never a panic; and says what it was read as.
func TestContainedDamaged(t *testing.T) {
	paths, _ := filepath.Glob("testdata/contained/*")
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for cut := 16; cut < len(data); cut += 1 + len(data)/25 {
			flipped := slices.Clone(data)
			flipped[cut] ^= 0xff
			for _, bad := range [][]byte{data[:cut], flipped} {
				_, _, err := read(string(bad), ReadOptions{})
				if err != nil && (strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "goroutine")) {
					t.Errorf("%s, cut or changed at %d: %v", path, cut, err)
				}
			}
		}
	}
}
