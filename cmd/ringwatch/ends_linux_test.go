package main

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What finds a case ends with the watch that began it, also where that is killed outright, so that the
// next one finds nobody at its case.
func TestTheCaseEndsWithWatch(t *testing.T) {
	smallWorld(t)
	if err := os.WriteFile("hang.sh", []byte("touch begun\nexec sleep 60\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("ringwatch", "watch", "in/ratings.csv", "--state", "state", "--case-every", "1s",
		"--scorer", "command: {command: sh hang.sh}")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	child := ""
	until := func(what string, holds func() bool) { // within less than the sleep takes
		for deadline := time.Now().Add(40 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				c.Process.Kill()
				t.Fatal(what)
			}
		}
	}
	of := strconv.Itoa(c.Process.Pid)
	until("no case was begun", func() bool {
		_, err := os.Stat("begun")
		child = childOf(t, of)
		return err == nil && child != ""
	})
	c.Process.Kill()
	c.Wait()
	until("it lives on", func() bool {
		stat, err := os.ReadFile("/proc/" + child + "/stat")
		return err != nil || strings.HasPrefix(afterName(stat), "Z")
	})
}

// childOf is a process that another began, and that runs a program of its own by now.
func childOf(t *testing.T, parent string) string {
	all, err := os.ReadDir("/proc")
	if err != nil {
		t.Skip("there is no /proc: ", err)
	}
	for _, e := range all {
		stat, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue
		}
		if fields := strings.Fields(afterName(stat)); len(fields) > 1 && fields[1] == parent {
			line, _ := os.ReadFile("/proc/" + e.Name() + "/cmdline")
			if strings.Contains(string(line), "\x00detect\x00") {
				return e.Name()
			}
		}
	}
	return ""
}

// afterName is what stat says behind the name of the program: its state, its parent and so on.
func afterName(stat []byte) string {
	return strings.TrimSpace(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
}
