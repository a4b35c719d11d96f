package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/internal/plural"
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
  ringwatch score ratings.csv --defend correlated-votes     copies of one vote count as one; nobody is accused
  ringwatch score ratings.csv --explain item7               why it scores so, and who made it
  ringwatch list scorers                                    which there are, and their options

` + inputHelp,
		Flags: reading(
			outFlag("write items.csv, raters.csv and run.json to the folder `DIR`"),
			forceFlag,
			&cli.StringFlag{Name: "scorer", Usage: "`NAME` of the scorer (see ringwatch list scorers), " +
				"with options as in a scenario", Value: "bridging"},
			&cli.StringFlag{Name: "format", Usage: "`FORMAT`: csv, or communitynotes for scored_notes.tsv and " +
				"helpfulness_scores.tsv too", Value: "csv"},
			&cli.BoolFlag{Name: "official-defences", DisableDefaultText: true,
				Usage: "defend as Community Notes does; the same as --defend official"},
			&cli.StringFlag{Name: "defend", Usage: "`HOW` to defend: " + scenarios.DefenceNames() + "; or one of " +
				"the first two and campaigns, joined by a comma (see ringwatch list defences; default: not at all)"},
			&cli.StringFlag{Name: "explain", Usage: "say how the `ITEM` came by its status, by whose ratings, " +
				"and who would flip it"},
			&cli.StringFlag{Name: "detectors",
				Usage: "`NAMES` of the detectors whose rings --explain tries, or none, " +
					"and --defend defends against (default: the usual ones)"},
			seedFlag,
			&cli.StringFlag{Name: "memory", Usage: "keep within `SIZE` of memory, as 2GB, as far as the work allows: " +
				"ratings and matrices are in files in the folder for temporary ones"},
		),
		Action: t.runScore,
	})
}

func (t *terminal) runScore(c *cli.Context) error {
	scorer, err := scenarios.ParseScorer(c.String("scorer"))
	if err != nil {
		return err
	}
	write, err := scoreWriter(c.String("format"), scorer)
	if err != nil {
		return err
	}
	defence, err := howToDefend(c)
	if err != nil {
		return err
	}
	out := c.String("out")
	var folder *output.Folder
	if out != "" {
		if folder, err = t.claimFolder(c, out, c.Bool("force")); err != nil {
			return err
		}
	}
	doc := scorer.Doc()
	ratings, run, err := t.readNotes(c, doc.Notes || defence != nil && defence.Does("official"), doc.Texts)
	if err != nil {
		return err
	}
	if ratings.Scale.Unary() {
		return errors.New("these are co-actions, acts without an opinion, so there is nothing to score; " +
			"if the values are opinions, give their --scale")
	}
	ratings, tight, err := t.tighten(c, ratings)
	if err != nil {
		return err
	}
	defer tight.close()
	in := scoring.Input{Ratings: ratings, Seed: run.Seed, Progress: t.meter.report}
	run.Options = map[string]string{"scorer": scorer.Name()}
	if defence != nil {
		if in, err = t.defend(c, *defence, ratings, &run); err != nil {
			return err
		}
	}
	if tight != nil {
		in.Scratch = tight.scratch
	}
	result, err := scoreAndTell(c.Context, scorer, in, &run)
	if err != nil {
		return err
	}
	if item := c.String("explain"); item != "" {
		return t.explain(c, scorer, in, result, item)
	}
	if out != "" {
		if err := write(folder, ratings, result, run); err != nil {
			return err
		}
		t.meter.stop()
		t.sayOthers(folder)
	}
	t.meter.stop()
	tight.say(t, c.String("memory"))
	return t.sayScores(ratings, scorer.Name(), result, run, out)
}

// scoreAndTell scores, and has the run tell how.
func scoreAndTell(ctx context.Context, scorer scoring.Scorer, in scoring.Input, run *reports.Provenance) (
	*scoring.Result, error) {
	result, err := scorer.Score(ctx, in)
	if err != nil {
		return nil, err
	}
	run.Warnings = append(run.Warnings, result.Warnings...)
	if result.Iterations > 0 {
		run.Options["iterations"] = fmt.Sprint(result.Iterations)
		run.Options["largest move left"] = fmt.Sprintf("%.2g", result.Move)
	}
	return result, nil
}

// scoreWriter returns what writes scores in a format.
func scoreWriter(format string, scorer scoring.Scorer) (
	func(*output.Folder, *rating.Table, *scoring.Result, reports.Provenance) error, error) {
	switch {
	case format == "csv":
		return reports.WriteScores, nil
	case format != "communitynotes":
		return nil, fmt.Errorf("--format: %q is neither csv nor communitynotes", format)
	case !scorer.Doc().Notes:
		return nil, fmt.Errorf("--format communitynotes is for the scorers communitynotes and communitynotes-core, "+
			"not for %s", scorer.Name())
	}
	return reports.WriteNotesScores, nil
}

// howToDefend returns the defence that is asked for; nil for none.
func howToDefend(c *cli.Context) (*scenarios.Defence, error) {
	how := c.String("defend")
	switch {
	case c.Bool("official-defences") && how != "" && how != "official":
		return nil, fmt.Errorf("--official-defences and --defend %s do not go together; give one of them", how)
	case c.Bool("official-defences"):
		how = "official"
	case !c.IsSet("defend"):
		return nil, nil
	}
	d, err := scenarios.ParseDefence(how)
	if err != nil {
		return nil, fmt.Errorf("--defend: %w", err)
	}
	return &d, nil
}

// defend looks for what the defence is against, and returns what the scorer gets to see.
func (t *terminal) defend(c *cli.Context, d scenarios.Defence, ratings *rating.Table,
	run *reports.Provenance) (scoring.Input, error) {
	look := detect.Input{Ratings: ratings, Seed: run.Seed, Progress: t.meter.report}
	found := &detect.Findings{}
	if d.NeedsRings() {
		detectors, err := chosen(c.String("detectors"))
		if err != nil {
			return scoring.Input{}, err
		}
		if found, err = detect.Run(c.Context, look, detectors); err != nil {
			return scoring.Input{}, err
		}
		run.Warnings = append(run.Warnings, found.Warnings...)
	}
	in, said, err := d.Against(c.Context, look, found)
	if err != nil {
		return in, err
	}
	if found.Campaigns != nil && found.Campaigns.NotRun != "" {
		return in, fmt.Errorf("--defend campaigns: %s", found.Campaigns.NotRun)
	}
	in.Seed, in.Progress = run.Seed, t.meter.report
	run.Options["defence"], run.Options["defended against"] = d.Effect, strings.Join(said, "; ")
	return in, nil
}

// sayScores sums scores up.
func (t *terminal) sayScores(ratings *rating.Table, scorer string, r *scoring.Result, run reports.Provenance,
	out string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s scored %s by %s of %s", scorer, plural.Of(ratings.Items.Len(), "item"),
		plural.Of(ratings.Len(), "rating"), plural.Of(ratings.Raters.Len(), "rater"))
	if r.Status != nil {
		count := make(map[scoring.Status]int)
		for _, s := range r.Status {
			count[s]++
		}
		fmt.Fprintf(&b, ": %d helpful, %d not helpful, %d need more ratings",
			count[scoring.Helpful], count[scoring.NotHelpful], count[scoring.NeedsMore])
		if n := count[scoring.Unrated]; n > 0 {
			fmt.Fprintf(&b, ", %d without a rating that counts", n)
		}
	}
	b.WriteString(".\n")
	if columns := reports.Columns(run, false); columns != "" {
		b.WriteString(columns + "\n")
	}
	if found := run.Options["defended against"]; found != "" {
		fmt.Fprintf(&b, "Defended (%s): %s.\n", run.Options["defence"], found)
	}
	for _, warning := range run.Warnings {
		fmt.Fprintf(&b, "Warning: %s\n", sentence(warning))
	}
	if out != "" {
		fmt.Fprintf(&b, "The scores are in %s.\n", out)
	}
	return t.tell("%s", b.String())
}
