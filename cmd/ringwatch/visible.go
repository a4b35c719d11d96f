package main

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// A visible screen shows what does not print, as what text of reports shows, and does
// not obey it: data that is written to a terminal may hold anything. What goes to a
// file or a pipe is not ours to change.
type visible struct {
	w       io.Writer
	bold    bool   // what the text of reports asks for is obeyed; names in it are visible already
	changed bool   // something was made visible
	cut     []byte // the beginning of a character
}

var styles = [][]byte{[]byte("\x1b[1m"), []byte("\x1b[0m")}

func (v *visible) Write(p []byte) (int, error) {
	text := append(v.cut, p...)
	v.cut = nil
	shown := make([]byte, 0, len(text)+len(text)/8)
	for len(text) > 0 {
		if v.bold {
			if at := v.style(text); at > 0 {
				shown, text = append(shown, text[:at]...), text[at:]
				continue
			}
		}
		r, n := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && n == 1:
			if !utf8.FullRune(text) {
				v.cut, text = bytes.Clone(text), nil
				continue
			}
			shown, v.changed = fmt.Appendf(shown, `\x{%02x}`, text[0]), true
		case r == '\n' || r == '\t' || strconv.IsPrint(r):
			shown = append(shown, text[:n]...)
		default:
			shown, v.changed = fmt.Appendf(shown, `\u{%x}`, r), true
		}
		text = text[n:]
	}
	if _, err := v.w.Write(shown); err != nil {
		return 0, err
	}
	return len(p), nil
}

// style is the length of the style that text begins with, or 0.
func (v *visible) style(text []byte) int {
	for _, s := range styles {
		if bytes.HasPrefix(text, s) {
			return len(s)
		}
	}
	return 0
}
