package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/internal/plural"
	"github.com/ringwatch/ringwatch/internal/textfile"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports"
	"github.com/ringwatch/ringwatch/scenarios"
	"github.com/ringwatch/ringwatch/simulate"
)

// ratingFiles are how simulated ratings are called in each format.
var ratingFiles = map[string]string{"csv": "ratings.csv", "tsv": "ratings.tsv", "jsonl": "ratings.jsonl",
	"communitynotes": "ratings-00000.tsv", "columns": "ratings.columns", "parquet": "ratings.parquet"}

var formats = strings.Join(rating.Formats, ", ")

func (t *terminal) simulate() *cli.Command {
	return t.command(&cli.Command{
		Name:      "simulate",
		Usage:     "make ratings with brigades among them, and the truth",
		ArgsUsage: "SCENARIO --out DIR",
		Description: `Writes the ratings of a scenario after its attacks, and the truth about them:
truth_raters.csv (rater, brigade; 0 is honest), truth_items.csv (item, goal: 1
promoted, -1 buried, 0 left alone; quality) and truth_brigades.csv (brigade, its
attack, and what it spends: accounts, targets, actions, days of accounts). With
--format communitynotes there are notes, their status history and the enrollment
beside the ratings, as X publishes them.

Examples
  ringwatch simulate burst --seed 3 --out world      a scenario of the library
  ringwatch simulate mine.yaml --out world           your own
  ringwatch simulate burst --set attacks.burst.accounts=5 --set world.levels=5 --out world
  ringwatch simulate burst --format communitynotes --out world
  ringwatch simulate large.yaml --format columns --out world
  ringwatch list scenarios                           which there are`,
		Flags: []cli.Flag{
			outFlag("write to the folder `DIR`"), forceFlag, seedFlag, setFlag(),
			&cli.StringFlag{Name: "format", Usage: "`FORMAT` of the ratings: " + formats, Value: "csv"},
			&cli.StringFlag{Name: "memory", Usage: "keep within `SIZE` of memory, as 2GB, as far as the work allows: " +
				"generated ratings are in temporary files"},
		},
		Action: t.runSimulate,
	})
}

func (t *terminal) runSimulate(c *cli.Context) error {
	if c.NArg() != 1 {
		return fmt.Errorf("simulate takes one scenario, a file or a name of the library, not %d; "+
			"run ringwatch list scenarios", c.NArg())
	}
	format := c.String("format")
	name, ok := ratingFiles[format]
	if !ok {
		return fmt.Errorf("--format: %q is none of %s", format, formats)
	}
	out := c.String("out")
	if out == "" {
		return fmt.Errorf("simulate needs a folder to write to: --out DIR")
	}
	folder, err := t.claimFolder(c, out, c.Bool("force"))
	if err != nil {
		return err
	}
	s, err := t.loadScenario(c, c.Args().First())
	if err != nil {
		return err
	}
	tight, err := t.tightRoom(c)
	if err != nil {
		return err
	}
	defer tight.close()
	t.meter.report("simulating", 0, 0)
	w, err := s.SimulateIn(c.Context, c.Uint64("seed"), tight.room())
	if err != nil {
		return err
	}
	rows := w.Ratings.Len()
	files := map[string]func(io.Writer) error{name: func(f io.Writer) error {
		if format == "columns" { // which other commands then map and need not sort
			canonical, err := w.Ratings.CanonicalIn(tight.room())
			if err != nil {
				return err
			}
			return rating.WriteColumns(f, canonical)
		}
		return rating.WriteFormat(f, w.Ratings, format)
	}}
	if format == "communitynotes" {
		if w, files, err = simulate.Shards(w); err != nil {
			return err
		}
	}
	files["truth_raters.csv"] = func(f io.Writer) error { return simulate.WriteTruthRaters(f, w) }
	files["truth_items.csv"] = func(f io.Writer) error { return simulate.WriteTruthItems(f, w) }
	files["truth_brigades.csv"] = func(f io.Writer) error { return simulate.WriteTruthBrigades(f, w) }
	err = reports.WriteFolder(folder, files,
		reports.Provenance{Version: version, Command: commandLine(c), Seed: c.Uint64("seed"), RowsRead: rows,
			RowsKept: rows})
	if err != nil {
		return err
	}
	t.meter.stop()
	t.sayOthers(folder)
	tight.say(t, c.String("memory"))
	members := 0
	for _, b := range w.Brigade {
		if b != 0 {
			members++
		}
	}
	return t.tell("%s: %s of %s by %s, %d of them in brigades, are in %s.\n",
		s.Name, plural.Of(rows, "rating"), plural.Of(w.Ratings.Items.Len(), "item"),
		plural.Of(w.Ratings.Raters.Len(), "rater"), members, out)
}

func setFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: "set",
		Usage: "set an option of the scenario, as in attacks.burst.targets=5: `PATH=VALUE`; may be repeated"}
}

// loadToScore reads a scenario that is to be scored. What --set names is the user's own.
func (t *terminal) loadToScore(c *cli.Context, name string) (*scenarios.Scenario, error) {
	s, err := t.wholeScenario(name)
	if err == nil {
		err = allowed(c, name, s)
	}
	if err != nil {
		return nil, err
	}
	return withSettings(c, s)
}

var allowCommandsFlag = &cli.BoolFlag{Name: "allow-commands",
	Usage:              "run the programs that a scorer in a scenario's file, an outcome or a work folder names",
	DisableDefaultText: true}

// allowed lets a scenario, or what else may be anybody's, run programs only if it was
// said that it may. A scorer on the command line is the user's own.
func allowed(c *cli.Context, name string, s *scenarios.Scenario) error {
	if c.Bool(allowCommandsFlag.Name) {
		return nil
	}
	programs, err := s.Programs()
	if err != nil || len(programs) == 0 {
		return err
	}
	return fmt.Errorf("%s: it would run a program, %q; if that may be, add --%s", name, reports.Shown(programs[0]),
		allowCommandsFlag.Name)
}

// loadScenario reads a scenario and sets what --set says.
func (t *terminal) loadScenario(c *cli.Context, name string) (*scenarios.Scenario, error) {
	s, err := t.wholeScenario(name)
	if err != nil {
		return nil, err
	}
	return withSettings(c, s)
}

func withSettings(c *cli.Context, s *scenarios.Scenario) (*scenarios.Scenario, error) {
	if !c.IsSet("set") {
		return s, nil
	}
	s, err := s.With(c.StringSlice("set")...)
	if err != nil {
		return nil, fmt.Errorf("--set %w", err)
	}
	return s, nil
}

// wholeScenario reads a scenario, and tells of one that may have been cut short.
func (t *terminal) wholeScenario(name string) (*scenarios.Scenario, error) {
	s, err := scenarios.Load(name)
	if err == nil && s.NoEnd() {
		t.note(textfile.CutShort(name))
	}
	return s, err
}
