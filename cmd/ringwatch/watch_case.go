package main

import (
	"fmt"
	"os"
	"path/filepath"
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
	last, err := serve.GoOn(state) // to the latest, if it was killed before
	if err != nil {
		return 0, "", err
	}
	all, err := serve.Cases(state)
	if err != nil {
		return 0, "", err
	}
	n = last + 1
	args := w.detectArgs(w.c, w.journal)[1:]
	if !w.c.IsSet("repeats") {
		args = append(args, readsAll)
	}
	if len(all) > 0 {
		args = append(args, "--since="+serve.CaseDir(state, all[len(all)-1]))
	}
	dir := serve.CaseDir(state, n)
	if err := w.detectApart(append(args, "--out="+dir, "--quiet")); err != nil {
		return 0, "", err
	}
	if _, err := serve.GoOn(state); err != nil {
		return 0, "", err
	}
	for _, k := range all[:max(0, len(all)+1-keptCases)] {
		forget(serve.CaseDir(state, k))
	}
	f, err := output.Open(filepath.Join(dir, "rings.json"))
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

// forget takes a case away that others have followed, unless somebody looks at it.
func forget(dir string) {
	alone, err := output.Alone(dir)
	if err != nil {
		return
	}
	defer alone.Close()
	os.RemoveAll(dir)
}
