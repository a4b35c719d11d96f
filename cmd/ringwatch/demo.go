package main

import (
	"fmt"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/reports"
	"github.com/ringwatch/ringwatch/scenarios"
	"github.com/ringwatch/ringwatch/scoring"
)

const demoFolder = "ringwatch-demo"

func (t *terminal) demo() *cli.Command {
	return t.command(&cli.Command{
		Name:  "demo",
		Usage: "simulate brigades, find them, and undo what they did to the scores",
		Description: `Makes a small world of people who rate notes and lets three brigades loose on it: one
leaves a ring, one is a farm of throw-away accounts, one an angry crowd. Looks for rings
and for campaigns on items without knowing the truth, and scores the notes three times:
clean, attacked, and without the rings and what the farm added. No input is needed.

Examples
  ringwatch demo                     results in ./` + demoFolder + `
  ringwatch demo --seed 7 --out try  another world, results in ./try`,
		Flags: []cli.Flag{
			outFlag("write to the folder `DIR`, else to ./" + demoFolder),
			forceFlag, revealFlag, exactTimesFlag, byFlag, onFlag, seedFlag,
		},
		Action: t.runDemo,
	})
}

func (t *terminal) runDemo(c *cli.Context) error {
	if c.NArg() > 0 {
		return fmt.Errorf("demo takes no input, not %q; for your own ratings run ringwatch detect", c.Args().First())
	}
	out, force := c.String("out"), c.Bool("force")
	if out == "" {
		out, force = demoFolder, true // only ever replaces a demo
	}
	folder, err := t.claimFolder(c, out, force)
	if err != nil {
		return err
	}
	s, err := scenarios.Load("demo")
	if err != nil {
		return err
	}
	seed := c.Uint64("seed")
	x, err := s.Run(c.Context, seed, t.meter.report)
	if err != nil {
		return err
	}
	impacts, _, err := scenarios.Impacts(c.Context, s.Scorer,
		scoring.Input{Ratings: x.World.Ratings, Seed: seed, Progress: t.meter.report}, x.Attacked, x.Findings.Rings,
		scenarios.DefaultImpacts())
	if err != nil {
		return err
	}
	ratings, err := digest(c.Context, x.World.Ratings)
	if err != nil {
		return err
	}
	rows := x.World.Ratings.Len()
	done := &reports.Case{
		Title: "Ringwatch demo", Ratings: x.World.Ratings, Findings: x.Findings,
		RevealIDs: c.Bool("reveal-ids"), ExactTimes: c.Bool("exact-times"), Scorer: s.Scorer.Name(), Score: x.Attacked,
		Impacts: impacts, Experiment: x,
		Run: reports.Provenance{Version: version, Command: commandLine(c), Seed: seed, Ratings: ratings,
			RowsRead: rows, RowsKept: rows, Options: map[string]string{"scenario": s.Name}},
	}
	done.MadeBy(c.String("by"), c.String("on"))
	return t.deliver(done, folder, out, "text")
}

// deliver writes a case's folder, if one is wanted, and shows the case.
func (t *terminal) deliver(c *reports.Case, folder *output.Folder, out, format string) error {
	t.meter.report("writing", 0, 0)
	if folder != nil {
		if err := reports.WriteCase(folder, c); err != nil {
			return err
		}
		t.meter.stop()
		t.sayOthers(folder)
	}
	t.meter.stop()
	if format == "csv" { // standard output is data, and has no place for what was read and the warnings
		d := c.Document()
		if err := t.besideData(d.Columns(), d.Warnings); err != nil {
			return err
		}
	}
	if err := t.writeRings(t.out, c, format); err != nil || out == "" || format != "text" {
		return err
	}
	return t.tell("To see the rings with their evidence, open %s in a browser;\nto decide about them, "+
		"run ringwatch serve %s. Tables and graphs are in the same folder.\n",
		filepath.Join(out, "report.html"), out)
}

func outFlag(usage string) cli.Flag {
	return &cli.StringFlag{Name: "out", Aliases: []string{"o"}, Usage: usage}
}

var (
	forceFlag = &cli.BoolFlag{Name: "force", Usage: "replace what is there: a file, or the results of a previous run",
		DisableDefaultText: true}
	exactTimesFlag = &cli.BoolFlag{Name: "exact-times",
		Usage: "show times to the second in the report with pseudonyms, and not days", DisableDefaultText: true}
	seedFlag = &cli.Uint64Flag{Name: "seed",
		Usage: "`N` that random choices begin with; same seed, same result", Value: 1}
)
