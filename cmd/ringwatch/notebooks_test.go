package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The snippets of docs/notebooks.md run on what the commands write, where
// Python or R have what they need. RINGWATCH_PYTHON may name another Python.
func TestNotebooks(t *testing.T) {
	doc, err := os.ReadFile("../../docs/notebooks.md")
	if err != nil {
		t.Fatal(err)
	}
	python := os.Getenv("RINGWATCH_PYTHON")
	if python == "" {
		python = "python3"
	}
	dir := t.TempDir()
	t.Chdir(dir)
	small(t, "small.yaml")
	do(t, "simulate small.yaml --out in")
	do(t, "detect in/ratings.csv --out case --quiet")
	do(t, "sweep small.yaml --seeds 2 --out outcomes.jsonl")
	do(t, "report outcomes.jsonl --format parquet --out outcomes.parquet")
	n := 0
	snippet := regexp.MustCompile("(?ms)^## (\\w+)\n\n```(python|r)\n(.*?)^```")
	for _, block := range snippet.FindAllStringSubmatch(string(doc), -1) {
		n++
		name, program, needs, file := block[1], python, "import pyarrow, "+block[1], "snippet.py"
		if block[2] == "r" {
			program, needs, file = "Rscript", "library(nanoparquet)", "snippet.R"
		}
		t.Run(name, func(t *testing.T) {
			option := "-c"
			if block[2] == "r" {
				option = "-e"
			}
			if out, err := exec.Command(program, option, needs).CombinedOutput(); err != nil {
				lines := strings.Split(strings.TrimSpace(string(out)), "\n")
				t.Skipf("%s cannot run here: %v %s", name, err, lines[len(lines)-1])
			}
			if err := os.WriteFile(file, []byte(block[3]), 0o644); err != nil {
				t.Fatal(err)
			}
			c := exec.Command(program, filepath.Join(dir, file))
			c.Dir = dir
			if out, err := c.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", name, err, out)
			}
		})
	}
	if n != 3 {
		t.Errorf("%d snippets; want 3", n)
	}
}

// docs/r.md runs in R, where there is one, and prints what its lines with #> say.
// With -update they are written anew.
func TestR(t *testing.T) {
	if _, err := exec.LookPath("Rscript"); err != nil {
		t.Skip("Rscript is not here, so docs/r.md is not run")
	}
	page := filepath.Join("..", "..", "docs", "r.md")
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```r\n(.*?)```")
	printed := regexp.MustCompile("(?m)^#>.*\n")
	const end = "-- end of a block"
	script := ""
	for _, b := range blocks.FindAllStringSubmatch(string(text), -1) {
		script += printed.ReplaceAllString(b[1], "") + "cat('" + end + "\\n')\n"
	}
	script += `names <- c("=1+1", "'quoted", "\u00fcn", "a,\"b")
odd <- expand.grid(rater = factor(names), item = 1e5 * (1:6), stringsAsFactors = FALSE)
odd <- cbind(odd, value = 1:4, time = as.POSIXct("2024-01-01", tz = "America/New_York"))
scores <- ringwatch_score(odd, scorer = "mean")
stopifnot(setequal(scores$raters$rater, names), scores$items$item == sprintf("%d00000", 1:6))
`
	file := filepath.Join(t.TempDir(), "r.R")
	if err := os.WriteFile(file, []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("Rscript", "--vanilla", file)
	c.Dir = filepath.Dir(page) // where ringwatch.R is
	c.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	out, err := c.Output()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		t.Fatalf("%v\n%s%s", err, out, exit.Stderr)
	}
	all := strings.Split(string(out), end+"\n")
	got := blocks.ReplaceAllStringFunc(string(text), func(b string) string {
		code, lines := printed.ReplaceAllString(b, ""), ""
		for line := range strings.Lines(all[0]) {
			lines += "#> " + line
		}
		all = all[1:]
		return strings.TrimSuffix(code, "```") + lines + "```"
	})
	if *update {
		if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if got != string(text) {
		t.Errorf("docs/r.md prints otherwise now:\n%s", got)
	}
}
