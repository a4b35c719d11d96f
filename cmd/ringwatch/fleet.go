package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/fleet"
	"github.com/ringwatch/ringwatch/internal/plural"
	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports"
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

const mostBlocks = 10000

func (t *terminal) plan() *cli.Command {
	flags := slices.DeleteFunc(findingFlags(), func(f cli.Flag) bool { return slices.Contains(atJoin, f.Names()[0]) })
	return t.command(&cli.Command{
		Name:      "plan",
		Usage:     "lay ratings out in a work folder, for many processes to search",
		ArgsUsage: "INPUT... --work DIR",
		Description: `Reads ratings as detect does, lays them out in a work folder, fits the background
and cuts the search for pairs of raters into blocks. ringwatch task does shares of
them, in any order, at once, on any machine that sees the folder and has the same
build of ringwatch; ringwatch join does the rest and writes what detect --out would
write, to the byte. What is killed is run again and goes on from what was done.

Examples
  ringwatch plan ratings.csv --work work
  seq 0 63 | xargs -P 8 -I{} ringwatch task work --index {} --of 64
  ringwatch join work --out case

In a Kubernetes Indexed Job the share is --index $JOB_COMPLETION_INDEX, in an array
of Slurm --index $SLURM_ARRAY_TASK_ID. On one machine detect --work does all three.

` + inputHelp,
		Flags:  append(reading(flags...), workFlag, blocksFlag, memoryFlag),
		Action: t.runPlan,
	})
}

// atJoin are the flags of detect that are join's.
var atJoin = []string{"out", "force", "format"}

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
	if name := c.Command.Name; name != "plan" && name != "join" {
		return name
	}
	return "detect"
}

// planned is what a plan keeps for join.
type planned struct {
	Title string             `json:"title"`
	Run   reports.Provenance `json:"run"`
	Flags map[string]string  `json:"flags,omitempty"` // as they were set
}

func (t *terminal) runPlan(c *cli.Context) error {
	if c.String("work") == "" {
		return errors.New("--work is missing: name the folder to plan in")
	}
	o, err := findingOptions(c)
	if err != nil {
		return err
	}
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
	var before planned
	if err := f.Caller(&before); err != nil {
		return err
	}
	if !sameJSON(before, p) {
		return fmt.Errorf("%s: was planned with other options; name another folder, or remove it", c.String("work"))
	}
	t.meter.stop()
	if err := t.tell("%s", whatWasRead(reports.Columns(p.Run, false), p.Run.Warnings)); err != nil {
		return err
	}
	missing, _ := f.Missing()
	return t.tell("%s: %s in %s, %d still to be done.\n", c.String("work"), plural.Of(p.Run.RowsKept, "rating"),
		plural.Of(f.Blocks(), "block"), len(missing))
}

func sameJSON(a, b any) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && string(x) == string(y)
}

// planFolder reads the ratings and plans, or opens the plan that is there.
func (t *terminal) planFolder(c *cli.Context, o finding, budget *fleet.Budget) (*fleet.Folder, planned, error) {
	var p planned
	if n := c.Int("blocks"); n < 1 || n > mostBlocks {
		return nil, p, fmt.Errorf("--blocks: %d is not from 1 to %d", n, mostBlocks)
	}
	build, err := thisBuild()
	if err != nil {
		return nil, p, err
	}
	var scratch *fleet.Scratch
	if budget != nil {
		if scratch, err = fleet.ScratchIn(c.String("work"), budget); err != nil {
			return nil, p, err
		}
		defer scratch.Close()
	}
	ratings, run, err := t.readIn(c, len(o.readers()) > 0, false, budget, scratch)
	if err != nil {
		return nil, p, err
	}
	if ratings.Notes != nil {
		return nil, p, fmt.Errorf("--work: a work folder keeps ratings alone, "+
			"and not what Community Notes publishes beside them, which %s would need; leave that out, "+
			"as with --scorer bridging --detectors %s, or run detect without --work",
			strings.Join(o.readers(), " and "), strings.Join(o.others(), ","))
	}
	p = planned{Title: "Rings in " + title(c), Run: run, Flags: map[string]string{}}
	for _, f := range findingFlags() {
		if name := f.Names()[0]; c.IsSet(name) && !slices.Contains(atJoin, name) {
			p.Flags[name] = fmt.Sprint(c.Value(name))
		}
	}
	t.staysIn(c.String("work"))
	f, err := fleet.Plan(c.Context, c.String("work"),
		fleet.Job{Build: build, Ratings: ratings, Digest: jobDigest(run, ratings),
			Blocks: c.Int("blocks"), Caller: p, Budget: budget, Progress: t.meter.report})
	return f, p, err
}

// staysIn says that what is done of a work folder stays.
func (t *terminal) staysIn(work string) {
	t.goesOn(func() string {
		if entries, err := os.ReadDir(work); err != nil || len(entries) == 0 {
			return ""
		}
		return "what was done is in " + work + ", and the same command goes on from there"
	})
}

// jobDigest names ratings with the order that they were in, which campaign_rows.csv
// tells rows by.
func jobDigest(run reports.Provenance, ratings *rating.Table) string {
	h := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	binary.Write(h, binary.LittleEndian, ratings.Origin) // a hash takes all
	return fmt.Sprintf("%s-%08x", run.Ratings, h.Sum32())
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
	f, _, budget, err := t.openFolder(c)
	if err != nil {
		return err
	}
	defer budget.Close()
	defer f.Close()
	t.staysIn(c.Args().First())
	if c.Bool("shares") {
		return t.runShares(c, f)
	}
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
// how many of its blocks are done now and how many were before, with tabs.
func (t *terminal) runShares(c *cli.Context, f *fleet.Folder) error {
	if c.IsSet("index") {
		return errors.New("--index is one share and --shares those on standard input: leave one out")
	}
	of, lines := c.Int("of"), bufio.NewScanner(t.in)
	for n := 1; lines.Scan(); n++ {
		index, err := strconv.Atoi(strings.TrimSpace(lines.Text()))
		if err != nil || index < 0 || index >= of {
			return fmt.Errorf("standard input:%d: %.40q is not a share; they are numbered from 0 to %d",
				n, lines.Text(), of-1)
		}
		did, err := f.Task(c.Context, index, of, t.meter.report)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(t.out, "%d\t%d\t%d\n", index, did, sizeOf(f, index, of)-did); err != nil {
			return err
		}
	}
	return lines.Err()
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
