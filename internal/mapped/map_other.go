//go:build !unix

package mapped

import (
	"errors"
	"os"
)

var errNoMap = errors.New("files cannot be mapped on this system; leave out --work and --memory")

func mapShared(*os.File, int) ([]byte, error) { return nil, errNoMap }
func mapRead(*os.File, int) ([]byte, error)   { return nil, errNoMap }
func unmap([]byte) error                      { return nil }
func flush([]byte) error                      { return nil }
func release([]byte)                          {}
