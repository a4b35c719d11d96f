package scenarios

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/ringwatch/ringwatch/catalog"
)

// A decoder reads one YAML document strictly and says of every fault where it
// stands. It works on the syntax tree because the kinds of an attack's options
// are known only once its name is.
type decoder struct{ file string }

// parse returns the document's mapping.
func (d *decoder) parse(data []byte) (ast.Node, error) {
	if err := d.bounded(data); err != nil {
		return nil, err
	}
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, d.syntax(err)
	}
	var body ast.Node
	for _, doc := range file.Docs {
		switch {
		case doc.Body == nil:
		case body != nil:
			return nil, d.errorf(doc.Body, "a second document; a scenario file holds one")
		default:
			body = doc.Body
		}
	}
	if body == nil {
		return nil, fmt.Errorf("%s:1:1: no scenario here; a scenario needs at least a world", d.file)
	}
	return body, nil
}

// What a scenario may be. The parser takes memory by the square of the depth, and
// what one alias stands for as often as it is named.
const (
	mostBytes   = 4 << 20
	deepest     = 50
	mostAliases = 50
)

// bounded refuses text that the parser would choke on, by its look alone: in
// quotes too, where nobody nests brackets so deep.
func (d *decoder) bounded(data []byte) error {
	if len(data) > mostBytes {
		return fmt.Errorf("%s: is longer than %d MiB; no scenario is", d.file, mostBytes>>20)
	}
	flow, aliases, n := 0, 0, 0
	var indents []int
	for line := range bytes.Lines(data) {
		n++
		text := bytes.TrimLeft(line, " ")
		if len(bytes.TrimSpace(text)) == 0 || text[0] == '#' {
			continue
		}
		indent := len(line) - len(text)
		for len(indents) > 0 && indents[len(indents)-1] >= indent {
			indents = indents[:len(indents)-1]
		}
		indents = append(indents, indent)
		most := flow
		for bytes.HasPrefix(text, []byte("- ")) || bytes.HasPrefix(text, []byte("? ")) {
			rest := bytes.TrimLeft(text[1:], " ")
			indent += len(text) - len(rest)
			indents, text = append(indents, indent), rest
		}
		for i, c := range text {
			switch {
			case c == '[' || c == '{':
				flow++
			case (c == ']' || c == '}') && flow > 0:
				flow--
			case c == '*' && i+1 < len(text) && text[i+1] > ' ' && (i == 0 || strings.IndexByte(" [,", text[i-1]) >= 0):
				aliases++
			}
			most = max(most, flow)
		}
		if most+len(indents) > deepest {
			return fmt.Errorf("%s:%d:1: is nested more than %d deep; a scenario is not", d.file, n, deepest)
		}
		if aliases > mostAliases {
			return fmt.Errorf("%s:%d:1: has more than %d aliases; write out what they stand for",
				d.file, n, mostAliases)
		}
	}
	return nil
}

// syntax puts a fault of the YAML parser on one line.
func (d *decoder) syntax(err error) error {
	var fault yaml.Error
	if errors.As(err, &fault) && fault.GetToken() != nil {
		at := fault.GetToken().Position
		return fmt.Errorf("%s:%d:%d: %s", d.file, at.Line, at.Column, oneLine(fault.GetMessage()))
	}
	return fmt.Errorf("%s: %s", d.file, oneLine(err.Error()))
}

func oneLine(s string) string {
	if strings.Contains(s, "'\t'") {
		return "a tab cannot stand here; YAML is indented with spaces"
	}
	return strings.Join(strings.Fields(s), " ")
}

// errorf returns an error that stands at a node.
func (d *decoder) errorf(n ast.Node, format string, args ...any) error {
	switch m := n.(type) {
	case *ast.MappingNode:
		if !m.IsFlowStyle && len(m.Values) > 0 {
			n = m.Values[0].Key
		}
	case *ast.MappingValueNode:
		n = m.Key
	}
	at := n.GetToken().Position
	return fmt.Errorf("%s:%d:%d: %w", d.file, at.Line, at.Column, fmt.Errorf(format, args...))
}

