package reports

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFailureLeavesNothing(t *testing.T) {
	parent := t.TempDir()
	bad := []file{{"one", func(w io.Writer) error { _, err := io.WriteString(w, "1"); return err }},
		{"two", func(io.Writer) error { return errors.New("disk full") }}}
	if err := writeFolder(filepath.Join(parent, "a", "b"), false, bad); err == nil {
		t.Error("no error")
	}
	if left, _ := os.ReadDir(parent); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	dir := filepath.Join(parent, "case")
	if err := WriteCase(dir, small(), false); err != nil {
		t.Fatal(err)
	}
	before := folder(t, dir)
	if err := writeFolder(dir, true, bad); err == nil {
		t.Error("no error")
	}
	if len(folder(t, dir)) != len(before) {
		t.Error("the previous run is gone")
	}
	if left, _ := os.ReadDir(parent); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func TestCheck(t *testing.T) {
	root := t.TempDir()
	full, run, plain := filepath.Join(root, "full"), filepath.Join(root, "run"), filepath.Join(root, "file")
	if err := errors.Join(os.Mkdir(full, 0o755), os.WriteFile(filepath.Join(full, "x"), nil, 0o644), os.WriteFile(plain, nil, 0o644),
		WriteCase(run, small(), false)); err != nil {
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
		err := Check(tc.dir, tc.force)
		if (err == nil) != tc.ok {
			t.Errorf("Check(%q, %v) = %v", tc.dir, tc.force, err)
		} else if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("more than one line: %v", err)
		}
		if tc.ok {
			continue
		}
		if err := WriteCase(tc.dir, small(), tc.force); err == nil {
			t.Errorf("WriteCase(%q, %v) wrote what Check refused", tc.dir, tc.force)
		}
	}
	if err := WriteCase(run, small(), true); err != nil {
		t.Error(err)
	}
}
