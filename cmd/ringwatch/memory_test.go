package main

import (
	"bytes"
	"context"
	"runtime/debug"
	"strings"
	"testing"
)

func TestParseSize(t *testing.T) {
	for s, want := range map[string]int64{"1": 1, "500MB": 500e6, "8GB": 8e9, "8 gb": 8e9, "2GiB": 2 << 30,
		"1.5k": 1500, "3T": 3e12} {
		if n, err := parseSize("max-memory", s); err != nil || n != want {
			t.Errorf("%s is %d, %v", s, n, err)
		}
	}
	for _, s := range []string{"", "GB", "-1", "0", "8X", "1e30", "NaN", "inf", "8GB of it"} {
		if n, err := parseSize("max-memory", s); err == nil {
			t.Errorf("%s is %d", s, n)
		}
	}
}

// What takes more than it may ends with one line.
func TestMemoryLimit(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1))
	ctx, end := context.WithCancelCause(t.Context())
	defer end(nil)
	watchMemory(ctx, 1, end)
	var out, stderr bytes.Buffer
	if code := run(ctx, []string{"ringwatch", "convert", "-", "--out", "-"}, strings.NewReader("user,item\na,x\n"),
		&out, &stderr); code != exitBad || out.Len() > 0 ||
		stderr.String() != "ringwatch: this takes more than the 1e-06 MB of memory that it may; give it less at once, "+
			"or more with --max-memory; nothing was written\n" {
		t.Errorf("exit code %d, %q, %q", code, out.String(), stderr.String())
	}
}
