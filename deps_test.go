// Package ringwatch_test holds the code to the rules of CONTRIBUTING.md that a
// compiler does not.
package ringwatch_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

const module = "github.com/ringwatch/ringwatch"

// mayImport says which packages of ours each may import. Tests may import any.
var mayImport = map[string][]string{
	".":       {},
	"output":  {"internal/workers"},
	"catalog": {},
	"rating":  {"internal/plural", "internal/textfile", "output", "internal/workers", "rating/internal/tables"},
	"cluster": {"internal/workers"},
	"sealed":  {"rating", "simulate"},
	// what any tool found; it needs nothing of what we find
	"evaluate": {"internal/plural", "internal/textfile", "rating"},
	"detect": {"internal/plural", "catalog", "rating", "cluster", "internal/workers", "detect/campaigns",
		"detect/internal/null", "detect/internal/search", "detect/internal/judge", "detect/internal/official"},
	"fleet": {"output", "rating", "detect", "internal/mapped"},
	"scoring": {"internal/textfile", "internal/workers", "output", "rating", "scoring/internal/fit",
		"internal/mapped"},
	"simulate": {"catalog", "rating", "internal/workers"},
	"scenarios": {"internal/plural", "catalog", "evaluate", "rating", "detect", "detect/campaigns", "scoring",
		"scoring/communitynotes", "scoring/scorers", "simulate", "internal/workers"},
	"gate": {"catalog", "rating", "detect", "detect/campaigns", "scoring", "simulate", "scenarios"},
	"reports": {"accounts", "output", "evaluate", "rating", "detect", "detect/campaigns", "scoring",
		"scoring/communitynotes", "simulate", "scenarios", "gate", "reports/internal/page"},
	"reports/serve": {"internal/textfile", "output", "rating", "detect", "detect/campaigns", "reports",
		"reports/internal/page"},
	"export":   {"internal/plural", "output", "rating", "reports"},
	"accounts": {"internal/plural", "internal/textfile", "rating"},
	"live":     {"output", "rating", "scoring", "internal/workers"},
	"bench":    {},
	// Modules of their own, which know the command line and no package of ours.
	"engines/ringwatch-beam":   {},
	"engines/ringwatch-spark":  {},
	"engines/ringwatch-broker": {},
	// Search looks at acts, which have no votes; without rating and judge it cannot come by one.
	"detect/internal/null":   {"rating", "internal/mapped", "internal/workers"},
	"detect/internal/search": {"cluster", "internal/mapped", "internal/workers", "detect/internal/null"},
	"detect/internal/judge":  {"internal/plural", "rating", "detect/internal/null"},
	// Community Notes' own, not judged: it knows no null
	"detect/internal/official":   {"internal/plural", "rating", "cluster", "internal/workers"},
	"detect/internal/ringtest":   {"rating"},
	"scoring/internal/fit":       {"rating", "internal/workers", "internal/mapped"},
	"scoring/internal/scoretest": {"rating"},
	"scoring/communitynotes":     {"rating", "scoring", "scoring/internal/fit"},
	"scoring/scorers":            {"catalog", "scoring", "scoring/communitynotes"},
	// items, not raters: it needs nothing of rings
	"detect/campaigns":       {"internal/mapped", "internal/plural", "rating", "cluster", "internal/workers"},
	"reports/internal/page":  {"internal/plural"}, // how pages look, and how they write names and numbers
	"internal/mapped":        {"output"},
	"internal/plural":        {},
	"internal/textfile":      {}, // text of tables that stand beside ratings
	"internal/workers":       {},
	"rating/internal/tables": {}, // workbooks, databases, Arrow: text of rows, without a meaning
	"cmd/ringwatch": {"internal/plural", "internal/textfile", "accounts", "catalog", "evaluate", "sealed", "output",
		"rating",
		"cluster", "detect", "detect/campaigns", "scoring", "scoring/communitynotes", "scoring/scorers", "simulate",
		"scenarios", "gate", "reports", "reports/serve", "export", "live", "fleet", "internal/workers"},
}

// Names that say nothing about what is in a package.
var emptyNames = []string{"util", "utils", "common", "helper", "helpers", "pkg", "types", "models"}

func TestImports(t *testing.T) {
	for file, syntax := range goFiles(t) {
		dir := path.Dir(file)
		allowed, known := mayImport[dir]
		if !known {
			t.Errorf("%s: the package %s is not in the table of imports", file, dir)
		}
		for _, spec := range syntax.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			ours, own := strings.CutPrefix(name, module+"/")
			switch {
			case name == "math/rand":
				t.Errorf("%s imports math/rand; import math/rand/v2", file)
			case own && !strings.HasSuffix(file, "_test.go") && !slices.Contains(allowed, ours):
				t.Errorf("%s imports %s; %s may import %v", file, ours, dir, allowed)
			}
		}
	}
}

func TestPackageNames(t *testing.T) {
	for file, syntax := range goFiles(t) {
		for _, name := range append(strings.Split(path.Dir(file), "/"), syntax.Name.Name) {
			if slices.Contains(emptyNames, name) {
				t.Errorf("%s: %q says nothing about what is in it", file, name)
			}
		}
	}
}

// Nothing happens before main does.
func TestNoInit(t *testing.T) {
	for file, syntax := range goFiles(t) {
		for _, d := range syntax.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s has a func init", file)
			}
		}
	}
}

// No file names a place on the machine that it was written on.
func TestNoMachinePaths(t *testing.T) {
	place := regexp.MustCompile(`(^|[^\w./])/(wo` + `rk|ro` + `ot|ho` + `me|Us` + `ers)/\w`)
	err := fs.WalkDir(os.DirFS("."), ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case file == ".git" && d.IsDir():
			return fs.SkipDir
		case !d.Type().IsRegular() || file == ".git": // a file in a second working tree
			return nil
		}
		data, err := os.ReadFile(filepath.FromSlash(file))
		if err != nil || !utf8.Valid(data) {
			return err
		}
		n := 0
		for line := range bytes.Lines(data) {
			n++
			if m := place.Find(line); m != nil {
				t.Errorf("%s:%d names a place on a machine: %s", file, n, m)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// goFiles returns the syntax of every Go file of the module, by its path.
func goFiles(t *testing.T) map[string]*ast.File {
	t.Helper()
	all := make(map[string]*ast.File)
	err := fs.WalkDir(os.DirFS("."), ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || file == ".git"):
			return fs.SkipDir
		case path.Ext(file) == ".go":
			all[file], err = parser.ParseFile(token.NewFileSet(), filepath.FromSlash(file),
				nil, parser.SkipObjectResolution)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("found only %d Go files", len(all))
	}
	return all
}
