package mapped

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

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

// inSmallPages has a look at a number bring in the pages around it. Linux 6 would map two
// megabytes, of which all counts as the process's memory: a gigabyte and more in a tenth of a
// second where numbers are looked at here and there.
func inSmallPages(data []byte, err error) ([]byte, error) {
	if err == nil {
		unix.Madvise(data, unix.MADV_NOHUGEPAGE) // a kernel that knows of none has none
	}
	return data, err
}

// A disk that is read far ahead: by more kilobytes than mostAhead; 128 is usual. There a new
// file is filled by so many bytes at once.
const (
	mostAhead = 512
	fillBytes = 64 << 10
)

// fill has the pages of a new file be made a few at a time where the system reads far ahead. They
// would be made as far, and Linux 6.18 maps at once what it made at once, megabytes; one by
// one, bringing them in takes three times the processor time. What cannot be written is as it was.
func fill(f *os.File, n int) {
	var at unix.Stat_t
	if unix.Fstat(int(f.Fd()), &at) != nil {
		return
	}
	text, _ := os.ReadFile(fmt.Sprintf("/sys/class/bdi/%d:%d/read_ahead_kb", unix.Major(at.Dev), unix.Minor(at.Dev)))
	if ahead, _ := strconv.Atoi(strings.TrimSpace(string(text))); ahead <= mostAhead {
		return
	}
	zeros := make([]byte, fillBytes)
	for from := 0; from < n; from += fillBytes {
		if _, err := f.WriteAt(zeros[:min(fillBytes, n-from)], int64(from)); err != nil {
			return
		}
	}
}
