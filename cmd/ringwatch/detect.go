package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports"
	"github.com/ringwatch/ringwatch/scenarios"
	"github.com/ringwatch/ringwatch/scoring"
)

func (t *terminal) detect() *cli.Command {
	return t.command(&cli.Command{
		Name:      "detect",
		Usage:     "find rings of raters who act together, with the evidence",
		ArgsUsage: "INPUT... [--out DIR]",
		Description: `Finds groups of raters whose ratings agree, in choice or in time, more than
those of independent raters of the same habits would, and shows for each the
evidence, the innocent explanations that were tested, and what the scores would
be without it. What it finds is coordination; whether that breaks a rule is for
people to decide.

Examples
  ringwatch detect ratings.csv                          a table, no files
  ringwatch detect ratings.csv --out case               and case/report.html
  ringwatch detect ratings.csv --format csv | sort -t, -k2 -n
  ringwatch detect notes/ratings-*.tsv.gz --out case    Community Notes download
  ringwatch detect votes.csv --columns rater=ip,item=poll,value=vote,time=at
  ringwatch detect stars.csv --scale 1..5 --scorer mean
  ringwatch detect notes/*.tsv --out case --item-url 'https://x.com/i/birdwatch/n/{id}'
  zcat shares.csv.gz | ringwatch detect - --since 2024-01-01
  ringwatch detect ratings.csv --calibrate 20           how far to trust this here
  ringwatch detect ratings.csv --since case --out next  what is new since a case

--calibrate N tries the detectors on your data. It draws it anew N times so that
each rater acts alone, where a ring is a false alarm, and searches it up to N times
with rings of 5, 10 and 20 raters and 5, 8 and 20 targets planted in it, which
tells which rings would be found. It takes about 2 N times as long as without.
No ring in 20 redraws means one in at most 17 of 100, in 100 redraws in 4 of 100.

--since CASE, the folder of an earlier run, goes on with it: rings keep their names,
by their members, and it is said which are new, grown, gone or unchanged. What was
decided in serve carries over to rings whose members and certainty allow it, and is
shown with the others. INPUT is all ratings up to now, earlier ones included.

Where there are times it also looks for campaigns on items: bursts of ratings by
accounts with few ratings in all, whose votes neither the item's usual newcomers
nor its established raters share. campaigns.csv has them, and campaign_rows.csv
the rows of the input that they are about, counted from 0, with the weight that
leaves what would have come anyway. They accuse no account.

Raters have pseudonyms in report.html; pseudonyms.csv is their key. The other
files hold the identifiers as given.

` + inputHelp,
		Flags: append(reading(findingFlags()...), accountsFlag, knownFlag, workFlag, blocksFlag, memoryFlag,
			engineFlag, remoteFlag, beamFlag),
		Action: t.runDetect,
	})
}

// findingFlags are the flags that tell how to find rings and what to show of them.
func findingFlags() []cli.Flag {
	return []cli.Flag{
		outFlag("write report.html, rings.csv, raters.csv, graph.graphml and more to the folder `DIR`"),
		forceFlag,
		&cli.StringFlag{Name: "detectors", Usage: "only these `NAMES`, with commas (default: the usual ones; all: " +
			"those on request as well; see ringwatch list detectors)"},
		&cli.StringFlag{Name: "scorer", Usage: "`NAME` of the scorer that tells a ring's effect, or none; " +
			"with options as in a scenario", Value: "bridging"},
		controlFlag,
		&cli.IntFlag{Name: "calibrate", Usage: "try the detectors on this data, " +
			"in `N` redraws and with planted rings; takes 2 N times as long (0: no)"},
		momentFlag,
		&cli.StringFlag{Name: "format", Usage: "`FORMAT` of what is printed: text, markdown, json or csv, for pipes",
			Value: "text"},
		revealFlag, exactTimesFlag, itemURLFlag, raterURLFlag, byFlag, onFlag, seedFlag,
		&cli.BoolFlag{Name: "item-scores", Usage: "write items.csv too, as ringwatch score --out does",
			DisableDefaultText: true},
	}
}

// mostMoment is a day: who acts on one day does not act at one moment.
const mostMoment = 86400

var momentFlag = &cli.Float64Flag{Name: "moment",
	Usage: "acts without values are together where they are some `SECONDS` apart", Value: 10}

// mostDraws is more than a range could be told apart by.
const mostDraws = 1000

