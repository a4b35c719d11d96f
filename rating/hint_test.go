package rating

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestHints: what an error or a warning suggests works when it is pasted: it is
// taken, and the same question is not asked again.
func TestHints(t *testing.T) {
	paths, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	hint := regexp.MustCompile(`--columns ('(?:[^']|'\\'')*'|[^ ;,\n]+(?:,[a-z]+=[^ ;,\n]+)*)`)
	tried := 0
	for _, path := range paths {
		a, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want := string(a.Files[len(a.Files)-1].Data)
		if strings.Contains(want, "there is no column") || strings.Contains(string(a.Comment), "\npaths") {
			continue
		}
		for _, m := range hint.FindAllStringSubmatch(want, -1) {
			told := strings.ReplaceAll(strings.Trim(m[1], "'"), `'\''`, "'")
			if strings.HasSuffix(told, "=") || !strings.Contains(told, "rater=") {
				continue // how to leave out or to choose a column
			}
			tried++
			t.Run(filepath.Base(path), func(t *testing.T) { tryHint(t, a, told) })
		}
	}
	if tried < 10 {
		t.Errorf("only %d hints were tried", tried)
	}
}

func tryHint(t *testing.T, a *txtar.Archive, told string) {
	columns, err := ParseColumns(told)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	folder := t.TempDir()
	for _, f := range a.Files[:len(a.Files)-1] {
		path := filepath.Join(folder, f.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		text := strings.NewReplacer("<CR>", "\r", "<TAB>", "\t", "<BOM>", "\ufeff").Replace(string(f.Data))
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	_, sum, err := Read(context.Background(), paths, ReadOptions{Columns: columns})
	var none *noRatings
	var asks *question
	switch {
	case errors.As(err, &none), errors.As(err, &asks):
		t.Error(err)
	case err == nil:
		for field, name := range columns {
			of := map[string]string{"rater": sum.Reading.Rater, "item": sum.Reading.Item, "value": sum.Reading.Value,
				"time": sum.Reading.Time}[field]
			if !strings.HasPrefix(name, "#") && of != name && !(allDigits(name) && of == "rating") && of != "column "+
				name && !strings.HasPrefix(of, "columns ") && of != "their cells" {
				t.Errorf("%s is read from %q, not from %q", field, of, name)
			}
		}
	}
}