// each visits the entries of a mapping in their order. A key that is not among
// known is an error which offers the nearest one.
func (d *decoder) each(n ast.Node, what string, known []string, visit func(key string, k, v ast.Node) error) error {
	m, ok := n.(ast.MapNode)
	if !ok {
		return d.errorf(n, "%s is a mapping (key: value), not %s", what, kindOf(n))
	}
	for at := m.MapRange(); at.Next(); {
		key := at.Key().GetToken().Value
		if !slices.Contains(known, key) {
			return d.errorf(at.Key(), "%s has no %q; %s", what, key, didYouMean(key, known))
		}
		if err := visit(key, at.Key(), at.Value()); err != nil {
			return err
		}
	}
	return nil
}

// into decodes a node into what v points to.
func (d *decoder) into(n ast.Node, what string, v any) error {
	return d.value(n, what, reflect.ValueOf(v).Elem())
}

var durationType = reflect.TypeFor[time.Duration]()

func (d *decoder) value(n ast.Node, what string, v reflect.Value) error {
	wrong := func(want string) error {
		return d.errorf(n, "%s is %s, not %s", what, want, kindOf(n))
	}
	if v.Type() == durationType {
		return d.duration(n, what, v)
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		return d.value(n, what, v.Elem())
	case reflect.String:
		switch m := n.(type) {
		case *ast.StringNode:
			v.SetString(m.Value)
		case *ast.LiteralNode:
			v.SetString(strings.TrimSuffix(m.Value.Value, "\n"))
		default:
			return wrong("text")
		}
		return nil
	case reflect.Bool:
		b, ok := n.(*ast.BoolNode)
		if !ok {
			return wrong("true or false")
		}
		v.SetBool(b.Value)
		return nil
	case reflect.Float32, reflect.Float64:
		return d.number(n, what, v)
	case reflect.Slice:
		return d.list(n, what, v)
	case reflect.Struct:
		return d.options(n, what, v.Addr().Interface())
	}
	if v.CanInt() || v.CanUint() {
		return d.integer(n, what, v)
	}
	return d.errorf(n, "%s cannot be set from a scenario", what)
}

func (d *decoder) duration(n ast.Node, what string, v reflect.Value) error {
	if s, ok := n.(*ast.StringNode); ok {
		if days, ok := strings.CutSuffix(s.Value, "d"); ok {
			if x, err := strconv.ParseFloat(days, 64); err == nil && math.Abs(x) < 1e5 {
				v.SetInt(int64(x * float64(24*time.Hour)))
				return nil
			}
		}
		if x, err := time.ParseDuration(s.Value); err == nil {
			v.SetInt(int64(x))
			return nil
		}
	}
	return d.errorf(n, "%s is a duration such as 90s, 15m, 6h or 30d, not %s", what, kindOf(n))
}

func (d *decoder) number(n ast.Node, what string, v reflect.Value) error {
	switch x := n.(type) {
	case *ast.FloatNode:
		v.SetFloat(x.Value)
		return nil
	case *ast.IntegerNode:
		if f, err := strconv.ParseFloat(fmt.Sprint(x.Value), 64); err == nil {
			v.SetFloat(f)
			return nil
		}
	case *ast.StringNode: // the parser takes 1e-6 for text
		f, err := strconv.ParseFloat(x.Value, 64)
		if err == nil && x.Token.Type == token.StringType && !math.IsNaN(f) && !math.IsInf(f, 0) {
			v.SetFloat(f)
			return nil
		}
	}
	if text, ok := n.(*ast.StringNode); ok {
		if x, err := strconv.ParseFloat(strings.TrimSuffix(text.Value, "%"), 64); err == nil {
			return d.errorf(n, "%s is a number without a unit; write %g for %s", what, x/100, text.Value)
		}
	}
	return d.errorf(n, "%s is a number, not %s", what, kindOf(n))
}

