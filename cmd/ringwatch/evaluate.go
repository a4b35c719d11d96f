package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/evaluate"
	"github.com/ringwatch/ringwatch/reports"
)

func (t *terminal) evaluate() *cli.Command {
	return t.command(&cli.Command{
		Name:      "evaluate",
		Usage:     "hold what any tool found against a truth",
		ArgsUsage: "FOUND TRUTH",
		Description: `FOUND is what a tool found, whichever it was: a list of accounts, scores of
accounts, or groups. TRUTH is a list of those who should be found, labels of
accounts, or their groups, such as truth_raters.csv that simulate writes. Both may
be CSV, TSV, JSON or one account a line, plain, .gz, .bz2 or .zst, or - for standard
input. raters.csv, ring_members.csv and rings.json of a case are known. What was
read as what is said.

It tells precision, recall, F1, average precision and ROC-AUC with intervals; what
reviewing a fixed number of accounts brings; rings against true rings at stated
overlaps; and, where the truth has kinds, what honest accounts of each suffer.

A truth that labels accounts, or says of some that they are in no group, judges
those; one that only lists accounts takes all others that are named for honest.
--among names all accounts there are, where neither file does.

Examples
  ringwatch evaluate case/raters.csv world/truth_raters.csv
  ringwatch evaluate case/rings.json labels.csv --format markdown
  ringwatch evaluate scores.csv truth.csv --threshold 0.9 --budget 50,200
  ringwatch evaluate groups.csv truth.csv --found-columns account=user,group=cluster
  cut -f1 flagged.tsv | ringwatch evaluate - truth.csv --among everybody.txt`,
		Flags: append(judging(cli.StringFlag{Name: "out", Aliases: []string{"o"}, Usage: "write it to `FILE`"}),
			&cli.StringFlag{Name: "truth-columns",
				Usage: "the same for TRUTH, which may have kind=COLUMN too: `COLUMNS`"}, forceFlag),
		Action: t.runEvaluate,
	})
}

// judging are the flags of a command that judges what was found.
func judging(out cli.StringFlag) []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "found-columns", Usage: "what is what in FOUND: " +
			"account=COLUMN,score=COLUMN,group=COLUMN,label=COLUMN; by name or number: `COLUMNS`"},
		&cli.StringFlag{Name: "positive", Usage: "`VALUES` of a label that mean yes, with commas (default: " +
			"1, true, yes)"},
		&cli.StringFlag{Name: "none", Usage: "`VALUES` of a group that mean none, with commas (default: " +
			"those that are recognised, which are told)"},
		&cli.StringFlag{Name: "threshold", Usage: "accounts with this `SCORE` or more count as found"},
		&cli.StringFlag{Name: "budget", Usage: "how many accounts are reviewed: `N,N` (default: " +
			"20, 100 and as many as are positive)"},
		&cli.StringFlag{Name: "overlap", Usage: "Jaccard overlaps from which two rings are the same: `SHARE,SHARE`",
			Value: "0.25,0.5,0.75"},
		&cli.StringFlag{Name: "among", Usage: "`FILE` that names all accounts that could be found"},
		&cli.IntFlag{Name: "draws", Usage: "`N` draws of the bootstrap", Value: evaluate.DefaultDraws},
		&cli.StringFlag{Name: "format", Usage: "`FORMAT` of what is written: text, markdown or json", Value: "text"},
		&out, seedFlag,
	}
}

var evaluationFormats = []string{"text", "markdown", "json"}

func (t *terminal) runEvaluate(c *cli.Context) error {
	if c.NArg() != 2 {
		return fmt.Errorf("evaluate takes what was found and the truth, two files, not %d", c.NArg())
	}
	if err := checkEvaluationFormat(c); err != nil {
		return err
	}
	if err := apartFrom("out", c.String("out"), c.String("among")); err != nil {
		return err
	}
	if err := t.claim(c, "out"); err != nil {
		return err
	}
	r, err := t.evaluated(c, c.Args().Get(0), c.Args().Get(1))
	if err != nil {
		return err
	}
	return t.writeEvaluation(c, r)
}

func checkEvaluationFormat(c *cli.Context) error {
	if !slices.Contains(evaluationFormats, c.String("format")) {
		return fmt.Errorf("--format: %q is none of %s", c.String("format"), strings.Join(evaluationFormats, ", "))
	}
	return nil
}

// mostBootstrap bounds the memory of the bootstrap: some numbers of each draw are kept.
const mostBootstrap = 100_000

