//go:build unix

package scoring

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// inGroup has a program run in a process group of its own, which is all ended
// when the program is.
func inGroup(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return endGroup(c) }
}

// endGroup ends a program that was started, and all that it started, save what
// took itself out of its group.
func endGroup(c *exec.Cmd) error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }

// outlive has a shell end a program's group if we are killed outright, which is
// when the pipe between us closes without a word; release sends that word. Where
// there is no shell, the program lives on.
func outlive(c *exec.Cmd) (release func()) {
	r, w, err := os.Pipe()
	if err != nil {
		return func() {}
	}
	defer r.Close()
	watch := exec.Command("sh", "-c", `read -r word || kill -s KILL -- "-$1"`, "sh", strconv.Itoa(c.Process.Pid))
	watch.Stdin = r
	watch.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for us, not for it
	if err := watch.Start(); err != nil {
		w.Close()
		return func() {}
	}
	return func() {
		w.WriteString("done\n")
		w.Close()
		watch.Wait()
	}
}
