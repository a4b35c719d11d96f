package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/gate"
	"github.com/ringwatch/ringwatch/reports"
	"github.com/ringwatch/ringwatch/scenarios"
	"github.com/ringwatch/ringwatch/scoring"
)

// exitInconclusive is the exit code of a gate that cannot tell.
const exitInconclusive = 3

func (t *terminal) gate() *cli.Command {
	return t.command(&cli.Command{
		Name:      "gate",
		Usage:     "say whether a change makes a scorer easier to manipulate",
		ArgsUsage: "SCENARIO|FOLDER... [--base FILE]",
		Description: `Runs scenarios and holds what is measured against limits: what the scenarios
expect, --limit, and, with a baseline, that no measure is worse than there by more
than its margin at the same seeds. Each limit gets the verdict pass, fail or
inconclusive. A change that makes nothing worse fails in 5 % of runs at most, over
all limits together.

Exit code: 0 all limits pass, 1 one fails, 2 it could not run, 3 inconclusive.

Examples
  ringwatch sweep scenarios --seeds 20 --out main.jsonl           make a baseline
  ringwatch gate scenarios --base main.jsonl                      hold a change against it
  ringwatch gate burst bridge --seeds 10 \
    --scorer 'command: {command: python3 new.py}' \
    --against 'command: {command: python3 old.py}'                two scorers side by side
  ringwatch gate scenarios --limit 'recall >= 0.9' --more-seeds 80
  ringwatch gate --self-test                                      see that it stops what it should`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "base", Usage: "outcomes of a baseline that sweep or gate wrote: `FILE`"},
			&cli.StringFlag{Name: "scorer", Usage: "the candidate, as a scenario would have it: `SCORER`",
				DefaultText: "those of the scenarios"},
			&cli.StringFlag{Name: "against", Usage: "a baseline that is run side by side: `SCORER`"},
			&cli.IntFlag{Name: "seeds", Usage: "run at seeds 1 to `N`",
				DefaultText: "those of the baseline, or of the scenarios"},
			&cli.IntFlag{Name: "more-seeds", Usage: "while it is inconclusive, take twice as many seeds, up to `N`"},
			&cli.Float64Flag{Name: "alpha",
				Usage: "`SHARE` of runs in which a change that makes nothing worse may fail", Value: .05},
			&cli.StringSliceFlag{Name: "limit", Usage: "hold every scenario to a `LIMIT` such as 'shift <= 0.1'; " +
				"may be repeated"},
			&cli.StringSliceFlag{Name: "margin",
				Usage: "how much worse than the baseline a measure may be: `MEASURE=NUMBER`; may be repeated"},
			&cli.StringFlag{Name: "measures", Usage: "compare only these with the baseline: `NAME,NAME`"},
			setFlag(), allowCommandsFlag,
			&cli.StringFlag{Name: "only", Usage: "run only the scenarios whose name fits `PATTERN`, such as 'null-*'"},
			&cli.StringFlag{Name: "out", Aliases: []string{"o"},
				Usage: "write the candidate's outcomes, the next baseline, to `FILE`"},
			&cli.StringFlag{Name: "markdown", Usage: "write the verdict as Markdown, at most 64 kB, to `FILE`"},
			&cli.StringFlag{Name: "junit", Usage: "write it as JUnit XML to `FILE`"},
			&cli.StringFlag{Name: "sarif", Usage: "write it as SARIF to `FILE`"},
			&cli.StringFlag{Name: "json", Usage: "write it as JSON to `FILE`"},
			forceFlag,
			&cli.BoolFlag{Name: "annotations", Usage: "print annotations for GitHub too", DisableDefaultText: true},
			&cli.BoolFlag{Name: "self-test", Usage: "see that an unchanged copy is let through and a planted " +
				"regression is not", DisableDefaultText: true},
		},
		Action: t.runGate,
	})
}

func (t *terminal) runGate(c *cli.Context) error {
	p, err := t.gatePlan(c)
	if err != nil {
		return err
	}
	if c.Bool("self-test") {
		return t.selfTest(c, p)
	}
	if err := t.claim(c, "out", "markdown", "junit", "sarif", "json"); err != nil {
		return err
	}
	done, err := p.Run(c.Context, t.meter.report)
	if err != nil {
		return err
	}
	t.meter.stop()
	r := done.Report
	for _, file := range []struct {
		flag  string
		write func(io.Writer) error
	}{
		{"out", func(w io.Writer) error { return writeOutcomeLines(w, done.Candidate) }},
		{"markdown", func(w io.Writer) error { return reports.GateMarkdown(w, r) }},
		{"junit", func(w io.Writer) error { return reports.GateJUnit(w, r) }},
		{"sarif", func(w io.Writer) error { return reports.GateSARIF(w, r) }},
		{"json", func(w io.Writer) error { return reports.GateJSON(w, r) }},
	} {
		if path := c.String(file.flag); path != "" {
			if err := t.write(c.Context, path, file.write); err != nil {
				return err
			}
		}
	}
	if err := reports.GateText(t.out, r, t.text()); err != nil {
		return err
	}
	if c.Bool("annotations") {
		if err := reports.GateAnnotations(t.out, r); err != nil {
			return err
		}
	}
	return exit(r.Verdict)
}

