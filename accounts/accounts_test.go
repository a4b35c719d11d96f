package accounts

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/internal/textfile"
	"github.com/ringwatch/ringwatch/rating"
)

// crowd is n raters of eight ratings each over two months.
func crowd(n int) *rating.Table {
	t := &rating.Table{Raters: rating.NewNames(), Items: rating.Numbered("i", 50), Scale: rating.Scale{Min: 0, Max: 1}}
	rng := rand.New(rand.NewPCG(1, 1))
	for u := range n {
		t.Raters.Add(fmt.Appendf(nil, "r%d", u))
		for range 8 {
			t.Append(int32(u), int32(rng.IntN(50)), 1, int32(rng.IntN(60*86400)))
		}
	}
	return t
}

// file is the accounts of a crowd: rings, of ten each, share what says so.
func file(n int, rng *rand.Rand, created, device func(u int) bool) string {
	var b strings.Builder
	b.WriteString("user_id,created_at,device,country,key\n")
	for u := range n {
		at, d := 1_600_000_000+rng.IntN(3e7), fmt.Sprint("d", rng.IntN(n/2))
		if created(u) {
			at = 1_650_000_000 + u/10*100_000 + rng.IntN(3600)
		}
		if device(u) {
			d = fmt.Sprint("ring", u/10)
		}
		fmt.Fprintf(&b, "r%d,%d,%s,%s,k%d\n", u, at, d, []string{"A", "A", "A", "B"}[rng.IntN(4)], u)
	}
	return b.String()
}

