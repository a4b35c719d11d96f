package main

import (
	"math"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// addressSpace is what is left of the limit that ulimit -v sets; 0 is none.
func addressSpace() int64 {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_AS, &limit) != nil || limit.Cur > math.MaxInt64/2 {
		return 0
	}
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return int64(limit.Cur)
	}
	pages, _ := strconv.ParseInt(strings.Fields(string(text))[0], 10, 64)
	return max(1<<20, int64(limit.Cur)-pages*int64(os.Getpagesize()))
}
