package scenarios

import (
	"path/filepath"

	"github.com/goccy/go-yaml/ast"
)

// File is the path of the file that the scenario was read from, with forward
// slashes.
func (s *Scenario) File() string { return filepath.ToSlash(s.origin()) }

// Line is the line of its file in which a limit on a measure stands, or 1.
func (s *Scenario) Line(measure string) int {
	for _, key := range []string{measure, "expect"} {
		line := 0
		if s.body != nil {
			ast.Walk(finder(func(n ast.Node) {
				if m, ok := n.(*ast.MappingValueNode); ok && m.Key.GetToken().Value == key && line == 0 {
					line = m.Key.GetToken().Position.Line
				}
			}), s.body)
		}
		if line > 0 {
			return line
		}
	}
	return 1
}

type finder func(ast.Node)

func (f finder) Visit(n ast.Node) ast.Visitor {
	f(n)
	return f
}
