package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func openJournal(t *testing.T, dir string) *Journal {
	t.Helper()
	j, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func read(t *testing.T, j *Journal, source string) string {
	t.Helper()
	b, err := io.ReadAll(j.Read(source, 0))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// What nobody would find, as the folder was taken away or made anew, is not acknowledged.
func TestJournalTakenAway(t *testing.T) {
	for _, anew := range []bool{false, true} {
		dir := filepath.Join(t.TempDir(), "state")
		j := openJournal(t, dir)
		say := func() error { return j.Append([]Said{{"a", []byte("x\n")}}) }
		if err := errors.Join(say(), os.Rename(dir, dir+".away")); err != nil {
			t.Fatal(err)
		}
		if anew {
			if err := os.CopyFS(dir, os.DirFS(dir+".away")); err != nil {
				t.Fatal(err)
			}
		}
		if err := say(); err == nil || !strings.Contains(err.Error(), "was taken away or replaced") {
			t.Errorf("made anew %t: %v", anew, err)
		}
		if err := errors.Join(os.RemoveAll(dir), os.Rename(dir+".away", dir), say()); err != nil {
			t.Error(err)
		}
		if got := read(t, j, "a"); got != "x\nx\n" {
			t.Errorf("%q", got)
		}
	}
}

// Cut anywhere, with or without rubbish behind the cut, a journal has a prefix of
// what was appended: all blocks that were whole. It goes on from there.
func TestTorn(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	dir := t.TempDir()
	j := openJournal(t, dir)
	path := filepath.Join(dir, journalFile)
	var sizes []int64
	var said []string
	for k := range 30 {
		text := strings.Repeat(fmt.Sprintln("row", k, "\x00rw"), rng.IntN(20))
		if err := j.Append([]Said{{"a", []byte(text)}, {"b", []byte("x\n")}}); err != nil {
			t.Fatal(err)
		}
		said = append(said, text)
		sizes = append(sizes, j.size)
	}
	j.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		cut := rng.IntN(len(whole) + 1)
		left := bytes.Clone(whole[:cut])
		if n := rng.IntN(3); n > 0 { // sectors that were not written before the power went
			left = append(left, make([]byte, rng.IntN(9000*n))...)
		}
		if err := os.WriteFile(path, left, 0o666); err != nil {
			t.Fatal(err)
		}
		j, err := Open(dir)
		if err != nil {
			t.Fatalf("cut at %d of %d: %v", cut, len(whole), err)
		}
		n := 0
		for n < len(sizes) && sizes[n] <= int64(cut) {
			n++
		}
		if got, want := read(t, j, "a"), strings.Join(said[:n], ""); got != want {
			t.Fatalf("cut at %d: %d bytes, not %d", cut, len(got), len(want))
		}
		if err := j.Append([]Said{{"a", []byte("more\n")}}); err != nil {
			t.Fatal(err)
		}
		j.Close()
		if j, err = Open(dir); err != nil || !strings.HasSuffix(read(t, j, "a"), "more\n") || j.Torn() != 0 {
			t.Fatalf("after a cut at %d: %v, torn %d", cut, err, j.Torn())
		}
		j.Close()
	}
	// Damage before the end is not mended in silence.
	for range 50 {
		at := len(journalMark) + rng.IntN(int(sizes[len(sizes)-2])-len(journalMark))
		bad := bytes.Clone(whole)
		bad[at] ^= 1 << rng.IntN(8)
		if err := os.WriteFile(path, bad, 0o666); err != nil {
			t.Fatal(err)
		}
		if j, err := Open(dir); err == nil {
			t.Fatalf("a bit at byte %d of %d was turned, and nobody says so", at, len(whole))
		} else if j != nil || strings.Contains(err.Error(), "\n") {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, []byte("notes of mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "is no journal") {
		t.Error(err)
	}
}

// A source that is read again from its beginning is known again, one that goes on
// is not cut, and one that changed is told.
func TestFollow(t *testing.T) {
	dir := t.TempDir()
	lines := func(from, to int) string {
		var b strings.Builder
		for k := from; k < to; k++ {
			fmt.Fprintln(&b, "line", k)
		}
		return b.String()
	}
	for _, step := range []struct {
		name, say, want string
		goesOn, bad     bool
	}{
		{"f", lines(0, 5000), lines(0, 5000), false, false},
		{"f", lines(0, 9000), lines(0, 9000), false, false},
		{"f", lines(0, 100), lines(0, 9000), false, true},
		{"f", "", lines(0, 9000), false, true},
		{"f", lines(1, 9000), lines(0, 9000), false, true},
		{"-", lines(0, 5000), lines(0, 5000), true, false},
		{"-", lines(0, 5001), lines(0, 5001), true, false},
		{"-", lines(0, 2) + "other\n", lines(0, 5001) + lines(0, 2) + "other\n", true, false},
		{"-", "no end", lines(0, 5001) + lines(0, 2) + "other\nno end", true, false},
	} {
		j := openJournal(t, dir)
		ctx, end := context.WithCancel(context.Background())
		r := NewRecorder(ctx, j, func(err error) { t.Error(err) }, func([]Said) {})
		err := r.Follow(ctx, step.name, iotest{strings.NewReader(step.say)}, step.goesOn)
		if (err != nil) != step.bad {
			t.Errorf("%.20q: %v", step.say, err)
		}
		end()
		<-r.gone
		j.Close()
		j = openJournal(t, dir)
		if got := read(t, j, step.name); got != step.want {
			t.Errorf("after %.20q of %d bytes there are %d bytes, not %d",
				step.say, len(step.say), len(got), len(step.want))
		}
		j.Close()
	}
	j := openJournal(t, dir)
	defer j.Close()
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "another run of ringwatch") {
		t.Error("two at one journal:", err)
	}
}

// A file that was cut since is told at once, also where it is waited for.
func TestAFileThatBecameShorter(t *testing.T) {
	j := openJournal(t, t.TempDir())
	defer j.Close()
	ctx, end := context.WithTimeout(t.Context(), 10*time.Second)
	defer end()
	r := NewRecorder(ctx, j, func(err error) { t.Error(err) }, func([]Said) {})
	dir := filepath.Join(t.TempDir(), "in")
	file := filepath.Join(dir, "f.jsonl")
	write := func(text string) {
		if err := errors.Join(os.MkdirAll(dir, 0o777), os.WriteFile(file, []byte(text), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	write("one\ntwo\n")
	for _, source := range []string{file, dir} {
		if err := r.FollowFiles(ctx, source, true); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range []string{"one\n", "one\ntw", ""} {
		write(text)
		for _, source := range []string{file, dir} {
			for _, untilEnd := range []bool{true, false} {
				if err := r.FollowFiles(ctx, source, untilEnd); !errors.Is(err, errShorter) {
					t.Errorf("%q of %s, to its end %t: %v", text, source, untilEnd, err)
				}
			}
		}
	}
}

// iotest reads a few bytes at a time.
type iotest struct{ r io.Reader }

func (r iotest) Read(p []byte) (int, error) { return r.r.Read(p[:min(len(p), 1000)]) }
