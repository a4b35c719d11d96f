package scenarios

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/scoring"
)

// An Impact is what one ring does to the scores: the data as it is against the
// data without the ring's members.
type Impact struct {
	Ring    int // index into the rings
	Changes []Change
	Control *Control // nil if the ring was not held against others
}

// A Change is one item's score and status with and without a ring.
type Change struct {
	Item                      int32
	Target                    bool // the item is one of the ring's targets
	With, Without             float32
	StatusWith, StatusWithout scoring.Status
	Control                   float32 // of a target: the most that its score moved in any draw of the control
}

// A Control is what happens if other raters are left out: as many, of like
// activity, who are in none of the rings, drawn again and again. Lists are
// per draw, ascending each by itself.
type Control struct {
	Raters  int       // left out in each draw
	Shift   []float64 // mean distance by which the ring's targets moved
	Changed []int     // targets whose status changed; nil if that was not worked out
	Others  []int     // other items that changed; nil if that was not worked out
}

// An Effect is an Impact in a few numbers.
type Effect struct {
	Scored  int     // targets that have a score with and without the ring
	Shift   float64 // mean distance by which these moved
	Moved   int     // targets that moved by Noticed or more and further than in any draw of the control
	Changed int     // of these, those whose status changed; without statuses, all
	// targets whose status changed though they moved no further than in the control, such as by too
	// few votes being left
	Lost   int
	Others int // items beside the targets that changed; the control's count is what happens whoever is left out
}

// Noticed is the least difference of scores in [0, 1] that a reader is told of.
const Noticed = 0.01

// Effect sums up an impact.
func (im *Impact) Effect() Effect {
	var e Effect
	for _, c := range im.Changes {
		if !c.Target {
			e.Others++
			continue
		}
		if !math.IsNaN(c.shift()) {
			e.Shift += c.shift()
			e.Scored++
		}
		flipped := c.StatusWith != c.StatusWithout
		switch {
		case c.Moved():
			e.Moved++
			if flipped || c.StatusWith == scoring.Unrated {
				e.Changed++
			}
		case flipped:
			e.Lost++
		}
	}
	if e.Scored > 0 {
		e.Shift /= float64(e.Scored)
	}
	return e
}

// shift is how far the score moved; NaN if there is none on one side.
func (c *Change) shift() float64 { return math.Abs(float64(c.With) - float64(c.Without)) }

// Moved reports whether a target's score moved because of the ring: visibly, and
// further than in any draw of the control. One that has a score on one side only
// did.
func (c *Change) Moved() bool {
	a, b := math.IsNaN(float64(c.With)), math.IsNaN(float64(c.Without))
	if a || b {
		return a != b
	}
	return c.shift() >= Noticed && c.shift() > float64(c.Control)
}

// ImpactOptions say how thoroughly impacts are worked out.
type ImpactOptions struct {
	// rings, the first, that everything is scored anew for; others only where the scorer is a scoring.Rescorer
	Fits  int
	Draws int // of the control; 0 for none
}

// DefaultImpacts are 200 rings and 20 draws, beyond all of which a twenty-first
// draw would lie once in 21 times.
func DefaultImpacts() ImpactOptions { return ImpactOptions{Fits: 200, Draws: 20} }

