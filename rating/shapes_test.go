package rating

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestShapes: the table of docs/reading.md is what the examples say.
func TestShapes(t *testing.T) {
	const page, begin, end = "../docs/reading.md", "<!-- shapes: made by the tests -->\n", "<!-- end of shapes -->\n"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(text), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatal(page + " has no place for the table")
	}
	got := before + begin + shapes(t) + end + after
	if *update {
		if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(text), got); diff != "" {
		t.Errorf("-%s +examples; run with -update if that is meant:\n%s", page, diff)
	}
}

// shapes is a row for each example: what it is, and what becomes of it.
func shapes(t *testing.T) string {
	var b strings.Builder
	b.WriteString("| example | is | as |\n|---|---|---|\n")
	asks := regexp.MustCompile(`--(columns|times|repeats|scale|missing) [^;,)]*`)
	for _, folder := range []string{"sets", "kinds", "bad"} {
		paths, err := filepath.Glob("testdata/" + folder + "/*.txtar")
		if err != nil || len(paths) == 0 {
			t.Fatal("no examples in ", folder, err)
		}
		for _, path := range paths {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			what, options, _ := strings.Cut(strings.TrimSpace(string(a.Comment)), "\n")
			want := string(a.Files[len(a.Files)-1].Data)
			is, as := "read", ""
			for line := range strings.Lines(want) {
				if strings.HasPrefix(line, "rater=") {
					as, _, _ = strings.Cut(strings.TrimSpace(line), "; not read")
				}
			}
			if message, bad := strings.CutPrefix(want, "error: "); bad {
				if is, as = "refused", strings.TrimSpace(message); asks.MatchString(message) {
					is = "asked"
				}
				_, as, _ = strings.Cut(as, ": ")
			} else if options = strings.TrimSpace(options); options != "" {
				is = "read, told `" + strings.ReplaceAll(options, "\n", "`, `") + "`"
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", markdownCell(strings.TrimSuffix(what, "."), 90),
				is, markdownCell(as, 130))
		}
	}
	return b.String()
}

// markdownCell writes a cell of a table in Markdown.
func markdownCell(s string, most int) string {
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most]) + "..."
	}
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`, "_", `\_`, "`", "'").Replace(s)
}
