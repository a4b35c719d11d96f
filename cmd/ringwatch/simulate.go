package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports"
	"github.com/ringwatch/ringwatch/scenarios"
	"github.com/ringwatch/ringwatch/simulate"
)

// ratingFiles are how simulated ratings are called in each format.
var ratingFiles = map[string]string{"csv": "ratings.csv", "tsv": "ratings.tsv", "jsonl": "ratings.jsonl", "communitynotes": "ratings-00000.tsv",
	"columns": "ratings.columns", "parquet": "ratings.parquet"}

var formats = strings.Join(rating.Formats, ", ")

func (t *terminal) simulate() *cli.Command {
	return t.command(&cli.Command{
		Name:      "simulate",
		Usage:     "make ratings with brigades among them, and the truth",
		ArgsUsage: "SCENARIO --out DIR",
		Description: `Writes the ratings of a scenario after its attacks, and the truth about them:
truth_raters.csv (rater, brigade; 0 is honest) and truth_items.csv (item, goal:
1 promoted, -1 buried, 0 left alone; quality).

Examples
  ringwatch simulate burst --seed 3 --out world      a scenario of the library
  ringwatch simulate mine.yaml --out world           your own
  ringwatch simulate burst --format communitynotes --out world
  ringwatch simulate large.yaml --format columns --out world
  ringwatch list scenarios                           which there are`,
		Flags: []cli.Flag{
			outFlag("write to the folder `DIR`"), forceFlag, seedFlag,
			&cli.StringFlag{Name: "format", Usage: "`FORMAT` of the ratings: " + formats, Value: "csv"},
		},
		Action: t.runSimulate,
	})
}

func (t *terminal) runSimulate(c *cli.Context) error {
	if c.NArg() != 1 {
		return fmt.Errorf("simulate takes one scenario, a file or a name of the library, not %d; run ringwatch list scenarios", c.NArg())
	}
	format := c.String("format")
	name, ok := ratingFiles[format]
	if !ok {
		return fmt.Errorf("--format: %q is none of %s", format, formats)
	}
	out, force := c.String("out"), c.Bool("force")
	if out == "" {
		return fmt.Errorf("simulate needs a folder to write to: --out DIR")
	}
	if err := reports.Check(out, force); err != nil {
		return err
	}
	s, err := scenarios.Load(c.Args().First())
	if err != nil {
		return err
	}
	t.meter.report("simulating", 0, 0)
	w, err := s.Simulate(c.Context, c.Uint64("seed"))
	if err != nil {
		return err
	}
	rows := w.Ratings.Len()
	err = reports.WriteFolder(out, map[string]func(io.Writer) error{
		name:               func(f io.Writer) error { return rating.WriteFormat(f, w.Ratings, format) },
		"truth_raters.csv": func(f io.Writer) error { return simulate.WriteTruthRaters(f, w) },
		"truth_items.csv":  func(f io.Writer) error { return simulate.WriteTruthItems(f, w) },
	}, reports.Provenance{Version: version, Command: commandLine(c), Seed: c.Uint64("seed"), RowsRead: rows, RowsKept: rows}, force)
	if err != nil {
		return err
	}
	t.meter.stop()
	members := 0
	for _, b := range w.Brigade {
		if b != 0 {
			members++
		}
	}
	_, err = fmt.Fprintf(t.out, "%s: %d ratings of %d items by %d raters, %d of them in brigades, are in %s.\n",
		s.Name, rows, w.Ratings.Items.Len(), w.Ratings.Raters.Len(), members, out)
	return err
}
