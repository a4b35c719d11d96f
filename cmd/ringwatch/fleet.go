package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/fleet"
	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/scenarios"
)

var (
	workFlag = &cli.StringFlag{Name: "work", Usage: "keep the ratings, laid out, and what is done of the search " +
		"in the work folder `DIR`: takes less memory, and goes on after an interruption"}
	blocksFlag = &cli.IntFlag{Name: "blocks", Usage: "cut the search for pairs of raters into `N` blocks; " +
		"results do not depend on it", Value: fleet.DefaultBlocks}
	memoryFlag = &cli.StringFlag{Name: "memory",
		Usage: "keep within `SIZE` of memory, as 2GB, as far as the work allows; mapped files count"}
)

// ofPlan are those that change what is found, which plan was told.
var ofPlan = []string{"detectors", "scorer", "control", "calibrate", "seed"}

// hidden returns a copy of a flag that help does not show.
func hidden(f cli.Flag) cli.Flag {
	switch f := f.(type) {
	case *cli.IntFlag:
		copied := *f
		copied.Hidden = true
		return &copied
	case *cli.Uint64Flag:
		copied := *f
		copied.Hidden = true
		return &copied
	case *cli.StringFlag:
		copied := *f
		copied.Hidden = true
		return &copied
	}
	return f
}

func (t *terminal) task() *cli.Command {
	return t.command(&cli.Command{
		Name:      "task",
		Usage:     "do a share of the blocks of a work folder",
		ArgsUsage: "DIR --index I --of N",
		Description: `Does the blocks of share I of N, from 0, in a work folder that ringwatch plan made.
What is done is passed over, what is damaged is done again. Two that do the same
share at once do no harm.

Examples
  ringwatch task work --index 0 --of 1
  seq 0 63 | xargs -P 8 -I{} ringwatch task work --index {} --of 64
  seq 0 2 63 | ringwatch task work --shares --of 64     half of them, in one process`,
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "index", Usage: "which share, from 0: `I`"},
			&cli.IntFlag{Name: "of", Usage: "of how many shares: `N`", Value: 1},
			&cli.BoolFlag{Name: "shares", Usage: "do the shares whose numbers stand on standard input, one a line, " +
				"as engines hand them out", DisableDefaultText: true},
			&cli.StringFlag{Name: "while", Usage: "with --shares, do no more of them once `FILE` is gone, " +
				"which whoever wants them takes away, or was not written to within the time that it holds, as 2m"},
			memoryFlag,
		},
		Action: t.runTask,
	})
}

func (t *terminal) join() *cli.Command {
	flags := findingFlags()
	for i, f := range flags {
		if slices.Contains(ofPlan, f.Names()[0]) {
			flags[i] = hidden(f)
		}
	}
	return t.command(&cli.Command{
		Name:      "join",
		Usage:     "make the findings of a work folder whose blocks are done",
		ArgsUsage: "DIR --out CASE",
		Description: `Puts together what the tasks of a work folder found, judges it, and writes what
detect --out would have written of the same ratings, to the byte. How rings are
looked for and scored was told to ringwatch plan.

Examples
  ringwatch join work --out case`,
		Flags:  append(flags, memoryFlag, allowCommandsFlag),
		Action: t.runJoin,
	})
}

// wholeOf names the command, or the one that it is a part of: what it makes is the
// same.
func wholeOf(c *cli.Context) string {
	switch name := c.Command.Name; name {
	case "plan", "join", "watch":
		return "detect"
	default:
		return name
	}
}

// staysIn says that what is done of a work folder stays.
func (t *terminal) staysIn(work string) { t.staysOn(work, "") }

// staysOn says it after what a cluster does.
func (t *terminal) staysOn(work, cluster string) {
	if cluster != "" {
		cluster += "; "
	}
	t.goesOn(func() string {
		if entries, err := os.ReadDir(work); err != nil || len(entries) == 0 {
			return ""
		}
		return cluster + "what was done is in " + work + ", and the same command goes on from there"
	})
}

// thisBuild names this very program: another could round otherwise.
func thisBuild() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := crc32.New(crc32.MakeTable(crc32.Castagnoli)) // of 60 MB, in each task: SHA-256 takes 0.2 s
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s %08x", version, h.Sum32()), nil
}

// memoryOf keeps the process within --memory, if that is told.
func memoryOf(c *cli.Context) (*fleet.Budget, error) {
	told := c.String("memory")
	if told == "" {
		return nil, nil
	}
	bytes, err := parseSize("memory", told)
	if err != nil {
		return nil, err
	}
	return fleet.KeepWithin(bytes), nil
}

func (t *terminal) runTask(c *cli.Context) error {
	index, of := c.Int("index"), c.Int("of")
	if of < 1 || index < 0 || index >= of {
		return fmt.Errorf("--index: there is no share %d of %d; they are numbered from 0 to N-1", index, of)
	}
	switch {
	case c.Bool("shares") && c.IsSet("index"):
		return errors.New("--index is one share and --shares those on standard input: leave one out")
	case c.Bool("shares"):
		return t.runShares(c, of)
	case c.IsSet("while"):
		return errors.New("--while goes with --shares")
	}
	f, _, budget, err := t.openFolder(c)
	if err != nil {
		return err
	}
	defer budget.Close()
	defer f.Close()
	t.staysIn(c.Args().First())
	did, err := f.Task(c.Context, index, of, t.meter.report)
	if err != nil {
		return err
	}
	t.meter.stop()
	return t.tell("share %d of %d: %d of its blocks done now, %d before\n", index, of, did, sizeOf(f, index, of)-did)
}

