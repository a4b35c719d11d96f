package live

import (
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// A snapshot in a state's folder, whatever is in it and with a checksum that is right, is
// gone on from or passed over.
func FuzzSnapshot(f *testing.F) {
	_, lines := attacked(f, 1)
	dir := f.TempDir()
	a, r := looking(f, dir)
	a.hear(f, r, lines[:len(lines)/20])
	if err := a.save(); err != nil {
		f.Fatal(err)
	}
	path := filepath.Join(dir, SnapshotFile)
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	if err := a.load(); err != nil || len(a.engine.rater) == 0 {
		f.Fatal(len(a.engine.rater), err)
	}
	for _, at := range []int{0, 4, 8, 16, 32, len(whole) / 2, len(whole) - 9} {
		f.Add(uint(at), uint32(1<<31-1), uint16(0))
	}
	f.Fuzz(func(t *testing.T, at uint, number uint32, cut uint16) { // how many bytes are missing
		text := slices.Clone(whole)
		binary.LittleEndian.PutUint32(text[at%uint(len(text)-4):], number)
		text = text[:len(text)-min(len(text), int(cut))]
		if n := len(text) - 4; n >= 0 {
			binary.LittleEndian.PutUint32(text[n:], crc32.Checksum(text[:n], castagnoli))
		}
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := a.load(); err != nil {
			return
		}
		if err := a.save(); err != nil {
			t.Error(err)
		}
	})
}
