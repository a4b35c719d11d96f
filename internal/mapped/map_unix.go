//go:build unix

package mapped

import (
	"os"

	"golang.org/x/sys/unix"
)

func mapShared(f *os.File, n int) ([]byte, error) {
	return inSmallPages(unix.Mmap(int(f.Fd()), 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED))
}

func mapRead(f *os.File, n int) ([]byte, error) {
	return inSmallPages(unix.Mmap(int(f.Fd()), 0, n, unix.PROT_READ, unix.MAP_SHARED))
}

func unmap(data []byte) error { return unix.Munmap(data) }

func flush(data []byte) error {
	if len(data) == 0 {
		return nil
	}
	return unix.Msync(data, unix.MS_SYNC)
}

// release drops the pages from the process. What was written to them is in the
// file's pages, which are the system's to write out.
func release(data []byte) { unix.Madvise(data, unix.MADV_DONTNEED) }
