package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/scenarios"
)

// maxSeeds keeps a slip of the finger from a sweep without end.
const maxSeeds = 1 << 20

func (t *terminal) sweep() *cli.Command {
	return t.command(&cli.Command{
		Name:      "sweep",
		Usage:     "run scenarios at many seeds and points, and measure",
		ArgsUsage: "SCENARIO... [--seeds N] [--out FILE]",
		Description: `Runs each scenario clean, attacked and defended, at every combination of the
values of its axes and at every seed, and writes one line of JSON for each:
scenario, point, scorer, detector, seed and measures, in the same order and with
the same numbers each time.

Examples
  ringwatch sweep burst drip --seeds 10 > out.jsonl
  ringwatch sweep mine.yaml --out out.jsonl && ringwatch report out.jsonl
  ringwatch sweep mine.yaml --dry-run         how much work it is
  ringwatch list measures                     what is measured`,
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "seeds", Usage: "run at seeds 1 to `N`, whatever the scenarios say", DefaultText: "as they say"},
			setFlag(),
			&cli.StringFlag{Name: "out", Aliases: []string{"o"}, Usage: "`FILE` to write (default: standard output)"},
			&cli.BoolFlag{Name: "dry-run", Usage: "only count the work", DisableDefaultText: true},
		},
		Action: t.runSweep,
	})
}

func (t *terminal) runSweep(c *cli.Context) error {
	if c.NArg() == 0 {
		return errors.New("no scenario to run; name files or scenarios of the library (see ringwatch list scenarios)")
	}
	seeds := c.Int("seeds")
	if c.IsSet("seeds") && (seeds < 1 || seeds > maxSeeds) {
		return fmt.Errorf("--seeds: %d is not from 1 to %d", seeds, maxSeeds)
	}
	var all []*scenarios.Scenario
	for _, name := range c.Args().Slice() {
		s, err := load(c, name)
		if err != nil {
			return err
		}
		all = append(all, s)
	}
	jobs, err := scenarios.Jobs(all, scenarios.FirstSeeds(seeds))
	if err != nil {
		return err
	}
	if c.Bool("dry-run") {
		_, err := fmt.Fprintf(t.out, "%d runs of %d scenarios\n", len(jobs), len(all))
		return err
	}
	return t.write(c.String("out"), func(w io.Writer) error {
		lines := json.NewEncoder(w)
		for outcome, err := range scenarios.Sweep(c.Context, jobs, t.meter.report) {
			if err != nil {
				return err
			}
			if err := lines.Encode(outcome); err != nil {
				return err
			}
		}
		return nil
	})
}
