package live

import (
	"os"
	"path/filepath"
	"testing"
)

// TestTidy: what a kill left of a file that was being written goes when the folder is
// opened again; what is there whole stays, and what is not ours.
func TestTidy(t *testing.T) {
	dir := t.TempDir()
	openJournal(t, dir).Close()
	for _, name := range []string{SnapshotFile, ScoresFile, AlertsFile, "mine"} {
		for _, name := range []string{name, name + ".new"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	openJournal(t, dir)
	for _, name := range []string{SnapshotFile, ScoresFile, AlertsFile, "mine"} {
		_, err := os.Stat(filepath.Join(dir, name))
		_, begun := os.Stat(filepath.Join(dir, name+".new"))
		if err != nil || (begun == nil) != (name == "mine") {
			t.Errorf("%s: %v; begun: %v", name, err, begun)
		}
	}
}
