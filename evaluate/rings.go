package evaluate

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/ringwatch/ringwatch/internal/plural"
)

// budgets works out what reviewing some accounts brings.
func (e *evaluation) budgets() {
	if e.o.Budgets == nil {
		e.o.Budgets = []int{20, 100, e.r.Positive}
		slices.Sort(e.o.Budgets)
		e.o.Budgets = slices.DeleteFunc(slices.Compact(e.o.Budgets), func(n int) bool { return n > len(e.ids) })
	}
	for _, n := range e.o.Budgets {
		n = min(n, len(e.ids))
		hits, fewest, most, tied := e.among(n, func(u int32) bool { return e.positive[u] })
		e.r.Budgets = append(e.r.Budgets, Budget{Reviewed: n, Hits: Number(hits), Fewest: fewest,
			Most: most, Tied: tied, Precision: Number(hits / float64(n)), Recall: Number(hits / float64(e.r.Positive))})
	}
}

// among counts those of a sort under the first n: the mean, the least and the most
// over orders of equal scores, and how many share the last rank.
func (e *evaluation) among(n int, is func(u int32) bool) (mean float64, fewest, most, tied int) {
	from := 0
	for _, to := range e.ends {
		in := 0
		for _, u := range e.order[from:to] {
			if is(u) {
				in++
			}
		}
		if to <= n {
			mean, fewest, most, from = mean+float64(in), fewest+in, most+in, to
			continue
		}
		if room, size := n-from, to-from; room > 0 {
			mean += float64(in) * float64(room) / float64(size)
			fewest += max(0, room-(size-in))
			most += min(room, in)
			tied = size
		}
		break
	}
	return mean, fewest, most, tied
}

// rings holds found rings against true ones.
func (e *evaluation) rings() {
	if e.found.Groups == nil {
		if e.groups != nil {
			e.tell("%s has nobody in a group, so that rings cannot be compared", e.found.Reading.File)
		}
		return
	}
	var rings [][]int32
	unjudged := 0
	for _, g := range e.found.Groups {
		if m := judgedOf(e.ofFound, g.Members); len(m) > 0 {
			rings = append(rings, m)
		} else {
			unjudged++
		}
	}
	if unjudged > 0 {
		e.tell("%s with no account that the truth knows: set aside", plural.Of(unjudged, "group"))
	}
	truth := e.groups
	if truth == nil { // labels alone: all positives as one
		truth = [][]int32{nil}
		for u, yes := range e.positive {
			if yes {
				truth[0] = append(truth[0], int32(u))
			}
		}
	}
	m := Matched(rings, truth)
	r := &Rings{Found: len(rings), True: len(e.groups), F1: Number(m.F1)}
	for _, members := range rings {
		positive := 0
		for _, u := range members {
			if e.positive[u] {
				positive++
			}
		}
		if 2*positive < len(members) {
			r.False++
		}
	}
	r.Purity = Estimate{Name: "purity",
		Doc: "of a found ring, the share in the true ring that most of it belongs to; " +
			"mean over found rings", Value: Number(m.Purity)}
	if e.groups == nil {
		r.F1 = Number(math.NaN())
		r.Purity.Doc = "of a found ring, the share that is positive; mean over found rings"
		e.tell("the truth has no groups: of the found ones is told only how many of their accounts are positive")
	}
	low, high := meanInterval(m.Pure, e.o.Draws, e.o.Seed)
	r.Purity.Low, r.Purity.High = Number(low), Number(high)
	if len(rings) == 0 {
		r.Purity.Why = "no ring is found"
	}
	if e.groups != nil {
		r.Levels = e.ringLevels(m)
	}
	e.r.Rings = r
}

// ringLevels counts the rings that are found at each overlap.
func (e *evaluation) ringLevels(m Match) (all []RingLevel) {
	overlaps := e.o.Overlaps
	if overlaps == nil {
		overlaps = []float64{.25, .5, .75}
	}
	set := func(hits, n int, share, low, high *Number) {
		a, b := wilson(float64(hits), float64(n))
		*share, *low, *high = Number(float64(hits)/float64(n)), Number(a), Number(b)
	}
	for _, o := range overlaps {
		l := RingLevel{Overlap: o, Right: atLeast(m.Ring, o), Met: atLeast(m.True, o)}
		set(l.Right, len(m.Ring), &l.Precision, &l.PrecisionLow, &l.PrecisionHigh)
		set(l.Met, len(e.groups), &l.Recall, &l.RecallLow, &l.RecallHigh)
		all = append(all, l)
	}
	return all
}

// kinds tells what honest accounts suffer, by kind.
func (e *evaluation) kinds() {
	if e.kind == nil {
		return
	}
	var names []string
	honest := make(map[string]int)
	for u, k := range e.kind {
		if !e.positive[u] {
			honest[k]++
		}
	}
	names = slices.Sorted(maps.Keys(honest))
	for _, name := range names {
		k := Kind{Kind: name, Honest: honest[name], Share: Number(math.NaN()), Low: Number(math.NaN()),
			High: Number(math.NaN())}
		is := func(u int32) bool { return !e.positive[u] && e.kind[u] == name }
		if e.flagged != nil {
			n := 0
			for u, in := range e.flagged {
				if in && is(int32(u)) {
					n++
				}
			}
			low, high := wilson(float64(n), float64(k.Honest))
			k.Found, k.Share, k.Low, k.High = &n, Number(float64(n)/float64(k.Honest)), Number(low), Number(high)
		}
		for _, b := range e.r.Budgets {
			n, _, _, _ := e.among(b.Reviewed, is)
			k.Reviewed = append(k.Reviewed, Number(n))
		}
		e.r.Kinds = append(e.r.Kinds, k)
	}
}

func atLeast(v []float64, least float64) int {
	n := 0
	for _, x := range v {
		if x >= least-1e-12 {
			n++
		}
	}
	return n
}

func count(labels []Label, l Label) int {
	n := 0
	for _, x := range labels {
		if x == l {
			n++
		}
	}
	return n
}

// mostNamed is how many accounts a line names.
const mostNamed = 3

// few names some of many accounts, which ascend, for a line.
func few(ids []string) string {
	var shown []string
	for _, id := range ids[:min(mostNamed, len(ids))] {
		if r := []rune(id); len(r) > 24 {
			id = string(r[:24]) + "…"
		}
		shown = append(shown, fmt.Sprintf("%q", id))
	}
	s := strings.Join(shown, ", ")
	if len(ids) > mostNamed {
		s += " and others"
	}
	return s
}
