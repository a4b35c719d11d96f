package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Prism listens where nobody else reaches it, and is gone soon after it is interrupted,
// with the tasks that it began.
func TestPrismAlone(t *testing.T) {
	dir := alone(t)
	work := t.TempDir()
	task := filepath.Join(dir, "task")
	// It works until nobody wants it, and then says of all shares that nothing is done.
	script := "#!/bin/sh\ntouch '" + filepath.Join(work, "begun") + "'\nwhile [ -e \"$7\" ]; do sleep .05; done\n" +
		"while read n; do echo $n; done\n"
	if err := os.WriteFile(task, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	c := exec.Command(filepath.Join(dir, "ringwatch-beam"), "--work", work, "--program", task, "--shares", "1")
	c.Stderr = &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer c.Process.Kill()
	begun := time.Now()
	for !there(filepath.Join(work, "begun")) {
		if time.Since(begun) > patience {
			t.Fatalf("no task begins: %s", said.String())
		}
		time.Sleep(20 * time.Millisecond)
	}
	at := listens(t, c.Process.Pid)
	if len(at) == 0 {
		t.Error("Prism listens nowhere")
	}
	for _, ip := range at {
		if !ip.IsLoopback() {
			t.Errorf("it listens on %s", ip)
		}
	}
	c.Process.Signal(os.Interrupt)
	begun = time.Now()
	c.Wait()
	want := "ringwatch-beam: interrupted; the job is cancelled, and its workers end\n"
	if said.String() != want {
		t.Errorf("it says %q, want %q", said.String(), want)
	}
	if took := time.Since(begun); took > patience {
		t.Errorf("it took %s", took)
	}
}

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// listens tells on which addresses a process listens.
func listens(t *testing.T, pid int) (at []net.IP) {
	t.Helper()
	own := map[string]bool{}
	fds, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if to, err := os.Readlink(fd); err == nil {
			own[strings.TrimSuffix(strings.TrimPrefix(to, "socket:["), "]")] = true
		}
	}
	for _, table := range []string{"tcp", "tcp6"} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		if err != nil {
			continue // no IPv6
		}
		for line := range strings.Lines(string(text)) {
			field := strings.Fields(line)
			if len(field) < 10 || field[3] != "0A" || !own[field[9]] {
				continue
			}
			hex, _, _ := strings.Cut(field[1], ":")
			var ip net.IP
			for word := 0; word < len(hex); word += 8 { // each in this machine's order of bytes
				n, err := strconv.ParseUint(hex[word:word+8], 16, 32)
				if err != nil {
					t.Fatal(err)
				}
				ip = append(ip, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
			}
			at = append(at, ip)
		}
	}
	return at
}