func (t *terminal) runDetect(c *cli.Context) error {
	o, err := findingOptions(c)
	if err != nil {
		return err
	}
	work, out := c.String("work"), c.String("out")
	if work != "" && out != "" && (inside(work, out) || inside(out, work)) {
		return fmt.Errorf("--work %s and --out %s: the work folder is kept apart from the case; "+
			"name another for one of them", work, out)
	}
	if err := checkEngine(c); err != nil {
		return err
	}
	folder, err := t.claimOut(c)
	if err != nil {
		return err
	}
	if c.String("work") != "" {
		return t.detectInFolder(c, o, folder)
	}
	if c.IsSet("blocks") || c.IsSet("memory") {
		return errors.New("--blocks and --memory are for a work folder; name one with --work")
	}
	notes, texts := o.notes()
	ratings, run, err := t.readNotes(c, notes, texts)
	if err != nil {
		return err
	}
	return t.find(c, o, detect.Input{Ratings: ratings}, run, "Rings in "+title(c), folder)
}

func checkMoment(c *cli.Context) error {
	if x := c.Float64("moment"); !(x > 0 && x <= mostMoment) {
		return fmt.Errorf("--moment: %g is not above 0 and at most %d seconds", x, mostMoment)
	}
	return nil
}

// finding is what the flags say of how to find rings.
type finding struct {
	detectors []detect.Detector
	scorer    scoring.Scorer   // nil: none
	earlier   *reports.Earlier // the case that this one goes on from; nil: none
}

func findingOptions(c *cli.Context) (o finding, err error) {
	if o.detectors, err = chosen(c.String("detectors")); err != nil {
		return o, err
	}
	if name := c.String("scorer"); name != "none" {
		if o.scorer, err = scenarios.ParseScorer(name); err != nil {
			return o, err
		}
	}
	if err := checkMoment(c); err != nil {
		return o, err
	}
	if n := c.Int("control"); n < 0 || n > mostDraws {
		return o, fmt.Errorf("--control: %d is not from 0 to %d", n, mostDraws)
	}
	if format := c.String("format"); c.Command.Name != "plan" && !slices.Contains(caseFormats, format) {
		return o, fmt.Errorf("--format: %q is none of %s", format, strings.Join(caseFormats, ", "))
	}
	if o.earlier, err = earlier(c); err != nil {
		return o, err
	}
	return o, checkURLs(c)
}

// notes tells what of Community Notes is needed beside ratings.
func (o finding) notes() (notes, texts bool) {
	if o.scorer != nil {
		notes, texts = o.scorer.Doc().Notes, o.scorer.Doc().Texts
	}
	for _, d := range o.detectors {
		notes = notes || d.Doc().Notes
	}
	return notes, texts
}

// readers names those who look at what Community Notes publishes beside ratings.
func (o finding) readers() (names []string) {
	if o.scorer != nil && o.scorer.Doc().Notes {
		names = append(names, o.scorer.Name())
	}
	for _, d := range o.detectors {
		if d.Doc().Notes {
			names = append(names, d.Name())
		}
	}
	return names
}

// others names the detectors that look at ratings alone.
func (o finding) others() (names []string) {
	for _, d := range o.detectors {
		if !d.Doc().Notes {
			names = append(names, d.Name())
		}
	}
	return names
}

// find finds the rings of ratings that were read, and delivers what is found.
func (t *terminal) find(c *cli.Context, o finding, in detect.Input, run reports.Provenance, name string,
	folder *output.Folder) error {
	ratings := in.Ratings
	in.Seed, in.Progress, in.Moment = run.Seed, t.stages(ratings), c.Float64("moment")
	with, err := readBesides(c, ratings)
	if err != nil {
		return err
	}
	f, err := detect.Run(c.Context, in, o.detectors)
	if err != nil {
		return err
	}
	goOn(o.earlier, ratings, f)
	if f.Campaigns, err = detect.Campaigns(c.Context, in, f.Rings); err != nil {
		return err
	}
	beside, err := t.beside(c, ratings, f, with)
	if err != nil {
		return err
	}
	calibrated, err := t.calibrate(c, ratings, o.detectors, f)
	if err != nil {
		return err
	}
	done := &reports.Case{Title: name, Ratings: ratings, Findings: f, Beside: beside, Calibrated: calibrated,
		Earlier: o.earlier, Run: run,
		RevealIDs: c.Bool("reveal-ids"), ExactTimes: c.Bool("exact-times"), ItemScores: c.Bool("item-scores"),
		ItemURL: c.String("item-url"), RaterURL: c.String("rater-url")}
	done.MadeBy(c.String("by"), c.String("on"))
	if o.scorer != nil && ratings.Scale.Unary() {
		f.NotRun = append(f.NotRun, detect.NotRun{Detector: "effect on scores",
			Why: "these are co-actions, acts without an opinion, so there is nothing to score"})
	} else if o.scorer != nil {
		in := scoring.Input{Ratings: ratings, Seed: run.Seed, Progress: t.meter.report}
		if done.Score, err = o.scorer.Score(c.Context, in); err != nil {
			return err
		}
		if done.Impacts, err = t.impacts(c, o.scorer, in, done.Score, f); err != nil {
			return err
		}
		done.Scorer = o.scorer.Name()
	}
	return t.deliver(done, folder, c.String("out"), c.String("format"))
}

