package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/reports"
	"github.com/ringwatch/ringwatch/reports/serve"
)

const (
	leastCase = time.Second
	mostCase  = 30 * 24 * time.Hour
	// After an alert others of the same brigade act on, and had better be in the case, too.
	afterAlert = 10 * time.Second
	// Between two cases there are pauses of four times what the last took, so that at most a
	// fifth of the time goes to them, whatever alerts there are.
	casePause = 4
	keptCases = 3 // the latest, that which it goes on from, and that which somebody may still look at
)

// findCases finds the case anew until the end: after a time, and after alerts, where there are
// new ratings.
func (w *watching) findCases(every time.Duration) {
	soon := min(every, afterAlert)
	usual, least := soon, soon // the first
	_, more := w.alerts.List("")
	for of := int64(0); !w.pause(usual, least, soon, more); {
		usual, least = every, soon
		_, more = w.alerts.List("")
		ratings := w.journal.Ratings()
		if ratings == of {
			continue
		}
		begun := time.Now()
		n, said, err := w.findCase()
		took := time.Since(begun)
		usual, least = max(every, casePause*took), max(soon, casePause*took)
		switch {
		case w.ctx.Err() != nil:
			return
		case err != nil:
			why := err.Error()
			w.failed.Store(&why)
			w.note(fmt.Sprintf("no case was found, which is tried again: %v", err))
		default:
			of = ratings
			w.failed.Store(nil)
			fmt.Fprintf(w.out, "%s  case %d: %s\n", time.Now().UTC().Format(time.RFC3339), n, said)
		}
	}
}

// pause waits for a usual time, and after an alert for a while, where the least has passed; it
// tells whether it is the end.
func (w *watching) pause(usual, least, while time.Duration, alerted <-chan struct{}) (ended bool) {
	due, soonest := time.NewTimer(usual), time.Now().Add(least)
	defer due.Stop()
	for {
		select {
		case <-w.ctx.Done():
			return true
		case <-due.C:
			return false
		case <-alerted:
			alerted = nil
			due.Reset(max(time.Until(soonest), while))
		}
	}
}

// findCase finds the next case, and returns its number and what is new in it.
func (w *watching) findCase() (n int, said string, err error) {
	state, err := filepath.Abs(w.c.String("state"))
	if err != nil {
		return 0, "", err
	}
	if err := serve.GoOn(state); err != nil { // of the last, if it was killed before
		return 0, "", err
	}
	all, err := serve.Cases(state)
	if err != nil {
		return 0, "", err
	}
	n = 1
	args := w.detectArgs(w.c, w.journal)[1:]
	if !w.c.IsSet("repeats") {
		args = append(args, readsAll)
	}
	if len(all) > 0 {
		n = all[len(all)-1] + 1
		args = append(args, "--since="+serve.CaseDir(state, n-1))
	}
	dir := serve.CaseDir(state, n)
	if err := w.detectApart(append(args, "--out="+dir, "--quiet")); err != nil {
		return 0, "", err
	}
	if err := serve.GoOn(state); err != nil {
		return 0, "", err
	}
	for _, k := range all[:max(0, len(all)+1-keptCases)] {
		forget(serve.CaseDir(state, k))
	}
	f, err := os.Open(filepath.Join(dir, "rings.json"))
	if err != nil {
		return 0, "", err
	}
	defer f.Close()
	found, err := reports.ReadCase(f)
	if err != nil {
		return 0, "", err
	}
	doc := found.Document()
	return n, strings.TrimSpace(doc.Verdict() + " " + doc.SinceLine()), nil
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

// forget takes a case away that others have followed, unless somebody looks at it.
func forget(dir string) {
	alone, err := output.Alone(dir)
	if err != nil {
		return
	}
	defer alone.Close()
	os.RemoveAll(dir)
}
