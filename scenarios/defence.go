package scenarios

import (
	"fmt"
	"slices"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
)

// Defence is what is done about the raters of the rings that were found.
type Defence struct {
	Effect string  `doc:"what is done: weight; or as Community Notes does, earliest: of a ring's ratings of one item only the first counts, and none of what a member wrote; correlated: no item is helpful that would not be without them (communitynotes and communitynotes-core)"`
	Weight float32 `doc:"weight of their ratings, 0 to 1, where the effect is weight"`
}

var effects = []string{"", "weight", "earliest", "correlated"}

func (d Defence) check() error {
	if !(d.Weight >= 0 && d.Weight <= 1) {
		return fmt.Errorf("the defence's weight is %g; it must be from 0 to 1", d.Weight)
	}
	if !slices.Contains(effects, d.Effect) {
		return fmt.Errorf("the defence's effect is %q; it must be weight, earliest or correlated", d.Effect)
	}
	return nil
}

// against returns what a scorer gets to see once rings are defended against.
func (d Defence) against(rings []detect.Ring, t *rating.Table) scoring.Input {
	in := ringed(rings, t.Raters.Len())
	switch d.Effect {
	case "earliest":
		return scoring.Input{Ratings: earliest(rings, t)}
	case "correlated":
		return scoring.Input{Ratings: t, Correlated: in}
	}
	weight := make([]float32, len(in))
	for u := range weight {
		weight[u] = 1
		if in[u] {
			weight[u] = d.Weight
		}
	}
	return scoring.Input{Ratings: t, Weight: weight}
}

// flagged tells which raters are in a ring.
func (x *Experiment) flagged() []bool { return ringed(x.Findings.Rings, x.World.Ratings.Raters.Len()) }

func ringed(rings []detect.Ring, raters int) []bool {
	in := make([]bool, raters)
	for _, r := range rings {
		for _, u := range r.Raters {
			in[u] = true
		}
	}
	return in
}

// earliest keeps of each ring's ratings of an item the first, of equal times
// the one of the smaller rater; and none of an item that a member wrote.
func earliest(rings []detect.Ring, t *rating.Table) *rating.Table {
	ring := make([]int32, t.Raters.Len()) // from 1 on, the strongest
	for k := len(rings) - 1; k >= 0; k-- {
		for _, u := range rings[k].Raters {
			ring[u] = int32(k + 1)
		}
	}
	drop := make([]bool, t.Len())
	seen := make(map[int32]bool)
	for item := range int32(t.Items.Len()) {
		author := writer(t, item)
		for _, row := range t.ByItem().Rows(item) { // in the order of time
			k := ring[t.Rater[row]]
			if k == 0 {
				continue
			}
			drop[row] = seen[k] || author >= 0 && ring[author] == k
			seen[k] = true
		}
		clear(seen)
	}
	return t.Select(func(row int) bool { return !drop[row] })
}

// writer returns the rater who wrote an item, -1 where there is none or it is
// not known.
func writer(t *rating.Table, item int32) int32 {
	if t.Notes == nil || int(item) >= len(t.Notes.Author) || t.Notes.Author[item] < 0 {
		return -1
	}
	u, ok := t.Raters.Find(t.Notes.Authors.Name(t.Notes.Author[item]))
	if !ok {
		return -1
	}
	return u
}