// calibrate tries the detectors on the ratings, if it was asked for.
func (t *terminal) calibrate(c *cli.Context, ratings *rating.Table, detectors []detect.Detector,
	f *detect.Findings) (*detect.Calibrated, error) {
	n := c.Int("calibrate")
	if n == 0 {
		return nil, nil
	}
	in := detect.Input{Ratings: ratings, Seed: c.Uint64("seed"), Moment: c.Float64("moment"), Progress: t.meter.report}
	out, err := detect.Calibrate(c.Context, in, detectors, detect.Calibration{Redraws: n, Found: f})
	if err != nil {
		return nil, fmt.Errorf("--calibrate: %w", err)
	}
	return out, nil
}

var controlFlag = &cli.IntFlag{Name: "control", Usage: "compare each ring's effect with that of `N` draws of as many " +
	"other raters of similar activity (0: do not)", Value: scenarios.DefaultImpacts().Draws}

var caseFormats = []string{"text", "markdown", "json", "csv"}

var (
	byFlag     = &cli.StringFlag{Name: "by", Usage: "say in the report who made it: `NAME`"}
	onFlag     = &cli.StringFlag{Name: "on", Usage: "say in the report when: `DATE`"}
	revealFlag = &cli.BoolFlag{Name: "reveal-ids", Usage: "show raters' identifiers in report.html, not pseudonyms",
		DisableDefaultText: true}
	itemURLFlag = &cli.StringFlag{Name: "item-url",
		Usage: "`ADDRESS` where an item can be seen, with {id} in it, for links in report.html"}
	raterURLFlag = &cli.StringFlag{Name: "rater-url",
		Usage: "the same of a rater: `ADDRESS`, with {id} in it; only used with --reveal-ids"}
)

func checkURLs(c *cli.Context) error {
	for _, name := range []string{"item-url", "rater-url"} {
		if pattern := c.String(name); pattern != "" {
			if err := reports.CheckURL(pattern); err != nil {
				return fmt.Errorf("--%s: %w", name, err)
			}
		}
	}
	return nil
}

// impacts works out what rings and coordinated groups do to scores.
func (t *terminal) impacts(c *cli.Context, scorer scoring.Scorer, in scoring.Input, with *scoring.Result,
	f *detect.Findings) ([]scenarios.Impact, error) {
	o := scenarios.DefaultImpacts()
	o.Draws = c.Int("control")
	all, warnings, err := scenarios.Impacts(c.Context, scorer, in, with, slices.Concat(f.Rings, f.Coordinated), o)
	f.Warnings = append(f.Warnings, warnings...)
	return all, err
}

// chosen returns the detectors of a list of names, of which "all" stands for
// every one that is judged, or those that usually run.
func chosen(names string) ([]detect.Detector, error) {
	if strings.TrimSpace(names) == "" {
		return detect.Usual(), nil
	}
	var chosen []detect.Detector
	seen := make(map[string]bool)
	for name := range strings.SplitSeq(names, ",") {
		named := detect.Judged()
		if name = strings.TrimSpace(name); name != "all" {
			d, err := detect.New(name)
			if err != nil {
				return nil, err
			}
			named = []detect.Detector{d}
		}
		for _, d := range named {
			if !seen[d.Name()] {
				chosen = append(chosen, d)
			}
			seen[d.Name()] = true
		}
	}
	return chosen, nil
}

// title names the input in a few words.
func title(c *cli.Context) string {
	names := inputNames(c)
	if names[0] == "-" {
		names[0] = "standard input"
	}
	if n := len(names); n > 1 {
		return fmt.Sprintf("%s and %d more", names[0], n-1)
	}
	return names[0]
}
