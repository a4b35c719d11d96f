package live

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
)

type heardPositions struct{ bytes.Buffer }

func (*heardPositions) Close() error { return nil }

// feedOf has a feed over the journal of a folder take frames, and returns what the program was told.
func feedOf(t *testing.T, dir, frames string) (told string, notes []string, err error) {
	t.Helper()
	j, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	door, err := NewDoor(j, rating.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r := NewRecorder(t.Context(), j, func(err error) { t.Log(err) }, func([]Said) {})
	f := &Feed{Recorder: r, Door: door, Note: func(s string) { notes = append(notes, s) }}
	var heard heardPositions
	err = f.Run(t.Context(), strings.NewReader(frames), &heard)
	return heard.String(), notes, err
}

func frameOf(from string, first, next int, lines ...string) string {
	text := strings.Join(lines, "\n")
	if text != "" {
		text += "\n"
	}
	return fmt.Sprintf("{\"from\":%q,\"first\":%d,\"next\":%d,\"bytes\":%d}\n%s", from, first, next, len(text), text)
}

func voteOf(n int) string {
	return fmt.Sprintf(`{"rater":"r%d","item":"i%d","value":%d,"time":"2026-01-31T12:00:%02dZ"}`, n, n%3, n%2, n%60)
}

// What a broker sends is in the journal with its position, which is told before anything else the next time.
func TestFeed(t *testing.T) {
	dir := t.TempDir()
	told, notes, err := feedOf(t, dir, frameOf("a", 0, 2, voteOf(1), voteOf(2))+frameOf("b", 7, 8)+frameOf("a", 5, 6,
		voteOf(3), voteOf(4)))
	want := "\n{\"from\":\"a\",\"next\":2}\n{\"from\":\"b\",\"next\":8}\n{\"from\":\"a\",\"next\":6}\n"
	if err != nil || told != want || len(notes) > 0 {
		t.Fatalf("%v, told %q, noted %q", err, told, notes)
	}
	told, _, err = feedOf(t, dir, "")
	if want := "{\"from\":\"a\",\"next\":6}\n{\"from\":\"b\",\"next\":8}\n\n"; err != nil || told != want {
		t.Fatalf("%v, told %q", err, told)
	}
	j := openJournal(t, dir)
	if got, want := read(t, j, Posted), strings.Join([]string{voteOf(1), voteOf(2), voteOf(3), voteOf(4), ""},
		"\n"); got != want {
		t.Errorf("the journal has %q", got)
	}
	if all := j.Sources(); len(all) != 1 {
		t.Errorf("sources: %q", all)
	}
	j.Close()

	// What was recorded is not recorded again, and a program that tries is wrong.
	if _, _, err := feedOf(t, dir, frameOf("a", 5, 7, voteOf(9), voteOf(10))); err == nil ||
		!strings.Contains(err.Error(), "where 6 comes next") {
		t.Error(err)
	}
	for _, bad := range []string{"no frame\n", `{"from":"a","first":6,"next":7,"bytes":100}` + "\nshort",
		`{"from":"a","first":6,"next":7,"bytes":-1}` + "\n",
		`{"from":"a","first":6,"next":6,"bytes":0}` + "\n", strings.Repeat("x", 2<<20)} {
		if _, _, err := feedOf(t, dir, bad); err == nil {
			t.Errorf("%.50q is taken", bad)
		}
	}
	if _, _, err := feedOf(t, dir, `{"failed":"no broker answers"}`+"\n"); err == nil ||
		err.Error() != "no broker answers" {
		t.Error(err)
	}
}

// What cannot be read is kept aside with its place, told, and passed over, and its neighbours are not.
func TestFeedRefuses(t *testing.T) {
	dir := t.TempDir()
	told, notes, err := feedOf(t, dir, frameOf("a", 0, 3, voteOf(1), "no json\x00", voteOf(2))+frameOf("a", 3, 4,
		voteOf(3), `{"rater":"x"}`, voteOf(4)))
	if err != nil || !strings.HasSuffix(told, "{\"from\":\"a\",\"next\":4}\n") {
		t.Fatalf("%v, told %q", err, told)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], "a at 1: line 1 is no JSON object") {
		t.Errorf("noted %q", notes)
	}
	text, err := os.ReadFile(filepath.Join(dir, RefusedFile))
	if err != nil || strings.Count(string(text), "\n") != 2 || !strings.Contains(string(text), `"at":1,`) ||
		!strings.Contains(string(text), `"at":3,`) {
		t.Errorf("%v: %s", err, text)
	}
	if got, want := read(t, openJournal(t, dir), Posted), strings.Join([]string{voteOf(1), voteOf(2), voteOf(3),
		voteOf(4), ""}, "\n"); got != want {
		t.Errorf("the journal has %q", got)
	}
}

func FuzzFrame(f *testing.F) {
	f.Add([]byte(frameOf("a", 0, 1, voteOf(1)) + frameOf("b", 3, 5)))
	f.Add([]byte(`{"failed":"x"}` + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		in := bufio.NewReaderSize(bytes.NewReader(text), 4096)
		for {
			x, data, err := frame(in)
			if err == io.EOF {
				return
			}
			if err != nil {
				return
			}
			if len(data) != x.Bytes {
				t.Fatalf("%d bytes of %d", len(data), x.Bytes)
			}
		}
	})
}
