//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// client puts a program in the place of ringwatch-beam.
func client(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ringwatch-beam"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
}

// Ctrl-C reaches an engine's client, which is waited for, and what it says of the cluster
// is told.
func TestInterruptedEngine(t *testing.T) {
	t.Chdir(t.TempDir())
	small(t, "small.yaml")
	do(t, "simulate small.yaml --out in")
	const stays = "; what was done is in work, and the same command goes on from there\n"
	const cancelled = "the job is cancelled, and its workers end"
	for ends, want := range map[string]string{
		"sleep 1; echo 'ringwatch-beam: interrupted; " + cancelled + "' >&2": cancelled,
		"": "what ringwatch-beam began on the cluster may go on",
	} {
		for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
			os.Remove("begun")
			client(t, "trap \""+ends+"\nexit 130\" INT\ntouch begun\nwhile :; do sleep .05; done\n")
			c, wait := started(t, "detect", "in/ratings.csv", "--work", "work", "--out", "out", "--engine", "beam")
			for begun := time.Now(); ; time.Sleep(10 * time.Millisecond) {
				if _, err := os.Stat("begun"); err == nil {
					break
				}
				if time.Since(begun) > time.Minute {
					c.Process.Kill()
					t.Fatal("the client does not begin")
				}
			}
			c.Process.Signal(sig)
			code, said := wait()
			if code != exitInterrupted || !strings.HasSuffix(said, "ringwatch: interrupted; "+want+stays) {
				t.Errorf("%s: exit code %d, says %q, want %q", sig, code, said, want)
			}
		}
	}
}

// A cluster that is busy, or gone in the middle, is told of in its own words; what it had
// done stays, and the same words go on from there, with the bytes of one run in memory.
func TestEngineGone(t *testing.T) {
	t.Chdir(t.TempDir())
	small(t, "small.yaml")
	do(t, "simulate small.yaml --out in")
	do(t, "detect in/ratings.csv --out whole")
	args := strings.Fields("detect in/ratings.csv --work work --out out --engine beam --beam runner=flink")
	client(t, "echo \"$*\" >args\ncp \"$9\" wanted\nseq 0 9 | \"$5\" task \"$3\" --shares --of 64 --quiet >done\n"+
		"echo 'ringwatch-beam: all slots are taken' >&2\nexit 2\n")
	_, wait := started(t, args...)
	code, said := wait()
	if code != exitBad || !strings.HasSuffix(said, "ringwatch: ringwatch-beam: all slots are taken\n") {
		t.Errorf("exit code %d, says %q", code, said)
	}
	if text, err := os.ReadFile("args"); err != nil || !strings.HasPrefix(string(text), "--runner=flink --work ") {
		t.Errorf("the client is asked %q, %v", text, err)
	}
	if text, err := os.ReadFile("wanted"); err != nil || string(text) != "2m0s\n" {
		t.Errorf("tasks are told to look at %q, %v", text, err)
	}
	if left, _ := filepath.Glob("work/.while-*"); len(left) > 0 {
		t.Errorf("left %q", left)
	}
	if text, err := os.ReadFile("done"); err != nil || strings.Count(string(text), "\n") != 10 {
		t.Errorf("the cluster did %q, %v", text, err)
	}
	client(t, "seq 0 63 | \"$5\" task \"$3\" --shares --of 64 --quiet >again\n")
	_, wait = started(t, args...)
	if code, said := wait(); code != 0 {
		t.Errorf("exit code %d, says %q", code, said)
	}
	text, _ := os.ReadFile("again")
	if !strings.HasPrefix(string(text), "0\t0\t1\n") || !strings.HasSuffix(string(text), "63\t1\t0\n") {
		t.Errorf("then the cluster did %q", text)
	}
	alike(t, "whole/rings.json", "out/rings.json")
	alike(t, "whole/raters.csv", "out/raters.csv")
}

// A driver that is killed outright while a cluster works, and the cluster goes on, is no
// harm to the next: both do the same blocks at once, and the bytes are those of one run.
func TestKilledDriver(t *testing.T) {
	if os.Getenv("RINGWATCH_LONG") == "" {
		t.Skip("one of the longer checks")
	}
	t.Chdir(t.TempDir())
	small(t, "small.yaml")
	do(t, "simulate small.yaml --out in")
	do(t, "detect in/ratings.csv --out whole")
	client(t, "echo began >>begins\nfor n in `seq 0 63`; do echo $n; sleep .02; done | "+
		"\"$4\" task \"$2\" --shares --of 64 --quiet >>done\necho ended >>ends\n")
	args := strings.Fields("detect in/ratings.csv --work work --out out --engine beam")
	c, wait := started(t, args...)
	some := func() bool {
		blocks, _ := filepath.Glob("work/pairs/0*")
		return len(blocks) > 0
	}
	for begun := time.Now(); !some(); time.Sleep(5 * time.Millisecond) {
		if time.Since(begun) > time.Minute {
			c.Process.Kill()
			t.Fatal("no block is done")
		}
	}
	c.Process.Kill()
	wait()
	_, wait = started(t, args...)
	if code, said := wait(); code != 0 {
		t.Fatalf("exit code %d, says %q", code, said)
	}
	alike(t, "whole/rings.json", "out/rings.json")
	alike(t, "whole/raters.csv", "out/raters.csv")
	lines := func(file string) int {
		text, _ := os.ReadFile(file)
		return strings.Count(string(text), "\n")
	}
	for begun := time.Now(); lines("ends") < lines("begins"); time.Sleep(10 * time.Millisecond) {
		if time.Since(begun) > time.Minute {
			t.Fatal("what the killed one began does not end")
		}
	}
	do(t, "join work --out later")
	alike(t, "whole/rings.json", "later/rings.json")
}
