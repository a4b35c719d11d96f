package output

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

var errNoFile = errors.New("is no file; put the file there, or take it away")

// Open opens a file of a folder that anybody may have made: what is no file is not
// opened, as a pipe keeps who opens it waiting, and a device may have no end.
func Open(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: path, Err: errNoFile}
	}
	if err != nil {
		return nil, err
	}
	return os.Open(path)
}

// ReadFile reads a file that Open opens.
func ReadFile(path string) ([]byte, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// Own returns an error where something is at a path that is no file of its own: to
// write through a link is to write elsewhere.
func Own(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		return fmt.Errorf("%s: is a link, through which nothing is written; put the file there, or take it away", path)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s: %w", path, errNoFile)
	}
	return nil
}
