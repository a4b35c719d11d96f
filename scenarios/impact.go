package scenarios

import (
	"context"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/scoring"
)

// An Impact is what one ring does to the scores: the data as it is against the
// data without the ring's members.
type Impact struct {
	Ring    int // index into Findings.Rings
	Changes []Change
}

// A Change is one item's score and status with and without a ring.
type Change struct {
	Item                      int32
	Target                    bool // the item is one of the ring's targets
	With, Without             float32
	StatusWith, StatusWithout scoring.Status
}

// noticed is the difference of scores in [0, 1] that is told of items without
// a change of status; reports count it where a scorer has no statuses.
const noticed = 0.01

// Impacts scores the data once more for each ring, starting from the scores
// with, which are those of all raters, with the ring's members left out. Of
// each ring it returns the targets and whatever else changed its status, or,
// where the scorer has none, moved by 0.01 or more; items ascending.
func Impacts(ctx context.Context, scorer scoring.Scorer, in scoring.Input, with *scoring.Result, rings []detect.Ring) ([]Impact, error) {
	progress := in.Progress
	in.Start, in.Progress = with, nil
	impacts := make([]Impact, 0, len(rings))
	for k := range rings {
		if progress != nil {
			progress("scoring without each ring", k, len(rings))
		}
		in.Weight = make([]float32, in.Ratings.Raters.Len())
		for u := range in.Weight {
			in.Weight[u] = 1
		}
		for _, u := range rings[k].Raters {
			in.Weight[u] = 0
		}
		without, err := scorer.Score(ctx, in)
		if err != nil {
			return nil, err
		}
		impacts = append(impacts, Impact{k, changes(&rings[k], with, without)})
	}
	return impacts, nil
}

func changes(r *detect.Ring, with, without *scoring.Result) []Change {
	var all []Change
	targets := r.Items
	for i := range int32(len(with.Item)) {
		c := Change{Item: i, With: with.Item[i], Without: without.Item[i]}
		if len(targets) > 0 && targets[0] == i {
			c.Target, targets = true, targets[1:]
		}
		changed := false
		if with.Status != nil {
			c.StatusWith, c.StatusWithout = with.Status[i], without.Status[i]
			changed = c.StatusWith != c.StatusWithout
		} else {
			a, b := float64(c.With), float64(c.Without)
			changed = math.IsNaN(a) != math.IsNaN(b) || math.Abs(a-b) >= noticed
		}
		if c.Target || changed {
			all = append(all, c)
		}
	}
	return all
}

// HeldImpacts returns what Impacts does, for Bridging, from its last fit alone:
// a ring's ratings are taken out exactly while raters stay as the whole data has
// them. A thousand rings of 20 in a million ratings take well below a second;
// what rings did to the parameters of other raters is left out.
func HeldImpacts(ctx context.Context, scorer *scoring.Bridging, in scoring.Input, with *scoring.Result, rings []detect.Ring) ([]Impact, error) {
	held, err := scoring.NewHeld(in, with)
	if err != nil {
		return nil, err
	}
	impacts := make([]Impact, 0, len(rings))
	for k := range rings {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		impact := Impact{Ring: k}
		for _, m := range held.Without(rings[k].Raters) {
			c := Change{Item: m.Item, With: with.Item[m.Item], Without: m.Intercept, StatusWith: with.Status[m.Item], StatusWithout: scorer.StatusOf(m)}
			_, c.Target = slices.BinarySearch(rings[k].Items, m.Item)
			if c.Target || c.StatusWith != c.StatusWithout {
				impact.Changes = append(impact.Changes, c)
			}
		}
		impacts = append(impacts, impact)
	}
	return impacts, nil
}
