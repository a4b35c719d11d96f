package fleet

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// A work folder in which a number is another, with the checksums that go with it, is
// opened and joined or refused.
func FuzzFolder(f *testing.F) {
	dir := f.TempDir()
	whole := planIn(f, dir)
	if _, err := whole.Task(context.Background(), 0, 1, nil); err != nil {
		f.Fatal(err)
	}
	plain := *whole.plan
	files := []string{planFile, nullFile, filepath.Join(pairsDir, "00000"), filepath.Join(pairsDir, "00003")}
	texts := make([][]byte, len(files))
	for k, name := range files {
		var err error
		if texts[k], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			f.Fatal(err)
		}
	}
	for k, text := range texts { // each file's begin, where counts are, and its end
		for _, at := range []int{0, 4, 8, 16, 32, len(text) / 2, len(text) - 9} {
			f.Add(uint(k), uint(at), uint32(1<<31-1))
		}
	}
	f.Fuzz(func(t *testing.T, file, at uint, number uint32) {
		k := int(file % uint(len(files)))
		text := slices.Clone(texts[k])
		if at %= uint(len(text) - 8); files[k] == planFile {
			text[at] = "0123456789\"-}e,"[number%15]
		} else {
			binary.LittleEndian.PutUint32(text[at:], number)
		}
		switch {
		case files[k] == nullFile:
			p := plain
			p.Null.Sum = crc32.Checksum(text, castagnoli)
			b, err := json.Marshal(p)
			if err != nil {
				t.Fatal(err)
			}
			place(t, dir, planFile, b)
			defer place(t, dir, planFile, texts[0])
		case files[k] != planFile:
			n := len(text) - 4
			binary.LittleEndian.PutUint32(text[n:], crc32.Checksum(text[:n], castagnoli))
		}
		place(t, dir, files[k], text)
		defer place(t, dir, files[k], texts[k])
		folder, err := Open(context.Background(), dir, "test", nil)
		if err != nil {
			return
		}
		defer folder.Close()
		folder.Join(context.Background())
	})
}

func place(t *testing.T, dir, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), text, 0o666); err != nil {
		t.Fatal(err)
	}
}
