package output

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

var errBusy = errors.New("another run of ringwatch is at it")

// hidden is the name of what becomes a file or folder of a name, which may be
// as long as a file system takes.
func hidden(name string) string {
	const most = 200
	return "." + name[:min(len(name), most)] + ".partial"
}

// hold locks a folder that is there: alone, or with others who do not either.
func hold(dir string, alone bool) (*os.File, error) {
	for {
		f, err := os.Open(dir)
		if err != nil {
			return nil, err
		}
		if err := lock(f, alone); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if still(f, dir) {
			return f, nil
		}
		f.Close() // it was replaced in between
	}
}

// still reports whether an open file is what has the name now.
func still(f *os.File, path string) bool {
	a, err1 := f.Stat()
	b, err2 := os.Lstat(path)
	return err1 == nil && err2 == nil && os.SameFile(a, b)
}

// Share keeps a folder from being replaced until what it returns is closed.
func Share(dir string) (io.Closer, error) {
	dir, err := resolve(dir)
	if err != nil {
		return nil, err
	}
	f, err := hold(dir, false)
	switch {
	case errors.Is(err, errBusy):
		return nil, busy(dir, err)
	case err != nil:
		return nil, err
	}
	return f, nil
}

// holdFolder makes a folder and locks it, or takes over one that a killed run
// left.
func holdFolder(path string) (*os.File, error) {
	for {
		err := os.Mkdir(path, 0o700)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		if info, err := os.Lstat(path); err == nil && !info.IsDir() { // a link might lead anywhere
			return nil, &fs.PathError{Op: "open", Path: path, Err: errors.New(filepath.Base(path) + " is in the way")}
		}
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := lock(f, true); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if !still(f, path) {
			f.Close()
			continue
		}
		if left, _ := f.Readdirnames(1); len(left) > 0 {
			discard(path)
			f.Close()
			if _, err := os.Lstat(path); err == nil {
				return nil, &fs.PathError{Op: "open", Path: path,
					Err: errors.New(path + " holds what is not of ringwatch")}
			}
			continue
		}
		return f, nil
	}
}

// holdFile makes a file and locks it, or takes over one that a killed run left.
func holdFile(path string, mode fs.FileMode) (*os.File, error) {
	if mode == 0 {
		mode = 0o666
	} else {
		mode = 0o600
	}
	for {
		if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
			return nil, &fs.PathError{Op: "open", Path: path, Err: errors.New(filepath.Base(path) + " is in the way")}
		}
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, mode)
		if err != nil {
			return nil, err
		}
		if err := lock(f, true); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if !still(f, path) {
			f.Close()
			continue
		}
		if err := f.Truncate(0); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return f, nil
	}
}

// A Place is a folder for files that are needed for a while.
type Place struct {
	Path string
	lock *os.File
}

// Alone keeps other runs from a folder until what it returns is closed.
func Alone(dir string) (io.Closer, error) {
	f, err := hold(dir, true)
	if errors.Is(err, errBusy) {
		return nil, busy(dir, err)
	} else if err != nil {
		return nil, err
	}
	return f, nil
}

const temporary = "ringwatch-temporary-"

// Tidy removes the places that killed runs left. What is named in another way, is no
// folder or belongs to a run that goes on stays.
func Tidy() {
	if !locks {
		return
	}
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), temporary+"*"))
	for _, path := range left {
		number := path[strings.LastIndexByte(path, '-')+1:]
		if _, err := strconv.ParseUint(number, 10, 64); err != nil { // os.MkdirTemp has another form
			continue
		}
		if info, err := os.Lstat(path); err != nil || !info.IsDir() { // a link or a pipe of somebody else's
			continue
		}
		if f, err := hold(path, true); err == nil { // nobody is at it
			os.RemoveAll(path)
			f.Close()
		}
	}
}

// Temporary makes a place for some purpose, a word that is in its name.
func Temporary(purpose string) (*Place, error) {
	for {
		path, err := os.MkdirTemp("", temporary+purpose+"-")
		if err != nil {
			return nil, err
		}
		f, err := hold(path, true)
		if errors.Is(err, errBusy) || errors.Is(err, fs.ErrNotExist) { // another run took it for left
			continue
		}
		if err != nil {
			return nil, err
		}
		return &Place{path, f}, nil
	}
}

// Close removes the place and all that is in it.
func (p *Place) Close() error { return errors.Join(os.RemoveAll(p.Path), p.lock.Close()) }

// Persist puts the names in a folder on the disk, where the system can.
func Persist(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL) || errors.Is(err, fs.ErrPermission) {
		err = nil
	}
	return errors.Join(err, f.Close())
}
