package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"time"
)

// parseSize reads a number of bytes, as 500MB, 8GB, 2GiB or 1000000.
func parseSize(flag, s string) (int64, error) {
	number := strings.TrimRight(s, "kKmMgGtTiIbB ")
	x, err := strconv.ParseFloat(number, 64)
	unit := map[string]float64{"": 1, "B": 1, "K": 1e3, "KB": 1e3, "M": 1e6, "MB": 1e6, "G": 1e9, "GB": 1e9,
		"T": 1e12, "TB": 1e12,
		"KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30,
		"TIB": 1 << 40}[strings.ToUpper(strings.TrimSpace(s[len(number):]))]
	if err != nil || unit == 0 || !(x > 0) || x*unit >= math.MaxInt64 {
		return 0, fmt.Errorf("--%s: %q is no size; write it as 500MB, 8GB or 2GiB", flag, s)
	}
	return int64(x * unit), nil
}

// spareMemoryOf returns what a program may take where the system tells: of what
// is free, of a container's limit and of the process's own, so much that what
// stands beside it is not pushed out. 0 is unknown.
func spareMemoryOf() int64 {
	const share = .85
	most := int64(math.MaxInt64)
	lower := func(n int64) {
		if n > 0 {
			most = min(most, int64(share*float64(n)))
		}
	}
	lower(availableMemory())
	for _, file := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		if text, err := os.ReadFile(file); err == nil {
			n, _ := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64) // "max" is none
			lower(n)
		}
	}
	lower(addressSpace())
	if most == math.MaxInt64 {
		return 0
	}
	return most
}

// availableMemory is what Linux says is free for a new program.
func availableMemory() int64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "MemAvailable:"); ok {
			n, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return n << 10
		}
	}
	return 0
}

// tooMuchMemory ends a run that would take more than it may.
type tooMuchMemory struct{ most int64 }

func (e tooMuchMemory) Error() string {
	return fmt.Sprintf("this takes more than the %s of memory that it may; give it less at once, "+
		"or more with --max-memory", inGB(e.most))
}

func inGB(n int64) string {
	if n < 1e9 {
		return fmt.Sprintf("%.3g MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.3g GB", float64(n)/1e9)
}

// watchMemory ends ctx where the program takes more than most bytes. The garbage
// collector works harder near it, unless GOMEMLIMIT says otherwise.
func watchMemory(ctx context.Context, most int64, end context.CancelCauseFunc) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(most / 10 * 9)
	}
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	for tick := time.NewTicker(25 * time.Millisecond); ; {
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
			metrics.Read(sample)
			if int64(sample[0].Value.Uint64()-sample[1].Value.Uint64()) > most {
				end(tooMuchMemory{most})
				return
			}
		}
	}
}
