package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/live"
	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports"
)

// readsAll has a batch run read all that was acknowledged, also where a rater gave an item several
// values at one time. Their mean does not go by the order in which they came.
const readsAll = "--repeats=mean"

// findIn runs detect on what the journal has.
func (t *terminal) findIn(c *cli.Context, journal *live.Journal) error {
	place, err := t.temporary("watch")
	if err != nil {
		return err
	}
	defer place.Close()
	paths, err := journal.Export(c.Context, place.Path)
	if err != nil {
		return err
	}
	args := t.detectArgs(c, journal)
	if slices.Contains(paths, "-") {
		t.in = journal.Read("-", 0)
	}
	// What was read is named as the sources were, and not by where it lies for a while.
	lies := place.Path + string(filepath.Separator)
	t.out, t.err = unnamed{t.out, lies}, unnamed{t.err, lies}
	err = t.app().RunContext(c.Context, slices.Concat(args, []string{"--"}, paths))
	if errors.Is(err, rating.ErrRepeats) { // what was acknowledged can be read
		t.letFoldersGo()
		if slices.Contains(paths, "-") {
			t.in = journal.Read("-", 0)
		}
		err = t.app().RunContext(c.Context, slices.Concat(args, []string{readsAll, "--"}, paths))
	}
	if err != nil && strings.Contains(err.Error(), lies) {
		return errors.New(strings.ReplaceAll(err.Error(), lies, ""))
	}
	return err
}

// detectApart runs detect on what the journal has, in a process of its own, so that its memory is
// given back, on half of the processors.
func (w *watching) detectApart(args []string) error {
	place, err := output.Temporary("watch")
	if err != nil {
		return err
	}
	defer place.Close()
	paths, err := w.journal.Export(w.ctx, place.Path)
	if err != nil {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	run := exec.CommandContext(w.ctx, program, slices.Concat(args, []string{"--"}, paths)...)
	run.Args[0] = os.Args[0]
	run.Env = append(os.Environ(), fmt.Sprint("GOMAXPROCS=", max(1, runtime.GOMAXPROCS(0)/2)))
	run.Cancel = func() error { return run.Process.Signal(os.Interrupt) }
	run.WaitDelay = 5 * time.Second
	if slices.Contains(paths, "-") {
		run.Stdin = w.journal.Read("-", 0)
	}
	var says bytes.Buffer
	run.Stderr = &says
	err = runWithUs(run)
	switch {
	case w.ctx.Err() != nil:
		return context.Cause(w.ctx)
	case err == nil:
		return nil
	}
	said := strings.ReplaceAll(says.String(), place.Path+string(filepath.Separator), "")
	lines := strings.Split(strings.TrimSpace(said), "\n")
	if last := strings.TrimPrefix(lines[len(lines)-1], "ringwatch: "); last != "" {
		return errors.New(reports.Shown(last))
	}
	return err
}

// detectArgs call detect as the flags of watch say.
func (t *terminal) detectArgs(c *cli.Context, journal *live.Journal) []string {
	args := []string{"ringwatch", "detect"}
	for _, f := range t.detect().Flags {
		name := f.Names()[0]
		if name == "memory" { // of what is live
			continue
		}
		switch value := c.Value(name).(type) {
		case bool:
			args = append(args, fmt.Sprintf("--%s=%t", name, value || name == "item-scores"))
		default:
			if c.IsSet(name) {
				args = append(args, fmt.Sprintf("--%s=%v", name, value))
			}
		}
	}
	if told := posted(journal); told != "" && !c.IsSet("columns") {
		args = append(args, "--columns="+told)
	}
	return args
}

// posted are the columns of what was posted, as --columns takes them; empty where
// they are to be recognised.
func posted(journal *live.Journal) string {
	var told []string
	for field, name := range journal.Columns() {
		if strings.Contains(name, ",") || strings.TrimSpace(name) != name || strings.IndexAny(name, "#@-") == 0 {
			return ""
		}
		told = append(told, field+"="+name)
	}
	slices.Sort(told)
	return strings.Join(told, ",")
}

// unnamed writes without the name of a folder.
type unnamed struct {
	io.Writer
	folder string
}

func (w unnamed) Write(p []byte) (int, error) {
	if _, err := w.Writer.Write(bytes.ReplaceAll(p, []byte(w.folder), nil)); err != nil {
		return 0, err
	}
	return len(p), nil
}
