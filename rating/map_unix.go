//go:build unix

package rating

import (
	"os"

	"golang.org/x/sys/unix"
)

// mapFile maps a file into memory. What writes a new file in its place does
// not touch the mapping.
func mapFile(f *os.File, size int) ([]byte, error) {
	return inSmallPages(unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ, unix.MAP_SHARED))
}

// letGo drops the pages of a mapping from the process.
func letGo(data []byte) { unix.Madvise(data, unix.MADV_DONTNEED) }

func unmap(data []byte) error { return unix.Munmap(data) }

// forget takes the name of a temporary file away: it lasts while it is open.
func forget(f *os.File) { os.Remove(f.Name()) }
