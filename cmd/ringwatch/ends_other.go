//go:build !linux

package main

import "os/exec"

// runWithUs runs a program. Where we are killed outright it ends by itself, a case later.
func runWithUs(run *exec.Cmd) error { return run.Run() }
