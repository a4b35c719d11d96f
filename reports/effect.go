package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/ringwatch/ringwatch/reports/internal/page"
	"github.com/ringwatch/ringwatch/scenarios"
	"github.com/ringwatch/ringwatch/scoring"
)

// An Effect is what a ring does to the scores of its targets.
type Effect struct {
	Scored  int            `json:"scored_targets"` // that have a score with and without the ring
	Shift   float64        `json:"shift"`          // mean distance by which these moved
	Moved   int            `json:"targets_moved"`  // by 0.01 or more, and further than in any draw of the control
	Changed int            `json:"targets_changed"`
	Lost    int            `json:"targets_short_of_votes"` // whose status changed without such a move
	Others  int            `json:"others_changed"`
	Control *EffectControl `json:"control,omitempty"`
}

// An EffectControl is what happens to the same items when other raters are left
// out: least and greatest of the draws.
type EffectControl struct {
	Draws   int         `json:"draws"`
	Raters  int         `json:"raters"`
	Shift   [2]float64  `json:"shift"`
	Changed *[2]float64 `json:"targets_changed,omitempty"`
	Others  *[2]float64 `json:"others_changed,omitempty"`
}

// Change is an item's score and status with and without a ring; a score is nil
// where the item had none.
type Change struct {
	Item          string   `json:"item"`
	Target        bool     `json:"target"`
	With          *float32 `json:"with"`
	Without       *float32 `json:"without"`
	StatusWith    string   `json:"status_with"`
	StatusWithout string   `json:"status_without"`
	Moved         bool     `json:"moved"` // a target that moved because of the ring; see Effect
	Control       float64  `json:"control,omitempty"`
}

// Changed reports whether the status differs.
func (c Change) Changed() bool { return c.StatusWith != c.StatusWithout }

// addImpact records what a ring does to scores: targets that it moved first, and
// of each kind what moved furthest.
func (g *Ring) addImpact(c *Case, im *scenarios.Impact) {
	for i := range im.Changes {
		x := &im.Changes[i]
		d := Change{Item: item(c.Ratings, x.Item), Target: x.Target, With: score(x.With), Without: score(x.Without),
			Moved: x.Target && x.Moved(), Control: finite(float64(x.Control))}
		if c.Score == nil || c.Score.Status != nil {
			d.StatusWith, d.StatusWithout = x.StatusWith.String(), x.StatusWithout.String()
		}
		g.Impact = append(g.Impact, d)
	}
	slices.SortStableFunc(g.Impact, func(a, b Change) int {
		return cmp.Or(order(b.Moved, a.Moved), order(b.Target, a.Target), order(b.Changed(), a.Changed()),
			cmp.Compare(b.size(), a.size()))
	})
	e := im.Effect()
	g.Effect = &Effect{Scored: e.Scored, Shift: finite(e.Shift), Moved: e.Moved, Changed: e.Changed, Lost: e.Lost,
		Others: e.Others}
	if x := im.Control; x != nil && len(x.Shift) > 0 {
		g.Effect.Control = &EffectControl{Draws: len(x.Shift), Raters: x.Raters,
			Shift:   [2]float64{finite(x.Shift[0]), finite(x.Shift[len(x.Shift)-1])},
			Changed: ends(x.Changed), Others: ends(x.Others)}
	}
}

// ends are the least and the greatest of a sorted list.
func ends(of []int) *[2]float64 {
	if len(of) == 0 {
		return nil
	}
	return &[2]float64{float64(of[0]), float64(of[len(of)-1])}
}

func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func (c Change) size() float64 {
	if c.With == nil || c.Without == nil {
		return 0
	}
	return math.Abs(float64(*c.With - *c.Without))
}

func score(v float32) *float32 {
	if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
		return nil
	}
	return &v
}

// statuses reports whether the scorer has such.
func (r *Ring) statuses() bool {
	return slices.ContainsFunc(r.Impact, func(c Change) bool {
		return c.StatusWith != "" && c.StatusWith != scoring.Unrated.String() || c.StatusWithout != "" &&
			c.StatusWithout != scoring.Unrated.String()
	})
}

// Did says in a few words what a ring does to scores.
func (r *Ring) Did() string {
	e := r.Effect
	switch {
	case e == nil:
		return "not scored"
	case e.Moved == 0 && e.Control != nil:
		return "no more than others"
	case e.Moved == 0:
		return "none seen"
	case r.statuses():
		return fmt.Sprintf("moved %s, %d of %d changed", distance(e.Shift), e.Changed, r.Targets)
	}
	return fmt.Sprintf("moved %s, %d of %d", distance(e.Shift), e.Moved, r.Targets)
}

// EffectWords says what a ring does to scores, held against the control; empty if
// nothing was scored.
func (r *Ring) EffectWords() string {
	e := r.Effect
	if e == nil {
		return ""
	}
	s := []string{r.onTargets()}
	if c := e.Control; c != nil {
		s = append(s, c.words(r.statuses()))
	}
	if e.Lost > 0 {
		s = append(s, fmt.Sprintf("%s changed status without moving that far: too few votes are left, or the control "+
			"changes as many.", page.Many(e.Lost, "other target")))
	}
	if e.Others > 0 {
		others := fmt.Sprintf("Beside its targets %s changed", page.Many(e.Others, "item"))
		if e.Control != nil && e.Control.Others != nil {
			others += fmt.Sprintf(", and %s in the control: not counted", between2(*e.Control.Others))
		} else {
			others += "; leaving out any raters changes some, so they are not counted"
		}
		s = append(s, others+".")
	}
	return strings.Join(s, " ")
}

func (r *Ring) onTargets() string {
	e := r.Effect
	if e.Scored == 0 {
		return fmt.Sprintf("None of its %s has a score both with it and without it.", page.Many(r.Targets, "target"))
	}
	moved := fmt.Sprintf("It moves the scores of its targets by %s on average, %d of %d visibly", distance(e.Shift),
		e.Moved, r.Targets)
	if e.Control != nil && e.Moved > 0 {
		moved += " and further than the control ever does"
	}
	if r.statuses() {
		moved += fmt.Sprintf("; %d of these changed status", e.Changed)
	}
	return moved + "."
}

func (c *EffectControl) words(statuses bool) string {
	s := fmt.Sprintf("Control: with %s of similar activity and in no ring left out instead, %s, "+
		"the same targets moved by %s",
		page.Many(c.Raters, "rater"), times(c.Draws), between2(c.Shift))
	if c.Changed != nil && statuses {
		s += fmt.Sprintf(", and %s changed status", between2(*c.Changed))
	}
	return s + " (least to most of the draws)."
}

// between2 writes an interval of counts or of distances.
func between2(ends [2]float64) string {
	if low, high := distance(ends[0]), distance(ends[1]); low != high {
		return low + " to " + high
	}
	return distance(ends[1])
}

// distance writes how far a score moved; a thousandth is less than anybody sees.
func distance(v float64) string {
	if v > 0 && v < .0005 {
		return "less than 0.001"
	}
	if v < .01 {
		return strings.TrimRight(strings.TrimRight(strconv.FormatFloat(v, 'f', 3, 64), "0"), ".")
	}
	return page.Short(v)
}

// Weight says in a clause what a ring does to its targets, and what others do;
// empty if nothing was scored.
func (r *Ring) Weight() string {
	e := r.Effect
	if e == nil || e.Scored == 0 {
		return ""
	}
	s := fmt.Sprintf("it moves its targets' scores by %s on average", distance(e.Shift))
	if c := e.Control; c != nil {
		s += fmt.Sprintf("; as many others, left out in its place, by %s", between2(c.Shift))
	}
	return s
}
