package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// perProcess is how many shares one process does: each reads the work folder's columns
// once to compare them with their checksums, and what is lost with it is small.
const perProcess = 4

// A task does shares of a work folder, where a worker is.
type task struct {
	Program, Work string
	While         string // file of the one who wants it, gone when nobody does
	Of            int    // shares, of all elements
}

// ProcessElement does perProcess shares, from first on, by ringwatch task. Numbers are
// handed to it one at a time: where this process is killed, that one ends with the share
// that it is at. Another build, or a damaged folder, it refuses itself, and what nobody
// wants any more it passes over.
func (t *task) ProcessElement(ctx context.Context, first int) error {
	run := exec.CommandContext(ctx, t.Program,
		"task", t.Work, "--shares", "--of", strconv.Itoa(t.Of), "--while", t.While, "--quiet")
	run.WaitDelay = 5 * time.Second
	var complaint bytes.Buffer
	run.Stderr = &complaint
	to, err := run.StdinPipe()
	if err != nil {
		return err
	}
	from, err := run.StdoutPipe()
	if err != nil {
		return err
	}
	if err := run.Start(); err != nil {
		return told(err.Error())
	}
	lines := bufio.NewScanner(from)
	last := min(first+perProcess, t.Of)
	for first < last {
		if _, err := fmt.Fprintln(to, first); err != nil || !lines.Scan() {
			break // it tells why
		}
		first++
	}
	to.Close()
	if err := run.Wait(); err != nil {
		return told(complaint.String() + "\n" + err.Error())
	}
	if first < last {
		return told(fmt.Sprintf("share %d was not done", first))
	}
	return nil
}

// mark is in front of what ringwatch task said, within all that Beam and a cluster say
// around it.
const mark = "ringwatch task: "

// told is the error of a task, in one line.
func told(text string) error {
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	return errors.New(mark + strings.TrimPrefix(text, "ringwatch: ") + "\n")
}

// said is what to tell of an error of Beam's: the task's own words, if there are any.
func said(err error) error {
	const again = "What is done stays done: mend what it says and run the same again"
	text := strings.ReplaceAll(err.Error(), `\n`, "\n")
	if at := strings.LastIndex(text, mark); at >= 0 {
		text, _, _ = strings.Cut(text[at+len(mark):], "\n")
		return fmt.Errorf("%s\n%s", text, again)
	}
	return fmt.Errorf("Beam did not do the work: %w\n%s", err, again)
}
