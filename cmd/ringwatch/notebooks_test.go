package main

import (
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
