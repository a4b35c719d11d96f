package ringwatch_test

import (
	"bytes"
	"go/ast"
	"go/types"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// Nothing takes the name of a builtin: who reads make, clear or max may think
// that it is the language's.
func TestBuiltinsAreNotShadowed(t *testing.T) {
	for file, syntax := range goFiles(t) {
		tell := func(names ...*ast.Ident) {
			for _, n := range names {
				if types.Universe.Lookup(n.Name) != nil {
					t.Errorf("%s: %s is a builtin's name", file, n.Name)
				}
			}
		}
		fields := func(lists ...*ast.FieldList) {
			for _, l := range lists {
				if l != nil {
					for _, f := range l.List {
						tell(f.Names...)
					}
				}
			}
		}
		expressions := func(all ...ast.Expr) {
			for _, x := range all {
				if name, ok := x.(*ast.Ident); ok {
					tell(name)
				}
			}
		}
		ast.Inspect(syntax, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncType:
				fields(n.TypeParams, n.Params, n.Results)
			case *ast.FuncDecl:
				if n.Recv == nil {
					tell(n.Name)
				}
				fields(n.Recv)
			case *ast.TypeSpec:
				tell(n.Name)
			case *ast.ValueSpec:
				tell(n.Names...)
			case *ast.AssignStmt:
				if n.Tok.String() == ":=" {
					expressions(n.Lhs...)
				}
			case *ast.RangeStmt:
				if n.Tok.String() == ":=" {
					expressions(n.Key, n.Value)
				}
			case *ast.ImportSpec:
				if n.Name != nil {
					tell(n.Name)
				}
			}
			return true
		})
	}
}

// Every package that others may use says how, in doc.go, and shows it in an example
// that runs.
func TestPackagesAreExplained(t *testing.T) {
	type told struct{ doc, example bool }
	packages := map[string]*told{}
	for file, syntax := range goFiles(t) {
		dir := path.Dir(file)
		if syntax.Name.Name == "main" || strings.Contains(dir, "internal") || dir == "bench" {
			continue
		}
		if packages[dir] == nil {
			packages[dir] = &told{}
		}
		p := packages[dir]
		p.doc = p.doc || path.Base(file) == "doc.go"
		for _, d := range syntax.Decls {
			f, ok := d.(*ast.FuncDecl)
			p.example = p.example || ok && strings.HasSuffix(file, "_test.go") &&
				strings.HasPrefix(f.Name.Name, "Example")
		}
	}
	for dir, p := range packages {
		if !p.doc || !p.example {
			t.Errorf("%s: a doc.go: %t, an example: %t", dir, p.doc, p.example)
		}
	}
}

// Comments that stand by themselves fit a window.
func TestCommentsFitAWindow(t *testing.T) {
	const most = 120
	for file := range goFiles(t) {
		data, err := os.ReadFile(filepath.FromSlash(file))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for line := range bytes.Lines(data) {
			n++
			text := strings.TrimSpace(string(line))
			if strings.HasPrefix(text, "// ") && utf8.RuneCountInString(text) > most {
				t.Errorf("%s:%d: a comment of %d characters", file, n, utf8.RuneCountInString(text))
			}
		}
	}
}
