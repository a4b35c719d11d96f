package scenarios

import (
	"context"
	"fmt"
	"slices"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/detect/campaigns"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/communitynotes"
)

// Defence is what is done about the raters of the rings that were found.
type Defence struct {
	Effect string  `doc:"what is done: weight; or as Community Notes does, earliest: of a ring's ratings of one item only the first counts, and none of what a member wrote; correlated: no item is helpful that would not be without them (communitynotes and communitynotes-core); campaigns: campaigns on items are looked for, too, and their rows count for what would have come anyway" among:"weight earliest correlated campaigns"`
	Weight float32 `doc:"weight of their ratings, 0 to 1, where the effect is weight"`
}

var effects = []string{"", "weight", "earliest", "correlated", "campaigns"}

func (d Defence) check() error {
	if !(d.Weight >= 0 && d.Weight <= 1) {
		return fmt.Errorf("the defence's weight is %g; it must be from 0 to 1", d.Weight)
	}
	if !slices.Contains(effects, d.Effect) {
		return fmt.Errorf("the defence's effect is %q; it must be weight, earliest, correlated or campaigns", d.Effect)
	}
	return nil
}

// against returns what a scorer gets to see once rings are defended against.
func (d Defence) against(f *detect.Findings, t *rating.Table) scoring.Input {
	rings := f.Rings
	in := ringed(rings, t.Raters.Len())
	switch d.Effect {
	case "earliest":
		var groups [][]int32
		for _, r := range rings {
			groups = append(groups, r.Raters)
		}
		return scoring.Input{Ratings: earliest(groups, t)}
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
	return scoring.Input{Ratings: t, Weight: weight, RowWeight: RowWeights(f.Campaigns, t)}
}

// RowWeights are what the defence by rows makes of the campaigns found: per row of
// the ratings, 1 but for those of campaigns. nil if there are none.
func RowWeights(f *campaigns.Findings, t *rating.Table) (weight []float32) {
	if f == nil {
		return nil
	}
	for k := range f.Campaigns {
		c := &f.Campaigns[k]
		if !c.Deducted() {
			continue
		}
		if weight == nil {
			weight = slices.Repeat([]float32{1}, t.Len())
		}
		for _, row := range c.Rows {
			weight[row] = float32(c.Keep)
		}
	}
	return weight
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

// earliest keeps of each group's ratings of an item the first, of equal times
// the one of the smaller rater; and none of an item that a member wrote. Members
// are raters, or the number of raters and that in Notes.Authors together.
func earliest(groups [][]int32, t *rating.Table) *rating.Table {
	raters := t.Raters.Len()
	people := raters
	if t.Notes != nil {
		people += t.Notes.Authors.Len()
	}
	group := make([]int32, people) // from 1 on, the first
	for k := len(groups) - 1; k >= 0; k-- {
		for _, u := range groups[k] {
			group[u] = int32(k + 1)
		}
	}
	drop := make([]bool, t.Len())
	seen := make(map[int32]bool)
	for item := range int32(t.Items.Len()) {
		wrote := int32(0)
		if t.Notes != nil && int(item) < len(t.Notes.Author) && t.Notes.Author[item] >= 0 {
			a := t.Notes.Author[item]
			wrote = group[raters+int(a)]
			if u, ok := t.Raters.Find(t.Notes.Authors.Name(a)); ok {
				wrote = group[u]
			}
		}
		for _, row := range t.ByItem().Rows(item) { // in the order of time
			if k := group[t.Rater[row]]; k > 0 {
				drop[row] = seen[k] || wrote == k
				seen[k] = true
			}
		}
		clear(seen)
	}
	return t.Select(func(row int) bool { return !drop[row] })
}

// Official returns what Community Notes lets its scorers see of ratings, by its
// own two defences: of each group of detect.PostSelection only the earliest
// rating of a note counts, and raters of detect.QuasiClique are told as
// correlated if they are in such a group too. The last is how X's code acts, not
// what it means to do: between its two phases it drops raters who lack either
// value. For what is meant, let a scenario's defence be {effect: correlated}. It
// also returns how many raters are in a group, and how many are correlated.
func Official(ctx context.Context, t *rating.Table, progress func(string, int, int)) (in scoring.Input, together, correlated int, err error) {
	in = scoring.Input{Ratings: t, Correlated: make([]bool, t.Raters.Len()), Progress: progress}
	groups, err := detect.NewPostSelection().Groups(ctx, t)
	if err != nil {
		return in, 0, 0, err
	}
	grouped := make([]bool, t.Raters.Len())
	for _, g := range groups {
		for _, u := range g {
			if int(u) < t.Raters.Len() {
				grouped[u] = true
				together++
			}
		}
	}
	if len(groups) > 0 {
		in.HighVolume = communitynotes.HighVolume(in)
		in.Ratings = earliest(groups, t)
	}
	cliques, err := detect.NewQuasiClique().Groups(ctx, t)
	for _, g := range cliques {
		for _, u := range g {
			if grouped[u] && !in.Correlated[u] {
				correlated++
				in.Correlated[u] = true
			}
		}
	}
	return in, together, correlated, err
}
