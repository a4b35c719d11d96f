package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/fleet"
	"github.com/ringwatch/ringwatch/internal/plural"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports"
)

const mostBlocks = 10000

// atJoin are the flags of detect that are join's.
var atJoin = []string{"out", "force", "format"}

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

// jobDigest names ratings with the order that they were in, which campaign_rows.csv
// tells rows by.
func jobDigest(run reports.Provenance, ratings *rating.Table) string {
	h := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	binary.Write(h, binary.LittleEndian, ratings.Origin) // a hash takes all
	return fmt.Sprintf("%s-%08x", run.Ratings, h.Sum32())
}
