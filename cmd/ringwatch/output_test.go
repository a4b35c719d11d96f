package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/output"
)

// writing are commands that write, each to OUT; what they would read and work on
// is not there, or takes long: they must not come to it.
var writing = struct{ files, folders []string }{
	[]string{"convert nowhere.csv --out OUT.csv", "report nowhere.jsonl --out OUT.html",
		"scenario schema --out OUT", "sweep small.yaml --seeds 100000 --out OUT.jsonl",
		"sweep small.yaml --seeds 100000 --out OUT.parquet", "gate small.yaml --seeds 100000 --json OUT",
		"gate small.yaml --seeds 100000 --markdown OUT",
		"gate small.yaml --seeds 100000 --out OUT", "breakpoint small.yaml --seeds 100000 --out OUT",
		"breakpoint small.yaml --seeds 100000 --certificate OUT",
		"redteam small.yaml --rounds 100000 --out OUT.yaml", "redteam small.yaml --rounds 100000 --outcomes OUT",
		"gate small.yaml --seeds 100000 --junit OUT", "gate small.yaml --seeds 100000 --sarif OUT",
		"evaluate nowhere.csv nowhere.csv --out OUT", "sealed open nowhere nowhere.json nowhere.csv --out OUT"},
	[]string{"detect nowhere.csv --out OUT", "demo --out OUT", "score nowhere.csv --out OUT",
		"simulate nowhere.yaml --out OUT", "report outcomes.jsonl --figures OUT"},
}

// What is in the way of an output is told before the work, whatever the command
// is: another run, a link to nothing, a folder that is not there.
func TestOutputsCheckedFirst(t *testing.T) {
	t.Chdir(t.TempDir())
	small(t, "small.yaml")
	do(t, "sweep small.yaml --seeds 1 --out outcomes.jsonl")
	if err := os.Mkdir("folder", 0o755); err != nil {
		t.Fatal(err)
	}
	refused := func(args, why string) {
		t.Helper()
		before := listing(".")
		var stderr bytes.Buffer
		code := run(t.Context(), words(args), nil, io.Discard, &stderr)
		if code != exitBad || !strings.Contains(stderr.String(), why) {
			t.Errorf("%s: exit code %d, %q; want it to say %q", args, code, stderr.String(), why)
		}
		if after := listing("."); after != before {
			t.Errorf("%s: files changed from\n%s to\n%s", args, before, after)
		}
	}
	for _, args := range writing.files {
		word := words(args)
		out := strings.Replace(word[len(word)-1], "OUT", "taken", 1)
		f, err := output.ClaimFile(out)
		if err != nil {
			t.Fatal(err)
		}
		refused(strings.Replace(args, "OUT", "taken", 1), "another run")
		f.Close()
		refused(strings.Replace(args, "OUT", "no/such", 1), "cannot write here")
		if err := os.Symlink("nothing", out); err != nil {
			t.Fatal(err)
		}
		refused(strings.Replace(args, "OUT", "taken", 1), "link to what is not there")
		os.Remove(out)
		if err := os.Mkdir(out, 0o755); err != nil {
			t.Fatal(err)
		}
		refused(strings.Replace(args, "OUT", "taken", 1), "is a folder")
		os.Remove(out)
		if err := os.WriteFile(out, []byte("somebody's"), 0o644); err != nil {
			t.Fatal(err)
		}
		refused(strings.Replace(args, "OUT", "taken", 1),
			"holds something already; name another file, or replace it with --force")
		os.Remove(out)
	}
	for _, args := range writing.folders {
		f, err := output.Claim("taken", output.Request{})
		if err != nil {
			t.Fatal(err)
		}
		refused(strings.Replace(args, "OUT", "taken", 1), "another run")
		f.Close()
		if err := os.Symlink("nothing", "link"); err != nil {
			t.Fatal(err)
		}
		refused(strings.Replace(args, "OUT", "link", 1), "link to what is not there")
		refused(strings.Replace(args, "OUT", filepath.Join("link", "case"), 1), "link to what is not there")
		os.Remove("link")
	}
	refused("gate small.yaml --json a --out ./a", "written twice")
}

// Every command that writes can be told to replace what is there, and does so.
func TestForce(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range newTerminal(nil, io.Discard, io.Discard).app().Commands {
		var names, files []string
		for _, f := range c.Flags {
			names = append(names, f.Names()[0])
			if usage := f.String(); writes.MatchString(usage) {
				files = append(files, f.Names()[0])
			}
		}
		if len(files) > 0 && !slices.Contains(names, "force") && c.Name != "watch" { // its folder is checked as it is
			t.Errorf("%s writes %q and has no --force", c.Name, files)
		}
	}
	for name, text := range map[string]string{"in.csv": "rater,item,value\na,b,1\nc,b,2\n", "out.csv": "somebody's",
		"empty.csv": ""} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	do(t, "convert in.csv --out empty.csv") // as mktemp makes it
	do(t, "convert in.csv --out out.csv --force")
	alike(t, "empty.csv", "out.csv")
}

var writes = regexp.MustCompile(`(?i)\b(write|to write|page|outcomes)\b.*\b(FILE|DIR)\b|\b(FILE|DIR)\b.*\bto write\b`)

// A file that is read, listed by a manifest or holds decisions is not written
// over, by no command and through no link.
func TestOutputsSpare(t *testing.T) {
	t.Chdir(t.TempDir())
	small(t, "small.yaml")
	do(t, "sweep small.yaml --seeds 1 --out outcomes.jsonl")
	do(t, "simulate small.yaml --out world")
	if err := os.Mkdir("folder", 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"ratings.csv": "rater,item,value\na,b,1\n", "triage.sqlite": "x",
		"folder/a.csv": "rater,item,value\na,b,1\n"} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("ratings.csv", "link.csv"); err != nil {
		t.Skip("no links here")
	}
	for args, why := range map[string]string{
		"convert ratings.csv --since 2024-01-01 --force --out ratings.csv":         "is read, and would be lost",
		"convert ratings.csv --out link.csv":                                       "is read, and would be lost",
		"convert folder --out folder/a.csv":                                        "is read, and would be lost",
		"gate small.yaml --markdown ./small.yaml":                                  "is read, and would be lost",
		"sweep small.yaml --seeds 1 --force --out small.yaml":                      "is read, and would be lost",
		"report outcomes.jsonl --out outcomes.jsonl":                               "is read, and would be lost",
		"convert ratings.csv --out world/truth_raters.csv":                         "is a result of simulate",
		"convert ratings.csv --format csv --out triage.sqlite":                     "is what people decided",
		"report outcomes.jsonl --format html --out world/run.json":                 "is a result of simulate",
		"convert ratings.csv --force --out world/truth_raters.csv":                 "is a result of simulate",
		"convert ratings.csv --force --format csv --out triage.sqlite":             "is what people decided",
		"evaluate world/truth_raters.csv world/truth_raters.csv --out ratings.csv": "holds something already",
	} {
		before := listing(".")
		var stderr bytes.Buffer
		code := run(t.Context(), words(args), nil, io.Discard, &stderr)
		if code != exitBad || !strings.Contains(stderr.String(), why) {
			t.Errorf("%s: exit code %d, %q; want it to say %q", args, code, stderr.String(), why)
		}
		if after := listing("."); after != before {
			t.Errorf("%s: files changed", args)
		}
	}
}
