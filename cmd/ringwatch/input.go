package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/fleet"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports"
)

// inputHelp ends the help of every command that reads ratings.
const inputHelp = `INPUT is any mix of files and folders with ratings, or - for standard input:
CSV, TSV, JSON, Parquet, Arrow, Excel or SQLite with a rater, an item, a value and
a time (a column for value or time may be missing), Community Notes downloads, or
column files; plain, .gz, .bz2, .zst or .zip; votes.db/ratings is one table or file
of several. Columns are recognised by their names, or told
by --columns; what was understood is said, and what is ambiguous is asked.`

// reading are the flags of a command that reads ratings.
func reading(more ...cli.Flag) []cli.Flag {
	return append(more,
		&cli.StringFlag{Name: "columns", Usage: "which `COLUMN` is what, by name or number from 1: " +
			"rater=user,item=2,value=stars,time= (empty: none)"},
		&cli.StringFlag{Name: "scale", Usage: "`RANGE` of the values, as 1..5 or -10..10, " +
			"or binary for co-actions (default: the range found)"},
		&cli.StringFlag{Name: "times", Usage: "how times are written, where it does not show: `FORM` is dmy, mdy, " +
			"ymd, seconds, milliseconds, microseconds, nanoseconds, yyyymmdd or excel"},
		&cli.StringFlag{Name: "missing", Usage: "`VALUES` that mean no rating, as 0 or 98,99 (default: " +
			"one apart from all others)"},
		&cli.StringFlag{Name: "repeats", Usage: "`HOW` to take several values for one item by one rater, " +
			"none of them later: mean or highest (default: mean, if few)"},
		&cli.IntFlag{Name: "skip-bad", Usage: "pass over up to `N` rows that cannot be read, and report them"},
		&cli.StringFlag{Name: "max-unpacked", Usage: "refuse input that unpacks to more than `SIZE`, " +
			"as 20GB (default: 256 MiB, or 200 times what is read)"},
		&cli.StringFlag{Name: "since", Usage: "only ratings from `DATE` on, as 2024-01-31 or 2024-01-31T12:00:00Z; " +
			"for detect also the folder of an earlier case to go on with"},
		&cli.StringFlag{Name: "until", Usage: "only ratings before `DATE`"},
		&cli.StringFlag{Name: "as-of", Usage: "only ratings up to and on `DATE`: the data as it stood then"},
	)
}

// read reads the ratings that a command is given, and says how that went.
func (t *terminal) read(c *cli.Context) (*rating.Table, reports.Provenance, error) {
	return t.readNotes(c, false, false)
}

// readNotes reads what Community Notes publishes beside ratings too, if asked.
func (t *terminal) readNotes(c *cli.Context, notes, texts bool) (*rating.Table, reports.Provenance, error) {
	return t.readIn(c, notes, texts, nil, nil)
}

// readIn is readNotes within a budget and in a room; nil is memory.
func (t *terminal) readIn(c *cli.Context, notes, texts bool, budget *fleet.Budget,
	scratch *fleet.Scratch) (*rating.Table, reports.Provenance, error) {
	run := reports.Provenance{Version: version, Command: commandLine(c), Seed: c.Uint64("seed")}
	options, err := t.readOptions(c)
	if err != nil {
		return nil, run, err
	}
	span, err := parseSpan(c)
	if err != nil {
		return nil, run, err
	}
	options.Notes, options.Texts = notes, texts
	if scratch != nil {
		options.Room = scratch.Make
	}
	options.Mapped = func(f *rating.ColumnFile) { budget.Hold(f) }
	// campaign_rows.csv tells rows of the input
	options.Origin = c.Command.Name == "detect" && c.String("out") != "" || c.String("work") != ""
	ratings, sum, err := rating.Read(c.Context, c.Args().Slice(), options)
	if err != nil {
		return nil, run, err
	}
	var folders []string // results do not tell them
	for _, path := range slices.Concat(sum.Ignored, sum.Folders) {
		run.Passed = append(run.Passed, filepath.Base(path))
		folders = append(folders, path, filepath.Base(path))
	}
	for _, f := range sum.Files {
		folders = append(folders, f.Path, filepath.Base(f.Path))
	}
	for _, w := range append(sum.Warnings, sum.BadRows...) {
		run.Warnings = append(run.Warnings, strings.NewReplacer(folders...).Replace(w))
	}
	run.RowsRead, run.Replaced, run.Bad = sum.Rows, sum.Replaced, sum.Bad
	run.SetAside, run.Reading = sum.NoValue+sum.NoOne, sum.Reading
	for _, f := range sum.Files {
		run.Inputs = append(run.Inputs, reports.InputFile{Path: filepath.Base(f.Path), Rows: f.Rows, Bytes: f.Bytes})
	}
	slices.SortStableFunc(run.Inputs, func(a, b reports.InputFile) int { return cmp.Compare(a.Path, b.Path) })
	if ratings, err = span.of(ratings); err != nil {
		return nil, run, err
	}
	run.RowsKept = ratings.Len()
	spareMemory(ratings.Len())
	run.Ratings, err = digest(c.Context, ratings)
	return ratings, run, err
}