// exit is the error that ends the program with a verdict's exit code.
func exit(v gate.Verdict) error {
	switch v {
	case gate.Pass:
		return nil
	case gate.Fail:
		return cli.Exit("", exitDiffers)
	}
	return cli.Exit("", exitInconclusive)
}

func (t *terminal) selfTest(c *cli.Context, p *gate.Plan) error {
	result, err := p.SelfTest(c.Context, t.meter.report)
	if err != nil {
		return err
	}
	t.meter.stop()
	if err := reports.SelfTestText(t.out, result, p.Scenarios); err != nil {
		return err
	}
	if !result.Passed() {
		return cli.Exit("", exitDiffers)
	}
	return nil
}

// gatePlan reads what is to be run and how it is to be judged.
func (t *terminal) gatePlan(c *cli.Context) (*gate.Plan, error) {
	p := &gate.Plan{Version: version}
	var err error
	if p.Options, err = gateOptions(c); err != nil {
		return nil, err
	}
	seeds, err := seedCount(c, "seeds")
	if err != nil {
		return nil, err
	}
	if seeds > 0 {
		p.Seeds = scenarios.FirstSeeds(seeds)
	}
	if p.MoreSeeds, err = seedCount(c, "more-seeds"); err != nil {
		return nil, err
	}
	if p.Candidate, err = scorerFlag(c, "scorer"); err != nil {
		return nil, err
	}
	if p.Against, err = scorerFlag(c, "against"); err != nil {
		return nil, err
	}
	names := c.Args().Slice()
	if len(names) == 0 && c.Bool("self-test") {
		names = []string{"burst"}
	}
	if p.Scenarios, err = t.loadScenarios(c, names); err != nil {
		return nil, err
	}
	if c.IsSet("only") {
		if p.Scenarios, err = only(p.Scenarios, c.String("only")); err != nil {
			return nil, err
		}
	}
	if file := c.String("base"); file != "" {
		data, err := t.load(file)
		if err != nil {
			return nil, err
		}
		if p.Base, err = scenarios.ReadOutcomes(file, bytes.NewReader(data)); err != nil {
			return nil, err
		}
	}
	for _, need := range []string{"measures", "margin"} {
		if c.IsSet(need) && p.Base == nil && p.Against == nil && !c.Bool("self-test") {
			return nil, fmt.Errorf("--%s is about a baseline, and there is none; give --base FILE or --against SCORER",
				need)
		}
	}
	return p, nil
}

// scorerFlag reads a scorer; nil if none was given.
func scorerFlag(c *cli.Context, flag string) (scoring.Scorer, error) {
	if !c.IsSet(flag) {
		return nil, nil
	}
	s, err := scenarios.ParseScorer(c.String(flag))
	if err != nil {
		return nil, fmt.Errorf("--%s: %w", flag, err)
	}
	return s, nil
}

func only(all []*scenarios.Scenario, pattern string) ([]*scenarios.Scenario, error) {
	var some []*scenarios.Scenario
	for _, s := range all {
		fits, err := path.Match(pattern, s.Name)
		if err != nil {
			return nil, fmt.Errorf("--only: %q is no pattern", pattern)
		}
		if fits {
			some = append(some, s)
		}
	}
	if len(some) == 0 {
		return nil, fmt.Errorf("--only: no scenario's name fits %q", pattern)
	}
	return some, nil
}

// gateOptions reads alpha, limits and margins.
func gateOptions(c *cli.Context) (gate.Options, error) {
	o := gate.DefaultOptions()
	o.Alpha = c.Float64("alpha")
	if !(o.Alpha > 0 && o.Alpha < .5) {
		return o, fmt.Errorf("--alpha: %g is not above 0 and below 0.5", o.Alpha)
	}
	for _, text := range c.StringSlice("limit") {
		l, err := scenarios.ParseLimit(text)
		if err != nil {
			return o, fmt.Errorf("--limit: %w", err)
		}
		o.Limits = append(o.Limits, l)
	}
	if c.IsSet("measures") {
		names := strings.Split(c.String("measures"), ",")
		for k, name := range names {
			names[k] = strings.TrimSpace(name)
			if err := scenarios.CheckMeasure(names[k]); err != nil {
				return o, fmt.Errorf("--measures: %w", err)
			}
			if _, ok := o.Margins[names[k]]; !ok {
				o.Margins[names[k]] = 0
			}
		}
		maps.DeleteFunc(o.Margins, func(name string, _ float64) bool { return !slices.Contains(names, name) })
	}
	for _, text := range c.StringSlice("margin") {
		name, value, ok := strings.Cut(text, "=")
		v, err := strconv.ParseFloat(value, 64)
		if !ok || err != nil || !(v >= 0) || v > 1e300 {
			return o, fmt.Errorf("--margin: %q is not a measure, = and a number of 0 or more", text)
		}
		if err := scenarios.CheckMeasure(name); err != nil {
			return o, fmt.Errorf("--margin: %w", err)
		}
		o.Margins[name] = v
	}
	return o, nil
}

func writeOutcomeLines(w io.Writer, all []scenarios.Outcome) error {
	lines := json.NewEncoder(w)
	for _, o := range all {
		if err := lines.Encode(o); err != nil {
			return err
		}
	}
	return nil
}
