package evaluate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/ringwatch/ringwatch/evaluate"
)

var update = flag.Bool("update", false, "write what Parse says into testdata/read; check the difference")

// dump is what claims say, for people.
func dump(c *evaluate.Claims) string {
	var b strings.Builder
	fmt.Fprintln(&b, c.Reading.Form)
	for _, t := range c.Reading.Told {
		fmt.Fprintln(&b, "told:", t)
	}
	for u, id := range c.IDs {
		fmt.Fprintf(&b, "%s %s", id, [...]string{"?", "no", "yes"}[c.Label[u]])
		if c.Score != nil {
			fmt.Fprintf(&b, " %v", c.Score[u])
		}
		if c.Kind != nil {
			fmt.Fprintf(&b, " %s", c.Kind[u])
		}
		for _, g := range c.Groups {
			if slices.Contains(g.Members, int32(u)) {
				fmt.Fprintf(&b, " [%s]", g.Name)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// Every file of testdata/read holds inputs, each followed by what is to be read in it.
func TestRead(t *testing.T) {
	files, _ := filepath.Glob("testdata/read/*.txtar")
	if len(files) == 0 {
		t.Fatal("no examples")
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var out []txtar.File
		for _, f := range a.Files {
			if strings.HasSuffix(f.Name, ".want") {
				continue
			}
			var o evaluate.ReadOptions
			name, columns, _ := strings.Cut(f.Name, " ")
			for part := range strings.FieldsSeq(columns) {
				switch key, value, _ := strings.Cut(part, ":"); key {
				case "columns":
					if o.Columns, err = evaluate.ParseColumns(value); err != nil {
						t.Fatal(err)
					}
				case "positive":
					o.Positive = strings.Split(value, ",")
				case "none":
					o.None = strings.Split(value, ",")
				}
			}
			got := ""
			if c, err := evaluate.Parse(name, f.Data, o); err != nil {
				got = "error: " + err.Error() + "\n"
			} else {
				got = dump(c)
			}
			want := txtar.File{Name: f.Name + ".want", Data: []byte(got)}
			out = append(out, f, want)
			k := slices.IndexFunc(a.Files, func(x txtar.File) bool { return x.Name == want.Name })
			if *update {
				continue
			}
			if k < 0 {
				t.Errorf("%s: %s is missing", file, want.Name)
			} else if d := cmp.Diff(string(a.Files[k].Data), got); d != "" {
				t.Errorf("%s: %s: %s", file, f.Name, d)
			}
		}
		if *update {
			a.Files = out
			if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Ranking measures agree with going through all pairs and all orders of equal scores.
func TestRankings(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		n := 2 + rng.IntN(12)
		score, positive := make([]float64, n), make([]bool, n)
		for u := range score {
			score[u] = float64(rng.IntN(4))
			if rng.IntN(8) == 0 {
				score[u] = math.NaN()
			}
			positive[u] = rng.IntN(3) == 0
		}
		rank := func(u int) float64 {
			if math.IsNaN(score[u]) {
				return math.Inf(-1)
			}
			return score[u]
		}
		wins, pairs := 0., 0.
		ap, all := 0., 0.
		for u := range score {
			if !positive[u] {
				continue
			}
			all++
			above, hits := 0., 0. // at u's score or more
			for v := range score {
				if rank(v) >= rank(u) {
					above++
					if positive[v] {
						hits++
					}
				}
				if !positive[v] {
					pairs++
					if rank(u) > rank(v) {
						wins++
					} else if rank(u) == rank(v) {
						wins += .5
					}
				}
			}
			ap += hits / above
		}
		is := func(u int32) bool { return positive[u] }
		near(t, "AUC", evaluate.AUC(score, is), wins/pairs)
		near(t, "AP", evaluate.AveragePrecision(score, is), ap/all)
	}
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.IsNaN(got) != math.IsNaN(want) || math.Abs(got-want) > 1e-9 {
		t.Errorf("%s is %v; want %v", what, got, want)
	}
}

// claims of accounts a0, a1, ... with scores of which those from .5 on are found.
func claims(score []float64, file string) *evaluate.Claims {
	var b strings.Builder
	b.WriteString("account,score,label\n")
	for u, s := range score {
		fmt.Fprintf(&b, "a%d,%v,%t\n", u, s, s >= .5)
	}
	c, err := evaluate.Parse(file, []byte(b.String()), evaluate.ReadOptions{})
	if err != nil {
		panic(err)
	}
	return c
}

// Intervals hold the value that many accounts have in 90 of 100 tries or more.
func TestIntervalsHold(t *testing.T) {
	draw := func(rng *rand.Rand, n int) (found, truth []float64) {
		for u := range n {
			label, shift := 0., 0.
			if u%5 == 0 {
				label, shift = 1, .35
			}
			found, truth = append(found, shift+.25*rng.NormFloat64()+.2), append(truth, label)
		}
		return found, truth
	}
	judge := func(rng *rand.Rand, n int, seed uint64) *evaluate.Report {
		found, truth := draw(rng, n)
		r, err := evaluate.Evaluate(context.Background(), claims(found, "found"), claims(truth, "truth"),
			evaluate.Options{Draws: 200, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	rng := rand.New(rand.NewPCG(3, 4))
	large := judge(rng, 60_000, 1)
	const tries = 120
	held := make([]int, len(large.Measures))
	for try := range tries {
		for k, m := range judge(rng, 200, uint64(try)).Measures {
			if v := large.Measures[k].Value; m.Low <= v && v <= m.High {
				held[k]++
			}
		}
	}
	for k, n := range held {
		if n < tries*88/100 { // 90 of 100, less a standard deviation of 120 tries
			t.Errorf("%s: %d of %d intervals hold %v", large.Measures[k].Name, n, tries, large.Measures[k].Value)
		}
	}
}

// A budget that ends within equal scores is the mean over their orders.
func TestBudgetOfTies(t *testing.T) {
	r, err := evaluate.Evaluate(context.Background(), claims([]float64{3, 2, 2, 2, 2, 1}, "found"),
		claims([]float64{1, 1, 0, 0, 0, 1}, "truth"), evaluate.Options{Draws: 100, Budgets: []int{1, 3, 6, 9}})
	if err != nil {
		t.Fatal(err)
	}
	want := []evaluate.Budget{
		{Reviewed: 1, Hits: 1, Fewest: 1, Most: 1, Precision: 1, Recall: 1. / 3},
		{Reviewed: 3, Hits: 1.5, Fewest: 1, Most: 2, Precision: .5, Recall: .5, Tied: 4},
		{Reviewed: 6, Hits: 3, Fewest: 3, Most: 3, Precision: .5, Recall: 1},
		{Reviewed: 6, Hits: 3, Fewest: 3, Most: 3, Precision: .5, Recall: 1},
	}
	if d := cmp.Diff(want, r.Budgets); d != "" {
		t.Error(d)
	}
}

func TestMatched(t *testing.T) {
	truth := [][]int32{{0, 1, 2, 3}, {4, 5, 6, 7}}
	m := evaluate.Matched([][]int32{{0, 1, 2, 3}, {4, 5, 8, 9}, {10, 11}}, truth)
	want := evaluate.Match{F1: (1+.5)/2/2 + (1+.5+0)/3/2, Purity: (1 + .5 + 0) / 3., Pure: []float64{1, .5, 0},
		Ring: []float64{1, 2. / 6, 0}, True: []float64{1, 2. / 6}}
	if d := cmp.Diff(want, m); d != "" {
		t.Error(d)
	}
	if m := evaluate.Matched(nil, truth); m.F1 != 0 || !math.IsNaN(m.Purity) {
		t.Errorf("no rings: %+v", m)
	}
}

// The order of rows changes no byte.
func TestOrderOfRows(t *testing.T) {
	rows := strings.Split("a,1,r1,x\nb,0.5,r1,x\nc,0.5,,y\nd,nan,r2,y\ne,0.2,r2,x\nf,0.1,,z", "\n")
	judge := func(found, truth []string) []byte {
		f, err := evaluate.Parse("found", []byte("account,score,ring,kind\n"+strings.Join(found, "\n")),
			evaluate.ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		g, err := evaluate.Parse("truth", []byte("account,score,ring,kind\n"+strings.Join(truth, "\n")),
			evaluate.ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		r, err := evaluate.Evaluate(context.Background(), f, g, evaluate.Options{Draws: 200, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		out, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	want := judge(rows, rows)
	back := slices.Clone(rows)
	slices.Reverse(back)
	if got := judge(back, rows); !bytes.Equal(got, want) {
		t.Errorf("%s\n%s", got, want)
	}
	if got := judge(rows, back); !bytes.Equal(got, want) {
		t.Errorf("%s\n%s", got, want)
	}
}

// Whoever lists nobody, in whatever way, has found nobody.
func TestNobodyFound(t *testing.T) {
	truth := claims([]float64{1, 0, 0}, "truth")
	for _, text := range []string{"", "[]", "account\n", `{"rings": []}`, "rater,ring\n"} {
		f, err := evaluate.Parse("found", []byte(text), evaluate.ReadOptions{})
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		r, err := evaluate.Evaluate(context.Background(), f, truth, evaluate.Options{Draws: 100})
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if r.Flagged == nil || *r.Flagged != 0 || r.Measures[1].Value != 0 || r.Measures[0].Why == "" {
			t.Errorf("%q: %+v", text, r.Measures)
		}
	}
}

func TestStrangers(t *testing.T) {
	a, _ := evaluate.Parse("a", []byte("P1\nP2\n"), evaluate.ReadOptions{})
	b, _ := evaluate.Parse("b", []byte("r1\nr2\n"), evaluate.ReadOptions{})
	if _, err := evaluate.Evaluate(context.Background(), a, b, evaluate.Options{Draws: 100}); err == nil ||
		!strings.Contains(err.Error(), "no account in common") {
		t.Errorf("got %v", err)
	}
}

// Objects of which each has keys of its own take memory for what they say, not for a
// table of all of it.
func TestKeysOfTheirOwn(t *testing.T) {
	const n = 3000 // squared, with 16 bytes for each cell: 144 MB
	var b strings.Builder
	for k := range n {
		fmt.Fprintf(&b, "%c{\"account\":\"a%d\",\"k%d\":1}", "[,"[min(k, 1)], k, k)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c, err := evaluate.Parse("keys.json", []byte(b.String()+"]"), evaluate.ReadOptions{})
	runtime.ReadMemStats(&after)
	if err != nil || len(c.IDs) != n {
		t.Fatal(len(c.IDs), err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 40<<20 {
		t.Errorf("%d bytes", used)
	}
}

// There is an end to columns, and to the keys that stand for them.
func TestManyColumns(t *testing.T) {
	const n = 100_001
	var header, keys strings.Builder
	for k := range n {
		fmt.Fprintf(&header, ",c%d", k)
		fmt.Fprintf(&keys, ",\"c%d\":1", k)
	}
	objects := `[{"account":"a"},{"account":"b"` + keys.String() + "}]"
	for text, want := range map[string]string{
		"account" + header.String() + "\n": "x: has 100002 columns, more than the 100000 that are read",
		objects:                            "x: object 2: the objects have more than 100000 different keys",
	} {
		if _, err := evaluate.Parse("x", []byte(text), evaluate.ReadOptions{}); err == nil ||
			!strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.40s: got %v", text, err)
		}
	}
}

// An empty truth is told as what it is.
func TestEmptyTruth(t *testing.T) {
	found, _ := evaluate.Parse("found", []byte("a\nb\n"), evaluate.ReadOptions{})
	for text, want := range map[string]string{"": "an empty file", "[]": "an empty list"} {
		truth, err := evaluate.Parse("truth", []byte(text), evaluate.ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = evaluate.Evaluate(context.Background(), found, truth, evaluate.Options{Draws: 100})
		want = "truth: names nobody as positive, so that there is nothing to find; it was read as " + want
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "a\nb\n", "account,score\na,1\n", `{"rings":[{"members":["a"]}]}`,
		`[["a",1]]`, `{"a":1}`, "x;y\n1;2\n", "account\tring\na\t-1\n", `[{"id":1,"label":true}]`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := evaluate.Parse("f", []byte(text), evaluate.ReadOptions{})
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f") {
				t.Errorf("the error does not name the file: %v", err)
			}
			return
		}
		if !slices.IsSorted(c.IDs) || len(c.Label) != len(c.IDs) || c.Score != nil && len(c.Score) != len(c.IDs) {
			t.Errorf("%+v", c)
		}
		if _, err := evaluate.Evaluate(context.Background(), c, c, evaluate.Options{Draws: 2}); err == nil &&
			!slices.Contains(c.Label, evaluate.Yes) {
			t.Error("judged without a positive")
		}
	})
}
