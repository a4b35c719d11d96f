//go:build !unix

package scoring

import "os/exec"

func inGroup(*exec.Cmd) {}

func endGroup(c *exec.Cmd) error { return c.Process.Kill() }

func outlive(*exec.Cmd) (release func()) { return func() {} }
