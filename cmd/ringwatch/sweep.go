package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/internal/plural"
	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/reports"
	"github.com/ringwatch/ringwatch/scenarios"
)

// maxSeeds keeps a slip of the finger from a sweep without end.
const maxSeeds = 1 << 20

func (t *terminal) sweep() *cli.Command {
	return t.command(&cli.Command{
		Name:      "sweep",
		Usage:     "run scenarios at many seeds and points, and measure",
		ArgsUsage: "SCENARIO|FOLDER... [--seeds N] [--out FILE]",
		Description: `Runs each scenario clean, attacked and defended, at every combination of the
values of its axes and at every seed, and writes one line of JSON for each:
scenario, point, scorer, detector, seed, measures, and the recipe from which
ringwatch replay runs it again; in the same order and with the same numbers each
time. A sweep with --out that is stopped goes on where it was when the same
command is run again. A file that ends in .parquet has a row for each measure.

Examples
  ringwatch sweep burst drip --seeds 10 > out.jsonl
  ringwatch sweep mine.yaml --out out.jsonl && ringwatch report out.jsonl
  ringwatch sweep mine.yaml --dry-run         how much work it is
  ringwatch list measures                     what is measured`,
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "seeds", Usage: "run at seeds 1 to `N`, whatever the scenarios say",
				DefaultText: "as they say"},
			setFlag(), allowCommandsFlag,
			&cli.StringFlag{Name: "out", Aliases: []string{"o"}, Usage: "`FILE` to write (default: standard output)"},
			forceFlag,
			&cli.BoolFlag{Name: "dry-run", Usage: "only count the work", DisableDefaultText: true},
		},
		Action: t.runSweep,
	})
}

func (t *terminal) runSweep(c *cli.Context) error {
	seeds, err := seedCount(c, "seeds")
	if err != nil {
		return err
	}
	all, err := t.loadScenarios(c, c.Args().Slice())
	if err != nil {
		return err
	}
	jobs, err := scenarios.Jobs(all, scenarios.FirstSeeds(seeds))
	if err != nil {
		return err
	}
	if c.Bool("dry-run") {
		points := 0
		for _, s := range all {
			points += s.Size()
		}
		_, err := fmt.Fprintf(t.out, "%s of %s at %s\n", plural.Of(len(jobs), "run"), plural.Of(len(all), "scenario"),
			plural.Of(points, "point"))
		return err
	}
	if out := c.String("out"); out != "" && out != "-" {
		return t.sweepTo(c, out, jobs)
	}
	return t.sweepInto(c, t.out, jobs)
}

// seedFlags are the flags that seedCount reads.
var seedFlags = []string{"seeds", "more-seeds", "most"}

// seedCount is the value of a flag that takes a number of seeds; 0 if it was
// not given.
func seedCount(c *cli.Context, flag string) (int, error) {
	n := c.Int(flag)
	if c.IsSet(flag) && (n < 1 || n > maxSeeds) {
		return 0, fmt.Errorf("--%s: %d is not from 1 to %d", flag, n, maxSeeds)
	}
	return n, nil
}

// loadScenarios loads files, names of the library, and all files ending in
// .yaml of folders.
func (t *terminal) loadScenarios(c *cli.Context, names []string) ([]*scenarios.Scenario, error) {
	if len(names) == 0 {
		return nil, errors.New("no scenario to run; name files, folders or scenarios of the library (see ringwatch " +
			"list scenarios)")
	}
	var all []*scenarios.Scenario
	for _, name := range names {
		files := []string{name}
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			if files, err = filepath.Glob(filepath.Join(name, "*.yaml")); err != nil {
				return nil, err
			}
			if len(files) == 0 {
				return nil, fmt.Errorf("%s: this folder holds no scenario; they are files that end in .yaml", name)
			}
		}
		for _, file := range files {
			s, err := t.loadToScore(c, file)
			if err != nil {
				return nil, err
			}
			all = append(all, s)
		}
	}
	return all, nil
}

// sweepInto writes a line for each job.
func (t *terminal) sweepInto(c *cli.Context, w io.Writer, jobs []scenarios.Job) error {
	lines := json.NewEncoder(w)
	for outcome, err := range scenarios.Sweep(c.Context, jobs, t.meter.report) {
		if err != nil {
			return err
		}
		outcome.Version = version
		if err := lines.Encode(outcome); err != nil {
			return err
		}
	}
	return nil
}

