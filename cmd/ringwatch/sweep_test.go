package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// When a sweep is interrupted, the same command goes on from there, and the file
// in the end is the one of a sweep that was not.
func TestInterruptedSweep(t *testing.T) {
	t.Chdir(t.TempDir())
	small(t, "small.yaml")
	const command = "sweep small.yaml --seeds 10 --threads 2 --out "
	do(t, command+"whole.jsonl")
	whole, err := os.ReadFile("whole.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for _, after := range []int{0, 1, 3} { // lines
		ctx, stop := context.WithCancel(t.Context())
		go func() {
			for ctx.Err() == nil {
				partial, err := os.ReadFile("out.jsonl.partial")
				if err == nil && bytes.Count(partial, []byte("\n")) >= after {
					stop()
				}
				time.Sleep(time.Millisecond)
			}
		}()
		var stderr bytes.Buffer
		code := runWithin(ctx, time.Minute, words(command+"out.jsonl"), nil, io.Discard, &stderr)
		stop()
		partial, err := os.ReadFile("out.jsonl.partial")
		want := "ringwatch: interrupted; nothing was written\n"
		if err == nil {
			want = "ringwatch: interrupted; the runs that were finished are in out.jsonl.partial, " +
				"and the same command goes on from there\n"
		} else if after > 0 {
			t.Fatalf("after %d lines: %v", after, err)
		}
		if code != exitInterrupted || stderr.String() != want || !bytes.HasPrefix(whole, partial) ||
			bytes.Count(partial, []byte("\n")) < after {
			t.Fatalf("after %d lines: exit code %d, %q, and\n%s", after, code, stderr.String(), partial)
		}
		if _, err := os.Stat("out.jsonl"); err == nil {
			t.Fatal("a sweep that was interrupted has left a file that looks whole")
		}
	}
	do(t, command+"out.jsonl")
	if got, err := os.ReadFile("out.jsonl"); err != nil || !bytes.Equal(got, whole) {
		t.Errorf("%v: in the end it has\n%s", err, got)
	}
}

// A file of another sweep is left as it is.
func TestFinished(t *testing.T) {
	t.Chdir(t.TempDir())
	small(t, "small.yaml")
	do(t, "sweep small.yaml --seeds 2 --out two.jsonl")
	two, err := os.ReadFile("two.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("one.jsonl.partial", two, 0o644); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	if code := run(t.Context(), words("sweep small.yaml --seeds 1 --out one.jsonl"), nil, io.Discard,
		&stderr); code != exitBad ||
		!strings.Contains(stderr.String(), "it has 2 runs, this one 1") {
		t.Errorf("%d %s", code, stderr.String())
	}
	if left, err := os.ReadFile("one.jsonl.partial"); err != nil || !bytes.Equal(left, two) {
		t.Errorf("what was finished is lost: %v", err)
	}
}

// What has the name of the lines of a stopped sweep and is none of it stays.
func TestSweepSpares(t *testing.T) {
	t.Chdir(t.TempDir())
	small(t, "small.yaml")
	try := func(of, want string) {
		t.Helper()
		var stderr bytes.Buffer
		code := run(t.Context(), words("sweep small.yaml --seeds 1 --out out.jsonl"), nil, io.Discard, &stderr)
		text, err := os.ReadFile(of)
		if code != exitBad || !strings.Contains(stderr.String(), want) || err != nil || string(text) != "precious" {
			t.Errorf("%s: exit code %d, %q, %q, %v", of, code, stderr.String(), text, err)
		}
	}
	if err := os.WriteFile("out.jsonl.partial", []byte("precious"), 0o644); err != nil {
		t.Fatal(err)
	}
	try("out.jsonl.partial", "it holds what no sweep wrote")
	if err := errors.Join(os.Rename("out.jsonl.partial", "mine"), os.Symlink("mine", "out.jsonl.partial")); err != nil {
		t.Skip(err)
	}
	try("mine", "is a link")
}
