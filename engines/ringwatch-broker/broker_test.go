package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A listener stands for ringwatch watch: it takes frames, and says that they are on the disk.
type listener struct {
	t      *testing.T
	known  map[string]int64
	lines  []string
	notes  []string
	failed string
	mu     sync.Mutex
	end    context.CancelFunc
	ended  chan struct{}
}

func listen(t *testing.T, address string, known map[string]int64, o options) *listener {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	l := &listener{t: t, known: map[string]int64{}, end: end, ended: make(chan struct{})}
	t.Cleanup(l.stop)
	o.consumer = "test"
	if o.look == 0 {
		o.look = 100 * time.Millisecond
	}
	o.note = func(format string, args ...any) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.notes = append(l.notes, fmt.Sprintf(format, args...))
	}
	in, told := io.Pipe()
	frames, out := io.Pipe()
	served := make(chan struct{})
	go func() {
		defer close(served)
		o.serve(ctx, address, in, out)
		out.Close()
	}()
	go func() {
		defer close(l.ended)
		var first []byte
		for from, next := range known {
			l.known[from] = next
			first = fmt.Appendf(first, "{\"from\":%q,\"next\":%d}\n", from, next)
		}
		told.Write(append(first, '\n'))
		l.take(frames, told)
		told.Close()
		<-served
	}()
	return l
}

func (l *listener) take(frames io.Reader, told io.Writer) {
	r := bufio.NewReader(frames)
	for {
		head, err := r.ReadBytes('\n')
		if err != nil {
			return
		}
		var f frame
		if err := json.Unmarshal(head, &f); err != nil {
			l.t.Errorf("%s: %v", head, err)
			return
		}
		data := make([]byte, f.Bytes)
		if _, err := io.ReadFull(r, data); err != nil {
			return
		}
		l.mu.Lock()
		if f.Failed != "" {
			l.failed = f.Failed
			l.mu.Unlock()
			return
		}
		if f.First < l.known[f.From] || f.Next <= f.First {
			l.t.Errorf("%+v where %d comes next", f, l.known[f.From])
		}
		l.known[f.From] = f.Next
		for line := range strings.Lines(string(data)) {
			l.lines = append(l.lines, strings.TrimSuffix(line, "\n"))
		}
		l.mu.Unlock()
		fmt.Fprintf(told, "{\"from\":%q,\"next\":%d}\n", f.From, f.Next)
	}
}

func (l *listener) stop() {
	l.end()
	<-l.ended
}

// has waits until as many lines came.
func (l *listener) has(n int) []string {
	l.t.Helper()
	l.until(fmt.Sprint(n, " lines"), func() bool { return len(l.lines) >= n || l.failed != "" })
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.lines) != n || l.failed != "" {
		l.t.Fatalf("%d lines, %d wanted; failed: %q; %q", len(l.lines), n, l.failed, l.notes)
	}
	return slices.Clone(l.lines)
}

func (l *listener) until(what string, ok func() bool) {
	l.t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		l.mu.Lock()
		done := ok()
		l.mu.Unlock()
		if done {
			return
		}
	}
	l.t.Fatalf("no %s within a minute; %d lines; failed: %q; %q", what, len(l.lines), l.failed, l.notes)
}

func (l *listener) noted(text string) {
	l.t.Helper()
	l.until("note of "+text, func() bool {
		return slices.ContainsFunc(l.notes, func(n string) bool { return strings.Contains(n, text) })
	})
}

func row(k int) string {
	return fmt.Sprintf(`{"rater":"u%d","item":"i%d","value":%d,"time":"2026-01-31T%02d:%02d:%02dZ"}`, k%97, k/7, k%2,
		k/3600%24, k/60%60, k%60)
}

func rows(from, to int) (all []string) {
	for k := from; k < to; k++ {
		all = append(all, row(k))
	}
	return all
}