// sweepTo writes a file. Until it is whole, its lines are in a file beside it
// from which the same command goes on if this one is stopped.
func (t *terminal) sweepTo(c *cli.Context, out string, jobs []scenarios.Job) error {
	if err := t.claim(c, "out"); err != nil {
		return err
	}
	if t.files[out].Device() {
		return t.write(c.Context, out, func(w io.Writer) error { return t.sweepInto(c, w, jobs) })
	}
	partial := out + ".partial"
	if err := output.Own(partial); err != nil {
		return err
	}
	f, err := os.OpenFile(partial, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return cannotWrite(out, err)
	}
	defer f.Close()
	done, size, err := finished(f, jobs)
	if err != nil {
		return fmt.Errorf("%s: %w; remove it, or name another --out", partial, err)
	}
	if err := f.Truncate(size); err != nil {
		return cannotWrite(partial, err)
	}
	if _, err := f.Seek(size, io.SeekStart); err != nil {
		return cannotWrite(partial, err)
	}
	left := func() string {
		if info, err := os.Stat(partial); err != nil || info.Size() == 0 {
			return ""
		}
		return "the runs that were finished are in " + partial + ", and the same command goes on from there"
	}
	t.goesOn(left)
	err = t.sweepInto(c, f, jobs[done:])
	if err == nil && filepath.Ext(out) == ".parquet" {
		return t.pack(c.Context, f, out)
	}
	if err == nil {
		return t.finish(c.Context, f, out)
	}
	what := left()
	if what == "" {
		os.Remove(partial)
		return err
	}
	return kept{err, what}
}

// finish copies the lines of a file to the one that was asked for, and removes it.
func (t *terminal) finish(ctx context.Context, f *os.File, out string) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return cannotWrite(out, err)
	}
	if err := t.write(ctx, out, func(w io.Writer) error { _, err := io.Copy(w, f); return err }); err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// pack writes the lines of a file as Parquet and removes it.
func (t *terminal) pack(ctx context.Context, f *os.File, out string) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return cannotWrite(out, err)
	}
	outcomes, err := scenarios.ReadOutcomes(f.Name(), f)
	if err != nil {
		return err
	}
	if err := t.write(ctx, out, func(w io.Writer) error { return reports.OutcomesParquet(w, outcomes) }); err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// finished reads the lines of a sweep that was stopped, which must be the first
// of these jobs, and returns how many there are and where they end. A last
// line that was cut short does not count.
func finished(r io.Reader, jobs []scenarios.Job) (n int, size int64, err error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return 0, 0, err
	}
	whole := data[:bytes.LastIndexByte(data, '\n')+1]
	if len(whole) == 0 {
		const line = `{"scenario":` // as each begins
		if !strings.HasPrefix(line, string(data[:min(len(data), len(line))])) {
			err = errors.New("it holds what no sweep wrote")
		}
		return 0, 0, err
	}
	outcomes, err := scenarios.ReadOutcomes("it", bytes.NewReader(whole))
	if err != nil {
		return 0, 0, err
	}
	for k, o := range outcomes {
		if k == len(jobs) {
			return 0, 0, fmt.Errorf("it is of another sweep: it has %d runs, this one %d", len(outcomes), len(jobs))
		}
		if err := sameJob(&o, &jobs[k]); err != nil {
			return 0, 0, fmt.Errorf("line %d is of another sweep: %w", k+1, err)
		}
	}
	return len(outcomes), int64(len(whole)), nil
}

// sameJob reports in what a job differs from the one that an outcome is of.
func sameJob(o *scenarios.Outcome, j *scenarios.Job) error {
	recipe := j.Scenario.Recipe()
	switch {
	case o.Scenario != j.Scenario.Name:
		return fmt.Errorf("its scenario is %s, not %s", o.Scenario, j.Scenario.Name)
	case o.Seed != j.Seed:
		return fmt.Errorf("its seed is %d, not %d", o.Seed, j.Seed)
	case o.Version != version:
		return fmt.Errorf("version %q made it, and this is %s", o.Version, version)
	case string(o.Recipe) != string(recipe):
		differ := scenarios.Differences(o.Recipe, recipe, 1, "world", "attacks", "scorer", "detectors", "defence",
			"looks", "expect")
		return fmt.Errorf("in %s, there and here, %s", o.Scenario, strings.Join(differ, ", "))
	}
	return nil
}

// kept is an error in spite of which something was kept.
type kept struct {
	error
	what string
}

func (k kept) Unwrap() error { return k.error }
func (k kept) Error() string { return k.error.Error() + "; " + k.what }

func cannotWrite(path string, err error) error {
	var inner *os.PathError
	if errors.As(err, &inner) {
		err = inner.Err
	}
	return fmt.Errorf("%s: cannot write here: %w", path, err)
}
