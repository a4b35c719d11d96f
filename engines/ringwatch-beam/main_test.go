package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain is the program itself where a test says so, as Beam keeps flags and jobs in
// globals.
func TestMain(m *testing.M) {
	if os.Getenv("RINGWATCH_BEAM") == "run" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// alone makes a folder with this program in it.
func alone(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(own, filepath.Join(dir, "ringwatch-beam")); err != nil {
		t.Skip(err)
	}
	t.Setenv("RINGWATCH_BEAM", "run")
	scratch := t.TempDir()
	t.Setenv("TMPDIR", scratch)
	t.Cleanup(func() {
		if left, err := os.ReadDir(scratch); err != nil || len(left) > 0 {
			t.Errorf("files are left behind: %v, %v", left, err)
		}
	})
	return dir
}

// bin builds ringwatch beside it.
func bin(t *testing.T) string {
	t.Helper()
	if _, err := os.Stat("../../cmd/ringwatch"); err != nil {
		t.Skip("ringwatch is not there to be built: this module stands alone")
	}
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", dir, "./cmd/ringwatch")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	with := alone(t)
	if err := os.Rename(filepath.Join(dir, "ringwatch"), filepath.Join(with, "ringwatch")); err != nil {
		t.Fatal(err)
	}
	return with
}

// runs runs one of both programs.
func runs(t *testing.T, program string, args ...string) (said string, err error) {
	t.Helper()
	var out bytes.Buffer
	c := exec.CommandContext(t.Context(), program, args...)
	c.Stdout, c.Stderr = &out, &out
	err = c.Run()
	return out.String(), err
}

// On Prism rings are the same to the byte; what is done is passed over; what a worker is
// told is told to the user.
func TestPrism(t *testing.T) {
	dir := bin(t)
	in := func(name string) string { return filepath.Join(dir, name) }
	must := func(program string, args ...string) {
		t.Helper()
		if said, err := runs(t, in(program), args...); err != nil {
			t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, said)
		}
	}
	same := func(a, b string) {
		t.Helper()
		for _, name := range []string{"rings.json", "raters.csv"} {
			x, err1 := os.ReadFile(filepath.Join(in(a), name))
			y, err2 := os.ReadFile(filepath.Join(in(b), name))
			if err := errors.Join(err1, err2); err != nil || !bytes.Equal(x, y) {
				t.Errorf("%s of %s and %s differ, %v", name, a, b, err)
			}
		}
	}
	must("ringwatch", "simulate", "burst", "--out", in("world"),
		"--set", "world.raters=300", "--set", "world.items=120", "--set", "attacks.burst.accounts=8")
	ratings := filepath.Join(in("world"), "ratings.csv")
	must("ringwatch", "detect", ratings, "--scorer", "none", "--out", in("here"))
	must("ringwatch", "detect", ratings, "--scorer", "none", "--blocks", "9", "--out", in("there"),
		"--work", in("it's a work folder"), "--engine", "beam", "--beam", "job_name=a")
	same("here", "there")

	// By itself, between plan and join.
	must("ringwatch", "plan", ratings, "--scorer", "none", "--blocks", "9", "--work", in("work"))
	apart := []string{"--work", in("work"), "--program", in("ringwatch"), "--shares", "9"}
	must("ringwatch-beam", apart...)
	if blocks, _ := os.ReadDir(filepath.Join(in("work"), "pairs")); len(blocks) != 9 {
		t.Fatalf("%d blocks are done, want 9", len(blocks))
	}
	// A worker was killed while it wrote a block.
	if err := os.Truncate(filepath.Join(in("work"), "pairs", "00004"), 10); err != nil {
		t.Fatal(err)
	}
	must("ringwatch-beam", apart...)
	must("ringwatch", "join", in("work"), "--out", in("joined"))
	same("here", "joined")

	// A plan of another build.
	plan := filepath.Join(in("work"), "plan.json")
	data, err := os.ReadFile(plan)
	if err != nil {
		t.Fatal(err)
	}
	other := bytes.Replace(data, []byte(`"build": "`), []byte(`"build": "0.0.1 of `), 1)
	if err := os.WriteFile(plan, other, 0o666); err != nil {
		t.Fatal(err)
	}
	said, err := runs(t, in("ringwatch-beam"), apart...)
	want := "ringwatch-beam: " + plan + ": was planned by ringwatch 0.0.1 of "
	if err == nil || !strings.HasPrefix(said, want) || strings.Count(said, "\n") != 2 {
		t.Errorf("a plan of another build: %v, %s", err, said)
	}
	said, err = runs(t, in("ringwatch-beam"), "--work", in("work"), "--program", in("none"))
	if err == nil || !strings.Contains(said, "none: no such file or directory\n") {
		t.Errorf("no program on a worker: %v, %s", err, said)
	}
	said, err = runs(t, in("ringwatch-beam"), append(apart, "--runner", "Apache")...)
	if err == nil || !strings.Contains(said, "Runner Apache not registered") {
		t.Errorf("an unknown runner: %v, %s", err, said)
	}
	nowhere := append(apart, "--runner", "flink", "--endpoint", "127.0.0.1:1", "--connect", "1ms")
	said, err = runs(t, in("ringwatch-beam"), nowhere...)
	if err == nil || !strings.Contains(said, "127.0.0.1:1: no job server of Beam's answers there") {
		t.Errorf("no job server: %v, %s", err, said)
	}
}

// What cannot work is refused before Beam is asked.
func TestRefused(t *testing.T) {
	for want, j := range map[string]job{
		"are needed":          {shares: 1},
		"paths from the root": {work: "w", program: "/p", shares: 1},
		"less than 1":         {work: "/w", program: "/p"},
	} {
		if err := j.run(t.Context(), t.TempDir()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", j, err, want)
		}
	}
}

// A task's own words are found in what a cluster says of its failure.
func TestSaid(t *testing.T) {
	const words = "plan.json: was planned by another"
	for _, around := range []string{
		"job failed:\nbundle failed: caused by:\n%s DoFn[main.task] failed",
		`java.lang.RuntimeException: Error received from SDK harness: %s\n\tat org.apache.beam`,
	} {
		text := told("ringwatch: " + words + "\nand more").Error()
		if strings.Contains(around, `\n`) {
			text = strings.ReplaceAll(text, "\n", `\n`)
		}
		got := said(errors.New(strings.Replace(around, "%s", text, 1))).Error()
		if first, rest, _ := strings.Cut(got, "\n"); first != words || !strings.Contains(rest, "run the same again") {
			t.Errorf("%s", got)
		}
	}
	if got := said(context.DeadlineExceeded).Error(); !strings.HasPrefix(got, "Beam did not do the work: ") {
		t.Errorf("%s", got)
	}
}
