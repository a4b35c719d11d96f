package main

import (
	"cmp"
	"context"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/gate"
	"github.com/ringwatch/ringwatch/reports"
	"github.com/ringwatch/ringwatch/scenarios"
	"github.com/ringwatch/ringwatch/scoring"
)

func (t *terminal) breakpoint() *cli.Command {
	return t.command(&cli.Command{
		Name:      "breakpoint",
		Usage:     "find the smallest brigade that changes what a scorer decides",
		ArgsUsage: "SCENARIO [--by PATH] [--scorer SCORER]...",
		Description: `Searches for the smallest brigade that changes the status of a target with the
given chance: without a defence, and once the rings that were found count for
nothing. The search bisects, runs several seeds at each step, and gives an
interval: a brigade smaller than its low end is too small, one of its high end is
large enough, not by luck.

For bridging scorers it also certifies the items of the clean world of seed 1:
with everybody's position held, no brigade with fewer ratings of an item than its
certificate says changes the item's status by these ratings, whatever they are and
wherever its accounts stand.

Examples
  ringwatch breakpoint bridge --scorer mean --scorer bridging
  ringwatch breakpoint burst --chance 0.9 --seeds 30 --out curve.jsonl
  ringwatch breakpoint mine.yaml --by attacks.burst.targets
  ringwatch breakpoint bridge --certificate items.csv`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "by", Usage: "what grows, as for an axis: `PATH`",
				DefaultText: "the accounts of the attack"},
			&cli.StringSliceFlag{Name: "scorer", Usage: "a `SCORER`, written as in a scenario; may be repeated",
				DefaultText: "that of the scenario"},
			&cli.Float64Flag{Name: "chance", Usage: "`CHANCE` with which the status of a target changes", Value: .5},
			&cli.IntFlag{Name: "seeds", Usage: "`N` seeds at each step at most", Value: 20},
			&cli.IntFlag{Name: "most", Usage: "the largest brigade that is tried: `N`", Value: 160},
			&cli.Float64Flag{Name: "alpha", Usage: "`SHARE` of searches whose interval may miss the truth", Value: .05},
			setFlag(), allowCommandsFlag,
			&cli.StringFlag{Name: "out", Aliases: []string{"o"}, Usage: "write the outcomes of all runs to `FILE`"},
			&cli.StringFlag{Name: "certificate", Usage: "write the certificate of each item as CSV to `FILE`"},
			forceFlag,
			&cli.BoolFlag{Name: "no-certificate", Usage: "leave certificates out", DisableDefaultText: true},
		},
		Action: t.runBreakpoint,
	})
}

func (t *terminal) runBreakpoint(c *cli.Context) error {
	if c.NArg() != 1 {
		return fmt.Errorf("breakpoint takes one scenario, a file or a name of the library, not %d", c.NArg())
	}
	scenario, err := t.loadToScore(c, c.Args().First())
	if err != nil {
		return err
	}
	s := &gate.Search{Scenario: scenario, Path: c.String("by"), Chance: c.Float64("chance"), Alpha: c.Float64("alpha"),
		Version: version}
	if s.Seeds, err = seedCount(c, "seeds"); err != nil {
		return err
	}
	if s.Most, err = seedCount(c, "most"); err != nil {
		return err
	}
	if s.Path == "" {
		if s.Path, err = gate.Sizes(scenario); err != nil {
			return err
		}
	}
	for _, text := range c.StringSlice("scorer") {
		scorer, err := scenarios.ParseScorer(text)
		if err != nil {
			return fmt.Errorf("--scorer: %w", err)
		}
		s.Scorers = append(s.Scorers, scorer)
	}
	if err := t.claim(c, "out", "certificate"); err != nil {
		return err
	}
	found, outcomes, err := s.Run(c.Context, t.meter.report)
	if err != nil {
		return err
	}
	var certified []*reports.Certified
	if !c.Bool("no-certificate") {
		if certified, err = t.certify(c.Context, s, found); err != nil {
			return err
		}
	}
	t.meter.stop()
	if path := c.String("out"); path != "" {
		if err := t.write(c.Context, path, func(w io.Writer) error {
			return writeOutcomeLines(w, outcomes)
		}); err != nil {
			return err
		}
	}
	if path := c.String("certificate"); path != "" {
		if len(certified) == 0 {
			return fmt.Errorf("--certificate: only bridging can be certified, and it is not among the scorers")
		}
		if err := t.write(c.Context, path, func(w io.Writer) error {
			return reports.CertificateCSV(w, certified)
		}); err != nil {
			return err
		}
	}
	return reports.BreakPointText(t.out, s, found, certified, t.text())
}

// mostCertified is up to how many added ratings are considered.
const mostCertified = 60

// certify certifies the clean world of seed 1 for each bridging scorer.
func (t *terminal) certify(ctx context.Context, s *gate.Search, found []gate.BreakPoint) ([]*reports.Certified, error) {
	scorers := s.Scorers
	if scorers == nil {
		scorers = []scoring.Scorer{s.Scenario.Scorer}
	}
	smallest, err := s.Scenario.With(fmt.Sprintf("%s=%d", s.Path, 1))
	if err != nil {
		return nil, err
	}
	w, err := smallest.Simulate(ctx, 1)
	if err != nil {
		return nil, err
	}
	var all []*reports.Certified
	for k, scorer := range scorers {
		bridging, ok := scorer.(*scoring.Bridging)
		if !ok {
			continue
		}
		t.meter.report("certifying", 0, 0)
		in := scoring.Input{Ratings: w.Ratings.Prefix(w.Honest), Seed: 1}
		r, err := bridging.Score(ctx, in)
		if err != nil {
			return nil, err
		}
		positions, err := gate.Admissible(r, 21)
		if err != nil {
			return nil, err
		}
		items, err := gate.Certify(ctx, in, r, bridging, positions, mostCertified)
		if err != nil {
			return nil, err
		}
		certified := &reports.Certified{Scorer: found[2*k].Scorer, Items: items, Most: mostCertified,
			Names: w.Ratings.Items}
		size := cmp.Or(found[2*k].Size, s.Most)
		attack, err := s.Scenario.With(fmt.Sprintf("%s=%d", s.Path, size))
		if err != nil {
			return nil, err
		}
		attack.Scorer = bridging
		x, err := attack.Run(ctx, 1, nil)
		if err != nil {
			return nil, err
		}
		certified.Size = size
		certified.Changed, certified.Fewer, certified.Ratio = gate.Beside(items, x)
		all = append(all, certified)
	}
	return all, nil
}
