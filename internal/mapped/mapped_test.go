//go:build linux

package mapped_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ringwatch/ringwatch/internal/mapped"
	"github.com/ringwatch/ringwatch/internal/workers"
)

// A file that is cut while it is mapped is a panic that can be caught, in workers too,
// and told from others.
func TestFault(t *testing.T) {
	dir := t.TempDir()
	s, err := mapped.Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	column, err := s.Make("column", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, ".column.partial-*"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	if err := os.Truncate(files[0], 0); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if p := workers.Caught(recover()); !p.Fault() {
			t.Errorf("it is told as %v", p)
		}
	}()
	var crew workers.Crew
	crew.Go(func() { column[1<<19]++ })
	crew.Wait()
	t.Error("nothing was caught")
}

// Files have the mode that the umask gives.
func TestMode(t *testing.T) {
	old := syscall.Umask(0o027)
	defer syscall.Umask(old)
	dir := t.TempDir()
	s, err := mapped.Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Make("column", 8); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "column"))
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// What is given back is gone, a beginning of it too; the rest stays, and is closed in the end.
func TestGiveBack(t *testing.T) {
	s := mapped.NewScratch(t.TempDir())
	a, err := mapped.Room[int32](s, 5000)
	if err != nil {
		t.Fatal(err)
	}
	b, err := mapped.Room[int64](s, 5000)
	if err != nil {
		t.Fatal(err)
	}
	before := mappings(t)
	if err := mapped.GiveBack(s, a[:0]); err != nil || mappings(t) != before-1 {
		t.Errorf("%d mappings, before %d; %v", mappings(t), before, err)
	}
	b[4999] = 7
	for _, none := range [][]int32{nil, make([]int32, 3)} { // on the heap
		if err := mapped.GiveBack(s, none); err != nil {
			t.Error(err)
		}
		if err := mapped.GiveBack(nil, none); err != nil {
			t.Error(err)
		}
	}
	if err := s.Close(); err != nil || mappings(t) != before-2 {
		t.Errorf("%d mappings in the end, before %d; %v", mappings(t), before, err)
	}
}

// mappings is how many files of scratch are mapped.
func mappings(t *testing.T) int {
	text, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Skip("this system does not tell what is mapped")
	}
	return strings.Count(string(text), ".ringwatch-scratch-")
}