func readText(name, text string, names *rating.Names, sanctions bool) (*Table, error) {
	f, err := textfile.Of(context.Background(), name, strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	return readFrom(f, names, sanctions)
}

// A file that was cut in its last line is told of, whole ones are not.
func TestCutShort(t *testing.T) {
	names := crowd(10).Raters
	for text, want := range map[string]int{"rater,device\nr1,d\n": 0, "rater,device\nr1,d\r\n": 0,
		"rater,device\nr1,d": 1} {
		for _, sanctions := range []bool{false, true} {
			a, err := readText("a.csv", text, names, sanctions)
			if err != nil || len(a.Warnings) != want {
				t.Errorf("%q: %v, %v", text, a, err)
			}
		}
	}
	if _, err := readText("a.csv", "rater,device\nr1", names, false); err == nil ||
		!strings.HasPrefix(err.Error(), "a.csv:2: has 1 field, the first line 2; if the file was cut short") {
		t.Error(err)
	}
}

func tens(n int) (rings [][]int32) {
	for k := range n {
		var r []int32
		for u := range 10 {
			r = append(r, int32(10*k+u))
		}
		rings = append(rings, r)
	}
	return rings
}

// Of rings whose members share nothing, hardly any is told to; of those that share,
// nearly all; and what stands for chance is chance.
func TestHold(t *testing.T) {
	const n, rings = 1000, 20
	table := crowd(n)
	for _, x := range []struct {
		sharing         int // rings
		atLeast, atMost int
	}{{0, 0, 0}, {12, 9, 13}, {20, 18, 20}} {
		rng := rand.New(rand.NewPCG(uint64(x.sharing), 2))
		told := file(n, rng, func(u int) bool { return u < 10*x.sharing && u/10%2 == 0 },
			func(u int) bool { return u < 10*x.sharing && u/10%2 == 1 })
		accounts, err := readText("accounts.csv", told, table.Raters, false)
		if err != nil {
			t.Fatal(err)
		}
		b, err := Hold(t.Context(), table, tens(rings), rings, accounts, nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		if b.AtLeast < x.atLeast || b.AtLeast > x.sharing || b.Estimate > float64(x.atMost)+8 ||
			b.Estimate < float64(b.AtLeast) {
			t.Errorf("%d rings of %d share: at least %d, estimate %g", x.sharing, b.Tested, b.AtLeast, b.Estimate)
		}
		if fmt.Sprint(b.Columns) != "[created device]" ||
			fmt.Sprint(b.Passed) != "[country (the same for most accounts) key (different for every account)]" {
			t.Errorf("%v, passed over %v", b.Columns, b.Passed)
		}
		low := 0
		for k := x.sharing; k < rings; k++ {
			for _, s := range b.Rings[k] {
				if s.P <= .05 {
					low++
				}
			}
		}
		if tests := 2 * (rings - x.sharing); low > 2+tests/8 {
			t.Errorf("%d of %d by chance are at p 0.05", low, tests)
		}
	}
}

// Where few are of like activity, chance is not taken for narrower than it is.
func TestFewAlike(t *testing.T) {
	const n = 60
	table := crowd(n)
	low := 0
	const worlds = 60
	for seed := range uint64(worlds) {
		rng := rand.New(rand.NewPCG(seed, 3))
		never := func(int) bool { return false }
		accounts, err := readText("accounts.csv", file(n, rng, never, never), table.Raters, false)
		if err != nil {
			t.Fatal(err)
		}
		b, err := Hold(t.Context(), table, tens(1), 1, accounts, nil, seed)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range b.Rings[0] {
			if s.P <= .05 {
				low++
			}
		}
	}
	if low > 2*worlds/10 { // of two properties, a twentieth each, twice over
		t.Errorf("%d of %d by chance are at p 0.05", low, 2*worlds)
	}
}

// A row for each ring, as export writes them, and statuses that say nothing.
func TestSanctioned(t *testing.T) {
	table := crowd(300)
	list := "rater,label,ring,status\n'r1,x,R1,confirmed\nr1,x,R2,confirmed\nr2,x,R1,open\nr3,x,R1,dismissed\n" +
		"r5,x,R1,\nnobody,x,R1,confirmed\n"
	s, err := readText("labels.csv", list, table.Raters, true)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Hold(t.Context(), table, tens(2), 2, nil, s, 1)
	if err != nil {
		t.Fatal(err)
	}
	r := b.Rings[0][0]
	if r.Sharing != 2 || r.Members != 10 || r.Own || b.Tested != 0 || len(b.Rings[1]) != 1 ||
		b.Rings[1][0].Sharing != 0 {
		t.Errorf("%+v", b)
	}
}

func TestBadFiles(t *testing.T) {
	names := crowd(10).Raters
	for text, want := range map[string]string{
		"":                                   "a.csv: is empty",
		"{\"rater\": \"r1\"}\n":              "a.csv: is JSON; give CSV or TSV",
		"\n [\n{\"rater\": \"r1\"}]":         "a.csv: is JSON; give CSV or TSV",
		"ra\"ter,device\nr1,d\n":             `a.csv:1: bare " in non-quoted-field; want CSV or TSV`,
		"x,y\n1,2\n":                         "no column is called rater, user or account; there are x, y",
		"rater,created\nr1,yesterday\n":      `a.csv:2: column created: "yesterday" is no time`,
		"rater,created\nr1,1\nr1,2\n":        `a.csv:3: "r1" is there a second time, after line 2`,
		"rater,device\nnobody,d\n":           "none of its accounts rated anything",
		"rater,device\nr1,d,e\n":             "a.csv:2: has 3 fields, the first line 2",
		"rater" + strings.Repeat(",c", 70):   "has 71 columns",
		"rater;device\nr1;d\n":               "",
		"\ufeffrater\tdevice\nr1\td\n":       "",
		"user_id,device\n'r1,d\n":            "",
		"rater,created,\nr1,2024-01-31,\n\n": "",
	} {
		_, err := readText("a.csv", text, names, false)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v; want %q", text, err, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("rater,created,device\nr1,2024-01-31,d\nr2,,\n")
	f.Add("user;joined\n\"r\n1\";1700000000\n")
	names := crowd(10).Raters
	f.Fuzz(func(t *testing.T, text string) {
		for _, sanctions := range []bool{false, true} {
			if a, err := readText("a.csv", text, names, sanctions); err == nil {
				for _, c := range a.Columns {
					if len(c.Code) != names.Len() {
						t.Error("a column does not fit the raters")
					}
				}
			}
		}
	})
}

// Bounds of closed testing, worked out by hand.
func TestTrueAtLeast(t *testing.T) {
	for _, x := range []struct {
		p    []float64
		want int
	}{{nil, 0}, {[]float64{.9}, 0}, {[]float64{.01}, 1}, {[]float64{.01, .9}, 1}, {[]float64{.03, .04}, 2},
		{[]float64{.03, .9}, 0}, {[]float64{.001, .001, .001, .6}, 3}} {
		if got := trueAtLeast(x.p); got != x.want {
			t.Errorf("%v: %d, want %d", x.p, got, x.want)
		}
	}
}
