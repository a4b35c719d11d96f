//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package output

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// locks tells whether the system knows who is at a file.
const locks = true

// lock locks a file or folder until it is closed. A file system without locks
// lets everybody in.
func lock(f *os.File, alone bool) error {
	how := unix.LOCK_SH
	if alone {
		how = unix.LOCK_EX
	}
	for {
		err := unix.Flock(int(f.Fd()), how|unix.LOCK_NB)
		switch {
		case err == nil, errors.Is(err, unix.ENOTSUP), errors.Is(err, unix.ENOLCK), errors.Is(err, unix.EBADF),
			errors.Is(err, unix.ENOSYS):
			return nil
		case errors.Is(err, unix.EWOULDBLOCK):
			return errBusy
		case !errors.Is(err, unix.EINTR):
			return err
		}
	}
}
