package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/reports"
)

// What accounts tell is in the text, the page and rings.json, and changes no ring;
// labels that were exported come back.
func TestAccountsBesideRings(t *testing.T) {
	t.Chdir(t.TempDir())
	small(t, "small.yaml")
	do(t, "simulate small.yaml --out in")
	truth, err := os.ReadFile("in/truth_raters.csv")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("rater,created,device\n")
	for k, line := range strings.Split(strings.TrimSpace(string(truth)), "\n")[1:] {
		cells := strings.Split(line, ",")
		day, device := 1+k%28, fmt.Sprint("d", k/2)
		if cells[1] != "0" {
			day, device, k = 30, "d0", 0
		}
		fmt.Fprintf(&b, "%s,2023-%02d-%02d,%s\n", cells[0], 1+k*7%12, day, device)
	}
	if err := os.WriteFile("accounts.csv", []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	do(t, "detect in/ratings.csv --scorer none --out plain")
	do(t, "export plain --to csv --all --out labels")
	labels, err := os.ReadFile("labels/labels.csv")
	if err == nil { // what nobody decided about is no sanction
		err = os.WriteFile("known.csv", []byte(strings.ReplaceAll(string(labels), ",open,", ",confirmed,")), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	do(t, "detect in/ratings.csv --scorer none --out case --accounts accounts.csv --known known.csv")
	var d, plain reports.Document
	for dir, to := range map[string]*reports.Document{"case": &d, "plain": &plain} {
		text, err := os.ReadFile(dir + "/rings.json")
		if err == nil {
			err = json.Unmarshal(text, to)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(d.Rings) != 1 || d.Rings[0].Q != plain.Rings[0].Q || d.Rings[0].Size != plain.Rings[0].Size ||
		plain.Beside != nil {
		t.Errorf("accounts changed what was found: %+v, %+v", d.Rings, plain.Rings)
	}
	if d.Beside == nil || d.Beside.AtLeast != 1 || len(d.Rings[0].Beside) != 3 {
		t.Fatalf("%+v %+v", d.Beside, d.Rings[0].Beside)
	}
	known := d.Rings[0].Beside[2]
	if known.What != "sanctioned before" || known.Sharing != d.Rings[0].Size || known.High != 0 && known.Expected > 2 {
		t.Errorf("%+v", known)
	}
	page, err := os.ReadFile("case/report.html")
	if err != nil || !strings.Contains(string(page), "Beside the ratings") ||
		!strings.Contains(string(page), "with the device of another member") {
		t.Errorf("the page does not tell: %v", err)
	}
	for _, args := range []string{"--accounts none.csv", "--accounts small.yaml", "--known none.csv"} {
		var stderr strings.Builder
		code := run(t.Context(), words("detect in/ratings.csv --scorer none "+args), nil, &stderr, &stderr)
		if code != exitBad || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("%s: exit code %d, %q", args, code, stderr.String())
		}
	}
}
