package rating

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write what Read says into testdata/*.txtar; check the difference")

// TestRead reads the examples in testdata: options in the comment, as
// "scale 1..5", then files; "want" is the Table and the summary, or the error.
func TestRead(t *testing.T) {
	paths, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal("no examples", err)
	}
	for _, path := range paths {
		full, err := filepath.Abs(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			got := readExample(t, a)
			if bad := strings.HasPrefix(got, "error: "); bad != (filepath.Dir(path) == "testdata/bad") {
				t.Errorf("wrong folder for %s", got)
			}
			if n := strings.Count(got, "\n"); strings.HasPrefix(got, "error: ") && n != 1 {
				t.Errorf("the error takes %d lines: %s", n, got)
			}
			want := &a.Files[len(a.Files)-1]
			if want.Name != "want" {
				t.Fatal("the last file must be want")
			}
			if *update {
				want.Data = []byte(got)
				if err := os.WriteFile(full, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(want.Data), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func readExample(t *testing.T, a *txtar.Archive) string {
	opt, paths := ReadOptions{}, []string(nil)
	for line := range strings.Lines(string(a.Comment)) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		var err error
		switch word {
		case "columns":
			opt.Columns, err = ParseColumns(rest)
		case "scale":
			opt.Scale = rest
		case "skipbad":
			opt.SkipBad, err = strconv.Atoi(rest)
		case "times":
			opt.Times = rest
		case "repeats":
			opt.Repeats = rest
		case "missing":
			for x := range strings.SplitSeq(rest, ",") {
				v, parseErr := strconv.ParseFloat(x, 64)
				opt.Missing, err = append(opt.Missing, v), errors.Join(err, parseErr)
			}
		case "paths":
			paths = strings.Fields(rest)
		}
		if err != nil {
			return "error: " + err.Error() + "\n"
		}
	}
	t.Chdir(t.TempDir())
	for _, f := range a.Files[:len(a.Files)-1] {
		text := strings.NewReplacer("<CR>", "\r", "<TAB>", "\t", "<BOM>", "\ufeff", "<NUL>", "\x00", "<NONL>\n",
			"").Replace(string(f.Data))
		if err := os.MkdirAll(filepath.Dir(f.Name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f.Name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(strings.Fields(string(a.Comment)), func(w string) bool { return w == "paths" }) {
			paths = append(paths, f.Name)
		}
	}
	table, sum, err := Read(context.Background(), paths, opt)
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	checkTable(t, table)
	var b bytes.Buffer
	if err := WriteCSV(&b, table); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, "\n%s, %v: %d read, %d kept, %d replaced, %d bad\n", sum.Format, sum.Scale, sum.Rows, sum.Kept,
		sum.Replaced, sum.Bad)
	fmt.Fprintln(&b, sum.Reading)
	for _, message := range slices.Concat(sum.BadRows, sum.Warnings) {
		fmt.Fprintln(&b, message)
	}
	return b.String()
}

// checkTable checks what every Table that Read returns keeps to.
func checkTable(t testing.TB, table *Table) {
	t.Helper()
	n := table.Len()
	if n == 0 || len(table.Item) != n || len(table.Value) != n || table.Time != nil && len(table.Time) != n {
		t.Fatalf("columns of %d, %d, %d and %d rows", n, len(table.Item), len(table.Value), len(table.Time))
	}
	for k := range n {
		if v := table.Value[k]; !(v >= 0 && v <= 1) {
			t.Fatalf("row %d has the value %v", k, v)
		}
		if k > 0 && (table.Rater[k] < table.Rater[k-1] ||
			table.Rater[k] == table.Rater[k-1] && table.Item[k] <= table.Item[k-1]) {
			t.Fatalf("rows %d and %d are out of order or repeat", k-1, k)
		}
	}
	for _, c := range []struct {
		names *Names
		x     *Index
	}{{table.Raters, table.ByRater()}, {table.Items, table.ByItem()}} {
		for k := range int32(c.names.Len()) {
			if c.x.Count(k) == 0 {
				t.Fatalf("%q has no ratings", c.names.Name(k))
			}
			if found, ok := c.names.Find(c.names.Name(k)); !ok || found != k {
				t.Fatalf("%q is number %d, found %d", c.names.Name(k), k, found)
			}
		}
	}
}