// Impacts works out what each of the rings, in the order of a report, does to
// scores, of which with are those of all raters. Of each ring it returns the
// targets and whatever else changed its status or, where the scorer has none,
// moved by Noticed or more; items ascending.
//
// Each ring costs a fit from the scores with. The control costs next to nothing
// with a scoring.Rescorer. Of scorers that end with a fit of items alone it knows
// scores and no statuses. For all others it costs as many fits as it has draws,
// which all rings share: they leave out as many raters as the largest ring has.
//
// Warnings say of how many rings the effect was not worked out, or not in full.
func Impacts(ctx context.Context, scorer scoring.Scorer, in scoring.Input, with *scoring.Result, rings []detect.Ring,
	o ImpactOptions) ([]Impact, []string, error) {
	im := impacts{scorer: scorer, in: in, with: with, rings: rings, progress: in.Progress}
	im.in.Start, im.in.Progress = with, nil
	if im.progress == nil {
		im.progress = func(string, int, int) {}
	}
	if len(rings) == 0 {
		return nil, nil, nil
	}
	var warnings []string
	rescorer, quick := scorer.(scoring.Rescorer)
	fits := min(len(rings), o.Fits)
	if len(rings) > fits && quick {
		fits = 0
		warnings = append(warnings, fmt.Sprintf("as there are more than %d rings, the effect on scores is that of "+
			"their own ratings; what they did to other raters' viewpoints is not in it", o.Fits))
	} else if len(rings) > fits {
		warnings = append(warnings, fmt.Sprintf("the effect on scores was worked out for the strongest %d of %d rings",
			fits, len(rings)))
	}
	for k := range rings[:fits] {
		im.progress("scoring without each ring", k, fits)
		without, err := im.without(ctx, rings[k].Raters)
		if err != nil {
			return nil, nil, err
		}
		im.all = append(im.all, Impact{Ring: k, Changes: changes(&rings[k], with, without)})
	}
	if quick && (fits == 0 || o.Draws > 0) {
		rescore, err := rescorer.Rescore(ctx, in, with)
		if err != nil {
			return nil, nil, err
		}
		for k := fits; k < len(rings); k++ {
			im.all = append(im.all, Impact{Ring: k, Changes: im.rescored(&rings[k], rescore(rings[k].Raters))})
		}
		return im.all, warnings, im.control(ctx, o.Draws, rescore, true)
	}
	if held, err := scoring.NewHeld(in, with); err == nil && o.Draws > 0 {
		return im.all, warnings, im.control(ctx, o.Draws, func(raters []int32) []scoring.Rescored {
			var all []scoring.Rescored
			for _, m := range held.Without(raters) {
				all = append(all, scoring.Rescored{Item: m.Item, Score: m.Intercept})
			}
			return all
		}, false)
	}
	return im.all, warnings, im.refitControl(ctx, o.Draws)
}

// impacts are those of rings while they are worked out.
type impacts struct {
	scorer   scoring.Scorer
	in       scoring.Input
	with     *scoring.Result
	rings    []detect.Ring
	all      []Impact
	progress func(string, int, int)
}

func (im *impacts) without(ctx context.Context, raters []int32) (*scoring.Result, error) {
	in := im.in
	in.Weight = make([]float32, in.Ratings.Raters.Len())
	for u := range in.Weight {
		in.Weight[u] = 1
	}
	for _, u := range raters {
		in.Weight[u] = 0
	}
	return im.scorer.Score(ctx, in)
}

func changes(r *detect.Ring, with, without *scoring.Result) []Change {
	var all []Change
	targets := r.Items
	for i := range int32(len(with.Item)) {
		c := Change{Item: i, With: with.Item[i], Without: without.Item[i]}
		if len(targets) > 0 && targets[0] == i {
			c.Target, targets = true, targets[1:]
		}
		if with.Status != nil {
			c.StatusWith, c.StatusWithout = with.Status[i], without.Status[i]
		}
		if c.Target || c.visible() {
			all = append(all, c)
		}
	}
	return all
}

// visible reports whether a reader would notice: another status or, of scorers
// without statuses, a score that is gone or differs.
func (c *Change) visible() bool {
	if c.StatusWith != c.StatusWithout {
		return true
	}
	if c.StatusWith != scoring.Unrated {
		return false
	}
	a, b := math.IsNaN(float64(c.With)), math.IsNaN(float64(c.Without))
	return a != b || !a && c.shift() >= Noticed
}

// rescored are the changes that a ring made to the items that it rated.
func (im *impacts) rescored(r *detect.Ring, items []scoring.Rescored) []Change {
	var all []Change
	for _, x := range items {
		c := im.change(x)
		if _, c.Target = slices.BinarySearch(r.Items, x.Item); c.Target || c.visible() {
			all = append(all, c)
		}
	}
	return all
}

func (im *impacts) change(x scoring.Rescored) Change {
	c := Change{Item: x.Item, With: im.with.Item[x.Item], Without: x.Score, StatusWithout: x.Status}
	if im.with.Status != nil {
		c.StatusWith = im.with.Status[x.Item]
	}
	return c
}
