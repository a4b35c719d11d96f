package rating

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// anyTable draws a Table in any order of rows and identifiers.
func anyTable(t *rapid.T) *Table {
	table := &Table{Raters: NewNames(), Items: NewNames(), Scale: Scale{-10, 10}}
	if rapid.Bool().Draw(t, "unary") {
		table.Scale = Scale{1, 1}
	}
	times, tags := rapid.Bool().Draw(t, "times"), rapid.Bool().Draw(t, "tags")
	names := rapid.StringMatching("[a-z0-9 é]{1,4}").Filter(func(s string) bool { return !isOdd([]byte(s)) })
	pairs := map[[2]int32]bool{}
	for range rapid.IntRange(1, 30).Draw(t, "rows") {
		rater := table.Raters.Add([]byte(names.Draw(t, "rater")))
		item := table.Items.Add([]byte(names.Draw(t, "item")))
		if pairs[[2]int32{rater, item}] {
			continue
		}
		pairs[[2]int32{rater, item}] = true
		value, time := float32(1), int32(NoTime)
		if !table.Scale.Unary() {
			value = float32(rapid.IntRange(0, 20).Draw(t, "value")) / 20
		}
		if times {
			time = rapid.Int32Range(-1e9, 1e9).Draw(t, "time")
		}
		table.Append(rater, item, value, time)
		if tags {
			table.Tags = append(table.Tags[:table.Len()-1], rapid.Uint32Range(0, 1<<23-1).Draw(t, "tags"))
		}
	}
	return table
}

