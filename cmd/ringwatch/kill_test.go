package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A command that is killed outright, at any moment or while it writes, leaves
// its output whole or not at all; what it does leave is hidden, and is not in
// the way of the next run.
func TestKill(t *testing.T) {
	t.Chdir(t.TempDir())
	small(t, "small.yaml")
	do(t, "simulate small.yaml --out in")
	var many bytes.Buffer
	many.WriteString("rater,item,value,time\n")
	for k := range 60_000 {
		fmt.Fprintf(&many, "%d,%d,%d,%d\n", k*7919%5003, k*104729%9973, k%5, 1_700_000_000+k)
	}
	if err := os.WriteFile("many.csv", many.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	writing := 0
	forms := []string{
		"convert many.csv --out out.csv", "convert many.csv --out out.columns", "convert many.csv --out out.parquet",
		"simulate small.yaml --out out", "detect in/ratings.csv --out out", "score in/ratings.csv --out out",
	}
	kills, err := strconv.Atoi(os.Getenv("RINGWATCH_KILLS")) // over all commands that write what is whole or not there
	if err == nil {
		do(t, "detect in/ratings.csv --out case --by tests --on 2024-01-31")
		do(t, "plan in/ratings.csv --work work")
		do(t, "task work --index 0 --of 1")
		forms = append(forms, "report case --out out.html", "sweep small.yaml --seeds 4 --out out.jsonl",
			"evaluate case/raters.csv in/truth_raters.csv --out out.md", "convert many.csv --format jsonl --out out.gz",
			"breakpoint small.yaml --seeds 7 --most 2 --out out.jsonl",
			"export case --to csv --all --include in-doubt,unstable,coordinated --at 2024-01-31 --out out",
			"sweep small.yaml --seeds 3 --out out.parquet", "redteam small.yaml --rounds 1 --seeds 1 --out out.yaml",
			"gate small.yaml --seeds 5 --limit silenced<=0.9 --out out.jsonl", "join work --out out",
			"watch in/ratings.csv --state state --until-end --out out", "demo --out out")
	}
	for _, args := range forms {
		out := words(args)[len(words(args))-1]
		begun := time.Now()
		if text, err := exec.Command("ringwatch", words(args)[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", args, err, text)
		}
		whole, takes := "whole"+filepath.Ext(out), time.Since(begun)
		if err := os.Rename(out, whole); err != nil {
			t.Fatal(err)
		}
		rounds := 2
		if os.Getenv("RINGWATCH_LONG") != "" {
			rounds = 6
		}
		if kills > 0 {
			rounds = (kills + len(forms) - 1) / len(forms)
		}
		for round := range rounds {
			c := exec.Command("ringwatch", words(args)[1:]...)
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			after := takes * time.Duration(round+2) / time.Duration(rounds)
			go func() { // every other time as soon as it writes
				for begun := time.Now(); time.Since(begun) < after; time.Sleep(100 * time.Microsecond) {
					if round%2 == 0 && leftovers(out) > 0 {
						break
					}
				}
				c.Process.Kill()
			}()
			if c.Wait() != nil && leftovers(out) > 0 {
				writing++
			}
			if _, err := os.Stat(out); err == nil {
				alike(t, whole, out)
				os.RemoveAll(out)
			}
		}
		if text, err := exec.Command("ringwatch", words(args)[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s, after it was killed: %v\n%s", args, err, text)
		}
		alike(t, whole, out)
		os.RemoveAll(out)
		os.RemoveAll(whole)
	}
	if writing == 0 {
		t.Error("no command was killed while it wrote")
	}
}

// A run in a work folder that is killed outright goes on from what was done, and
// ends with what one that was not has.
func TestKilledInFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	small(t, "small.yaml")
	do(t, "simulate small.yaml --out in")
	do(t, "detect in/ratings.csv --out whole")
	rounds := 3
	if os.Getenv("RINGWATCH_LONG") != "" {
		rounds = 20
	}
	args := words("detect in/ratings.csv --work work --out out")[1:]
	begun := time.Now()
	if text, err := exec.Command("ringwatch", args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	takes := time.Since(begun)
	alike(t, "whole", "out")
	os.RemoveAll("out")
	os.RemoveAll("work")
	for round := range rounds {
		c := exec.Command("ringwatch", args...)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(takes * time.Duration(round+1) / time.Duration(rounds+1))
		c.Process.Kill()
		c.Wait()
		os.RemoveAll("out")
		if round == rounds/2 {
			os.RemoveAll("work") // so that plans are killed too
		}
	}
	if text, err := exec.Command("ringwatch", args...).CombinedOutput(); err != nil {
		t.Fatalf("after it was killed: %v\n%s", err, text)
	}
	alike(t, "whole", "out")
}

// Tasks, two of one share at once, and joins that are killed outright at any moment are run
// again, and the case is that of one run in memory: of names that break text apart, and in
// more blocks than there are raters.
func TestKilledPieces(t *testing.T) {
	if os.Getenv("RINGWATCH_LONG") == "" {
		t.Skip("one of the longer checks")
	}
	t.Chdir(t.TempDir())
	small(t, "small.yaml")
	do(t, "simulate small.yaml --out world")
	text, err := os.ReadFile("world/ratings.csv")
	if err != nil {
		t.Fatal(err)
	}
	var odd bytes.Buffer
	for line := range strings.Lines(string(text)) {
		if f := strings.Split(strings.TrimSpace(line), ","); f[0] != "rater" {
			fmt.Fprintf(&odd, `{"rater":"%s\tone\n","item":"of\u0000\n%s","value":%s,"time":"%s"}`+"\n", f[0], f[1], f[2], f[3])
		}
	}
	if err := os.WriteFile("odd.jsonl", odd.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	do(t, "detect odd.jsonl --out whole")
	do(t, "plan odd.jsonl --work work --blocks 999")
	const rounds = 20
	for _, piece := range []string{"task work", "join work --out out"} {
		args := words(piece)[1:]
		var takes time.Duration
		for round := range rounds {
			var twice []*exec.Cmd
			for range 2 {
				c := exec.Command("ringwatch", args...)
				if err := c.Start(); err != nil {
					t.Fatal(err)
				}
				twice = append(twice, c)
			}
			begun := time.Now()
			if round > 0 {
				time.Sleep(takes * time.Duration(round) / time.Duration(rounds))
				twice[0].Process.Kill()
				time.Sleep(takes / 10)
				twice[1].Process.Kill()
			}
			for _, c := range twice {
				c.Wait()
			}
			if round == 0 { // not killed
				takes = time.Since(begun)
			}
			if _, err := os.Stat("out"); err == nil {
				alike(t, "whole", "out")
				os.RemoveAll("out")
			}
			if blocks, _ := filepath.Glob("work/pairs/0*"); piece == "task work" {
				for _, path := range blocks[len(blocks)/2:] {
					os.Remove(path)
				}
			}
		}
		do(t, "task work")
	}
	do(t, "join work --out out")
	alike(t, "whole", "out")
	if left, _ := filepath.Glob("work/pairs/.*"); len(left) > 0 {
		t.Errorf("%q is left", left)
	}
}

// leftovers is 1 once an output was begun, hidden.
func leftovers(out string) int {
	stage := "." + out + ".partial"
	if info, err := os.Stat(stage); err == nil && info.Mode().IsRegular() && info.Size() > 0 {
		return 1
	}
	if _, err := os.Stat(filepath.Join(stage, "new")); err == nil {
		return 1
	}
	return 0
}

// alike compares two files or folders.
func alike(t *testing.T, a, b string) {
	t.Helper()
	if filepath.Ext(a) == "" {
		same(t, a, b)
		return
	}
	x, err1 := os.ReadFile(a)
	y, err2 := os.ReadFile(b)
	if err1 != nil || err2 != nil || !bytes.Equal(x, y) {
		t.Fatalf("%s and %s differ, of %d and %d bytes: %v %v", a, b, len(x), len(y), err1, err2)
	}
}
