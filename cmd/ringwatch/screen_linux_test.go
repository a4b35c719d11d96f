package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Data that a command writes to a terminal does not command it; a pipe gets it as it is.
func TestDataOnATerminal(t *testing.T) {
	file := filepath.Join(t.TempDir(), "r.csv")
	os.WriteFile(file, []byte("rater,item,value\n\x1b]0;owned\aann,x,1\nbob,\x1b[2Jx,0\ncid,y,1\n"), 0o600)
	for _, args := range [][]string{
		{"convert", file, "--out", "-"},
		{"convert", file, "--out", "-", "--format", "jsonl"},
		{"convert", file, "--out", "TERMINAL", "--format", "csv"},
		{"inspect", file, "--json"},
		{"detect", file, "--scorer", "none", "--format", "csv"},
	} {
		ours, theirs := pseudoterminal(t)
		for i := range args {
			args[i] = strings.Replace(args[i], "TERMINAL", theirs.Name(), 1)
		}
		var said bytes.Buffer
		if code := run(t.Context(), append([]string{"ringwatch"}, args...), nil, theirs, &said); code != 0 {
			t.Errorf("%q: %d: %s", args, code, said.String())
		}
		fmt.Fprint(theirs, "END")
		shown := ""
		for !strings.HasSuffix(shown, "END") {
			buf := make([]byte, 1<<12)
			n, err := ours.Read(buf)
			if err != nil {
				t.Fatal(err)
			}
			shown += string(buf[:n])
		}
		if strings.ContainsAny(shown, "\x1b\a") {
			t.Errorf("%q: the terminal is told %q", args, shown)
		}
		if args[0] == "convert" && (!strings.Contains(shown, `u{1b}]0;owned`) && !strings.Contains(shown, `\u001b]0;owned`) ||
			strings.Contains(shown, "u{1b}") != strings.Contains(said.String(), "what does not print is shown")) {
			t.Errorf("%q: the terminal shows %q, and it is said: %s", args, shown, said.String())
		}
	}
	var out, said bytes.Buffer
	run(t.Context(), []string{"ringwatch", "convert", file, "--out", "-"}, nil, &out, &said)
	if !strings.Contains(out.String(), "\x1b]0;owned\aann") {
		t.Errorf("a pipe gets %q", out.String())
	}
}

// pseudoterminal returns what a person sees of a terminal, and the terminal.
func pseudoterminal(t *testing.T) (ours, theirs *os.File) {
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	t.Cleanup(func() { ours.Close() })
	if err := unix.IoctlSetPointerInt(int(ours.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	n, err := unix.IoctlGetInt(int(ours.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	if theirs, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	t.Cleanup(func() { theirs.Close() })
	time.AfterFunc(time.Minute, func() { ours.Close() }) // rather than to wait for ever
	return ours, theirs
}