func (d *decoder) integer(n ast.Node, what string, v reflect.Value) error {
	x, ok := n.(*ast.IntegerNode)
	if !ok {
		return d.errorf(n, "%s is a whole number, not %s", what, kindOf(n))
	}
	text, bits := fmt.Sprint(x.Value), v.Type().Bits()
	if v.CanInt() {
		if i, err := strconv.ParseInt(text, 10, bits); err == nil {
			v.SetInt(i)
			return nil
		}
	} else if i, err := strconv.ParseUint(text, 10, bits); err == nil {
		v.SetUint(i)
		return nil
	}
	return d.errorf(n, "%s cannot be %s; it is out of range", what, text)
}

func (d *decoder) list(n ast.Node, what string, v reflect.Value) error {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		return d.errorf(n, "%s is a list, not %s", what, kindOf(n))
	}
	list := reflect.MakeSlice(v.Type(), len(seq.Values), len(seq.Values))
	for i, e := range seq.Values {
		if err := d.value(e, what, list.Index(i)); err != nil {
			return err
		}
	}
	v.Set(list)
	return nil
}

// options sets fields of the struct that v points to from a mapping whose keys
// are the names of its options.
func (d *decoder) options(n ast.Node, what string, v any) error {
	return d.each(n, what, optionNames(v), func(key string, _, value ast.Node) error {
		return d.option(key, value, what, v)
	})
}

// option sets one field of the struct that v points to.
func (d *decoder) option(name string, n ast.Node, what string, v any) error {
	for f := range options(v) {
		if catalog.OptionName(f.Name) == name {
			at := reflect.ValueOf(v).Elem().FieldByIndex(f.Index)
			if err := d.value(n, what+"'s "+name, at); err != nil {
				return err
			}
			if fault := outside(f.Tag, at); fault != "" {
				return d.errorf(n, "%s's %s is %s; it must be %s", what, name, kindOf(n), fault)
			}
			return nil
		}
	}
	return d.errorf(n, "%s has no %q; %s", what, name, didYouMean(name, optionNames(v)))
}

// outside says what a value must be that is not what its field's tags allow:
// within:"0..1" for numbers, and for durations in seconds, among:"a b" for text.
func outside(tag reflect.StructTag, v reflect.Value) string {
	names := strings.Fields(tag.Get("among"))
	if len(names) > 0 && v.String() != "" && !slices.Contains(names, v.String()) {
		return "one of " + strings.Join(names, ", ")
	}
	r, ranged := catalog.ParseRange(tag.Get("within"))
	if x, ok := catalog.Number(v.Interface()); !ranged || !ok || r.Holds(x) {
		return ""
	}
	return r.String()
}

// options yields the exported fields of the struct that v points to, those of
// embedded structs among them.
func options(v any) iter.Seq[reflect.StructField] {
	return func(yield func(reflect.StructField) bool) {
		for _, f := range reflect.VisibleFields(reflect.TypeOf(v).Elem()) {
			if f.IsExported() && !f.Anonymous && !yield(f) {
				return
			}
		}
	}
}

func optionNames(v any) []string {
	var names []string
	for f := range options(v) {
		names = append(names, catalog.OptionName(f.Name))
	}
	return names
}

// kindOf says what a node is, in a user's words.
func kindOf(n ast.Node) string {
	switch m := n.(type) {
	case *ast.NullNode:
		return "nothing"
	case ast.MapNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.StringNode:
		return strconv.Quote(m.Value)
	case *ast.LiteralNode:
		return "a text of several lines"
	case *ast.AnchorNode, *ast.AliasNode:
		return "an anchor (write the value out)"
	}
	return n.GetToken().Value
}

// didYouMean offers the nearest of the known names, or all of them.
func didYouMean(name string, known []string) string {
	if near := catalog.Nearest(name, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "there are: " + strings.Join(known, ", ")
}
