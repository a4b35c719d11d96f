package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write what the commands say into testdata/script; check the difference")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"ringwatch": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       *update,
		Setup:               setUp,
		Condition:           longer,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"refuses": refuses,
			"decides": decides},
	})
}

// longer is the condition of what is one of the longer checks.
func longer(name string) (bool, error) {
	if name != "long" {
		return false, fmt.Errorf("there is no condition %q", name)
	}
	return os.Getenv("RINGWATCH_LONG") != "", nil
}

// refuses runs ringwatch, which must exit with 2, say why in one line on
// standard error, say nothing else, and leave the folder as it was.
func refuses(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("refuses cannot be negated")
	}
	before := listing(ts.Getenv("WORK"))
	err := ts.Exec("ringwatch", args...)
	var exit *exec.ExitError
	switch stderr := ts.ReadFile("stderr"); {
	case err == nil:
		ts.Fatalf("it was not refused")
	case !errors.As(err, &exit) || exit.ExitCode() != exitBad:
		ts.Fatalf("it ended with %v, not with exit code %d", err, exitBad)
	case !strings.HasPrefix(stderr, "ringwatch: ") || strings.Count(stderr, "\n") != 1:
		ts.Fatalf("standard error is not one line:\n%s", stderr)
	case ts.ReadFile("stdout") != "":
		ts.Fatalf("standard output is not empty:\n%s", ts.ReadFile("stdout"))
	}
	if after := listing(ts.Getenv("WORK")); after != before {
		ts.Fatalf("files changed from\n%s to\n%s", before, after)
	}
}

func listing(dir string) string {
	var b strings.Builder
	filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !strings.HasPrefix(path, filepath.Join(dir, ".tmp")) {
			info, _ := d.Info()
			fmt.Fprintln(&b, path, info.Size(), info.Mode())
		}
		return nil
	})
	return b.String()
}

