package main

import (
	"os/exec"
	"runtime"
	"syscall"
)

// runWithUs runs a program that is killed as soon as we are, however we end.
func runWithUs(run *exec.Cmd) error {
	// The system tells it of the end of the thread that began it: this one stays until it has ended.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	run.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return run.Run()
}
