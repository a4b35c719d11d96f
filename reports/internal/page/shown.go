package page

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Shown is the one form in which an identifier, or any other text that came
// with the data, reaches a reader. It maps different identifiers to different
// text.
func Shown(id string) string { return escape(id, escapeLike) }

// Printable is Shown for text that may have been through Shown before: an
// escape stays as it is, so it is the same twice as once.
func Printable(s string) string { return escape(s, func(string) bool { return false }) }

// escape escapes what does not print, and backslashes before text of which
// also is true.
func escape(s string, also func(string) bool) string {
	plain := true
	for i, r := range s {
		if r == utf8.RuneError || !strconv.IsPrint(r) || r == '\\' && also(s[i:]) {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x{%02x}`, s[i])
		case !strconv.IsPrint(r) || r == '\\' && also(s[i:]):
			fmt.Fprintf(&b, `\u{%x}`, r)
		default:
			b.WriteRune(r)
		}
		i += n
	}
	return b.String()
}

// Brief shortens text for people to n characters.
func Brief(n int, s string) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	for i := range s {
		if n--; n == 0 {
			return s[:i] + "…"
		}
	}
	return s
}

// escapeLike reports whether s starts as one of our escapes does.
func escapeLike(s string) bool { return strings.HasPrefix(s, `\u{`) || strings.HasPrefix(s, `\x{`) }
