package rating

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestOrigin: whatever the order of rows, with bad ones among them, over several
// files and with repeats, each row of the table stands in the input where it says.
func TestOrigin(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	dir := t.TempDir()
	var lines, paths []string
	for f := range 3 {
		var b strings.Builder
		b.WriteString("rater,item,value,time\n")
		for range 5000 {
			line := fmt.Sprintf("r%d,i%d,%d,%d", rng.IntN(900), rng.IntN(300), 1+rng.IntN(5),
				1700000000+rng.IntN(1000000))
			switch rng.IntN(100) {
			case 0:
				line = fmt.Sprintf("r%d,i%d,what,1700000000", rng.IntN(900), rng.IntN(300))
			case 1:
				// milliseconds, where others are seconds
				line = fmt.Sprintf("r%d,i%d,3,1700000000000", rng.IntN(900), rng.IntN(300))
			case 2:
				line = "\"r" + strings.Replace(line[1:], ",", "\",", 1) // quoted: another way to read
			}
			lines = append(lines, line)
			b.WriteString(line + "\n")
		}
		paths = append(paths, filepath.Join(dir, fmt.Sprint("part", f, ".csv")))
		if err := os.WriteFile(paths[f], []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	table, _, err := Read(context.Background(), paths, ReadOptions{SkipBad: 1000, Origin: true})
	if err != nil {
		t.Fatal(err)
	}
	check := func(table *Table) {
		t.Helper()
		for k := range table.Len() {
			at := table.RowOfInput(int32(k))
			want := fmt.Sprintf("%s,%s,%g,%d", table.Raters.Name(table.Rater[k]), table.Items.Name(table.Item[k]),
				table.Scale.Of(table.Value[k]), ToTime(table.Time[k]).Unix())
			if got := strings.ReplaceAll(lines[at], "\"", ""); got != want {
				t.Fatalf("row %d stands in line %d of the input, which is %s, not %s", k, at, got, want)
			}
		}
	}
	check(table)
	check(table.Select(func(k int) bool { return k%3 == 0 }))
	check(table.Prefix(100))
	// In a room, placed in several passes, it is the same.
	asked := 0
	room := func(name string, bytes int) ([]byte, error) {
		asked += bytes
		return make([]byte, bytes), nil
	}
	in, _, err := Read(context.Background(), paths, ReadOptions{SkipBad: 1000, Origin: true, Room: room, atOnce: 700})
	if err != nil {
		t.Fatal(err)
	}
	if asked == 0 || dump(in) != dump(table) || !slices.Equal(in.Origin, table.Origin) {
		t.Errorf("in a room of %d bytes the ratings are others", asked)
	}
	full := errors.New("no space left")
	room = func(string, int) ([]byte, error) { return nil, full }
	if _, _, err := Read(context.Background(), paths, ReadOptions{SkipBad: 1000, Room: room}); err != full {
		t.Errorf("a room that is full: %v", err)
	}
}
