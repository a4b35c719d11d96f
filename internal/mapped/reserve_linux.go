package mapped

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// reserve makes a file as long as it will be, with its blocks on disk where the
// file system can.
func reserve(f *os.File, n int64) error {
	err := unix.Fallocate(int(f.Fd()), 0, 0, n)
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) {
		return f.Truncate(n)
	}
	return err
}

// inSmallPages has a look at a number bring in the pages around it. Linux 6 would bring in two
// megabytes, of which all counts as the process's memory: a gigabyte and more in a tenth of a
// second where numbers are looked at here and there.
func inSmallPages(data []byte, err error) ([]byte, error) {
	if err == nil {
		unix.Madvise(data, unix.MADV_NOHUGEPAGE) // a kernel that knows of none has none
	}
	return data, err
}
