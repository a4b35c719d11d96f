package fleet

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// TestSmallPages: a look at a number of a work folder brings in little of it. Where Linux may map
// files by two megabytes, RSS would grow by a gigabyte in a tenth of a second, and no budget hold.
func TestSmallPages(t *testing.T) {
	if _, err := os.Stat("/sys/kernel/mm/transparent_hugepage"); err != nil {
		t.Skip("this kernel has small pages only")
	}
	dir := t.TempDir()
	f := planIn(t, dir)
	if _, err := f.columns.Make("", 1<<20); err != nil { // for a while
		t.Fatal(err)
	}
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Skip(err)
	}
	here, files := "", 0
	for line := range bytes.Lines(maps) {
		text := string(line)
		if at := strings.Index(text, dir); at >= 0 {
			here = strings.TrimSpace(text[at:])
			files++
		}
		if strings.HasPrefix(text, "VmFlags:") {
			if here != "" && !strings.Contains(text, " nh") {
				t.Errorf("%s is mapped in large pages: %s", here, text)
			}
			here = ""
		}
	}
	if files < 10 {
		t.Errorf("%d files are mapped", files)
	}
}
