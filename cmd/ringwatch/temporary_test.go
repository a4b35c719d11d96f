package main

import (
	"bytes"
	"os"
	"testing"
)

// A command that is stopped before all that it does has ended takes its temporary
// files with it: not all that it waits for in the system can be stopped.
func TestTemporaryOfTheStopped(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var out bytes.Buffer
	term := newTerminal(&out, &out, &out)
	place, err := term.temporary("test")
	if err != nil {
		t.Fatal(err)
	}
	term.release()
	if _, err := os.Stat(place.Path); !os.IsNotExist(err) {
		t.Errorf("%s stays: %v", place.Path, err)
	}
}
