package reports

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports/internal/page"
)

// Caps of what a document holds of each ring, and how many rings have pictures
// in full size.
const (
	maxRows      = 200 // rows of each evidence
	maxMatrix    = 40  // members and targets of a matrix
	smallMatrix  = 16  // the same beyond the first fullPictures rings
	fullPictures = 100
)

// newRing describes a ring or a coordinated group of a case, with its pictures.
func newRing(c *Case, id string, full bool, r *detect.Ring) Ring {
	g := newGroup(c.Ratings, id, r)
	size := maxMatrix
	if !full {
		size = smallMatrix
	}
	var who []int32
	for _, m := range members(r) {
		who = append(who, m.Rater)
	}
	g.Matrix = newMatrix(c.Ratings, who, r.Items, size)
	g.Timeline = newTimeline(c.Ratings, who, r.Items, r.First, r.Last, size)
	if c.Experiment != nil {
		g.Truth = truthOf(c.Experiment.World, r)
	}
	return g
}

// newGroup describes a group of raters, be it a ring or not.
func newGroup(t *rating.Table, id string, r *detect.Ring) Ring {
	g := Ring{ID: id, Size: len(r.Raters), Targets: len(r.Items),
		P: json.Number(chance(r.P, r.LogP)), LogP: logChance(r.P, r.LogP),
		Q: json.Number(chance(r.Q, r.LogQ)), LogQ: logChance(r.Q, r.LogQ),
		Detectors: append([]string{}, r.Detectors...),
		Evidence:  []Evidence{}, Innocent: []Explanation{}, Members: []Member{}, Items: []string{}}
	if t.HasTimes() {
		g.First, g.Last = stamp(r.First), stamp(r.Last)
	}
	for _, m := range members(r) {
		g.Members = append(g.Members, Member{rater(t, m.Rater), m.Role, m.Strength, int(m.Shared)})
	}
	for _, it := range r.Items {
		g.Items = append(g.Items, item(t, it))
	}
	for _, a := range r.Ahead {
		g.Ahead = append(g.Ahead, Ahead{rater(t, a.Rater), int(a.First), int(a.Of), finite(a.Expected)})
	}
	for _, e := range r.Evidence {
		rows, leftOut := listRows(t, e.Rows)
		g.Evidence = append(g.Evidence, Evidence{e.Measure, e.Unit, finite(e.Observed), finite(e.Expected),
			page.Shown(e.Note), rows, leftOut})
	}
	g.Why = g.why()
	for _, x := range r.Innocent {
		d := Explanation{Name: x.Name, Holds: x.Holds, Because: page.Shown(x.Because)}
		if x.Weighed {
			nats := finite(x.Nats)
			d.Nats = &nats
		}
		g.Innocent = append(g.Innocent, d)
	}
	g.Certainty = g.certainty(r.Unstable)
	return g
}

// ByHand describes a ring that people made of others, by merging or splitting.
// It says when the members, of parts, rated the items, and how; nothing of it
// was judged anew: its chances and its certainty are those of the weakest part, and
// an innocent explanation that fits a part stays. Parts must not be
// empty. Without ratings t is nil, and there are no pictures.
func ByHand(t *rating.Table, id string, r *detect.Ring, parts []Ring) Ring {
	weakest := parts[0]
	var ids []string
	innocent := []Explanation{}
	for _, p := range parts {
		ids = append(ids, p.ID)
		if cmp.Or(cmp.Compare(p.Rank(), weakest.Rank()), cmp.Compare(p.LogQ, weakest.LogQ)) > 0 {
			weakest = p
		}
		for _, x := range p.Innocent {
			if x.Holds && !slices.ContainsFunc(innocent, func(o Explanation) bool { return o.Name == x.Name }) {
				innocent = append(innocent, x)
			}
		}
	}
	g := Ring{ID: id, Size: len(r.Raters), Targets: len(r.Items), P: weakest.P, LogP: weakest.LogP, Q: weakest.Q,
		LogQ:      weakest.LogQ,
		Detectors: weakest.Detectors, Certainty: weakest.Certainty, Evidence: []Evidence{}, Innocent: innocent,
		Members: []Member{}, Items: []string{}}
	if t != nil {
		if t.HasTimes() {
			g.First, g.Last = stamp(r.First), stamp(r.Last)
		}
		var who []int32
		for _, m := range members(r) {
			who = append(who, m.Rater)
			g.Members = append(g.Members, Member{rater(t, m.Rater), m.Role, m.Strength, int(m.Shared)})
		}
		for _, it := range r.Items {
			g.Items = append(g.Items, item(t, it))
		}
		g.Matrix = newMatrix(t, who, r.Items, maxMatrix)
		g.Timeline = newTimeline(t, who, r.Items, r.First, r.Last, maxMatrix)
	}
	g.Why = fmt.Sprintf("Made by hand of %s: %s and %s. It was not judged anew; "+
		"the evidence is that of what it was made of.",
		strings.Join(ids, ", "), page.Many(g.Size, "rater"), page.Many(g.Targets, "item"))
	return g
}

func logChance(p, logP float64) float64 {
	if logP == 0 && p > 0 {
		logP = math.Log(p)
	}
	return finite(logP)
}

// members returns the members strongest first; raters without a Member have
// no role or strength.
func members(r *detect.Ring) []detect.Member {
	m := slices.Clone(r.Members)
	if len(m) == 0 {
		for _, u := range r.Raters {
			m = append(m, detect.Member{Rater: u})
		}
	}
	slices.SortFunc(m, func(a, b detect.Member) int {
		return cmp.Or(cmp.Compare(b.Strength, a.Strength), cmp.Compare(a.Rater, b.Rater))
	})
	return m
}

// listRows returns the first rows in time order, and how many were left out.
func listRows(t *rating.Table, rows []int32) ([]Row, int) {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(x, y int32) int {
		byTime := 0
		if t.HasTimes() {
			byTime = cmp.Compare(t.Time[x], t.Time[y])
		}
		return cmp.Or(byTime, cmp.Compare(t.Rater[x], t.Rater[y]), cmp.Compare(t.Item[x], t.Item[y]))
	})
	kept := rows[:min(len(rows), maxRows)]
	out := make([]Row, 0, len(kept))
	for _, k := range kept {
		x := Row{Rater: rater(t, t.Rater[k]), Item: item(t, t.Item[k]), Value: t.Scale.AsRead(t.Value[k])}
		if t.HasTimes() {
			x.Time = stamp(t.Time[k])
		}
		out = append(out, x)
	}
	return out, len(rows) - len(kept)
}

// why says in one sentence what made a group stand out.
func (r *Ring) why() string {
	s := fmt.Sprintf("%s acted on %s together", page.Many(r.Size, "rater"), page.Many(r.Targets, "item"))
	if grounds := r.Grounds(); grounds != "" {
		s += " – " + grounds
	}
	return s + "."
}

func finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return v
}
