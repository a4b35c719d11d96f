package reports

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/detect"
)

// tiered is small with a ring, an unstable one, one in doubt and a coordinated
// group.
func tiered() *Case {
	c := small()
	r := c.Findings.Rings[0]
	shaky, doubted := r, r
	shaky.Unstable = true
	doubted.Innocent = []detect.Explanation{{Name: "household", Holds: true, Because: "they share a home"}}
	c.Findings.Rings = []detect.Ring{r, shaky, doubted}
	r.Raters, r.Items, r.Members = []int32{4, 5}, []int32{2}, nil
	c.Findings.Coordinated = []detect.Ring{r}
	return c
}

// The page lists each rating behind a ring once, with all that it shows.
func TestBehind(t *testing.T) {
	c := small()
	e := c.Findings.Rings[0].Evidence[0]
	e.Measure, e.Rows = "synchrony", e.Rows[:2]
	c.Findings.Rings[0].Evidence = append(c.Findings.Rings[0].Evidence, e)
	d := c.Document()
	p := d.pages(d.Rings, Links{})[0]
	seen := map[Row]bool{}
	for _, r := range p.Behind() {
		if seen[r.Row] {
			t.Errorf("%v is listed twice", r.Row)
		}
		seen[r.Row] = true
	}
	got := p.Behind()[0].Shows
	if len(seen) != 4 || p.MoreBehind() != 0 || !slices.Equal(got, []string{"shared ratings", "synchrony"}) {
		t.Errorf("%d ratings and %d more; the first shows %v", len(seen), p.MoreBehind(), got)
	}
}

// Every output says how sure it is of every ring, and what explains it: a table
// that somebody acts on has no other page beside it.
func TestTiers(t *testing.T) {
	p := pictures(t, tiered())
	want := map[string][]string{
		"rings.csv":        {"R1 strong ", "R2 unstable ", "R3 in doubt household"},
		"ring_members.csv": {"R1 strong ", "R2 unstable ", "R3 in doubt household"},
		"groups.csv":       {"C1 coordinated ", "S1  one topic"},
		"raters.csv":       {"R1  strong ", " C1 coordinated "},
	}
	for name, lines := range want {
		rows, err := csv.NewReader(strings.NewReader(p[name])).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range rows[1:] {
			cell := func(column string) string { return r[slices.Index(rows[0], column)] }
			id := []string{cell("certainty"), cell("explanation")}
			switch name {
			case "groups.csv":
				id = append([]string{cell("group")}, id...)
			case "raters.csv":
				id = append([]string{cell("ring"), cell("group")}, id...)
			default:
				id = append([]string{cell("ring")}, id...)
			}
			if line := strings.Join(id, " "); !slices.Contains(got, line) {
				got = append(got, line)
			}
		}
		if !slices.Equal(got, lines) {
			t.Errorf("%s: %q; want %q", name, got, lines)
		}
	}
	for _, name := range []string{"case.txt", "case.md", "report.html", "rings.json", "graph.graphml", "graph.gexf"} {
		for _, word := range []string{"unstable", "in doubt", Coordinated} {
			if name[0] == 'g' && word != "strong" { // a rater is shown with its strongest ring
				word = "strong"
			}
			if !strings.Contains(p[name], word) {
				t.Errorf("%s does not say %s", name, word)
			}
		}
	}
	for _, name := range []string{"case.txt", "report.html"} {
		text := strings.Join(strings.Fields(p[name]), " ")
		for _, s := range []string{"Found 1 ring: 4 raters with 2 targets.", "In doubt: 2 more rings, of 4 raters",
			"For review: 1 coordinated group, of 2 raters"} {
			if !strings.Contains(text, s) {
				t.Errorf("%s: the headline lacks %q", name, s)
			}
		}
	}
	nothing := tiered()
	nothing.Findings.Rings = nothing.Findings.Rings[1:]
	if got := nothing.Document().Verdict(); !strings.HasPrefix(got,
		"No ring was found that stands without doubt. In doubt: 2 rings") {
		t.Errorf("all in doubt: %s", got)
	}
}
