package main

import (
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
)

// Where there is no room for a block, the line says that what was done stays, and the same
// command goes on. The limit is that of a process of its own, as go test writes files too.
func TestFullDisk(t *testing.T) {
	const own = "RINGWATCH_FULL_DISK"
	if os.Getenv(own) != "" {
		signal.Ignore(syscall.SIGXFSZ)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 40, Max: 40}); err != nil {
			t.Fatal(err)
		}
		os.Exit(run(t.Context(), words("task work"), os.Stdin, os.Stdout, os.Stderr))
	}
	t.Chdir(t.TempDir())
	small(t, "small.yaml")
	do(t, "simulate small.yaml --out in")
	do(t, "plan in/ratings.csv --work work")
	c := exec.Command(os.Args[0], "-test.run=^TestFullDisk$", "-test.count=1")
	c.Env = append(os.Environ(), own+"=1")
	text, err := c.CombinedOutput()
	want := "make room: what was done is in work, and the same command goes on from there\n"
	if err == nil || !strings.HasSuffix(string(text), want) {
		t.Errorf("%v, %q", err, text)
	}
	do(t, "task work")
	do(t, "join work --out out")
}
