package main

import (
	"bytes"
	"testing"
)

// A screen does not obey what data holds, however it is cut into pieces.
func TestVisible(t *testing.T) {
	const data = "a\x1b[1mb\x1b]0;title\a,\u009b2J,é,\u202e,\x9b\n\tüß\r\n"
	for _, tc := range []struct {
		bold bool
		want string
	}{
		{false, `a\u{1b}[1mb\u{1b}]0;title\u{7},\u{9b}2J,é,\u{202e},\x{9b}` + "\n\tüß" + `\u{d}` + "\n"},
		{true, "a\x1b[1mb" + `\u{1b}]0;title\u{7},\u{9b}2J,é,\u{202e},\x{9b}` + "\n\tüß" + `\u{d}` + "\n"},
	} {
		var whole bytes.Buffer
		v := &visible{w: &whole, bold: tc.bold}
		if n, err := v.Write([]byte(data)); n != len(data) || err != nil || whole.String() != tc.want || !v.changed {
			t.Errorf("%d, %v, %q, want %q", n, err, whole.String(), tc.want)
		}
	}
	var pieces, plain bytes.Buffer
	v := &visible{w: &pieces}
	for _, b := range []byte(data) {
		v.Write([]byte{b})
	}
	if want := `a\u{1b}[1mb\u{1b}]0;title\u{7},\u{9b}2J,é,\u{202e},\x{9b}` + "\n\tüß" + `\u{d}` + "\n"; pieces.String() != want {
		t.Errorf("in pieces %q, want %q", pieces.String(), want)
	}
	v = &visible{w: &plain}
	if v.Write([]byte("rater,item\nü,x\n")); plain.String() != "rater,item\nü,x\n" || v.changed {
		t.Errorf("%q, %v", plain.String(), v.changed)
	}
}
