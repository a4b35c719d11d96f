package ringwatch_test

import (
	"bytes"
	"go/scanner"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mostColumns is what two windows side by side show of a line, a tab being 4 wide.
const mostColumns = 120

// Code fits a window. What stands in backquotes does not count: the tags of fields,
// and JSON, patterns and pages that would be wrong or hard to read in pieces.
func TestCodeFitsAWindow(t *testing.T) {
	for file := range goFiles(t) {
		data, err := os.ReadFile(filepath.FromSlash(file))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for line := range bytes.Lines(withoutBackquoted(data)) {
			n++
			if w := columns(string(line)); w > mostColumns {
				t.Errorf("%s:%d: %d columns of %d", file, n, w, mostColumns)
			}
		}
	}
}

func TestColumns(t *testing.T) {
	source := "x := 1\n\ty := \"é\"\nz := `long\nlonger\n` + `b` // é\n"
	var got []int
	for line := range strings.Lines(string(withoutBackquoted([]byte(source)))) {
		got = append(got, columns(line))
	}
	if want := []int{6, 12, 5, 0, 8}; !slices.Equal(got, want) {
		t.Errorf("%v columns, want %v", got, want)
	}
}

// withoutBackquoted takes what is in backquotes out of Go code, but for its line breaks.
func withoutBackquoted(source []byte) []byte {
	var kept []byte
	file := token.NewFileSet().AddFile("", -1, len(source))
	var s scanner.Scanner
	s.Init(file, source, nil, 0)
	from := 0
	for {
		at, kind, text := s.Scan()
		if kind == token.EOF {
			return append(kept, source[from:]...)
		}
		if kind == token.STRING && text[0] == '`' {
			begin := file.Offset(at)
			end := begin + 1 + bytes.IndexByte(source[begin+1:], '`') + 1 // text lacks carriage returns
			kept = append(append(kept, source[from:begin]...), bytes.Repeat([]byte{'\n'},
				bytes.Count(source[begin:end], []byte{'\n'}))...)
			from = end
		}
	}
}

func columns(line string) (n int) {
	for _, r := range strings.TrimRight(line, "\r\n") {
		n++
		if r == '\t' {
			n += 3
		}
	}
	return n
}
