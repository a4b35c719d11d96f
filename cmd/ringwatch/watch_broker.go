package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/ringwatch/ringwatch/internal/workers"
	"github.com/ringwatch/ringwatch/reports"
)

// brokerProgram reads from brokers, and is installed by itself: their clients are larger than
// all else that ringwatch needs, and most have no broker.
const brokerProgram = "ringwatch-broker"

// brokered tells whether a source is a broker's.
func brokered(source string) bool {
	scheme, _, ok := strings.Cut(source, "://")
	return ok && slices.Contains([]string{"kafka", "kafka+tls", "nats", "nats+tls"}, scheme)
}

// readBroker records what a broker has and gets.
func (w *watching) readBroker(source string) error {
	program, err := companion(brokerProgram, "a source of "+source[:strings.Index(source, "://")+3])
	if err != nil {
		return err
	}
	args := []string{"--consumer", w.c.String("consumer")}
	if file := w.c.String("broker-credentials"); file != "" {
		args = append(args, "--credentials", file)
	}
	if w.c.Bool("until-end") {
		args = append(args, "--until-end")
	}
	run := exec.CommandContext(w.ctx, program, append(args, source)...)
	run.Cancel = func() error { return run.Process.Signal(os.Interrupt) }
	run.WaitDelay = 5 * time.Second
	tell, err := run.StdinPipe()
	if err != nil {
		return err
	}
	frames, err := run.StdoutPipe()
	if err != nil {
		return err
	}
	notes, err := run.StderrPipe()
	if err != nil {
		return err
	}
	if err := run.Start(); err != nil {
		return fmt.Errorf("%s: %w", brokerProgram, err)
	}
	last := ""
	var work workers.Crew
	work.Go(func() {
		lines := bufio.NewScanner(notes)
		for lines.Scan() {
			last = reports.Shown(lines.Text())
			w.note(last)
		}
	})
	err = w.feed.Run(w.ctx, frames, tell)
	if err != nil {
		run.Process.Kill()
	}
	work.Wait()
	failed := run.Wait()
	switch {
	case err != nil:
		return err
	case failed != nil && last != "":
		return errors.New(brokerProgram + " ended: " + last)
	case failed != nil:
		return fmt.Errorf("%s: %w", brokerProgram, failed)
	}
	return nil
}
