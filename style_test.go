package ringwatch_test

import (
	"go/ast"
	"go/types"
	"testing"
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
