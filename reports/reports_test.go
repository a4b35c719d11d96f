package reports

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/parquet-go/parquet-go"
	"github.com/ringwatch/ringwatch/reports/internal/page"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scenarios"
	"github.com/ringwatch/ringwatch/scoring"
)

var update = flag.Bool("update", false, "write the golden files")

// pictures draws a case in every way there is, by name of the file.
func pictures(t testing.TB, c *Case) map[string]string {
	t.Helper()
	all := map[string]string{}
	if c.Ratings != nil {
		dir := filepath.Join(t.TempDir(), "case")
		if err := writeCase(dir, c, false); err != nil {
			t.Fatal(err)
		}
		all = folder(t, dir)
		for _, name := range []string{RatingsFile, "rings.parquet", "raters.parquet"} { // no text
			if len(all[name]) == 0 {
				t.Errorf("no %s", name)
			}
			delete(all, name)
		}
	}
	for name, show := range map[string]func(io.Writer, *Case) error{
		"case.md": Markdown, "rings.csv": CSV, "rings.json": JSON, "report.html": HTML,
		"case.txt": func(w io.Writer, c *Case) error { return Text(w, c, TextOptions{}) },
	} {
		var b strings.Builder
		if err := show(&b, c); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all[name] = b.String()
	}
	return all
}

func folder(t testing.TB, dir string) map[string]string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[f.Name()] = string(b)
	}
	return all
}