// writeEvaluation writes a judgement as --format and --out say.
func (t *terminal) writeEvaluation(c *cli.Context, r *evaluate.Report) error {
	return t.write(c.Context, c.String("out"), func(w io.Writer) error {
		switch c.String("format") {
		case "json":
			return reports.EvaluationJSON(w, r)
		case "markdown":
			return reports.EvaluationMarkdown(w, r)
		}
		o := t.text()
		if c.String("out") != "" {
			o = reports.TextOptions{}
		}
		return reports.EvaluationText(w, r, o)
	})
}

// evaluated reads two files and judges one by the other.
func (t *terminal) evaluated(c *cli.Context, found, truth string) (*evaluate.Report, error) {
	if found == "-" && truth == "-" {
		return nil, errors.New("only one of FOUND and TRUTH can be standard input")
	}
	tr, err := t.claims(c, truth, "truth-columns")
	if err != nil {
		return nil, err
	}
	return t.evaluatedBy(c, found, tr)
}

// evaluatedBy reads what was found and judges it by a truth.
func (t *terminal) evaluatedBy(c *cli.Context, found string, truth *evaluate.Claims) (*evaluate.Report, error) {
	o := evaluate.Options{Draws: c.Int("draws"), Seed: c.Uint64("seed")}
	var err error
	if o.Budgets, err = parseBudgets(c.String("budget")); err != nil {
		return nil, err
	}
	if o.Overlaps, err = parseOverlaps(c.String("overlap")); err != nil {
		return nil, err
	}
	if s := c.String("threshold"); s != "" {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil || v != v {
			return nil, fmt.Errorf("--threshold: %q is not a number", s)
		}
		o.Threshold = &v
	}
	if o.Draws < 100 {
		return nil, fmt.Errorf("--draws: %d are too few for an interval; take 100 or more", o.Draws)
	}
	if o.Draws > mostBootstrap {
		return nil, fmt.Errorf("--draws: %d are more than an interval needs; take %d or fewer", o.Draws, mostBootstrap)
	}
	f, err := t.claims(c, found, "found-columns")
	if err != nil {
		return nil, err
	}
	if o.Threshold != nil && f.Score == nil {
		return nil, fmt.Errorf("%s: has no scores for --threshold; it was read as %s", f.Reading.File, f.Reading.Form)
	}
	told := []string{}
	if path := c.String("among"); path != "" {
		all, err := evaluate.Read(c.Context, path, evaluate.ReadOptions{Stdin: t.in})
		if err != nil {
			return nil, err
		}
		o.Among = all.IDs
		for _, about := range all.Reading.Told {
			told = append(told, "--among: "+about)
		}
	}
	r, err := evaluate.Evaluate(c.Context, f, truth, o)
	if err != nil {
		return nil, err
	}
	r.Told = append(told, r.Told...)
	return r, nil
}

func (t *terminal) claims(c *cli.Context, path, columns string) (*evaluate.Claims, error) {
	o := evaluate.ReadOptions{Stdin: t.in}
	var err error
	if o.Columns, err = evaluate.ParseColumns(c.String(columns)); err != nil {
		return nil, fmt.Errorf("--%s: %w", columns, err)
	}
	if c.IsSet("positive") {
		o.Positive = parts(c.String("positive"))
	}
	if c.IsSet("none") {
		o.None = parts(c.String("none"))
	}
	if info, err := os.Stat(path); err == nil {
		const row = 20 // bytes, of short ones
		spareMemory(int(info.Size() / row))
	}
	return evaluate.Read(c.Context, path, o)
}

// parts are what commas part.
func parts(s string) []string {
	all := []string{}
	for part := range strings.SplitSeq(s, ",") {
		all = append(all, strings.TrimSpace(part))
	}
	return all
}

func parseBudgets(s string) (all []int, err error) {
	if s == "" {
		return nil, nil
	}
	for _, part := range parts(s) {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("--budget: %q is not a number of accounts, 1 or more", part)
		}
		all = append(all, n)
	}
	return all, nil
}

func parseOverlaps(s string) (all []float64, err error) {
	for _, part := range parts(s) {
		v, err := strconv.ParseFloat(part, 64)
		if err != nil || !(v > 0 && v <= 1) {
			return nil, fmt.Errorf("--overlap: %q is not a share above 0 and at most 1", part)
		}
		all = append(all, v)
	}
	return all, nil
}
