package reports

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/output"
)

// writeTo claims a folder for detect and has it written to.
func writeTo(dir string, force bool, write func(*output.Folder) error) error {
	f, err := Claim(dir, "detect", force)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

func writeCase(dir string, c *Case, force bool) error {
	return writeTo(dir, force, func(f *output.Folder) error { return WriteCase(f, c) })
}

func TestFailureLeavesNothing(t *testing.T) {
	parent := t.TempDir()
	bad := output.Parts{"one": func(w io.Writer) error { _, err := io.WriteString(w, "1"); return err },
		"two": func(io.Writer) error { return errors.New("disk full") }}
	if err := writeTo(filepath.Join(parent, "a", "b"), false,
		func(f *output.Folder) error { return f.Write(bad) }); err == nil {
		t.Error("no error")
	}
	if left, _ := os.ReadDir(parent); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	dir := filepath.Join(parent, "case")
	if err := writeCase(dir, small(), false); err != nil {
		t.Fatal(err)
	}
	before := folder(t, dir)
	if err := writeTo(dir, true, func(f *output.Folder) error { return f.Write(bad) }); err == nil {
		t.Error("no error")
	}
	if len(folder(t, dir)) != len(before) {
		t.Error("the previous run is gone")
	}
	if left, _ := os.ReadDir(parent); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func TestClaim(t *testing.T) {
	root := t.TempDir()
	full, run, plain := filepath.Join(root, "full"), filepath.Join(root, "run"), filepath.Join(root, "file")
	if err := errors.Join(os.Mkdir(full, 0o755), os.WriteFile(filepath.Join(full, "x"), nil, 0o644),
		os.WriteFile(plain, nil, 0o644), writeCase(run, small(), false)); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		dir       string
		force, ok bool
	}{
		{filepath.Join(root, "new"), false, true}, {filepath.Join(root, "p", "q"), false, true},
		{full, false, false}, {full, true, false}, {run, false, false}, {run, true, true},
		{plain, true, false}, {filepath.Join(plain, "x"), false, false}, {"", false, false},
	} {
		f, err := Claim(tc.dir, "detect", tc.force)
		if err == nil {
			f.Close()
		}
		if (err == nil) != tc.ok {
			t.Errorf("Claim(%q, %v) = %v", tc.dir, tc.force, err)
		} else if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("more than one line: %v", err)
		}
	}
	if err := writeCase(run, small(), true); err != nil {
		t.Error(err)
	}
}
