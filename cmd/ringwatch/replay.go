package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/scenarios"
)

// exitDiffers is the exit code of replay where the outcome is another, and of
// gate where a limit is broken.
const exitDiffers = 1

func (t *terminal) replay() *cli.Command {
	return t.command(&cli.Command{
		Name:      "replay",
		Usage:     "run one line of a sweep again",
		ArgsUsage: "OUTCOME-LINE",
		Description: `OUTCOME-LINE is a line that sweep, gate, breakpoint or redteam wrote: the text
itself, FILE:NUMBER for a line of a file, or - for standard input. The scenario
is taken from the line alone. It is run at the line's seed, its outcome is
printed, and if a measure is another than in the line, the exit code is 1. A
line whose scorer is a program is run with --allow-commands alone.

Examples
  ringwatch replay out.jsonl:3
  tail -n 1 out.jsonl | ringwatch replay -`,
		Flags:  []cli.Flag{allowCommandsFlag},
		Action: t.runReplay,
	})
}

func (t *terminal) runReplay(c *cli.Context) error {
	if c.NArg() != 1 {
		return fmt.Errorf("replay takes one line of outcomes, not %d; write it as FILE:NUMBER, or - to read it",
			c.NArg())
	}
	before, err := t.outcomeLine(c.Args().First())
	if err != nil {
		return err
	}
	s, err := scenarios.Rerun(before)
	if err != nil {
		return err
	}
	if err := allowed(c, "the outcome", s); err != nil {
		return err
	}
	x, err := s.Run(c.Context, before.Seed, t.meter.report)
	if err != nil {
		return err
	}
	t.meter.stop()
	x.Outcome.Version = version
	line, err := json.Marshal(x.Outcome)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(t.out, "%s\n", line); err != nil {
		return err
	}
	if differ := otherMeasures(before.Measures, x.Outcome.Measures); len(differ) > 0 {
		text := "it is another outcome: there and here, " + strings.Join(differ, ", ")
		if before.Version != version {
			text += fmt.Sprintf("; version %q made that, and this is %s", before.Version, version)
		}
		return cli.Exit(text, exitDiffers)
	}
	return nil
}

// outcomeLine returns the outcome that an argument names.
func (t *terminal) outcomeLine(arg string) (*scenarios.Outcome, error) {
	file, data := "the line", []byte(arg)
	number := 0
	switch at := strings.LastIndexByte(arg, ':'); {
	case arg == "-":
		var err error
		if data, err = t.load("-"); err != nil {
			return nil, err
		}
	case strings.HasPrefix(strings.TrimSpace(arg), "{"):
	case at > 0:
		n, err := strconv.Atoi(arg[at+1:])
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%s: %q is not the number of a line", arg[:at], arg[at+1:])
		}
		if data, err = t.load(arg[:at]); err != nil {
			return nil, err
		}
		file, number = arg[:at], n
		lines := bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n"))
		if n > len(lines) {
			return nil, fmt.Errorf("%s: there is no line %d; it has %d", file, n, len(lines))
		}
		data = lines[n-1]
	default:
		return nil, fmt.Errorf("%q is neither an outcome nor FILE:NUMBER", arg)
	}
	all, err := scenarios.ReadOutcomes(file, bytes.NewReader(data))
	switch {
	case err != nil && number > 0:
		return nil, errors.New(strings.Replace(err.Error(), file+":1:", fmt.Sprintf("%s:%d:", file, number), 1))
	case err != nil:
		return nil, err
	case len(all) > 1:
		return nil, fmt.Errorf("%d outcomes; replay runs one", len(all))
	}
	return &all[0], nil
}

// otherMeasures tells which measures differ, and how.
func otherMeasures(a, b map[string]float64) []string {
	both := maps.Clone(a)
	maps.Copy(both, b)
	value := func(m map[string]float64, name string) string {
		if v, ok := m[name]; ok {
			return strconv.FormatFloat(v, 'g', -1, 64)
		}
		return "not defined"
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(both)) {
		if x, y := value(a, name), value(b, name); x != y {
			all = append(all, fmt.Sprintf("%s is %s and %s", name, x, y))
		}
	}
	return all
}
