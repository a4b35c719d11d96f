package reports

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// docs/rings.schema.json says of every field of rings.json what it is.
func TestSchema(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "docs", "rings.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var s schema
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	s.agree(t, "rings.json", reflect.TypeFor[Document](), &s)
}

// A schema is what this test needs of JSON Schema.
type schema struct {
	Ref         string `json:"$ref"`
	Type        any
	Description string
	Properties  map[string]*schema
	Required    []string
	Items       *schema
	Additional  *schema            `json:"additionalProperties"`
	Defs        map[string]*schema `json:"$defs"`
}

func (s *schema) agree(t *testing.T, at string, typ reflect.Type, root *schema) {
	t.Helper()
	if name, ok := strings.CutPrefix(s.Ref, "#/$defs/"); ok {
		if s = root.Defs[name]; s == nil {
			t.Errorf("%s: nothing is called %s", at, name)
			return
		}
	}
	want := ""
	switch {
	case typ == reflect.TypeFor[json.Number]():
		want = "number"
	case typ.Kind() == reflect.Pointer:
		typ = typ.Elem()
		fallthrough
	default:
		want = map[reflect.Kind]string{reflect.String: "string", reflect.Bool: "boolean", reflect.Int: "integer",
			reflect.Int64: "integer", reflect.Uint64: "integer",
			reflect.Float32: "number", reflect.Float64: "number", reflect.Slice: "array", reflect.Array: "array",
			reflect.Map: "object", reflect.Struct: "object"}[typ.Kind()]
	}
	got := s.Type
	if list, ok := got.([]any); ok { // a type or null
		got = list[0]
	}
	if got != want {
		t.Errorf("%s: the schema says %v; want %s", at, got, want)
	}
	switch {
	case want == "array" && s.Items == nil, typ.Kind() == reflect.Map && s.Additional == nil:
		t.Errorf("%s: the schema does not say of what", at)
	case want == "array":
		s.Items.agree(t, at+"[]", typ.Elem(), root)
	case typ.Kind() == reflect.Map:
		s.Additional.agree(t, at+"{}", typ.Elem(), root)
	case typ.Kind() == reflect.Struct:
		s.agreeFields(t, at, typ, root)
	}
}

func (s *schema) agreeFields(t *testing.T, at string, typ reflect.Type, root *schema) {
	t.Helper()
	if s.Description == "" {
		t.Errorf("%s: the schema does not say what it is", at)
	}
	required := map[string]bool{}
	for _, name := range s.Required {
		required[name] = true
	}
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		p := s.Properties[name]
		if p == nil {
			t.Errorf("%s.%s is not in the schema", at, name)
			continue
		}
		if p.Description == "" && p.Ref == "" {
			t.Errorf("%s.%s: the schema does not say what it is", at, name)
		}
		if optional := options == "omitempty"; optional == required[name] {
			t.Errorf("%s.%s: required is %v", at, name, required[name])
		}
		p.agree(t, at+"."+name, f.Type, root)
	}
	if len(s.Properties) != typ.NumField() {
		t.Errorf("%s: the schema has %d fields; want %d", at, len(s.Properties), typ.NumField())
	}
}
