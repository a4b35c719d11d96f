package mapped

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// TestFilled: where the system reads far ahead, all of a column and of scratch is there before
// anybody looks at it.
func TestFilled(t *testing.T) {
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
	if ahead <= mostAhead {
		t.Skipf("here %d KB are read ahead", ahead)
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
	for _, data := range [][]byte{column, scratch} {
		if n := inCache(t, data); n != len(data)/os.Getpagesize() {
			t.Errorf("with %d KB read ahead, %d pages of %d bytes are there", ahead, n, len(data))
		}
	}
}

// inCache counts the pages of a mapping that are in memory.
func inCache(t *testing.T, data []byte) (n int) {
	t.Helper()
	pages := make([]byte, (len(data)+os.Getpagesize()-1)/os.Getpagesize())
	_, _, failed := unix.Syscall(unix.SYS_MINCORE, uintptr(unsafe.Pointer(&data[0])), uintptr(len(data)),
		uintptr(unsafe.Pointer(&pages[0])))
	if failed != 0 {
		t.Skip(failed)
	}
	for _, p := range pages {
		n += int(p & 1)
	}
	return n
}