// golden compares files with those of a folder of testdata.
func golden(t *testing.T, dir string, got map[string]string) {
	t.Helper()
	dir = filepath.Join("testdata", dir)
	if *update {
		if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
			t.Fatal(err)
		}
		for name, s := range got {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(s), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if diff := cmp.Diff(folder(t, dir), got); diff != "" {
		t.Errorf("%s differs (-want +got); run with -update if that is meant:\n%s", dir, diff)
	}
}

func TestGolden(t *testing.T) {
	golden(t, "case", pictures(t, small()))
	for name, c := range map[string]*Case{"notimes": withoutTimes(small()), "coactions": coActions(small())} {
		p := pictures(t, c)
		golden(t, name, map[string]string{"case.txt": p["case.txt"], "rings.csv": p["rings.csv"],
			"graph.gexf": p["graph.gexf"]})
	}
}

func TestScores(t *testing.T) {
	c := small("=a", "-7", "\xff")
	full := &scoring.Result{Item: []float32{.5, -1, float32(nan)},
		Status:        []scoring.Status{scoring.Helpful, scoring.NotHelpful, scoring.Unrated},
		ItemIntercept: []float32{.1, .2, .3}, ItemFactor: []float32{0, 1, -1}, ItemRatings: []int32{4, 4, 0},
		Rater: []float32{1, 1, 1, .5, 0, .25}, RaterIntercept: make([]float32, 6), RaterFactor: make([]float32, 6),
		RaterRatings: []int32{2, 2, 2, 2, 1, 1}}
	bare := &scoring.Result{Item: full.Item}
	asked := 0
	c.Ratings.IndexIn(func(_ string, n int) ([]int32, error) { asked++; return make([]int32, n), nil })
	for name, s := range map[string]*scoring.Result{"scores": full, "scores-bare": bare} {
		dir := filepath.Join(t.TempDir(), name)
		if err := writeTo(dir, false, func(f *output.Folder) error {
			return WriteScores(f, c.Ratings, s, c.Run)
		}); err != nil {
			t.Fatal(err)
		}
		golden(t, name, folder(t, dir))
		if s.ItemRatings != nil && asked > 0 {
			t.Errorf("%s: an index was made, though all is counted", name)
		}
		asked = 0
		c.Ratings.Indexed(nil, nil)
	}
}

func TestWithoutTimes(t *testing.T) {
	for name, s := range pictures(t, withoutTimes(small())) {
		if name == "run.json" {
			continue
		}
		if at := regexp.MustCompile(`\d{4}-\d\d-\d\d|timeformat|"e_time"|class="time"`).FindString(s); at != "" {
			t.Errorf("%s: a time, %q, where there is none", name, at)
		}
	}
}

func TestCoActions(t *testing.T) {
	p := pictures(t, coActions(small()))
	if len(p) != 12 {
		t.Errorf("%d pictures; want 12: no truth, no outcomes", len(p))
	}
	if !strings.Contains(p["case.txt"], "not scored") || strings.Contains(p["report.html"], "Items they changed") {
		t.Error("shows an effect on scores where nothing was scored")
	}
	if s := p["report.html"]; !strings.Contains(s, "act v4") || strings.Contains(s, "act v0") {
		t.Error("acts without an opinion are not all drawn alike")
	}
}

// A ring that an innocent explanation fits better never stands as certain: not in
// the list, not above its card.
func TestDoubt(t *testing.T) {
	certain, doubted := small(), small()
	for i := range doubted.Findings.Rings {
		r := &doubted.Findings.Rings[i]
		r.Innocent = append(slices.Clone(r.Innocent),
			detect.Explanation{Name: "shared condemnation", Holds: true, Because: "others say so too"})
	}
	for name, want := range map[string]int{"case.txt": 1, "report.html": 2} {
		explained := strings.Count(pictures(t, certain)[name], inDoubt) // what the words mean
		got := strings.Count(pictures(t, doubted)[name], inDoubt) - explained
		if got < want*len(doubted.Findings.Rings) {
			t.Errorf("%s: %d times in doubt; want %d a ring", name, got, want)
		}
		if explained > 1 {
			t.Errorf("%s: %d times in doubt without a reason", name, explained)
		}
	}
}

// The order of a table's rows has no meaning, so it shows in no picture.
func TestRowOrder(t *testing.T) {
	want := pictures(t, large(2, 6, 5))
	got := pictures(t, shuffled(large(2, 6, 5)))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Nothing of an identifier acts on what shows it.
func TestHostileNames(t *testing.T) {
	names := []string{"<script>alert(1)</script>", "=1+1", "a\"b'c\n,d", "x\u202eevil", "\x1b[31m", "`|[x](http://h)@u"}
	fresh := small(names...)
	fresh.Title = names[0] + names[3]
	fresh.Findings.Warnings = names
	checkInert(t, "fresh", fresh)
	fresh.RevealIDs, fresh.ItemURL, fresh.RaterURL = true, "https://example.org/i/{id}", "https://example.org/?r={id}"
	checkInert(t, "revealed", fresh)

	// The same in a rings.json that was not written here.
	var b strings.Builder
	if err := JSON(&b, small()); err != nil {
		t.Fatal(err)
	}
	for _, bad := range names {
		quoted, _ := json.Marshal(bad)
		c, err := ReadCase(strings.NewReader(strings.ReplaceAll(b.String(), `"ana"`, string(quoted))))
		if err != nil {
			t.Fatal(err)
		}
		checkInert(t, "read", c)
	}
}

func checkInert(t *testing.T, what string, c *Case) {
	t.Helper()
	for name, s := range pictures(t, c) {
		if strings.ContainsAny(s, "\u202e\x1b") || !utf8.ValidString(s) {
			t.Errorf("%s: %s: a control character came through", what, name)
		}
		if !strings.HasSuffix(name, ".csv") {
			if strings.Contains(s, "<script>alert") && name != "case.txt" {
				t.Errorf("%s: %s: markup came through", what, name)
			}
			continue
		}
		rows, err := csv.NewReader(strings.NewReader(s)).ReadAll()
		if err != nil {
			t.Errorf("%s: %s: %v", what, name, err)
		}
		for _, cell := range slices.Concat(rows...) {
			if strings.IndexAny(cell, "=+-@\t\n") == 0 {
				t.Errorf("%s: %s: cell %q is a formula", what, name, cell)
			}
		}
	}
}

// The page names no rater unless it is told to; the key names all that it shows.
func TestPseudonyms(t *testing.T) {
	names := []string{"qqana", "qqben", "qqcho", "qqdee", "qqeli", "qqfay"}
	c := small(names...)
	p := pictures(t, c)
	for k, name := range names {
		if strings.Contains(p["report.html"], name) {
			t.Errorf("the page names %s", name)
		}
		if !strings.Contains(p["pseudonyms.csv"], fmt.Sprintf("P%d,", k+1)) ||
			!strings.Contains(p["pseudonyms.csv"], ","+name) {
			t.Errorf("the key lacks %s", name)
		}
		if !strings.Contains(p["raters.csv"], name) {
			t.Errorf("raters.csv does not name %s", name)
		}
	}
	c.RevealIDs, c.ItemURL, c.RaterURL = true, "https://example.org/i/{id}", "https://example.org/r/{id}"
	p = pictures(t, c)
	if _, there := p["pseudonyms.csv"]; there {
		t.Error("a key where nothing is hidden")
	}
	for _, want := range []string{"qqana", `href="https://example.org/i/tea%7Cshop"`,
		`href="https://example.org/r/qqben"`} {
		if !strings.Contains(p["report.html"], want) {
			t.Errorf("the page lacks %s", want)
		}
	}

	// Where people rate people, items are hidden as well, and have no links.
	c = small("tea|shop", "museum", "bridge")
	c.ItemURL = "https://example.org/i/{id}"
	if s := pictures(t, c)["report.html"]; strings.Contains(s, "museum") || strings.Contains(s, "href=\"http") {
		t.Error("the page names an item that is a rater")
	}
	d, key := c.Document().Pseudonymised()
	if id, ok := key.ID(d.Rings[0].Items[0]); !ok || id != "tea|shop" {
		t.Errorf("%s stands for %q", d.Rings[0].Items[0], id)
	}
	for _, bad := range []string{"", "P", "P0", "P9", "P01", "P1x", "tea|shop"} {
		if id, ok := key.ID(bad); ok {
			t.Errorf("%q stands for %q", bad, id)
		}
	}
}

// The name of an item may hold the identifier of a rater, in any case of letters.
func TestPseudonymsWithinItems(t *testing.T) {
	for _, x := range []struct{ raters, items, seen []string }{
		{[]string{"dev302x", "dev303x", "dev304x", "dev305x", "starer", "owner9"},
			[]string{"dev302x/proj80", "owner9/proj80", "torvalds/linux"},
			[]string{"P1/proj80", "/proj80", "torvalds/linux"}},
		{[]string{"Zq201xv"}, []string{"review-by-Zq201xv", "@Zq201xv", "Zq201xv.html"},
			[]string{"review-by-P1", "@P1", "P1.html"}},
		{[]string{"Zq201xv"}, []string{"zq201xv", "ZQ201XV", "Zq201xv"}, []string{"P1 (2)", "P1 (3)", "P1"}},
		{[]string{"user_name-1", "name"}, []string{"by user_name-1", "User_Name-1.html", "user_name-2"},
			[]string{"by P1", "P1.html", "user_P3-2"}},
		{[]string{"@Zq201xv", "Ünal.é"}, []string{"zq201xv/a", "ÜNAL.É", "Zq201xvi"},
			[]string{"P1/a", "P3 (2)", "Zq201xvi"}},
		{[]string{"toy", "1995", "76561198012345678"}, // too short to tell anything, a year, and a number that tells
			[]string{"toy story", "story 1995", "of 76561198012345678"}, []string{"toy story", "story 1995", "of P4"}},
	} {
		c := small(x.raters...)
		c.Ratings.Items = rating.NewNames()
		for _, name := range x.items {
			c.Ratings.Items.Add([]byte(name))
		}
		c.ItemURL = "https://example.org/{id}"
		d, key := c.Document().Pseudonymised()
		for k, name := range x.items {
			seen := key.Item(name)
			if seen != x.seen[k] && !(x.seen[k][0] == '/' && strings.HasPrefix(seen, "P")) {
				t.Errorf("%q of %q is %q on the page; want %q", name, x.raters, seen, x.seen[k])
			}
			if id, ok := key.ItemID(seen); !ok || id != name {
				t.Errorf("%q stands for %q; want %q", seen, id, name)
			}
			if _, ok := key.ItemID(name); ok && seen != name {
				t.Errorf("%q can be looked up", name)
			}
			if k < 2 && d.Rings[0].Items[k] != seen {
				t.Errorf("%q is %q in the ring, and %q elsewhere", name, d.Rings[0].Items[k], seen)
			}
		}
		s := pictures(t, c)["report.html"]
		for _, id := range x.raters {
			if len(id) > 4 && strings.Contains(strings.ToLower(s), strings.Trim(strings.ToLower(id), "@")) {
				t.Errorf("the page of %q names %s", x.items, id)
			}
		}
		if strings.Contains(s, `href="https://example.org/P`) || strings.Contains(s, `href="https://example.org/%40P`) {
			t.Errorf("the page of %q has a link to a pseudonym", x.items)
		}
	}
}

// Numbers of items are their own where raters rate that of their own number, too.
func TestNumberedAlike(t *testing.T) {
	for _, others := range []bool{true, false} {
		c := small("0", "1", "2", "3", "4", "5")
		c.Ratings.Items = rating.NewNames()
		for k := range 20 {
			c.Ratings.Items.Add([]byte(fmt.Sprint(k % 10 * (k/10*9 + 1))))
		}
		own := &rating.Table{Raters: c.Ratings.Raters, Items: c.Ratings.Items, Scale: c.Ratings.Scale}
		for u := range int32(6) {
			for i := range int32(c.Ratings.Items.Len()) {
				if others || i != u {
					own.Append(u, i, 1, 7000*oneDay+i)
				}
			}
		}
		c.Ratings = own
		d, key := c.Document().Pseudonymised()
		if s := key.Item("3"); (s == "3") != others || d.NumberedAlike != others {
			t.Errorf("raters rate their own number: %v; item 3 is %s", others, s)
		}
	}
}

func TestCheckURL(t *testing.T) {
	for pattern, ok := range map[string]bool{"https://x.org/{id}": true, "http://x.org/?a={id}&b=1": true,
		"https://x.org/": false, "": false,
		"javascript:alert({id})": false, "//x.org/{id}": false, "https://{id}.x.org/": false,
		"data:text/html,{id}": false} {
		if err := CheckURL(pattern); (err == nil) != ok {
			t.Errorf("CheckURL(%q) = %v", pattern, err)
		}
	}
}

func TestInert(t *testing.T) {
	for id, want := range map[string]string{"": "", "a": "a", "-5": "-5", "+41": "+41", "-1.25": "-1.25", "5": "5",
		"=5": "'=5", "-": "'-",
		"-5-3": "'-5-3", "--5": "'--5", "-.5": "'-.5", "-5.": "'-5.", "+A1": "'+A1", "@x": "'@x", "'x": "''x",
		"＝1": "'＝1", "-1e5": "'-1e5"} {
		if got := inert(id); got != want {
			t.Errorf("inert(%q) = %q; want %q", id, got, want)
		}
	}
}

// shown tells different identifiers apart, and what it made stays as it is
// when it is read back.
func TestShown(t *testing.T) {
	seen := map[string]string{}
	for _, id := range []string{"a", "a\n", "a\\n", `a\u{a}`, `a\\u{a}`, "\xff", `\x{ff}`, "\ufffd", "\u202e", "é",
		"e\u0301", ""} {
		s := page.Shown(id)
		if other, ok := seen[s]; ok {
			t.Errorf("%q and %q are both shown as %q", other, id, s)
		}
		seen[s] = id
		if page.Printable(s) != s {
			t.Errorf("%q is shown as %q, but read back as %q", id, s, page.Printable(s))
		}
	}
}

// A page loads nothing, runs one script, and closes what it opens.
func TestPage(t *testing.T) {
	for _, c := range []*Case{small(), large(2, 50, 50), withoutTimes(small()), coActions(small())} {
		s := pictures(t, c)["report.html"]
		at := regexp.MustCompile(`(?i)(src|href|action|data)\s*=\s*"[^#"]|@import|url\(| on\w+=`).FindString(s)
		if at != "" {
			t.Errorf("the page refers to something outside of it: %q", at)
		}
		for _, tag := range []string{"svg", "details", "section", "table", "figure", "div", "ul", "dl",
			"p", "text", "path"} {
			open := len(regexp.MustCompile("<"+tag+"[ >]").FindAllString(s, -1))
			shut := strings.Count(s, "</"+tag+">")
			if tag == "path" {
				shut = len(regexp.MustCompile(`<path [^>]*/>`).FindAllString(s, -1))
			}
			if open != shut {
				t.Errorf("%d of %s are opened, %d closed", open, tag, shut)
			}
		}
		s = strings.ReplaceAll(s, page.Script(), "")
		if i := strings.Index(s, "NaN"); i >= 0 {
			t.Errorf("NaN at %q", s[max(i-60, 0):i+3])
		}
	}
}

// Text keeps to the width of the terminal.
func TestWidth(t *testing.T) {
	for _, width := range []int{60, 80, 100, 160} {
		var b strings.Builder
		if err := Text(&b, large(3, 5, 5), TextOptions{Width: width}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("%d columns in %d: %q", n, width, line)
			}
			if strings.TrimRight(line, " \n")+"\n" != line {
				t.Errorf("blanks at the end of %q", line)
			}
		}
	}
}

func TestChance(t *testing.T) {
	const ln10 = 2.302585092994046
	for _, tc := range []struct {
		p, logP float64
		want    string
		few     string
	}{
		{.05, 0, "0.05", "0.05"}, {1e-20, 0, "1e-20", "1e-20"}, {0, -1415 * ln10, "1e-1415", "1e-1415"},
		{0, -1415*ln10 + .1, "1.11e-1415", "1e-1415"}, {0, -1415*ln10 - .01, "9.9e-1416", "1e-1415"},
		{0, 0, "1e-300", "1e-300"}, {1e-310, 0, "1e-300", "1e-300"}, {1, 0, "1", "1"}, {2, 0, "1", "1"},
		{nan, 0, "1", "1"}, {.00042, 0, "0.00042", "4e-4"},
	} {
		got := chance(tc.p, tc.logP)
		if got != tc.want || page.Few(got) != tc.few {
			t.Errorf("chance(%g, %g) = %s, in few digits %s; want %s, %s", tc.p, tc.logP, got, page.Few(got),
				tc.want, tc.few)
		}
	}
}

func TestTicks(t *testing.T) {
	for _, tc := range []struct{ from, to, want string }{
		{"2024-01-01T00:00:00Z", "2024-01-01T00:10:00Z", "00:05"},
		{"2024-01-01T23:40:00Z", "2024-01-02T00:40:00Z", "23:45 2 Jan 00:15 00:30"},
		{"2024-01-09T23:48:00Z", "2024-01-17T17:36:00Z", "10 Jan 11 Jan 12 Jan 13 Jan 14 Jan 15 Jan 16 Jan 17 Jan"},
		{"2023-11-09T00:00:00Z", "2024-05-17T00:00:00Z", "Dec 2023 Jan 2024 Feb 2024 Mar 2024 Apr 2024 May 2024"},
		{"2011-02-03T00:00:00Z", "2023-05-17T00:00:00Z", "2012 2014 2016 2018 2020 2022"},
		{"", "2024-01-01T00:00:00Z", ""}, {"2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z", ""},
	} {
		var labels []string
		for _, x := range ticks(tc.from, tc.to) {
			if x.at < 0 || x.at >= 1 {
				t.Errorf("%s at %g", x.label, x.at)
			}
			labels = append(labels, x.label)
		}
		if got := strings.Join(labels, " "); got != tc.want {
			t.Errorf("%s to %s: %q; want %q", tc.from, tc.to, got, tc.want)
		}
	}
}

func TestReadCase(t *testing.T) {
	want := pictures(t, small())
	c, err := ReadCase(strings.NewReader(want["rings.json"]))
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range pictures(t, c) {
		if diff := cmp.Diff(want[name], got); diff != "" {
			t.Errorf("%s differs once read back: %s", name, diff)
		}
	}
	if err := writeCase(filepath.Join(t.TempDir(), "case"), c, false); err == nil {
		t.Error("a folder was written without ratings")
	}
	for _, bad := range []string{"", "{}", "[]", `{"format":"ringwatch rings 1"} x`, `{"format":"ringwatch rings 2"}`,
		`{"format":"ringwatch rings 1","rings":[{"matrix":{"raters":["a"],"items":["b"],"cells":["44"]}}]}`,
		`{"format":"ringwatch rings 1","rings":[{"matrix":{"raters":["a"],"items":["b"]}}]}`,
		`{"format":"ringwatch rings 1","rings":[{"timeline":{"ring":[1]}}]}`,
		`{"format":"ringwatch rings 1","rings":[{"timeline":{"from":"2024-01-01T00:00:00Z","to":"2024-01-02T00:00:00Z","ring":[1]}}]}`,
		`{"format":"ringwatch rings 1","shared":[{"timeline":{"from":"2024-01-01T00:00:00Z","to":"2024-01-02T00:00:00Z","acts":[[[5,9]]]}}]}`,
	} {
		if _, err := ReadCase(strings.NewReader(bad)); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v", bad, err)
		}
	}
}