// sizeOf is the number of blocks of a share.
func sizeOf(f *fleet.Folder, index, of int) int { return max(0, (f.Blocks()-index+of-1)/of) }

// runShares does shares as they come on standard input, and tells of each its number,
// how many of its blocks are done now and how many were before, with tabs. Of those that
// nobody wants any more it tells that none are, so that a cluster ends the job and does not
// try it again.
func (t *terminal) runShares(c *cli.Context, of int) error {
	wanted := c.Context
	if file := c.String("while"); file != "" {
		var end context.CancelFunc
		wanted, end = readLease(file, time.Now()).while(c.Context)
		defer end()
	}
	var f *fleet.Folder
	for n, lines := 1, bufio.NewScanner(t.in); ; n++ {
		if !lines.Scan() {
			return lines.Err()
		}
		index, err := strconv.Atoi(strings.TrimSpace(lines.Text()))
		if err != nil || index < 0 || index >= of {
			return fmt.Errorf("standard input:%d: %.40q is not a share; they are numbered from 0 to %d",
				n, lines.Text(), of-1)
		}
		if f == nil && wanted.Err() == nil { // opening it reads all of it
			var budget *fleet.Budget
			if f, _, budget, err = t.openFolder(c); err != nil {
				return err
			}
			defer budget.Close()
			defer f.Close()
			t.staysIn(c.Args().First())
		}
		did, before := 0, 0
		if wanted.Err() == nil {
			did, err = f.Task(wanted, index, of, t.meter.report)
			before = sizeOf(f, index, of) - did
		}
		switch {
		case c.Context.Err() != nil:
			return c.Context.Err()
		case wanted.Err() != nil:
			before = 0 // who knows
		case err != nil:
			return err
		}
		if _, err := fmt.Fprintf(t.out, "%d\t%d\t%d\n", index, did, before); err != nil {
			return err
		}
	}
}

// openFolder opens the work folder that is the argument.
func (t *terminal) openFolder(c *cli.Context) (*fleet.Folder, planned, *fleet.Budget, error) {
	var p planned
	if c.NArg() != 1 {
		return nil, p, nil, errors.New("name one work folder, as ringwatch plan made it")
	}
	build, err := thisBuild()
	if err != nil {
		return nil, p, nil, err
	}
	budget, err := memoryOf(c)
	if err != nil {
		return nil, p, nil, err
	}
	f, err := fleet.Open(c.Context, c.Args().First(), build, budget)
	if err == nil {
		if err = f.Caller(&p); err != nil {
			f.Close()
		}
	}
	if err != nil {
		budget.Close()
		return nil, p, nil, err
	}
	return f, p, budget, nil
}

func (t *terminal) runJoin(c *cli.Context) error {
	for _, name := range ofPlan {
		if c.IsSet(name) {
			return fmt.Errorf("--%s is an option of ringwatch plan, which keeps it", name)
		}
	}
	folder, err := t.claimOut(c)
	if err != nil {
		return err
	}
	f, p, budget, err := t.openFolder(c)
	if err != nil {
		return err
	}
	defer budget.Close()
	defer f.Close()
	for name, value := range p.Flags {
		if !c.IsSet(name) {
			if err := c.Set(name, value); err != nil {
				return fmt.Errorf("--%s of the plan: %w", name, err)
			}
		}
	}
	o, err := findingOptions(c)
	if err != nil {
		return err
	}
	// A work folder may be anybody's, as a scenario may.
	if err := allowed(c, c.Args().First(), &scenarios.Scenario{Scorer: o.scorer}); err != nil {
		return err
	}
	return t.findInFolder(c, o, f, p, budget, folder)
}

// detectInFolder is plan, task and join in one process.
func (t *terminal) detectInFolder(c *cli.Context, o finding, folder *output.Folder) error {
	budget, err := memoryOf(c)
	if err != nil {
		return err
	}
	defer budget.Close()
	f, p, err := t.planFolder(c, o, budget)
	if err != nil {
		return err
	}
	defer f.Close()
	if c.String("engine") != "local" {
		err = t.onEngine(c, f)
	} else {
		_, err = f.Task(c.Context, 0, 1, t.meter.report)
	}
	if err != nil {
		return err
	}
	return t.findInFolder(c, o, f, p, budget, folder)
}

func (t *terminal) findInFolder(c *cli.Context, o finding, f *fleet.Folder, p planned, budget *fleet.Budget,
	folder *output.Folder) error {
	in, err := f.Join(c.Context)
	if err != nil {
		return err
	}
	if err := t.find(c, o, in, p.Run, p.Title, folder); err != nil {
		return err
	}
	if budget != nil && budget.Exceeded() {
		t.note(fmt.Sprintf("the work took %s of memory at most, more than --memory %s",
			inGB(budget.Most()), c.String("memory")))
	}
	return nil
}
