package output

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// A File is a file that one run may write to, until it is closed.
type File struct {
	Path string // where it really is

	device  bool // or a pipe: written to as it is
	mode    fs.FileMode
	mu      sync.Mutex
	written bool
	next    *os.File // hidden, beside it; locked
}

var errClosed = errors.New("interrupted")

// ClaimFile finds what would keep a file from being written, so that this is
// known before long work, and keeps other runs from writing it. It does not
// make the file.
func ClaimFile(path string) (*File, error) {
	f := &File{Path: path}
	if _, err := os.Lstat(path); err == nil {
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, dangling(path)
		case err != nil:
			return nil, cannot(path, err)
		case info.IsDir():
			return nil, fmt.Errorf("%s: is a folder; name a file in it", path)
		case !info.Mode().IsRegular():
			f.device = true
			return f, nil
		}
		f.mode = info.Mode().Perm()
		if f.Path, err = filepath.EvalSymlinks(path); err != nil {
			return nil, cannot(path, err)
		}
	}
	var err error
	if f.next, err = holdFile(filepath.Join(filepath.Dir(f.Path), hidden(filepath.Base(f.Path))), f.mode); err != nil {
		return nil, busy(path, err)
	}
	return f, nil
}

// Write writes the file, whole or not at all. A device or a pipe is written to
// as it is; whoever reads the pipe is waited for until ctx ends.
func (f *File) Write(ctx context.Context, write func(io.Writer) error) error {
	if f.device {
		to, err := open(ctx, f.Path)
		if err != nil {
			return cannot(f.Path, err)
		}
		return errors.Join(write(to), to.Close())
	}
	if f.next == nil {
		return errClosed
	}
	w := bufio.NewWriterSize(f.next, 1<<16)
	err := write(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.next.Sync()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.next == nil {
		return errClosed
	}
	if err == nil && f.mode != 0 {
		err = f.next.Chmod(f.mode)
	}
	if err == nil && !locks { // where an open file has no new name
		err = f.next.Close()
	}
	if err == nil {
		if err = os.Rename(f.next.Name(), f.Path); err == nil {
			f.next.Close()
			f.next, f.written = nil, true
			return Persist(filepath.Dir(f.Path))
		}
	}
	var p *fs.PathError
	var l *os.LinkError
	if errors.As(err, &p) || errors.As(err, &l) {
		return cannot(f.Path, err)
	}
	return err
}

// Device reports whether the file is a device or a pipe.
func (f *File) Device() bool { return f.device }

// Written reports whether the file is there as it was to be.
func (f *File) Written() bool { return f.written }

// Close lets others write the file, and takes away what was not whole.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.next == nil {
		return nil
	}
	os.Remove(f.next.Name())
	err := f.next.Close()
	f.next = nil
	return err
}

// open opens what is no file for writing.
func open(ctx context.Context, path string) (*os.File, error) {
	type opened struct {
		f   *os.File
		err error
	}
	done := make(chan opened, 1)
	go func() { // a pipe that nobody reads keeps us waiting
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		done <- opened{f, err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case o := <-done:
		return o.f, o.err
	}
}
