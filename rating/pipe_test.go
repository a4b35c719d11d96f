//go:build unix

package rating

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// fifo makes a named pipe through which data comes, once.
func fifo(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	go func() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return
		}
		f.Write(data) // a reader may end before
		f.Close()
	}()
	return path
}

// TestPipes reads what can be read but once as what it is in a file, whatever
// packs it, and whether or not tables are looked for beside it.
func TestPipes(t *testing.T) {
	text := numericCSV(20_000)
	want, _, err := read(string(text), ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	gz, zst := packed(t, string(text))
	var columns bytes.Buffer
	if err := WriteColumns(&columns, want); err != nil {
		t.Fatal(err)
	}
	for _, data := range [][]byte{text, gz, zst, zipped(t, "a.csv", string(text)), columns.Bytes(),
		parquetBytes(t, want)} {
		for _, opt := range []ReadOptions{{}, {Notes: true}} {
			got, sum, err := Read(context.Background(), []string{fifo(t, data)}, opt)
			if err != nil {
				t.Fatal(err)
			}
			if dump(got) != dump(want) || sum.Files[0].Bytes != int64(len(data)) {
				t.Errorf("%s through a pipe: %d of %d ratings, %d of %d bytes",
					sum.Format, got.Len(), want.Len(), sum.Files[0].Bytes, len(data))
			}
		}
	}
	half := bytes.LastIndexByte(text[:len(text)/2], '\n') + 1
	head := slices.Clone(text[:bytes.IndexByte(text, '\n')+1])
	got, _, err := Read(context.Background(),
		[]string{fifo(t, text[:half]), fifo(t, append(head, text[half:]...))}, ReadOptions{})
	if err != nil || dump(got) != dump(want) {
		t.Errorf("two pipes: %v", err)
	}
}

// Nobody writes into a pipe: the context ends the waiting.
func TestPipeWithoutWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe() // that is open and silent
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	for _, from := range []string{path, "-"} {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		_, _, err := Read(ctx, []string{from}, ReadOptions{Stdin: r})
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", from, err)
		}
	}
	go func() { // lets go of who still waits to open it
		if f, err := os.OpenFile(path, os.O_WRONLY, 0); err == nil {
			f.Close()
		}
	}()
}

// What is no file in a folder is passed over, and told.
func TestPipeInFolder(t *testing.T) {
	dir := t.TempDir()
	err1 := os.WriteFile(filepath.Join(dir, "a.csv"), []byte("rater,item,value\na,x,1\nb,x,2\n"), 0o600)
	err2 := unix.Mkfifo(filepath.Join(dir, "b.csv"), 0o600)
	err3 := os.Symlink("gone", filepath.Join(dir, "c.csv"))
	_, sum, err := Read(context.Background(), []string{dir}, ReadOptions{})
	if err := errors.Join(err1, err2, err3, err); err != nil {
		t.Fatal(err)
	}
	want := "passed over, as they are no files but pipes, sockets, devices or links to nothing: b.csv, c.csv"
	if !slices.Contains(sum.Warnings, want) {
		t.Errorf("%q", sum.Warnings)
	}
}
