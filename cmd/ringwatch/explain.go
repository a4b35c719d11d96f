package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/catalog"
	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports"
)

func (t *terminal) explainRater() *cli.Command {
	return t.command(&cli.Command{
		Name:      "explain",
		Usage:     "tell what is known of a rater, or of two and what they share",
		ArgsUsage: "INPUT... --rater A [--rater B]",
		Description: `Of one rater: when it was active, the rings and other groups it is in and its
part in them, the raters whom it meets most, and, where it is in no ring, what
is missing for that. Of two: the items that both rated, how many of them at
once, how often with the same vote, and what is expected of raters who choose
alone. A pair alone is never an accusation.

Examples
  ringwatch explain ratings.csv --rater ann
  ringwatch explain ratings.csv --rater ann --rater bob
  ringwatch explain notes --rater A1B2 --format json

` + inputHelp,
		Flags: reading(
			&cli.StringSliceFlag{Name: "rater", Usage: "the `RATER` to explain, as it stands in the input; " +
				"may be given twice"},
			&cli.StringFlag{Name: "detectors", Usage: "only these `NAMES`, with commas (default: the usual ones; " +
				"all: those on request as well; see ringwatch list detectors)"},
			&cli.StringFlag{Name: "format", Usage: "`FORMAT` of what is printed: text or json", Value: "text"},
			&cli.BoolFlag{Name: "json", Usage: "the same as --format json", DisableDefaultText: true},
			momentFlag, seedFlag,
		),
		Action: t.runExplainRater,
	})
}

func (t *terminal) runExplainRater(c *cli.Context) error {
	names := c.StringSlice("rater")
	switch {
	case len(names) == 0:
		return errors.New("no rater to explain; name one with --rater, or two by giving it twice")
	case len(names) > 2:
		return fmt.Errorf("--rater: %d raters are too many; one or two can be explained", len(names))
	case len(names) == 2 && names[0] == names[1]:
		return fmt.Errorf("--rater: %q is given twice; name two raters", names[0])
	}
	asJSON := c.Bool("json") || c.String("format") == "json"
	if format := c.String("format"); !asJSON && format != "text" {
		return fmt.Errorf("--format: %q is neither text nor json", format)
	}
	if err := checkMoment(c); err != nil {
		return err
	}
	detectors, err := chosen(c.String("detectors"))
	if err != nil {
		return err
	}
	ratings, run, err := t.readNotes(c, true, false)
	if err != nil {
		return err
	}
	var raters []int32
	for _, name := range names {
		u, err := named(ratings, name)
		if err != nil {
			return err
		}
		raters = append(raters, u)
	}
	x, err := detect.Explain(c.Context, detect.Input{Ratings: ratings, Seed: run.Seed, Moment: c.Float64("moment"),
		Progress: t.meter.report}, detectors, raters...)
	if err != nil {
		return err
	}
	t.meter.stop()
	told := reports.NewExplained(ratings, x, run)
	return t.write(c.Context, "", func(w io.Writer) error {
		if asJSON {
			return told.JSON(w)
		}
		return told.Text(w, t.text())
	})
}

// named returns the rater of a name.
func named(t *rating.Table, name string) (int32, error) {
	if u, ok := t.Raters.Find(name); ok {
		return u, nil
	}
	all := make([]string, t.Raters.Len())
	for u := range all {
		all[u] = t.Raters.Name(int32(u))
	}
	if near := catalog.Nearest(name, all); near != "" {
		return 0, fmt.Errorf("--rater: no rating is by a rater %q; did you mean %q?", name, reports.Shown(near))
	}
	return 0, fmt.Errorf("--rater: no rating is by a rater %q", name)
}
