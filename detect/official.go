package detect

import (
	"slices"

	"github.com/ringwatch/ringwatch/detect/internal/official"
)

// standAll has groups stand as a platform's own method has them.
func (p *Pass) standAll(groups []official.Group) {
	t := p.Ratings
	for _, g := range groups {
		r := Ring{Raters: g.Raters}
		shared := map[int32]int32{}
		for i, row := range g.Rows {
			r.Items = append(r.Items, t.Item[row])
			shared[t.Rater[row]]++
			if t.HasTimes() {
				if i == 0 {
					r.First, r.Last = t.Time[row], t.Time[row]
				}
				r.First, r.Last = min(r.First, t.Time[row]), max(r.Last, t.Time[row])
			}
		}
		slices.Sort(r.Items)
		r.Items = slices.Compact(r.Items)
		for _, u := range g.Raters {
			role := "part"
			if 2*int(shared[u]) >= len(r.Items) {
				role = "core"
			}
			r.Members = append(r.Members, Member{Rater: u, Role: role, Shared: shared[u]})
		}
		r.Evidence = []Evidence{Evidence(g.Evidence)}
		r.Innocent = []Explanation{{Name: "each chose alone",
			Because: "not tested: this method has fixed thresholds and no null model, so it gives no p-value; " +
				"see whether the other detectors find the group too"}}
		p.Stand(r)
	}
}
