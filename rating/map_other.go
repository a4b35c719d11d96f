//go:build !unix

package rating

import (
	"io"
	"os"
)

// mapFile reads a file where it cannot be mapped.
func mapFile(f *os.File, size int) ([]byte, error) {
	data := make([]byte, size)
	_, err := io.ReadFull(io.NewSectionReader(f, 0, int64(size)), data)
	return data, err
}

func letGo([]byte) {}

func unmap([]byte) error { return nil }

// forget leaves a temporary file its name where an open file must have one.
func forget(*os.File) {}
