package reports_test

import (
	"fmt"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports"
)

// One case, one document, and many pictures of it.
func Example() {
	t := &rating.Table{Raters: rating.Numbered("rater ", 3), Items: rating.Numbered("item ", 1),
		Scale: rating.Scale{Max: 1}}
	for u := range int32(3) {
		t.Append(u, 0, 1, 60*u)
	}
	f := &detect.Findings{Suspicion: []float64{.9, .9, .9},
		Rings: []detect.Ring{{Detectors: []string{"synchrony"}, Raters: []int32{0, 1, 2},
			Members: []detect.Member{{Rater: 0, Role: "core", Shared: 1}, {Rater: 1, Role: "core", Shared: 1},
				{Rater: 2, Role: "core", Shared: 1}}, Items: []int32{0}, Last: 120,
			P: 1e-6, Q: 2e-6, LogP: -13.8, LogQ: -13.1}}}
	c := &reports.Case{Title: "Three", Ratings: t, Findings: f}
	for _, r := range c.Document().Rings { // what all of its pictures are drawn from
		fmt.Printf("%s: %s, %s, evidence %s\n", r.ID, reports.Many(r.Size, "rater"),
			reports.Many(r.Targets, "target"), r.Certainty)
	}
	// Output:
	// R1: 3 raters, 1 target, evidence moderate
}
