package reports

import (
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/detect"
)

// What the ratings cannot tell is nowhere said to be refuted.
func TestUntold(t *testing.T) {
	c := small()
	c.Findings.Rings[0].Innocent = []detect.Explanation{
		{Name: "common interest", Because: "they vote alike"},
		{Name: "household", Because: "cannot be told: apart from the targets the members were active 0 times"},
	}
	const want = "None of what was tested does better: common interest. These ratings cannot tell: household. Not every"
	page := pictures(t, c)["report.html"]
	if !strings.Contains(page, want) || !strings.Contains(page, "<b>household</b>: cannot be told") ||
		!strings.Contains(page, "<b>common interest</b> does not explain it") {
		t.Errorf("the page does not say %q, and of each explanation what was found", want)
	}
}

// A ring that nothing tells from one owner's fans is in doubt in every list, in these words;
// where only votes could tell, and do not, the list says what to look at.
func TestOwnersFans(t *testing.T) {
	const owners = "one owner's fans or staff"
	for _, c := range []struct {
		name        string
		explanation detect.Explanation
		text, csv   string
	}{
		{"as likely", detect.Explanation{Name: owners, Holds: true,
			Because: "cannot be told, as nobody says who owns them"},
			"In doubt: Nothing tells it from an innocent group: one owner's fans or staff, as nobody says who owns",
			",in doubt," + owners},
		{"better", detect.Explanation{Name: owners, Holds: true, Because: "one owner has them all"},
			"In doubt: An innocent explanation fits better: one owner's fans or staff: one owner has them all",
			",in doubt," + owners},
		{"untold", detect.Explanation{Name: owners, Because: "cannot be told, as nobody says who owns them"},
			"; look who owns the targets, as one owner's fans or staff cannot be told", ",strong,"},
		{"told", detect.Explanation{Name: owners, Because: "nobody says who owns them; but a plan is likelier"},
			"", ",strong,"},
	} {
		made := small()
		made.Findings.Rings[0].Innocent = []detect.Explanation{c.explanation}
		p := pictures(t, made)
		text := strings.Join(strings.Fields(p["case.txt"]), " ")
		if !strings.Contains(text, c.text) || c.text == "" && strings.Contains(text, "who owns") {
			t.Errorf("%s: the text does not say %q: %s", c.name, c.text, text)
		}
		for _, name := range []string{"rings.csv", "raters.csv"} {
			if !strings.Contains(p[name], c.csv) {
				t.Errorf("%s: %s does not say %q: %s", c.name, name, c.csv, p[name])
			}
		}
	}
}

// A coordinated group of data without votes says nothing of votes.
func TestReviewWithoutVotes(t *testing.T) {
	for measure, words := range map[string]string{"moment": "there are no votes that could confirm it",
		"agreement": "their votes leave doubt"} {
		r := Ring{ID: "C1", Certainty: Coordinated, Q: "1e-9", Evidence: []Evidence{{Measure: measure}}}
		d := Document{Coordinated: []Ring{r}}
		for _, s := range []string{d.Verdict(), d.ForReview(), r.sure()} {
			if !strings.Contains(s, words) {
				t.Errorf("%s: %q does not say %q", measure, s, words)
			}
		}
	}
}
