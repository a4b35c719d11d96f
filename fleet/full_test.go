//go:build linux

package fleet

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"

	"github.com/ringwatch/ringwatch/detect"
)

// limited runs do while no file may be larger than so many bytes, as on a disk that is
// full.
func limited(t *testing.T, bytes uint64, do func()) {
	t.Helper()
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: bytes, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	defer syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before)
	do()
}

// Whatever there is no room for, a line says so, nothing half done is taken for done, and
// the same words go on once there is room. Most blocks are of raters without a pair.
//
// It is a process of its own, as the limit would be that of the file in which go test
// keeps what tests look at, too.
func TestFullDisk(t *testing.T) {
	const own = "RINGWATCH_FULL_DISK"
	if os.Getenv(own) == "" {
		c := exec.Command(os.Args[0], "-test.run=^TestFullDisk$", "-test.count=1")
		c.Env = append(os.Environ(), own+"=1")
		if text, err := c.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, text)
		}
		return
	}
	dir := t.TempDir()
	want := findings(t, detect.Input{Ratings: table(t)})
	j := job(t)
	j.Blocks = 300
	for _, bytes := range []uint64{0, 20_000, 70_000} { // no ratings, no column, not all columns
		limited(t, bytes, func() {
			if f, err := Plan(t.Context(), dir, j); err == nil {
				f.Close()
				t.Errorf("a plan in %d bytes is made", bytes)
			}
		})
	}
	f, err := Plan(t.Context(), dir, j)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	limited(t, 40, func() {
		if _, err := f.Task(t.Context(), 0, 1, nil); err == nil {
			t.Error("blocks of 40 bytes are done")
		}
		s, err := ScratchIn(dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err := s.Make("", 1000); err == nil {
			t.Error("there is room for 1000 bytes in 40")
		}
	})
	if missing, damaged := f.Missing(); len(missing) != f.Blocks() || damaged != nil {
		t.Errorf("%d of %d blocks are missing, %v", len(missing), f.Blocks(), damaged)
	}
	if _, err := f.Task(t.Context(), 0, 1, nil); err != nil {
		t.Fatal(err)
	}
	in, err := f.Join(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := findings(t, in); got != want {
		t.Errorf("after the disk was full:\n%.1500s\nbefore:\n%.1500s", got, want)
	}
}
