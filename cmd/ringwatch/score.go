package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports"
	"github.com/ringwatch/ringwatch/scenarios"
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
  ringwatch score ratings.csv --scorer 'command: {command: python3 score.py}' --out scores
  ringwatch score notes --scorer communitynotes --official-defences --format communitynotes --out scores
  ringwatch score ratings.csv --scorer mean --defend campaigns   without bursts of odd votes
  ringwatch score ratings.csv --explain item7               why it scores so, and who made it
  ringwatch list scorers                                    which there are, and their options

` + inputHelp,
		Flags: reading(
			outFlag("write items.csv, raters.csv and run.json to the folder `DIR`"),
			forceFlag,
			&cli.StringFlag{Name: "scorer", Usage: "`NAME` of the scorer (see ringwatch list scorers), with options as in a scenario", Value: "bridging"},
			&cli.StringFlag{Name: "format", Usage: "`FORMAT`: csv, or communitynotes for scored_notes.tsv and helpfulness_scores.tsv too", Value: "csv"},
			&cli.BoolFlag{Name: "official-defences", DisableDefaultText: true, Usage: "defend as Community Notes does: the earliest rating of a group that selects the same posts, and no note helpful only by those of them in a quasi-clique"},
			&cli.StringFlag{Name: "defend", Usage: "`HOW` to defend: campaigns, whose rows count for what would have come anyway"},
			&cli.StringFlag{Name: "explain", Usage: "say how the `ITEM` came by its status, by whose ratings, and who would flip it"},
			&cli.StringFlag{Name: "detectors", Usage: "with --explain, `NAMES` of the detectors whose rings are tried, or none (default: the usual ones)"},
			seedFlag,
		),
		Action: t.runScore,
	})
}

func (t *terminal) runScore(c *cli.Context) error {
	scorer, err := scenarios.ParseScorer(c.String("scorer"))
	if err != nil {
		return err
	}
	format := c.String("format")
	if format != "csv" && format != "communitynotes" {
		return fmt.Errorf("--format: %q is neither csv nor communitynotes", format)
	}
	if format == "communitynotes" && !scorer.Doc().Notes {
		return fmt.Errorf("--format communitynotes is for the scorers communitynotes and communitynotes-core, not for %s", scorer.Name())
	}
	if how := c.String("defend"); how != "" && how != "campaigns" {
		return fmt.Errorf("--defend: %q is not known; there is campaigns", how)
	}
	out := c.String("out")
	var folder *output.Folder
	if out != "" {
		if folder, err = t.claimFolder(c, out, c.Bool("force")); err != nil {
			return err
		}
	}
	doc, official := scorer.Doc(), c.Bool("official-defences")
	ratings, run, err := t.readNotes(c, doc.Notes || official, doc.Texts)
	if err != nil {
		return err
	}
	if ratings.Scale.Unary() {
		return errors.New("these are co-actions, acts without an opinion, so there is nothing to score; if the values are opinions, give their --scale")
	}
	in := scoring.Input{Ratings: ratings, Seed: run.Seed, Progress: t.meter.report}
	run.Options = map[string]string{"scorer": scorer.Name()}
	if official {
		var together, correlated int
		if in, together, correlated, err = scenarios.Official(c.Context, ratings, t.meter.report); err != nil {
			return err
		}
		in.Seed = run.Seed
		run.Options["official defences"] = fmt.Sprintf("%d raters select the same posts, %d of them rate alike too", together, correlated)
	}
	if c.String("defend") != "" {
		found, err := detect.Campaigns(c.Context, detect.Input{Ratings: ratings, Seed: run.Seed, Progress: t.meter.report}, nil)
		if err != nil {
			return err
		}
		if found.NotRun != "" {
			return fmt.Errorf("--defend campaigns: %s", found.NotRun)
		}
		if in.RowWeight = scenarios.RowWeights(found, ratings); official && in.Ratings != ratings {
			return errors.New("--defend campaigns and --official-defences go apart; give one of them")
		}
		items, rows := 0, 0
		for k := range found.Campaigns {
			if of := &found.Campaigns[k]; of.Deducted() {
				items++
				rows += len(of.Rows)
			}
		}
		run.Options["defended against"] = fmt.Sprintf("%d campaigns on items, of %d rows", items, rows)
	}
	result, err := scorer.Score(c.Context, in)
	if err != nil {
		return err
	}
	run.Warnings = append(run.Warnings, result.Warnings...)
	if result.Iterations > 0 {
		run.Options["iterations"], run.Options["largest move left"] = fmt.Sprint(result.Iterations), fmt.Sprintf("%.2g", result.Move)
	}
	if item := c.String("explain"); item != "" {
		return t.explain(c, scorer, in, result, item)
	}
	if out != "" {
		write := reports.WriteScores
		if format == "communitynotes" {
			write = reports.WriteNotesScores
		}
		if err := write(folder, ratings, result, run); err != nil {
			return err
		}
		t.meter.stop()
		t.sayOthers(folder)
	}
	t.meter.stop()
	return t.sayScores(ratings, scorer.Name(), result, run, out)
}

// sayScores sums scores up.
func (t *terminal) sayScores(ratings *rating.Table, scorer string, r *scoring.Result, run reports.Provenance, out string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s scored %d items by %d ratings of %d raters", scorer, ratings.Items.Len(), ratings.Len(), ratings.Raters.Len())
	if r.Status != nil {
		count := make(map[scoring.Status]int)
		for _, s := range r.Status {
			count[s]++
		}
		fmt.Fprintf(&b, ": %d helpful, %d not helpful, %d need more ratings", count[scoring.Helpful], count[scoring.NotHelpful], count[scoring.NeedsMore])
		if n := count[scoring.Unrated]; n > 0 {
			fmt.Fprintf(&b, ", %d without a rating that counts", n)
		}
	}
	b.WriteString(".\n")
	if columns := reports.Columns(run, false); columns != "" {
		b.WriteString(columns + "\n")
	}
	if found := run.Options["defended against"]; found != "" {
		fmt.Fprintf(&b, "Defended against %s: of these what would have come anyway counts.\n", found)
	}
	if found := run.Options["official defences"]; found != "" {
		fmt.Fprintf(&b, "Defended as Community Notes does: %s.\n", found)
	}
	for _, warning := range run.Warnings {
		fmt.Fprintf(&b, "Warning: %s.\n", warning)
	}
	if out != "" {
		fmt.Fprintf(&b, "The scores are in %s.\n", out)
	}
	return t.tell("%s", b.String())
}
