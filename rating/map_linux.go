package rating

import "golang.org/x/sys/unix"

// inSmallPages has a look at a row bring in the pages around it, and not the two megabytes that
// Linux 6 would: see internal/mapped.
func inSmallPages(data []byte, err error) ([]byte, error) {
	if err == nil {
		unix.Madvise(data, unix.MADV_NOHUGEPAGE) // a kernel that knows of none has none
	}
	return data, err
}
