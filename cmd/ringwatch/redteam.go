package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/gate"
	"github.com/ringwatch/ringwatch/reports"
	"github.com/ringwatch/ringwatch/scenarios"
)

func (t *terminal) redteam() *cli.Command {
	return t.command(&cli.Command{
		Name:      "redteam",
		Usage:     "search for the attack that does most damage",
		ArgsUsage: "SCENARIO [--scorer SCORER] [--out FILE.yaml]",
		Description: `Turns the options of the scenario's attack (delays, shares, fillers) in search of
the most damage to its scorer, with its detectors looking on. Brigades, accounts
and targets stay as they are, and the brigades give no more ratings than
--actions. The figures are of seeds that the search did not see. What was found is
written as a scenario that expects no more damage than now: a gate can run it.

Examples
  ringwatch redteam burst --rounds 100 --out found.yaml && ringwatch gate found.yaml
  ringwatch redteam bridge --measure flips.defended
  ringwatch redteam bridge --scorer 'command: {command: python3 score.py}'`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "scorer", Usage: "the `SCORER`, as a scenario would have it",
				DefaultText: "that of the scenario"},
			&cli.StringFlag{Name: "measure", Usage: "what an attacker wants to make worse: `NAME`",
				Value: "shift.defended"},
			&cli.IntFlag{Name: "rounds", Usage: "try `N` attacks", Value: 60},
			&cli.IntFlag{Name: "seeds", Usage: "search at seeds 1 to `N`, and hold out as many after them", Value: 6},
			&cli.Uint64Flag{Name: "actions", Usage: "ratings that the brigades may give: `N`",
				DefaultText: "as many as now"},
			seedFlag,
			setFlag(), allowCommandsFlag,
			&cli.StringFlag{Name: "out", Aliases: []string{"o"}, Usage: "write what was found as a scenario to `FILE`"},
			&cli.StringFlag{Name: "outcomes", Usage: "write the outcomes at the seeds held out, " +
				"before and after, to `FILE`"},
			forceFlag,
		},
		Action: t.runRedteam,
	})
}

func (t *terminal) runRedteam(c *cli.Context) error {
	if c.NArg() != 1 {
		return fmt.Errorf("redteam takes one scenario, a file or a name of the library, not %d", c.NArg())
	}
	s, err := t.loadToScore(c, c.Args().First())
	if err != nil {
		return err
	}
	scorer, err := scorerFlag(c, "scorer")
	if err != nil {
		return err
	}
	if scorer != nil {
		s.Scorer = scorer
	}
	seeds, err := seedCount(c, "seeds")
	if err != nil {
		return err
	}
	if seeds == 0 {
		return errors.New("--seeds: 0 seeds are too few; take 1 or more")
	}
	r := &gate.RedTeam{Scenario: s, Measure: c.String("measure"), Actions: float64(c.Uint64("actions")),
		Rounds: c.Int("rounds"), Seed: c.Uint64("seed"), Version: version}
	all := scenarios.FirstSeeds(2 * seeds)
	r.Train, r.Held = all[:seeds], all[seeds:]
	if out := c.String("out"); out != "" && !strings.HasSuffix(out, ".yaml") {
		return fmt.Errorf("--out: %s is no name for a scenario; it ends in .yaml", out)
	}
	if err := t.claim(c, "out", "outcomes"); err != nil {
		return err
	}
	found, err := r.Run(c.Context, t.meter.report)
	if err != nil {
		return err
	}
	t.meter.stop()
	if path := c.String("outcomes"); path != "" {
		if err := t.write(c.Context, path, func(w io.Writer) error {
			return writeOutcomeLines(w, found.Outcomes)
		}); err != nil {
			return err
		}
	}
	if path := c.String("out"); path != "" {
		text, err := found.Scenario.YAML()
		if err != nil {
			return err
		}
		if err := t.write(c.Context, path, func(w io.Writer) error {
			_, err := w.Write(text)
			return err
		}); err != nil {
			return err
		}
	}
	return reports.RedTeamText(t.out, found, c.String("out"), t.text())
}
