package rating

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWriteCommunityNotes(t *testing.T) {
	want, _, err := read("rater,item,value,time\nA,1,0,1700000000\nA,2,0.5,1700000001\nB,1,1,1700000002\n",
		ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := WriteCommunityNotes(&b, want); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if n := strings.Count(line, "\t") + 1; n != 35 {
			t.Errorf("%d columns, want 35: %s", n, line)
		}
	}
	got, sum, err := read(b.String(), ReadOptions{})
	if err != nil || sum.Format != "Community Notes" || dump(got) != dump(want) {
		t.Errorf("read back as %v, %v", sum, err)
	}
	want.Scale = Scale{1, 1}
	if err := WriteCommunityNotes(io.Discard, want); err == nil {
		t.Error("co-actions were written as opinions")
	}
}

// TestWriteWhole: a file is there whole or, after an error, as it was before.
func TestWriteWhole(t *testing.T) {
	table, _, err := read("rater,item\n\xff,x\n", ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "a.jsonl")
	if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(path, table); err == nil || !strings.Contains(err.Error(), "not UTF-8") {
		t.Error("JSON that cannot be written: ", err)
	}
	if text, _ := os.ReadFile(path); string(text) != "before" {
		t.Errorf("the file is now %q", text)
	}
	for _, bad := range []string{"a.xlsx", "nowhere/a.csv"} {
		if err := WriteFile(filepath.Join(folder, bad), table); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: the error is %v", bad, err)
		}
	}
	if err := WriteFile(filepath.Join(folder, "nowhere", "a.csv"), table); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if left, _ := os.ReadDir(folder); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func TestParseColumns(t *testing.T) {
	got, err := ParseColumns("rater=u, item=2,value=,time=-")
	if err != nil || len(got) != 4 || got["rater"] != "u" || got["item"] != "2" || got["value"] != "" ||
		got["time"] != "-" {
		t.Error(got, err)
	}
	for _, in := range []string{"rater", "user=1", "rater=a,rater=b", "item="} {
		if got, err := ParseColumns(in); err == nil {
			t.Errorf("ParseColumns(%q) = %v, want an error", in, got)
		}
	}
}
