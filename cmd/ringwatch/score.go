package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports"
	"github.com/ringwatch/ringwatch/scoring"
)

func (t *terminal) score() *cli.Command {
	return t.command(&cli.Command{
		Name:      "score",
		Usage:     "score items and raters",
		ArgsUsage: "INPUT... [--out DIR]",
		Description: `Writes items.csv (item, score, status, intercept, factor, ratings), raters.csv
(rater, reputation, intercept, factor, helpful, ratings) and run.json.

Examples
  ringwatch score ratings.csv --out scores                  bridging: what opposed camps agree on
  ringwatch score ratings.csv --scorer median --out scores
  ringwatch list scorers                                    which there are, and their options

` + inputHelp,
		Flags: reading(
			outFlag("write items.csv, raters.csv and run.json to the folder `DIR`"),
			forceFlag,
			&cli.StringFlag{Name: "scorer", Usage: "`NAME` of the scorer (see ringwatch list scorers)", Value: "bridging"},
			seedFlag,
		),
		Action: t.runScore,
	})
}

func (t *terminal) runScore(c *cli.Context) error {
	scorer, err := scoring.New(c.String("scorer"))
	if err != nil {
		return err
	}
	out, force := c.String("out"), c.Bool("force")
	if out != "" {
		if err := reports.Check(out, force); err != nil {
			return err
		}
	}
	ratings, run, err := t.readNotes(c, scorer.Doc().Notes)
	if err != nil {
		return err
	}
	if ratings.Scale.Unary() {
		return errors.New("these are co-actions, acts without an opinion, so there is nothing to score; if the values are opinions, give their --scale")
	}
	result, err := scorer.Score(c.Context, scoring.Input{Ratings: ratings, Seed: run.Seed, Progress: t.meter.report})
	if err != nil {
		return err
	}
	run.Warnings = append(run.Warnings, result.Warnings...)
	run.Options = map[string]string{"scorer": scorer.Name()}
	if out != "" {
		if err := reports.WriteScores(out, ratings, result, run, force); err != nil {
			return err
		}
	}
	t.meter.stop()
	return sayScores(t.out, ratings, scorer.Name(), result, run.Warnings, out)
}

// sayScores sums scores up.
func sayScores(w io.Writer, ratings *rating.Table, scorer string, r *scoring.Result, warnings []string, out string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s scored %d items by %d ratings of %d raters", scorer, ratings.Items.Len(), ratings.Len(), ratings.Raters.Len())
	if r.Status != nil {
		count := make(map[scoring.Status]int)
		for _, s := range r.Status {
			count[s]++
		}
		fmt.Fprintf(&b, ": %d helpful, %d not helpful, %d need more ratings", count[scoring.Helpful], count[scoring.NotHelpful], count[scoring.NeedsMore])
	}
	b.WriteString(".\n")
	for _, warning := range warnings {
		fmt.Fprintf(&b, "Warning: %s.\n", warning)
	}
	if out != "" {
		fmt.Fprintf(&b, "The scores are in %s.\n", out)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
