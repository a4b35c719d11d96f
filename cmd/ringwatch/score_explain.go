package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/internal/plural"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/communitynotes"
)

const explainedRatings = 10

// explain tells how an item came by its status.
func (t *terminal) explain(c *cli.Context, scorer scoring.Scorer, in scoring.Input, r *scoring.Result,
	name string) error {
	item, ok := in.Ratings.Items.Find(name)
	if !ok {
		return fmt.Errorf("--explain: no rating is of an item %q", name)
	}
	w, err := scoring.Explain(scorer, in, r, item)
	if err != nil {
		return err
	}
	var rings []detect.Ring
	if c.String("detectors") != "none" && len(w.Influences) > 0 {
		detectors, err := chosen(c.String("detectors"))
		if err != nil {
			return err
		}
		f, err := detect.Run(c.Context, detect.Input{Ratings: in.Ratings, Seed: in.Seed, Progress: t.meter.report},
			detectors)
		if err != nil {
			return err
		}
		rings = f.Rings
	}
	t.meter.stop()
	return t.tell("%s", explained(scorer, in.Ratings, r, w, rings))
}

func explained(scorer scoring.Scorer, t *rating.Table, r *scoring.Result, w *scoring.Why, rings []detect.Ring) string {
	var b strings.Builder
	k := w.Item
	fmt.Fprintf(&b, "%s scores item %s by %s: %s", scorer.Name(), t.Items.Name(k),
		plural.Of(int(r.ItemRatings[k]), "rating"), r.Status[k])
	if by := communitynotes.DetailOf(r).DecidedBy; by != nil && by[k] != "" {
		fmt.Fprintf(&b, ", decided by %s", by[k])
	}
	fmt.Fprintf(&b, ".\nIntercept %s, factor %s.\n\nRules and thresholds\n",
		signed(r.ItemIntercept[k]), signed(r.ItemFactor[k]))
	tellMargins(&b, w)
	if len(w.Influences) == 0 {
		b.WriteString("\nNo rating counts in the last fit, so none moved the intercept.\n")
		return b.String()
	}
	fmt.Fprintf(&b, "\nRatings that moved the intercept most (of %d, all other parameters held)\n", len(w.Influences))
	for _, i := range w.Influences[:min(explainedRatings, len(w.Influences))] {
		fmt.Fprintf(&b, "- %s rated %s: %+.4f\n", t.Raters.Name(i.Rater),
			strconv.FormatFloat(t.Scale.Of(i.Value), 'g', 4, 64), i.Moved)
	}
	b.WriteString("\nWho would flip it\n")
	fmt.Fprintf(&b, "By its intercept alone it is %s. ", w.Now())
	switch n := len(w.Flipping); {
	case n == 0:
		b.WriteString("No single rater would change that.\n")
	default:
		var names []string
		for _, i := range w.Flipping[:min(explainedRatings, n)] {
			names = append(names, t.Raters.Name(i.Rater))
		}
		more := ""
		if n > len(names) {
			more = fmt.Sprintf(" and %d more", n-len(names))
		}
		fmt.Fprintf(&b, "Without any one of these it would be another: %s%s.\n", strings.Join(names, ", "), more)
	}
	tellRings(&b, w, rings)
	return b.String()
}

// tellMargins tells how far the item is from each rule's threshold.
func tellMargins(b *strings.Builder, w *scoring.Why) {
	for _, m := range w.Margins {
		state := "not met"
		switch {
		case m.Met:
			state = "met"
		case m.Reached:
			state = "does not apply"
		}
		fmt.Fprintf(b, "- %s, %s: %s", m.Rule, state, m.Because)
		switch {
		case math.IsNaN(m.Value) && math.IsNaN(m.At):
		case math.IsNaN(m.Value):
			b.WriteString(" is not known")
		default:
			side := "short of"
			if m.Reached {
				side = "beyond"
			}
			fmt.Fprintf(b, " is %.3f, %.3f %s the threshold of %.3f", m.Value, math.Abs(m.By()), side, m.At)
		}
		b.WriteString(".\n")
	}
}

// tellRings tells what the item would be without each ring of which somebody counts.
func tellRings(b *strings.Builder, w *scoring.Why, rings []detect.Ring) {
	for i, ring := range rings {
		on := 0
		for _, f := range w.Influences {
			for _, u := range ring.Raters {
				if u == f.Rater {
					on++
				}
			}
		}
		if on == 0 {
			continue
		}
		now := w.Without(ring.Raters)
		would := "would"
		if now == w.Now() {
			would = "would still"
		}
		fmt.Fprintf(b, "Without ring R%d, %s of whom %d count here, it %s be %s.\n",
			i+1, plural.Of(len(ring.Raters), "rater"), on, would, now)
	}
}

func signed(x float32) string {
	if math.IsNaN(float64(x)) {
		return "unknown"
	}
	return strconv.FormatFloat(float64(x), 'f', 4, 32)
}
