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
