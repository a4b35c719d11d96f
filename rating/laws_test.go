package rating

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func read(text string, opt ReadOptions) (*Table, *Summary, error) {
	opt.Stdin = strings.NewReader(text)
	return Read(context.Background(), []string{"-"}, opt)
}

// dump is all that a Table holds.
func dump(t *Table) string {
	var b strings.Builder
	fmt.Fprintln(&b, t.Scale, t.HasTimes())
	for k := range t.Rater {
		fmt.Fprintf(&b, "%d %d %q %q %v", t.Rater[k], t.Item[k], t.Raters.Name(t.Rater[k]),
			t.Items.Name(t.Item[k]), t.Value[k])
		if t.HasTimes() {
			fmt.Fprint(&b, " ", t.Time[k])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// TestRowOrder: the Table is the same for any order of rows.
func TestRowOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.Custom(func(t *rapid.T) string {
			return fmt.Sprintf("u%d,%d,%d,%d\n", rapid.IntRange(0, 9).Draw(t, "u"), rapid.IntRange(0, 12).Draw(t, "i"),
				rapid.IntRange(1, 5).Draw(t, "v"), rapid.IntRange(1600000100, 1600000105).Draw(t, "t"))
		})
		lines := rapid.SliceOfN(line, 1, 60).Draw(t, "lines")
		const header = "rater,item,value,time\n"
		want, _, err := read(header+strings.Join(lines, ""), ReadOptions{Repeats: "mean"})
		if err != nil {
			t.Fatal(err)
		}
		shuffled := rapid.Permutation(lines).Draw(t, "shuffled")
		got, _, err := read(header+strings.Join(shuffled, ""), ReadOptions{Repeats: "mean"})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(dump(want), dump(got)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestRoundTrip: what was written reads back, in each format and packing.
func TestRoundTrip(t *testing.T) {
	folder := t.TempDir()
	names := rapid.StringMatching("[a-z0-9 ,;\t\"|é]{1,6}").Filter(func(s string) bool { return !isOdd([]byte(s)) })
	rapid.Check(t, func(t *rapid.T) {
		table := &Table{Raters: NewNames(), Items: NewNames(), Scale: Scale{-10, 10}}
		pairs := map[[2]int32]bool{}
		for range rapid.IntRange(2, 30).Draw(t, "rows") {
			rater := table.Raters.Add([]byte(names.Draw(t, "rater")))
			item := table.Items.Add([]byte(names.Draw(t, "item")))
			if !pairs[[2]int32{rater, item}] {
				pairs[[2]int32{rater, item}] = true
				table.Append(rater, item, rapid.Float32Range(0, 1).Draw(t, "value"),
					rapid.Int32Range(-1e9, 1e9).Draw(t, "time"))
			}
		}
		var want string
		other := rapid.SampledFrom([]string{".tsv.gz", ".jsonl.zst", ".csv.zst", ".jsonl"}).Draw(t, "ending")
		for i, ending := range []string{".csv", other} {
			path := filepath.Join(folder, "t"+ending)
			if err := WriteFile(path, table); err != nil {
				t.Fatal(err)
			}
			got, _, err := Read(context.Background(), []string{path}, ReadOptions{Scale: "-10..10"})
			if err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				want = dump(got)
			}
			if diff := cmp.Diff(want, dump(got)); diff != "" || got.Len() != table.Len() {
				t.Fatal(ending, diff)
			}
			for k := range table.Rater {
				rater, _ := got.Raters.Find(table.Raters.Name(table.Rater[k]))
				item, _ := got.Items.Find(table.Items.Name(table.Item[k]))
				if !slices.ContainsFunc(got.ByRater().Rows(rater), func(row int32) bool {
					return got.Item[row] == item && (got.Value[row] == table.Value[k] ||
						max(got.Value[row], table.Value[k]) < 1e-8) && got.Time[row] == table.Time[k]
				}) {
					t.Fatalf("%s: row %d is lost", ending, k)
				}
			}
		}
	})
	if left, _ := os.ReadDir(folder); len(left) != 5 {
		t.Errorf("temporary files are left: %v", left)
	}
}

// TestSplit compares the splitter with encoding/csv where there are no quotes.
func TestSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching("([ab12]{0,2},){0,3}[ab]{0,2}(\r?\n"+
			"(([ab]{1,2},){1,2}[ab12]{0,2})?){0,9}\r?\n?").Draw(t, "text")
		l := &layout{comma: ',', columns: 3, role: []int8{raterField, skipped, itemField}}
		own, std := (&reader{opt: &ReadOptions{}}).newParser(), (&reader{opt: &ReadOptions{}}).newParser()
		own.begin(0, 0, "", l, 0)
		own.lines([]byte(text), 1)
		std.begin(0, 0, "", l, 0)
		if err := std.quoted(strings.NewReader(text), 1, 1<<20, func() error { return nil }); err != nil {
			t.Fatal(err)
		}
		show := func(p *parser) string {
			var b strings.Builder
			for k := range p.rows.rater {
				fmt.Fprintf(&b, "%q %q\n", p.raters.Name(p.rows.rater[k]), p.items.Name(p.rows.item[k]))
			}
			return b.String() + fmt.Sprint(p.rows.bad)
		}
		if diff := cmp.Diff(show(std), show(own)); diff != "" {
			t.Fatalf("-encoding/csv +own:\n%s", diff)
		}
		if _, err := csv.NewReader(strings.NewReader(text)).ReadAll(); err != nil &&
			!errors.Is(err, csv.ErrFieldCount) {
			t.Fatal("the text is not plain: ", err)
		}
	})
}