// readOptions are what the flags of reading say.
func (t *terminal) readOptions(c *cli.Context) (o rating.ReadOptions, err error) {
	o = rating.ReadOptions{Scale: c.String("scale"), Times: c.String("times"), Repeats: c.String("repeats"),
		SkipBad: c.Int("skip-bad"), Stdin: t.in, Progress: t.meter.report}
	if o.Columns, err = rating.ParseColumns(c.String("columns")); err != nil {
		return o, err
	}
	if o.Missing, err = parseMissing(c.String("missing")); err != nil {
		return o, err
	}
	if told := c.String("max-unpacked"); told != "" {
		o.MaxUnpacked, err = parseSize("max-unpacked", told)
	}
	return o, err
}

// parseMissing reads what --missing takes.
func parseMissing(s string) (values []float64, err error) {
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		x, err := strconv.ParseFloat(part, 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, fmt.Errorf("--missing: %q is not a number", part)
		}
		values = append(values, x)
	}
	return values, nil
}

// spareMemory makes the garbage collector run often where the ratings are most of
// the heap: they stay to the end, so that it costs little and saves half.
func spareMemory(rows int) {
	if sparing(rows) {
		debug.SetGCPercent(20)
	}
}

// sparing reports whether there are so many ratings that memory is what counts. A
// GOGC in the environment is the user's own choice.
func sparing(rows int) bool { return rows >= 200_000 && os.Getenv("GOGC") == "" }

// stages returns a report of progress that, where memory counts, gives back to the
// system, before a stage takes its own, what those before it have let go of, and the
// pages of a column file, which come back where they are looked at.
func (t *terminal) stages(ratings *rating.Table) func(stage string, done, total int) {
	if !sparing(ratings.Len()) {
		return t.meter.report
	}
	var lock sync.Mutex
	last := ""
	return func(stage string, done, total int) {
		t.meter.report(stage, done, total)
		lock.Lock()
		defer lock.Unlock()
		if stage != last {
			last = stage
			ratings.Release(0, math.MaxInt)
			debug.FreeOSMemory()
		}
	}
}

// digest is the SHA-256 of the ratings as convert writes them to a CSV file:
// unlike a file's it does not depend on the order of rows or on packing.
func digest(ctx context.Context, t *rating.Table) (string, error) {
	h := sha256.New()
	err := rating.WriteCSV(writerFunc(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return h.Write(p)
	}), t)
	return hex.EncodeToString(h.Sum(nil)), err
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// commandLine is the command as a report shows it: without folders, and
// without the flags that do not change results.
func commandLine(c *cli.Context) string {
	words := append([]string{"ringwatch", wholeOf(c)}, inputNames(c)...)
	for _, f := range c.Command.Flags {
		switch name := f.Names()[0]; name {
		case "out", "force", "quiet", "format", "json", "figures", "reveal-ids", "exact-times", "item-scores",
			"item-url", "rater-url", "no-color", "progress", "threads", "log-format", "max-memory", "max-unpacked",
			"work", "blocks", "memory", "engine", "remote", "beam":
		default:
			switch value := c.Value(name).(type) {
			case cli.StringSlice:
				for _, v := range value.Value() {
					words = append(words, "--"+name, v)
				}
			case bool:
				if value {
					words = append(words, "--"+name)
				}
			default:
				if c.IsSet(name) {
					if name == "accounts" || name == "known" || name == "since" && sinceCase(c) {
						value = filepath.Base(c.String(name))
					}
					words = append(words, "--"+name, fmt.Sprint(value))
				}
			}
		}
	}
	for i, w := range words {
		if w == "" || strings.ContainsAny(w, " \t\n\"'$&|;<>()*?\\") {
			words[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}

// inputNames returns the arguments without their folders, in order, since
// results do not depend on theirs.
func inputNames(c *cli.Context) []string {
	var names []string
	for _, a := range c.Args().Slice() {
		names = append(names, filepath.Base(a))
	}
	slices.Sort(names)
	return names
}

// A span is the time that ratings are taken from, first <= time < end.
type span struct {
	first, end int64
	told       bool
}

func parseSpan(c *cli.Context) (span, error) {
	s := span{first: -1 << 40, end: 1 << 40}
	for _, name := range []string{"since", "until", "as-of"} {
		text := c.String(name)
		if text == "" || name == "since" && sinceCase(c) {
			continue
		}
		at, err := rating.ParseTime(text)
		if err != nil && name == "since" {
			return s, fmt.Errorf("--since: %w; and there is no folder of a case of that name", err)
		}
		if err != nil {
			return s, fmt.Errorf("--%s: %w", name, err)
		}
		s.told = true
		switch {
		case name == "since":
			s.first = int64(at)
		case name == "until":
			s.end = min(s.end, int64(at))
		case len(text) == len(time.DateOnly): // a day, to its end
			s.end = min(s.end, int64(at)+24*60*60)
		default:
			s.end = min(s.end, int64(at)+1)
		}
	}
	return s, nil
}

// of returns the ratings of the span.
func (s span) of(t *rating.Table) (*rating.Table, error) {
	if !s.told {
		return t, nil
	}
	if !t.HasTimes() {
		return nil, errors.New("the ratings have no times for --since, --until or --as-of to choose by")
	}
	t = t.Select(func(k int) bool { return s.first <= int64(t.Time[k]) && int64(t.Time[k]) < s.end })
	if t.Len() == 0 {
		return nil, errors.New("no rating is left by --since, --until and --as-of")
	}
	return t, nil
}
