//go:build unix

package main

import (
	"bufio"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Every command that is interrupted before its work was done ends with 130, and
// those that have no end of their own with 0.
func TestExitCodes(t *testing.T) {
	t.Chdir(t.TempDir())
	small(t, "small.yaml")
	if err := os.WriteFile("secret", []byte("what nobody else knows"), 0o600); err != nil {
		t.Fatal(err)
	}
	do(t, "simulate small.yaml --out in")
	do(t, "sweep small.yaml --seeds 1 --out runs.jsonl")
	do(t, "detect in/ratings.csv --out case --by tests --on 2024-01-31")
	do(t, "plan in/ratings.csv --work work")
	do(t, "sealed make small.yaml --seed-from secret --out sealed --truth truth")
	tried := map[string]bool{}
	const lasts, done = "0 as that is its end", "0 as it is done at once"
	for args, want := range map[string]string{
		"demo --out out":                                          "",
		"detect in/ratings.csv --out out":                         "",
		"explain in/ratings.csv --rater r1":                       "",
		"score in/ratings.csv --out out":                          "",
		"simulate small.yaml --out out":                           "",
		"scenario check small.yaml":                               "",
		"sweep small.yaml --seeds 1 --out out":                    "",
		"gate small.yaml --seeds 2 --base runs.jsonl":             "",
		"breakpoint small.yaml --seeds 6 --out out":               "",
		"redteam small.yaml --rounds 1 --out out":                 "",
		"evaluate case/raters.csv in/truth_raters.csv":            "",
		"sealed open sealed truth --out out":                      "",
		"replay runs.jsonl:1":                                     "",
		"report case --out out":                                   "",
		"export case --to csv --all --out out":                    "",
		"inspect in/ratings.csv":                                  "",
		"convert in/ratings.csv --out out":                        "",
		"plan in/ratings.csv --work out":                          "",
		"task work --index 0 --of 1":                              "",
		"join work --out out":                                     "",
		"watch in/ratings.csv --state out --until-end --out out2": "",
		"watch in/ratings.csv --state out":                        lasts,
		"watch --state out --listen 127.0.0.1:0":                  lasts,
		"serve case --listen 127.0.0.1:0":                         lasts,
		"list":                                                    "",
		"version":                                                 done,
	} {
		code, said := runMortal(t, 0, args)
		if ok := code == 0 && want != "" || code == exitInterrupted && want == "" &&
			strings.HasPrefix(said, "ringwatch: interrupted; "); !ok {
			t.Errorf("%s: exit code %d, want 130 or %s: %s", args, code, want, said)
		}
		if left, _ := filepath.Glob("out*"); len(left) > 0 && !strings.HasPrefix(args, "watch") {
			t.Errorf("%s: %v is left", args, left)
		}
		os.RemoveAll("out")
		tried[strings.Fields(args)[0]] = true
	}
	for _, c := range newTerminal(nil, nil, nil).app().Commands {
		if !tried[c.Name] {
			t.Errorf("%s was not tried", c.Name)
		}
	}
}

// What answers until it is stopped ends so with 0, by whichever signal.
func TestExitOfLasting(t *testing.T) {
	t.Chdir(t.TempDir())
	small(t, "small.yaml")
	do(t, "simulate small.yaml --out in")
	do(t, "detect in/ratings.csv --out case --by tests --on 2024-01-31")
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if signal.Ignored(sig) { // by whoever began this test, and so by what it begins
			continue
		}
		for _, args := range []string{"serve case --listen 127.0.0.1:0", "watch --state state --listen 127.0.0.1:0"} {
			c := exec.Command("ringwatch", words(args)[1:]...)
			out, err := c.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			stop := time.AfterFunc(time.Minute, func() { c.Process.Kill() })
			line, err := bufio.NewReader(out).ReadString('\n') // it answers
			if err != nil {
				t.Errorf("%s: %q, %v", args, line, err)
			}
			c.Process.Signal(sig)
			c.Wait()
			stop.Stop()
			if code := c.ProcessState.ExitCode(); code != 0 {
				t.Errorf("%s: exit code %d after %v", args, code, sig)
			}
		}
	}
}