// Any bytes are a case that can be drawn in every way, inert, or an error.
func FuzzReadCase(f *testing.F) {
	for _, c := range []*Case{small(), withoutTimes(small()), coActions(small())} {
		var b bytes.Buffer
		if err := JSON(&b, c); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Add([]byte(`{"format":"ringwatch rings 1","rings":[{},null],"shared":[null],"experiment":{"targets":[{}]},"run":{"options":{"\u001b":"\u202e"}}}`))
	f.Add([]byte(`{"format":"ringwatch rings 1","campaigns":[{"campaign":"K1","item":"a","why":"b","timeline":{"from":"2024-01-01T00:00:00Z","to":"2024-01-02T00:00:00Z","few":[[1,0,2]],"others":[[0,0,1]],"expected":[0.5],"begin":0,"end":0}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ReadCase(bytes.NewReader(data))
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("more than one line: %v", err)
			}
			return
		}
		for name, s := range pictures(t, c) {
			if strings.ContainsAny(s, "\u202e\x1b\x00") {
				t.Errorf("%s: a control character came through", name)
			}
		}
	})
}

func TestOutcomes(t *testing.T) {
	var o []scenarios.Outcome
	for seed := range uint64(2) {
		o = append(o, scenarios.Outcome{Scenario: "=s|", Scorer: "mean", Detector: "group+embed", Seed: seed,
			Measures: map[string]float64{"recall": .5 + float64(seed)/2, "shift": .25, "house.own": nan}})
		for size := range 4 {
			o = append(o, scenarios.Outcome{Scenario: "sweep", Point: map[string]any{"raters": size}, Scorer: "median",
				Detector: "group", Seed: seed,
				Measures: map[string]float64{"recall": float64(size) / 4, "house.own": float64(seed)}})
		}
	}
	for seed := range uint64(3) {
		for size := range 3 {
			for k, scorer := range []string{"mean", "bridging"} {
				hit := float64(size*(2-k)) + float64(seed)
				o = append(o, scenarios.Outcome{Scenario: "<script>alert(1)</script>",
					Point: map[string]any{"attacks.burst.accounts": 5 * size, "scorer": scorer}, Scorer: scorer,
					Detector: "group", Seed: seed,
					Measures: map[string]float64{"flips": hit, "flips.defended": hit / 4, "shift": hit / 10,
						"shift.defended": hit / 40, "recall": float64(size) / 2, "silenced": .01 * float64(seed)}})
			}
		}
	}
	dir := filepath.Join(t.TempDir(), "figures")
	figures := func(f *output.Folder) error { _, err := WriteFigures(f, o, Provenance{Version: "1"}); return err }
	if err := writeTo(dir, false, figures); err != nil {
		t.Fatal(err)
	}
	again := filepath.Join(t.TempDir(), "figures")
	if err := writeTo(again, false, figures); err != nil {
		t.Fatal(err)
	}
	drawn := folder(t, dir)
	if diff := cmp.Diff(drawn, folder(t, again)); diff != "" {
		t.Error("the same outcomes are drawn in two ways")
	}
	got := map[string]string{}
	for name, s := range drawn {
		switch {
		case strings.HasSuffix(name, ".png") && !strings.HasPrefix(s, "\x89PNG"), strings.HasSuffix(name, ".svg") &&
			xml.Unmarshal([]byte(s), new(struct{})) != nil:
			t.Errorf("%s is none", name)
		case !strings.HasSuffix(name, ".csv") && strings.Contains(s, "<script>alert"):
			t.Errorf("%s: markup came through", name)
		case strings.HasSuffix(name, ".csv"):
			got[name] = s
		}
	}
	if len(got) != 9 {
		t.Errorf("%d figures; want 9", len(got))
	}
	for name, show := range map[string]func(io.Writer, []scenarios.Outcome) error{
		"out.md": OutcomesMarkdown, "out.json": OutcomesJSON, "out.csv": OutcomesCSV, "out.html": OutcomesHTML,
		"out.txt": func(w io.Writer, o []scenarios.Outcome) error { return OutcomesText(w, o, TextOptions{}) },
	} {
		var b strings.Builder
		if err := show(&b, o); err != nil {
			t.Fatal(err)
		}
		got[name] = regexp.MustCompile(`(?s)<svg.*?</svg>`).ReplaceAllString(strings.ReplaceAll(b.String(),
			page.Style(), ""), "")
		if strings.Contains(b.String(), "<script>alert") && name != "out.txt" && name != "out.csv" &&
			name != "out.json" {
			t.Errorf("%s: markup came through", name)
		}
	}
	golden(t, "outcomes", got)
}

// An interval is that of Student's t: of 1, 2 and 3 it is 2 ± 4.303/√3.
func TestInterval(t *testing.T) {
	p := interval(7, []float64{1, 2, 3})
	if p.Y != 2 || math.Abs(p.High-2-4.302653/math.Sqrt(3)) > 1e-5 ||
		math.Abs(p.Y-p.Low-(p.High-p.Y)) > 1e-12 || p.Seeds != 3 {
		t.Errorf("%+v", p)
	}
	if p := interval(7, []float64{5}); p.Low != 5 || p.High != 5 {
		t.Errorf("%+v", p)
	}
	var xs []float64
	for _, p := range crossings([]point{{X: 0, Y: 0}, {X: 10, Y: 2}, {X: 20, Y: 2.5}, {X: 30, Y: 4}}) {
		xs = append(xs, p.Y)
	}
	if diff := cmp.Diff([]float64{5, 10, 20 + 10.0/3, 30}, xs, cmpopts.EquateApprox(0, 1e-9)); diff != "" {
		t.Error(diff)
	}
}

// Parquet holds what the other files hold.
func TestParquet(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "case")
	if err := writeCase(dir, small("=a"), false); err != nil {
		t.Fatal(err)
	}
	rings, err := parquet.ReadFile[ringRow](filepath.Join(dir, "rings.parquet"))
	if err != nil || len(rings) != 1 || rings[0].Ring != "R1" || len(rings[0].Members) != 4 || rings[0].LogQ != -3255 ||
		rings[0].First == nil || *rings[0].Changed != 1 {
		t.Errorf("%+v, %v", rings, err)
	}
	raters, err := parquet.ReadFile[raterRow](filepath.Join(dir, "raters.parquet"))
	if err != nil || len(raters) != 6 || raters[0].Rater != "=a" || raters[0].Ring == nil || raters[5].Ring != nil ||
		raters[3].Suspicion != .95 {
		t.Errorf("%+v, %v", raters, err)
	}
	file := filepath.Join(dir, "outcomes.parquet")
	var b bytes.Buffer
	if err := errors.Join(OutcomesParquet(&b,
		[]scenarios.Outcome{{Scenario: "s", Seed: 3, Measures: map[string]float64{"b": 2, "a": 1, "c": nan}}}),
		os.WriteFile(file, b.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
	rows, err := parquet.ReadFile[outcomeRow](file)
	if err != nil || len(rows) != 2 || rows[0].Measure != "a" || rows[1].Value != 2 || rows[0].Seed != 3 {
		t.Errorf("%+v, %v", rows, err)
	}
}

// A page of hundreds of rings must open at once; see fullPictures.
func BenchmarkHTML500Rings(b *testing.B) {
	c := large(500, 40, 20)
	c.Document()
	b.ReportAllocs()
	for b.Loop() {
		var out bytes.Buffer
		if err := HTML(&out, c); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(out.Len()), "bytes/page")
	}
}

// withoutTimes is the same case of data that has none.
func withoutTimes(c *Case) *Case {
	c.Ratings.Time = nil
	c.Findings.Rings[0].First, c.Findings.Rings[0].Last = 0, 0
	return c
}

// coActions is a case of acts without an opinion, hence without scores.
func coActions(c *Case) *Case {
	c.Ratings.Scale = rating.Scale{}
	for k := range c.Ratings.Value {
		c.Ratings.Value[k] = 1
	}
	c.Experiment, c.Score, c.Scorer, c.Impacts = nil, nil, "", nil
	return c
}

// shuffled is the same case with the rows of its table in reverse order.
func shuffled(c *Case) *Case {
	t := c.Ratings
	for _, column := range [][]int32{t.Rater, t.Item, t.Time} {
		slices.Reverse(column)
	}
	slices.Reverse(t.Value)
	for i := range c.Findings.Rings {
		for j := range c.Findings.Rings[i].Evidence {
			e := &c.Findings.Rings[i].Evidence[j]
			e.Rows = slices.Clone(e.Rows) // two share one array
			for j, k := range e.Rows {
				e.Rows[j] = int32(t.Len()-1) - k
			}
			slices.Reverse(e.Rows)
		}
	}
	return c
}
