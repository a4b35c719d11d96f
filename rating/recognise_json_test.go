package rating_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
)

// TestManyKeys: an object of more keys than anybody's, and lines of which each has
// keys of its own, are refused or read at a cost of what they hold.
func TestManyKeys(t *testing.T) {
	keys := func(from, n int) string {
		var b strings.Builder
		for k := range n {
			fmt.Fprintf(&b, `,"k%d":1`, from+k)
		}
		return b.String()
	}
	file := filepath.Join(t.TempDir(), "a.jsonl")
	read := func(text string) (*rating.Table, error) {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		table, _, err := rating.Read(context.Background(), []string{file}, rating.ReadOptions{})
		return table, err
	}
	if _, err := read(`{"user":"a","item":"x","rating":1` + keys(0, 100_000) + "}\n"); err == nil ||
		!strings.HasSuffix(err.Error(), "a.jsonl:1: has 100003 keys, more than the 100000 that are read") {
		t.Errorf("got %v", err)
	}
	// It costs no more than to read the text, wherever such an object stands: one that is alone in
	// the file, a later line, an object within, a row of an array, and beside others.
	many, row := keys(0, 110_000), `{"user":"a","item":"x","rating":1`
	for text, want := range map[string]string{
		row + many + "}":                              "a.jsonl:1: has 110003 keys, more than the 100000 that are read",
		row + "}\n" + row + many + "}\n":              "a.jsonl:2: has 110003 keys, more than the 100000 that are read",
		row + `,"other":{"k":1` + many + "}}\n":       "a.jsonl:1: has 110005 keys, more than the 100000 that are read",
		"[" + row + "}," + row + many + "}]":          "a.jsonl:2: has 110003 keys, more than the 100000 that are read",
		`{"rows":[` + row + "}," + row + many + "}]}": "a.jsonl:2: has 110003 keys, more than the 100000 that are read",
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := read(text)
		runtime.ReadMemStats(&after)
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%.60s: got %.200v", text, err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 30*uint64(len(text)) {
			t.Errorf("%.60s: %d MB", text, used>>20)
		}
	}
	const lines, each = 400, 100 // with the table 400 MB
	var b strings.Builder
	for k := range lines {
		fmt.Fprintf(&b, `{"user":"u%d","item":"x%d","rating":%d%s}`+"\n", k, k%7, k%5, keys(k*each, each))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	table, err := read(b.String())
	runtime.ReadMemStats(&after)
	if err != nil || table.Len() != lines {
		t.Fatal(table, err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 300<<20 {
		t.Errorf("%d MB", used>>20)
	}
}

// TestKeysBehindAHugeNumber: JSON has numbers that no float holds, and what comes behind them counts.
func TestKeysBehindAHugeNumber(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.jsonl")
	text := `{"rater":"a","item":"b","other":1e999,"value":1,"time":1700000000}` + "\n" +
		`{"rater":"c","item":"b","other":-1e999,"value":2,"time":1700000001}` + "\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	_, sum, err := rating.Read(context.Background(), []string{file}, rating.ReadOptions{})
	if err != nil || sum.Rows != 2 || sum.Reading.Value != "value" || sum.Reading.Time != "time" {
		t.Error(sum, err)
	}
}
