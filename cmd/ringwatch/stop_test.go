//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// limit is how long what is interrupted may take, on a busy machine.
const limit = 2 * time.Second

// started runs ringwatch, and returns how to wait for its exit code.
func started(t *testing.T, args ...string) (*exec.Cmd, func() (int, string)) {
	t.Helper()
	var said strings.Builder
	c := exec.Command("ringwatch", args...)
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c, func() (int, string) {
		stop := time.AfterFunc(time.Minute, func() { c.Process.Kill() })
		defer stop.Stop()
		c.Wait()
		return c.ProcessState.ExitCode(), said.String()
	}
}

// Ctrl-C ends what waits in the system too: for somebody to write to a pipe, or
// to read from one.
func TestInterruptedWait(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("in.csv", []byte("rater,item,value\na,x,1\nb,x,2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		pause := time.Second // until all wait
		for endWaiting(t, sig, pause) < 0 {
			pause *= 4
		}
	}
}

// endWaiting interrupts commands that wait at pipes, after a pause. It returns -1 where
// one of them was not up by then.
func endWaiting(t *testing.T, sig syscall.Signal, pause time.Duration) int {
	t.Helper()
	type waiting struct {
		args string
		c    *exec.Cmd
		wait func() (int, string)
	}
	var all []waiting // at once, each at a pipe of its own
	for k, args := range []string{"convert pipe --out out.csv", "detect pipe --out case",
		"sweep pipe --out out.jsonl", "report pipe", "gate burst --base pipe",
		"convert in.csv --out pipe --format csv", "report in.csv pipe", "serve . --auth-token-file pipe"} {
		pipe := fmt.Sprintf("pipe%d-%d-%v", sig, k, pause)
		if err := syscall.Mkfifo(pipe, 0o600); err != nil {
			t.Skip(err)
		}
		args = strings.Replace(args, "pipe", pipe, 1)
		c, wait := started(t, strings.Fields(args)...)
		all = append(all, waiting{args, c, wait})
	}
	time.Sleep(pause)
	begun := time.Now()
	for _, w := range all {
		w.c.Process.Signal(sig) // it may have refused, and be gone
	}
	early := 0
	for _, w := range all {
		code, said := w.wait()
		want := exitInterrupted
		if strings.HasPrefix(w.args, "serve") {
			want = 0 // as that is its end
		}
		switch took := time.Since(begun); {
		case code == -1 && pause < time.Minute: // before it heard signals
			early = -1
		case code != want && code != exitBad || took > limit:
			t.Errorf("%s: exit code %d after %v: %s", w.args, code, took, said)
		}
	}
	if left, _ := filepath.Glob(".*"); len(left) > 0 {
		t.Errorf("%q is left", left)
	}
	return early
}

// alive reports whether a process runs, one that nobody has waited for aside.
func alive(pid int) bool {
	if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil {
		_, state, _ := strings.Cut(string(stat), ") ")
		return !strings.HasPrefix(state, "Z")
	}
	return syscall.Kill(pid, 0) == nil
}

// A scorer's program and all that it started end with its timeout, with Ctrl-C,
// and when ringwatch is killed outright; what that leaves, the next run removes.
func TestStoppedScorer(t *testing.T) {
	t.Chdir(t.TempDir())
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	if err := os.WriteFile("in.csv", []byte("rater,item,value\na,x,1\nb,x,2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("kids.sh", []byte("sh -c 'echo $$ >> pids; exec sleep 321' &\nsh -c 'echo $$ >> pids; "+
		"exec sleep 321' &\necho $$ >> pids\nwait\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	const args = "score in.csv --scorer"
	for _, how := range []string{"timeout", "SIGINT", "SIGTERM", "SIGKILL"} {
		os.Remove("pids")
		scorer := "command: {command: sh kids.sh}"
		if how == "timeout" {
			scorer = "command: {command: sh kids.sh, timeout: 1s}"
		}
		c, wait := started(t, append(strings.Fields(args), scorer)...)
		var pids []string
		for begun := time.Now(); len(pids) < 3 &&
			time.Since(begun) < 20*time.Second; time.Sleep(10 * time.Millisecond) {
			text, _ := os.ReadFile("pids")
			pids = strings.Fields(string(text))
		}
		if len(pids) < 3 {
			t.Fatalf("%s: the program did not begin: %q", how, pids)
		}
		if sig, ok := map[string]syscall.Signal{"SIGINT": syscall.SIGINT, "SIGTERM": syscall.SIGTERM,
			"SIGKILL": syscall.SIGKILL}[how]; ok {
			c.Process.Signal(sig)
		}
		begun := time.Now()
		wait()
		left := func() bool {
			return slices.ContainsFunc(pids, func(p string) bool { pid, _ := strconv.Atoi(p); return alive(pid) })
		}
		for left() && time.Since(begun) < limit {
			time.Sleep(10 * time.Millisecond)
		}
		if left() {
			t.Errorf("%s: something of %q still runs", how, pids)
		}
	}
	before, _ := filepath.Glob(filepath.Join(temp, "ringwatch-*"))
	_, wait := started(t, "inspect", "in.csv")
	wait()
	after, _ := filepath.Glob(filepath.Join(temp, "ringwatch-*"))
	if len(before) != 1 || len(after) != 0 {
		t.Errorf("the killed run left %q, and the next one %q", before, after)
	}
}

// Who is stopped in a work folder is told that it stays, and where to go on.
func TestInterruptedInFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	small(t, "small.yaml")
	do(t, "simulate small.yaml --out in")
	stays := 0
	for looks := int64(0); ; looks = 4*looks + 1 {
		code, said := runMortal(t, looks, "detect in/ratings.csv --work work --out out")
		if code == 0 {
			break
		}
		want := "ringwatch: interrupted; nothing was written\n"
		if entries, _ := os.ReadDir("work"); len(entries) > 0 {
			want = "ringwatch: interrupted; what was done is in work, and the same command goes on from there\n"
			stays++
		}
		if code != exitInterrupted || said != want {
			t.Fatalf("interrupted at look %d, exit code %d, says %q, want %q", looks, code, said, want)
		}
	}
	if stays == 0 {
		t.Error("it was never stopped with something in its work folder")
	}
}