// once fails where lines are not those of rows, each once.
func once(t *testing.T, lines, want []string) {
	t.Helper()
	lines, want = slices.Sorted(slices.Values(lines)), slices.Sorted(slices.Values(want))
	if !slices.Equal(lines, want) {
		t.Fatalf("%d lines, %d different, of %d", len(lines), len(slices.Compact(slices.Clone(lines))), len(want))
	}
}

// ringwatch returns the program, which it builds where there is none on the path.
func ringwatch(t *testing.T) string {
	t.Helper()
	if path, err := exec.LookPath("ringwatch"); err == nil {
		return path
	}
	path := filepath.Join(t.TempDir(), "ringwatch")
	if out, err := exec.Command("go", "build", "-C", filepath.Join("..", ".."), "-o", path,
		"./cmd/ringwatch").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// TestMain lets the tests' own program be ringwatch-broker, as watch starts it.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "ringwatch-broker" {
		main()
		return
	}
	os.Exit(m.Run())
}

// killed has ringwatch watch read from an address while messages are sent, kills it now and then, and
// returns what the journal has, and what a run to the end finds.
func killed(t *testing.T, address string, send func(from, to int), n int) (recorded []string, found string) {
	t.Helper()
	program, dir := ringwatch(t), t.TempDir()
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(dir, "bin")
	if err := os.Mkdir(bin, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(own, filepath.Join(bin, "ringwatch-broker")); err != nil {
		t.Fatal(err)
	}
	watch := func(args ...string) (*exec.Cmd, *bytes.Buffer) {
		c := exec.Command(program,
			append([]string{"watch", address, "--state", filepath.Join(dir, "state")}, args...)...)
		c.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
		var said bytes.Buffer
		c.Stdout, c.Stderr = &said, &said
		return c, &said
	}
	const kills = 5
	for k := range kills {
		c, said := watch()
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		send(n*k/kills, n*(k+1)/kills)
		time.Sleep(time.Duration(150+61*k) * time.Millisecond)
		c.Process.Kill()
		c.Wait()
		if strings.Contains(said.String(), "damaged") || strings.Contains(said.String(), "should not have happened") {
			t.Fatal(said.String())
		}
	}
	c, said := watch("--until-end", "--out", filepath.Join(dir, "case"), "--quiet")
	if err := c.Run(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	text, err := os.ReadFile(filepath.Join(dir, "state", "journal"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range regexp.MustCompile(`\{"rater":"u[^}]*\}`).FindAll(text, -1) {
		recorded = append(recorded, string(line))
	}
	file := filepath.Join(dir, "posted.jsonl")
	if err := os.WriteFile(file, []byte(strings.Join(rows(0, n), "\n")+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(program, "detect", file, "--item-scores", "--columns",
		"item=item,rater=rater,time=time,value=value",
		"--out", filepath.Join(dir, "batch"), "--quiet").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, name := range []string{"items.csv", "raters.csv", "rings.json"} {
		a, err1 := os.ReadFile(filepath.Join(dir, "case", name))
		b, err2 := os.ReadFile(filepath.Join(dir, "batch", name))
		if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("%s is not that of detect: %v %v\n%.2000s\n%.2000s", name, err1, err2, a, b)
		}
	}
	return recorded, said.String()
}

// A message is a rating, several, or a list; what is none of that stays as it is.
func TestLines(t *testing.T) {
	for message, want := range map[string]string{
		`{"a":1}`:                      "{\"a\":1}\n",
		" {\"a\":1}\r\n\n{\"a\":2} \n": "{\"a\":1}\n{\"a\":2}\n",
		"{\n \"a\": 1\n}":              "{\"a\":1}\n",
		"[{\"a\":1},\n{\"a\":\n2}]":    "{\"a\":1}\n{\"a\":2}\n",
		"[]":                           "",
		"":                             "",
		"no\njson":                     "no\njson\n",
		"[1,":                          "[1,\n",
	} {
		got, n := lines(nil, []byte(message))
		if string(got) != want || n != strings.Count(want, "\n") {
			t.Errorf("%q: %d %q, want %q", message, n, got, want)
		}
	}
}