// setUp makes the files that a script cannot spell out.
func setUp(env *testscript.Env) error {
	root, err := filepath.Abs("../..")
	if err != nil {
		return err
	}
	env.Setenv("ROOT", root)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	for k := range 20000 {
		fmt.Fprintf(z, "u%d,i%d,%d\n", k*7919%1000, k*104729%500, k%5)
	}
	if err := z.Close(); err != nil {
		return err
	}
	binary := make([]byte, 4096)
	for k := range binary {
		binary[k] = byte(k * k * 31)
	}
	for name, data := range map[string][]byte{
		"truncated.csv.gz": packed.Bytes()[:packed.Len()/2], "binary.csv": binary, "empty.csv": nil,
	} {
		if err := os.WriteFile(filepath.Join(env.WorkDir, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// The console blocks of the README that are marked "run" are true: what stands
// below a line that begins with "$ ringwatch" is what it prints, where a line
// of three dots stands for any lines. A block marked "run exit 1" ends with that
// exit code, and one marked "run long" is one of the longer checks. Single quotes
// keep words together.
func TestREADME(t *testing.T) {
	path, err := filepath.Abs("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	told := string(readme)
	for _, block := range regexp.MustCompile("(?ms)^```console run( long)?( exit \\d)?\n(.*?)^```").
		FindAllSubmatch(readme, -1) {
		if block[1] != nil && os.Getenv("RINGWATCH_LONG") == "" {
			continue
		}
		for _, example := range strings.Split("\n"+string(block[3]), "\n$ ")[1:] {
			command, want, _ := strings.Cut(example, "\n")
			t.Run(command, func(t *testing.T) {
				var out bytes.Buffer
				words := shellWords(command)
				if words[0] != "ringwatch" {
					t.Fatal("only ringwatch can be run")
				}
				code := run(t.Context(), words, strings.NewReader(""), &out, &out)
				if fmt.Sprint(code) != strings.TrimPrefix(cmp.Or(string(block[2]), "0"), " exit ") {
					t.Errorf("exit code %d", code)
				}
				switch {
				case matches(strings.TrimSpace(want), strings.TrimSpace(out.String())):
				case *update:
					told = strings.Replace(told, want, likeWanted(want, out.String()), 1)
				default:
					t.Errorf("the README has\n%s\nbut it prints\n%s", want, out.String())
				}
			})
		}
	}
	if *update {
		if err := os.WriteFile(path, []byte(told), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// shellWords splits a command at white space outside of single quotes.
func shellWords(command string) []string {
	var words []string
	for k, part := range strings.Split(command, "'") {
		if k%2 == 0 {
			words = append(words, strings.Fields(part)...)
		} else {
			words = append(words, part)
		}
	}
	return words
}

// likeWanted cuts what is printed to as many lines as stood in want before three
// dots, and takes white space off the ends.
func likeWanted(want, got string) string {
	lines := strings.Split(strings.TrimSpace(got), "\n")
	if head, _, cut := strings.Cut("\n"+want, "\n...\n"); cut {
		lines = append(lines[:min(len(lines), strings.Count(head, "\n"))], "...")
	}
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n") + want[len(strings.TrimRight(want, "\n")):]
}

// matches compares text line by line, less white space at their ends.
func matches(want, got string) bool {
	var pattern strings.Builder
	for line := range strings.Lines(want) {
		if line = strings.TrimRight(line, " \n"); line == "..." {
			pattern.WriteString(`(.*\n)*?`)
		} else {
			pattern.WriteString(regexp.QuoteMeta(line) + ` *\n`)
		}
	}
	if got != "" {
		got += "\n"
	}
	return regexp.MustCompile(`^(?:` + pattern.String() + `)$`).MatchString(got)
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		want, got string
		ok        bool
	}{
		{"a\nb", "a  \nb", true}, {"a\n...", "a\nb\nc", true}, {"...\nc", "a\nb\nc", true}, {"a\n...\nc", "a\nc", true},
		{"", "", true}, {"", "a", false}, {"a", "a\nb", false}, {"a\n...\nd", "a\nb\nc", false}, {"a.c", "abc", false},
	} {
		if matches(c.want, c.got) != c.ok {
			t.Errorf("matches(%q, %q) is %t", c.want, c.got, !c.ok)
		}
	}
}

// Whenever it is interrupted, every command ends with 130 and writes nothing.
func TestInterrupt(t *testing.T) {
	t.Chdir(t.TempDir())
	small(t, "small.yaml")
	do(t, "simulate small.yaml --out in")
	commands := []string{
		"detect in/ratings.csv --out out", "score in/ratings.csv --out out",
		"simulate small.yaml --out out", "convert in/ratings.csv --out out.csv",
	}
	longer := []string{
		"demo --out out",
		"gate small.yaml --seeds 5 --limit silenced<=0.1 --out out.jsonl",
		"redteam small.yaml --rounds 2 --seeds 1 --out out.yaml",
		"breakpoint small.yaml --most 2 --seeds 6 --alpha .2 --out out.jsonl",
	}
	if os.Getenv("RINGWATCH_LONG") != "" {
		commands = append(commands, longer...)
	}
	for _, args := range commands {
		for looks := int64(0); ; looks = 5*looks + 1 {
			code, said := runMortal(t, looks, args)
			left, _ := filepath.Glob("*out*")
			if code == 0 && looks > 0 { // it was done before
				os.RemoveAll(left[0])
				break
			}
			if code != exitInterrupted || said != "ringwatch: interrupted; nothing was written\n" {
				t.Fatalf("%s: interrupted at look %d, exit code %d, says %q", args, looks, code, said)
			}
			if left != nil {
				t.Fatalf("%s: interrupted at look %d, left %v behind", args, looks, left)
			}
		}
	}
}

// A dying context is cancelled when it is asked for the last of its looks.
type dying struct {
	context.Context
	looks atomic.Int64
	end   context.CancelFunc
}

func mortal(t *testing.T, looks int64) context.Context {
	ctx, end := context.WithCancel(t.Context())
	d := &dying{Context: ctx, end: end}
	d.looks.Store(looks)
	if looks == 0 {
		end()
	}
	return d
}

// runMortal runs a command under a dying context, and returns its exit code and what it
// said of errors. The context must be the one that the command looks at: one that is
// derived from it would not ask it.
func runMortal(t *testing.T, looks int64, args string) (code int, said string) {
	var stderr bytes.Buffer
	terminal := newTerminal(nil, io.Discard, &stderr)
	code = terminal.run(mortal(t, looks), terminal.app(), words(args))
	return code, stderr.String()
}

func (d *dying) Err() error {
	if d.looks.Add(-1) <= 0 {
		d.end()
	}
	return d.Context.Err()
}

// Same ratings, same bytes, for any order of rows and any number of cores.
func TestSameBytes(t *testing.T) {
	t.Chdir(t.TempDir())
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	small(t, "small.yaml")
	do(t, "simulate small.yaml --out in")
	data, err := os.ReadFile("in/ratings.csv")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSpace(string(data))+"\n", "\n")
	rows := lines[1 : len(lines)-1]
	for n := range 3 {
		rand.New(rand.NewPCG(uint64(n), 0)).Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		if err := os.WriteFile("ratings.csv", []byte(lines[0]+strings.Join(rows, "")), 0o644); err != nil {
			t.Fatal(err)
		}
		do(t, fmt.Sprintf("detect ratings.csv --threads %d --out case%d", 1+n%2, n))
		do(t, fmt.Sprintf("score ratings.csv --threads %d --out score%d", 1+n%2, n))
		do(t, fmt.Sprintf("simulate small.yaml --threads %d --out world%d", 1+n%2, n))
		for _, kind := range []string{"case", "score", "world"} {
			same(t, kind+"0", fmt.Sprint(kind, n))
		}
	}
	if rings, err := os.ReadFile("case0/rings.csv"); err != nil || !bytes.Contains(rings, []byte("\nR1,")) {
		t.Errorf("there was no ring to compare: %s %v", rings, err)
	}
}

// same compares two folders.
func same(t *testing.T, a, b string) {
	t.Helper()
	files, err := os.ReadDir(a)
	others, _ := os.ReadDir(b)
	if err != nil || len(files) != len(others) {
		t.Fatalf("%s has %d files, %s %d: %v", a, len(files), b, len(others), err)
	}
	for _, f := range files {
		x, err1 := os.ReadFile(filepath.Join(a, f.Name()))
		y, err2 := os.ReadFile(filepath.Join(b, f.Name()))
		if err := errors.Join(err1, err2); err != nil || !bytes.Equal(x, y) {
			t.Errorf("%s of %s and %s differ: %v", f.Name(), a, b, err)
		}
	}
}

// small writes a scenario that runs in a moment.
func small(t *testing.T, file string) {
	t.Helper()
	const scenario = "world:\n  organic: {raters: 150, items: 80, ratings: 1500}\nattacks:\n  - burst: {accounts: " +
		"12, targets: 10}\n"
	if err := os.WriteFile(file, []byte(scenario), 0o644); err != nil {
		t.Fatal(err)
	}
}

func words(command string) []string { return append([]string{"ringwatch"}, strings.Fields(command)...) }

// do runs a command that must succeed.
func do(t *testing.T, command string) {
	t.Helper()
	var stderr bytes.Buffer
	code := run(t.Context(), words(command), strings.NewReader(""), io.Discard, &stderr)
	if code != 0 || stderr.Len() > 0 {
		t.Fatalf("%s: exit code %d: %s", command, code, stderr.String())
	}
}