func columnFile(t testing.TB, table *Table) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteColumns(&b, table); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestCanonical: what Canonical returns is what Read makes of the same ratings,
// and its column file is mapped, not read anew.
func TestCanonical(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.columns")
	rapid.Check(t, func(t *rapid.T) {
		table := anyTable(t)
		if drop := rapid.IntRange(0, table.Len()-1).Draw(t, "drop"); drop > 0 { // identifiers without a row
			table = table.Select(func(k int) bool { return k%3 != drop%3 })
		}
		if table.Len() == 0 {
			return
		}
		canonical := table.Canonical()
		if again := canonical.Canonical(); again != canonical {
			t.Fatal("it is not itself in canonical order")
		}
		if err := WriteFile(path, table); err != nil {
			t.Fatal(err)
		}
		read, _, err := Read(context.Background(), []string{path}, ReadOptions{Notes: true})
		if err != nil {
			t.Fatal(err)
		}
		diff := cmp.Diff(dump(read), dump(canonical))
		if diff != "" || table.Tags != nil && !cmp.Equal(read.Tags, canonical.Tags) {
			t.Fatal("-read +canonical", diff)
		}
		var b bytes.Buffer
		if err := WriteColumns(&b, canonical); err != nil {
			t.Fatal(err)
		}
		c, err := parseColumns("", b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if whole, err := c.verify(context.Background()); !whole || err != nil {
			t.Fatalf("its column file is as Read makes Tables: %t, %v", whole, err)
		}
	})
}

// TestColumns: a column file holds a Table as it was, rows and identifiers in
// their order, mapped or not; and Read makes of it what it makes of CSV.
func TestColumns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.columns")
	rapid.Check(t, func(t *rapid.T) {
		table := anyTable(t)
		if err := WriteFile(path, table); err != nil {
			t.Fatal(err)
		}
		c, err := OpenColumns(path)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.Verify(context.Background()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(dump(table), dump(c.Table)); diff != "" || !cmp.Equal(table.Tags, c.Table.Tags) {
			t.Fatal("-written +mapped", diff)
		}
		for k := range int32(table.Raters.Len()) {
			if found, ok := c.Table.Raters.Find(table.Raters.Name(k)); !ok || found != k {
				t.Fatalf("%q is found as %d", table.Raters.Name(k), found)
			}
		}
		scale := "-10..10"
		if table.Scale.Unary() {
			scale = ""
		}
		var csv bytes.Buffer
		if err := WriteCSV(&csv, table); err != nil {
			t.Fatal(err)
		}
		want, _, err := read(csv.String(), ReadOptions{Scale: scale})
		if err != nil {
			t.Fatal(err)
		}
		again := filepath.Join(filepath.Dir(path), "again.columns") // canonical now, and read as it stands
		if err := WriteFile(again, want); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{path, again} {
			got, sum, err := Read(context.Background(), []string{path}, ReadOptions{})
			if err != nil {
				t.Fatal(err)
			}
			diff := cmp.Diff(dump(want), dump(got))
			if diff != "" || sum.Kept != want.Len() || sum.Format != "column file" {
				t.Fatal("-CSV +column file", sum, diff)
			}
		}
	})
}

// TestColumnsBeside: column files and text read together, packed, or in part.
func TestColumnsBeside(t *testing.T) {
	t.Chdir(t.TempDir())
	const all = "rater,item,value,time\na,x,1,1600000000\nb,x,5,1600000001\nb,y,3,1600000002\n"
	want, _, err := read(all, ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	part, _, err := read("rater,item,value,time\nb,x,5,1600000001\nb,y,3,1600000002\n", ReadOptions{Scale: "1..5"})
	if err != nil {
		t.Fatal(err)
	}
	gz, zst := packed(t, string(columnFile(t, want)))
	for name, data := range map[string]string{"one.csv": "rater,item,value,time\na,x,1,1600000000\n",
		"part.columns": string(columnFile(t, part)),
		"all.columns":  string(columnFile(t, want)), "all.gz": string(gz), "all.zst": string(zst),
		"bare.csv": "rater,item\na,x\nb,x\nb,y\n",
		"all.zip": string(zipped(t, "all.columns", string(columnFile(t, want)), "one.columns",
			string(columnFile(t, part))))} {
		if err := os.WriteFile(name, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for paths, format := range map[string]string{"one.csv part.columns": "CSV", "part.columns one.csv": "column file",
		"all.columns": "column file",
		"all.gz":      "column file", "all.zst": "column file", "all.zip": "column file",
		"part.columns all.columns": "column file"} {
		got, sum, err := Read(context.Background(), strings.Fields(paths), ReadOptions{})
		if err != nil {
			t.Fatal(paths, err)
		}
		if diff := cmp.Diff(dump(want), dump(got)); diff != "" || sum.Format != format {
			t.Error(paths, sum.Format, diff)
		}
	}
	bare, _, err := Read(context.Background(), []string{"bare.csv"}, ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := Read(context.Background(), []string{"all.columns"},
		ReadOptions{Columns: map[string]string{"value": "", "time": "-"}})
	if err != nil || dump(got) != dump(bare) {
		t.Error("without value and time: ", err)
	}
	wide, _, err := Read(context.Background(), []string{"all.columns"}, ReadOptions{Scale: "0..10"})
	if err != nil || wide.Value[0] != 0.1 || wide.Scale != (Scale{0, 10}) {
		t.Error("on another scale: ", wide, err)
	}
	for _, c := range []struct {
		opt  ReadOptions
		want string
	}{
		{ReadOptions{Scale: "2..5"}, "all.columns:1: the value 1 is outside of the scale 2..5"},
		{ReadOptions{Columns: map[string]string{"rater": "item"}},
			"all.columns: is a column file, which knows its columns"},
	} {
		_, _, err := Read(context.Background(), []string{"all.columns"}, c.opt)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("the error is %v, want %q", err, c.want)
		}
	}
}

// TestColumnsGolden: the format on disk stays as it is.
func TestColumnsGolden(t *testing.T) {
	table, _, err := read("rater,item,value,time\nann,x,1,1600000000\nbob,x,5,1600000001\nbob,yy,3,1600000002\n",
		ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	const path = "testdata/golden.columns"
	got := columnFile(t, table)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("WriteColumns writes another file than %s; give the format a new version", path)
	}
	read, _, err := Read(context.Background(), []string{path}, ReadOptions{})
	if err != nil || dump(read) != dump(table) {
		t.Error("the file reads as another Table: ", err)
	}
}

// TestColumnsDamaged: whatever is cut off or altered is noticed.
func TestColumnsDamaged(t *testing.T) {
	table, _, err := read("rater,item,value,time\nann,x,1,1600000000\nbob,x,5,1600000001\nbob,yy,3,1600000002\n",
		ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	whole := columnFile(t, table)
	refused := func(data []byte, what string, at int) {
		_, _, err := read(string(data), ReadOptions{})
		if err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s at %d: the error is %v", what, at, err)
		}
	}
	for n := range whole {
		refused(whole[:n], "cut", n)
	}
	c, err := parseColumns("", whole)
	if err != nil {
		t.Fatal(err)
	}
	covered := make([]bool, len(whole)) // all but what fills up between sections
	for i := range headerSize + sectionSize*len(c.sections) {
		covered[i] = true
	}
	for _, s := range c.sections {
		for i := s.Offset; i < s.Offset+s.Length; i++ {
			covered[i] = true
		}
	}
	for i := range whole {
		if covered[i] {
			altered := bytes.Clone(whole)
			altered[i] ^= 1 << (i % 8)
			refused(altered, "altered", i)
		}
	}
	refused(append(bytes.Clone(whole), 0), "longer", len(whole))
}

// TestColumnsLies: sound checksums do not make sound columns.
func TestColumnsLies(t *testing.T) {
	for want, lie := range map[string]func(t *Table){
		"row 1 is of a rater":        func(t *Table) { t.Rater[1] = 2 },
		"row 0 is of a rater":        func(t *Table) { t.Item[0] = -1 },
		"row 2 has the value 1.5":    func(t *Table) { t.Value[2] = 1.5 },
		"its identifiers overlap":    func(t *Table) { t.Raters.end[0] = 7 },
		"its identifiers have bytes": func(t *Table) { t.Items.end[1]-- },
		"its scale is 5..1":          func(t *Table) { t.Scale = Scale{5, 1} },
		"is cut short":               nil,
	} {
		table, _, err := read("rater,item,value,time\nann,x,1,1600000000\nbob,x,5,1600000001\nbob,yy,3,1600000002\n",
			ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var data []byte
		if lie != nil {
			lie(table)
			data = columnFile(t, table)
		} else {
			data = columnFile(t, table)
			binary.LittleEndian.PutUint64(data[headerSize+16:], 1<<62)
			sound(data)
		}
		if _, _, err := read(string(data), ReadOptions{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want %q", err, want)
		}
	}
}

// sound sets all checksums of a column file that are within reach.
func sound(data []byte) {
	if len(data) < headerSize {
		return
	}
	n := binary.LittleEndian.Uint64(data[56:])
	if n > maxSections || uint64(len(data)) < headerSize+sectionSize*n {
		return
	}
	for i := range int(n) {
		s := data[headerSize+sectionSize*i:]
		offset, length := binary.LittleEndian.Uint64(s[8:]), binary.LittleEndian.Uint64(s[16:])
		if size := uint64(len(data)); offset <= size && length <= size-offset {
			binary.LittleEndian.PutUint32(s[24:], crc32.Checksum(data[offset:offset+length], castagnoli))
		}
	}
	binary.LittleEndian.PutUint32(data[12:], headerSum(data[:headerSize+sectionSize*n]))
}

// TestColumnsUnaligned: columns that do not lie as the machine wants them are
// copied.
func TestColumnsUnaligned(t *testing.T) {
	table, _, err := read(string(numericCSV(100)), ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	data := append([]byte{0}, columnFile(t, table)...)
	c, err := parseColumns("", data[1:])
	if err != nil || dump(c.Table) != dump(table) {
		t.Error("another Table: ", err)
	}
}

// TestColumnsParts: rows are checked in parts; none may slip between two.
func TestColumnsParts(t *testing.T) {
	const n, items = 1<<22 + 2048, 2048
	table := &Table{Raters: Numbered("r", n/items), Items: Numbered("i", items), Rater: make([]int32, n),
		Item: make([]int32, n), Value: make([]float32, n), Scale: Scale{0, 1}}
	for k := range n {
		table.Rater[k], table.Item[k] = int32(k/items), int32(k%items)
	}
	check := func(want bool, what string) {
		c, err := parseColumns("", columnFile(t, table))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.verify(context.Background()); err != nil || got != want {
			t.Errorf("%s: canonical is %v, %v", what, got, err)
		}
	}
	check(true, "ascending")
	table.Rater[1<<22-1], table.Item[1<<22-1] = table.Rater[1<<22], table.Item[1<<22]
	check(false, "a repeat between two parts")
	table.Item[1<<22-1]++
	check(false, "descending between two parts")
}
