package reports

import (
	"github.com/ringwatch/ringwatch/gate"
	"github.com/ringwatch/ringwatch/reports/internal/page"
	"github.com/ringwatch/ringwatch/scenarios"
)

// expected holds outcomes against what their scenarios expect, as a gate does
// without a baseline; a line in the place of the table where that cannot be.
func expected(outcomes []scenarios.Outcome) (tables []grid) {
	var all []*scenarios.Scenario
	seen := map[string]bool{}
	for i := range outcomes {
		o := &outcomes[i]
		if seen[o.Scenario] || len(o.Recipe) == 0 {
			continue
		}
		seen[o.Scenario] = true
		if s, err := scenarios.Rerun(o); err == nil && len(s.Expect) > 0 {
			all = append(all, s)
		}
	}
	if len(all) == 0 {
		return nil
	}
	var of []scenarios.Outcome
	for _, o := range outcomes {
		for _, s := range all {
			if s.Name == o.Scenario {
				of = append(of, o)
			}
		}
	}
	g := grid{Title: "What the scenarios expect", Keys: 2}
	r, err := gate.Judge(all, of, nil, gate.DefaultOptions())
	if err != nil {
		g.Shared = "Not judged: " + page.Shown(err.Error()) + "."
		return []grid{g}
	}
	g.Shared = gateSummary(r)
	g.Header = []string{"verdict", "scenario", "limit", "\tmean", gateLevel(r), "why"}
	for _, c := range r.Sorted() {
		g.Rows = append(g.Rows, []string{c.Verdict.String(), gatePlace(&c), gateLimit(&c), gateCandidate(&c),
			gateInterval(&c), gateNote(&c)})
	}
	return []grid{g}
}
