package scoring

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
)

// A program may leave anything where the items should be.
func TestReadBounded(t *testing.T) {
	table := &rating.Table{Items: rating.Numbered("i", 10), Raters: rating.Numbered("r", 1)}
	dir := t.TempDir()
	big := filepath.Join(dir, "big.csv")
	if err := os.WriteFile(big, []byte("item,score\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(big, 4<<30); err != nil { // a hole: it takes no room
		t.Skip(err)
	}
	for path, want := range map[string]string{big: "items.csv has 4096 MB, where 10 items take no more than 1; " +
		"write a row for each item", dir: "items.csv is no file"} {
		if _, err := newRoom(dir, path, table).read(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: the error is %v, want %s", path, err, want)
		}
	}
}
