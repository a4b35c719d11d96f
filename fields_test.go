package ringwatch_test

import (
	"go/ast"
	"go/token"
	"path"
	"strings"
	"testing"
)

// What is written and never read is not written: every field that no user of the
// module can read is read by the code of its package, or of any package where it is
// one of an internal package. Fields are told apart by their names alone, so one that
// shares its name with another may slip through.
func TestFieldsAreRead(t *testing.T) {
	type field struct{ dir, name string }
	declared, everywhere := map[field]string{}, map[string]bool{}
	keys := map[field]bool{{"reports/serve", "mark"}: true} // types that are compared as a whole
	read := map[field]bool{}
	for file, syntax := range goFiles(t) {
		dir, test := path.Dir(file), strings.HasSuffix(file, "_test.go")
		hidden := strings.Contains(dir, "internal/")
		written := map[ast.Node]bool{}
		ast.Inspect(syntax, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.TypeSpec:
				s, ok := n.Type.(*ast.StructType)
				if !ok {
					return true
				}
				for _, f := range s.Fields.List {
					for _, name := range f.Names {
						if !test && name.Name != "_" && f.Tag == nil && (!name.IsExported() || hidden) {
							declared[field{dir, name.Name}] = file + ": " + n.Name.Name
						}
					}
				}
			case *ast.MapType:
				if key, ok := n.Key.(*ast.Ident); ok {
					keys[field{dir, key.Name}] = true
				}
			case *ast.IncDecStmt:
				written[n.X] = true
			case *ast.AssignStmt:
				for i, left := range n.Lhs {
					to, ok := left.(*ast.SelectorExpr)
					if !ok {
						continue
					}
					written[to] = true
					if len(n.Rhs) != len(n.Lhs) {
						continue
					}
					ast.Inspect(n.Rhs[i], func(n ast.Node) bool { // x.f = append(x.f, y) reads it for nothing else
						if from, ok := n.(*ast.SelectorExpr); ok && from.Sel.Name == to.Sel.Name {
							written[from] = true
						}
						return true
					})
				}
			case *ast.SelectorExpr:
				if !written[n] {
					read[field{dir, n.Sel.Name}] = true
					everywhere[n.Sel.Name] = true
				}
			}
			return true
		})
	}
	for f, at := range declared {
		_, name, _ := strings.Cut(at, ": ")
		if !read[f] && !keys[field{f.dir, name}] && !(token.IsExported(f.name) && everywhere[f.name]) {
			t.Errorf("%s.%s is written and never read", at, f.name)
		}
	}
}