// TestIndexOrder: rows of a key ascend by time, then by the other key, for any
// order of rows, above and below where the way of sorting changes.
func TestIndexOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{1, 20, 5000} {
		table := &Table{Raters: Numbered("r", 3), Items: Numbered("i", n)}
		for _, k := range rng.Perm(3 * n) {
			table.Append(int32(k%3), int32(k/3), 0, int32(rng.IntN(n))*1000-500)
		}
		for _, c := range []struct {
			x          *Index
			key, other []int32
		}{{table.ByRater(), table.Rater, table.Item}, {table.ByItem(), table.Item, table.Rater}} {
			seen := 0
			for k := range int32(len(c.x.Start) - 1) {
				for i, row := range c.x.Rows(k) {
					seen++
					if c.key[row] != k {
						t.Fatalf("row %d is not of key %d", row, k)
					}
					if i == 0 {
						continue
					}
					before := c.x.Rows(k)[i-1]
					if table.Time[before] > table.Time[row] ||
						table.Time[before] == table.Time[row] && c.other[before] >= c.other[row] {
						t.Fatalf("rows %d and %d of key %d are out of order", before, row, k)
					}
				}
			}
			if seen != 3*n {
				t.Fatalf("%d rows in the index, want %d", seen, 3*n)
			}
		}
	}
}

// TestBlocks: where blocks end does not show, nor which goroutine read them.
func TestBlocks(t *testing.T) {
	text := numericCSV(150_000)
	want, _, err := read(string(text), ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	checkTable(t, want)
	quoted := bytes.Replace(text, []byte("\n1,"), []byte("\n\"1\","), 1)
	got, _, err := Read(context.Background(), []string{"-"},
		ReadOptions{Stdin: io.MultiReader(bytes.NewReader(quoted[:1000]), bytes.NewReader(quoted[1000:]))})
	if err != nil {
		t.Fatal(err)
	}
	if dump(want) != dump(got) {
		t.Error("the Table differs with a quote")
	}
	bad := bytes.Replace(text, []byte("1600070000\n"), []byte("x\n"), 2)
	_, _, err = read(string(bad), ReadOptions{})
	if err == nil || !strings.HasPrefix(err.Error(), "standard input:140002: ") {
		t.Errorf("the error is %v, want one for line 140002", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := Read(ctx, []string{"-"}, ReadOptions{Stdin: bytes.NewReader(text)}); !errors.Is(err,
		context.Canceled) {
		t.Errorf("cancelled reading says %v", err)
	}
}

// TestNames: sorted orders as compared one by one, and finds every name.
func TestNames(t *testing.T) {
	n := NewNames()
	want := []string{"0", "9", "10", "123456789012345678", "1234567890123456789", "9234567890123456789", "-1", "00",
		"1a", "user", "user1", "user10", "user2", "user2x"}
	for _, i := range rand.New(rand.NewPCG(1, 1)).Perm(len(want)) {
		n.Add([]byte(want[i]))
	}
	s, to := n.sorted()
	for k, name := range want {
		if s.Name(int32(k)) != name {
			t.Errorf("name %d is %q, want %q", k, s.Name(int32(k)), name)
		}
		old, _ := n.Find(name)
		found, ok := s.Find(name)
		if !ok || found != int32(k) || to[old] != int32(k) || s.Add([]byte(name)) != int32(k) {
			t.Errorf("%q is found as %d, renumbered as %d, want %d", name, found, to[old], k)
		}
	}
	if _, ok := s.Find("nobody"); ok {
		t.Error("found nobody")
	}
}
