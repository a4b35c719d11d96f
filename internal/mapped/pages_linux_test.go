package mapped

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// TestFilledByPage: where the system reads far ahead, a column is filled a page at a time until
// it is sealed, and scratch for ever.
func TestFilledByPage(t *testing.T) {
	dir := t.TempDir()
	var at unix.Stat_t
	if err := unix.Stat(dir, &at); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(fmt.Sprintf("/sys/class/bdi/%d:%d/read_ahead_kb", unix.Major(at.Dev), unix.Minor(at.Dev)))
	if err != nil {
		t.Skip(err)
	}
	ahead, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	store, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	column, err1 := store.Make("kept", 1<<20)
	scratch, err2 := store.Make("", 1<<20)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	far := ahead > mostAhead
	if byPage(t, column) != far || byPage(t, scratch) != far {
		t.Errorf("with %d KB read ahead: by page %v, %v", ahead, byPage(t, column), byPage(t, scratch))
	}
	if _, err := store.Seal(context.Background()); err != nil {
		t.Fatal(err)
	}
	if byPage(t, column) || byPage(t, scratch) != far {
		t.Errorf("sealed, with %d KB read ahead: by page %v, %v", ahead, byPage(t, column), byPage(t, scratch))
	}
}

// byPage reports whether the system is told not to read ahead in a mapping.
func byPage(t *testing.T, data []byte) bool {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Skip(err)
	}
	at, here := uint64(uintptr(unsafe.Pointer(&data[0]))), false
	for line := range bytes.Lines(maps) {
		var from, to uint64
		if n, _ := fmt.Sscanf(string(line), "%x-%x ", &from, &to); n == 2 {
			here = from <= at && at < to
		}
		if here && bytes.HasPrefix(line, []byte("VmFlags:")) {
			return bytes.Contains(line, []byte(" rr"))
		}
	}
	t.Fatal("it is not mapped")
	return false
}
