package output

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"

	"github.com/ringwatch/ringwatch/internal/workers"
)

// Write writes the files, of which one is the manifest. All of them appear, or none. In a
// volume, or where there is something else in the folder, they take their
// places one by one, and the manifest says so until the last has done so.
func (f *Folder) Write(parts Parts) error {
	next := filepath.Join(f.stage, "new")
	if err := os.Mkdir(next, 0o777); err != nil {
		return cannot(f.dir, err)
	}
	if err := f.writeParts(next, parts); err != nil {
		return err
	}
	if err := Persist(next); err != nil {
		return cannot(f.dir, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.locks == nil {
		return errClosed
	}
	var err error
	if f.was == nil {
		err = f.appear(next)
	} else if f.others, err = f.look(); err == nil {
		if f.inside || len(f.others) > 0 || around(f.dir) || f.swap(next) != nil {
			err = f.place(next, parts)
		}
	}
	f.written = err == nil
	return err
}

// writeParts writes the files into a folder, one on each processor at a time.
func (f *Folder) writeParts(next string, parts Parts) error {
	names := slices.Sorted(maps.Keys(parts))
	failed := make([]error, len(names))
	var stop atomic.Bool
	workers.Ranges(context.Background(), len(names), 1, func() func(at, _ int) {
		return func(at, _ int) {
			if stop.Load() {
				return
			}
			name := names[at]
			if err := writePart(filepath.Join(next, name), f.modeOf(name), parts[name]); err != nil {
				failed[at] = fmt.Errorf("%s: %w; nothing was written", filepath.Join(f.dir, name), err)
				stop.Store(true)
			}
		}
	})
	return cmp.Or(failed...)
}

// appear gives a new folder its name.
func (f *Folder) appear(next string) error {
	parent := filepath.Dir(f.dir)
	made := missing(parent)
	err := os.MkdirAll(parent, 0o777)
	if err == nil {
		err = os.Rename(next, f.dir)
	}
	if err != nil {
		for d := parent; made != "" && len(d) >= len(made); d = filepath.Dir(d) {
			os.Remove(d)
		}
		return cannot(f.dir, err)
	}
	return Persist(parent)
}

// swap exchanges the previous run for the new one in one step.
func (f *Folder) swap(next string) error {
	if err := os.Chmod(next, f.was.Mode().Perm()); err != nil {
		return err
	}
	whole := filepath.Join(f.stage, "whole")
	if err := os.Rename(next, whole); err != nil {
		return err
	}
	if err := exchange(whole, f.dir); err != nil {
		return errors.Join(err, os.Rename(whole, next))
	}
	removeRun(whole)
	return Persist(filepath.Dir(f.dir))
}

// place moves the files into a folder that stays.
func (f *Folder) place(next string, parts Parts) error {
	names := slices.Sorted(maps.Keys(parts))
	l := NewListing(f.req.By, slices.Concat(names, slices.Collect(maps.Keys(f.own))))
	l.Unfinished = true
	b, err := json.Marshal(l)
	if err != nil {
		return err
	}
	first := filepath.Join(f.stage, "unfinished")
	text := func(w io.Writer) error { _, err := w.Write(b); return err }
	if err := writePart(first, f.modeOf(Manifest), text); err != nil {
		return cannot(f.dir, err)
	}
	move := func(from, name string) {
		if err == nil {
			err = os.Rename(from, filepath.Join(f.dir, name))
		}
	}
	move(first, Manifest)
	for _, name := range names {
		if name != Manifest {
			move(filepath.Join(next, name), name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f.own)) {
		if err == nil && !slices.Contains(names, name) {
			if e := os.Remove(filepath.Join(f.dir, name)); e != nil && !errors.Is(e, fs.ErrNotExist) {
				err = e
			}
		}
	}
	if err == nil {
		err = Persist(f.dir) // the manifest must not be there before the others
	}
	move(filepath.Join(next, Manifest), Manifest)
	if err != nil {
		return fmt.Errorf("%w; the folder is not whole, run this again with --force", cannot(f.dir, err))
	}
	return Persist(f.dir)
}

// removeRun removes the files of a run, and its folder.
func removeRun(dir string) {
	l, _ := ReadListing(dir)
	if l.Tool != "" {
		for _, name := range append(l.Files, Manifest) {
			if info, err := os.Lstat(filepath.Join(dir, name)); err == nil && !info.IsDir() {
				os.Remove(filepath.Join(dir, name))
			}
		}
	}
	os.Remove(dir) // if nothing else is in it
}

// discard removes a stage: what was never whole, and a run that was replaced.
// What somebody else put there stays.
func discard(stage string) {
	os.RemoveAll(filepath.Join(stage, "new"))
	removeRun(filepath.Join(stage, "whole"))
	for _, name := range []string{"probe", "unfinished"} {
		os.Remove(filepath.Join(stage, name))
	}
	os.Remove(stage)
}

// modeOf is the mode of the previous run's file of a name, which the next one keeps:
// somebody may have closed it to others. It is 0 if there is none.
func (f *Folder) modeOf(name string) fs.FileMode {
	if info, err := os.Stat(filepath.Join(f.dir, name)); err == nil && f.own[name] && info.Mode().IsRegular() {
		return info.Mode().Perm()
	}
	return 0
}

func writePart(name string, mode fs.FileMode, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if mode != 0 {
		if err := f.Chmod(mode); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	w := bufio.NewWriterSize(f, 1<<16)
	err = write(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
