package scenarios

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// The schema takes all scenarios that there are, with every option of
// everything, and refuses the faults that a schema can know of.
func TestSchema(t *testing.T) {
	encode := func(v any) any {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		v, err = jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("scenario.schema.json", encode(Schema())); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("scenario.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	check := func(text string) error {
		var v any
		if err := yaml.Unmarshal([]byte(text), &v); err != nil {
			return err
		}
		return schema.Validate(encode(v))
	}
	for _, name := range libraryNames() {
		text, err := Text(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := check(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := check(everything); err != nil {
		t.Error(err)
	}
	// What takes more than a look at one value.
	beyond := []string{"documents", "axis of an attack that is not there",
		"axis value", "axis of an option that is not there",
		"axis of the world", "more targets than items", "more hijacked than raters",
		"communities larger than the world", "budget along an axis", "budget beside an axis", "anchor"}
	archive, err := txtar.ParseFile("testdata/faults.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(archive.Files); i += 2 {
		if f := archive.Files[i]; slices.Contains(beyond, f.Name) != (check(string(f.Data)) == nil) {
			t.Errorf("%s: the schema takes it: %t\n%s", f.Name, check(string(f.Data)) == nil, f.Data)
		}
	}
}

// The schema knows every key that Parse knows.
func TestSchemaHasAllKeys(t *testing.T) {
	properties := Schema().(object)["properties"].(object)
	for _, key := range scenarioKeys {
		if _, ok := properties[key]; !ok {
			t.Errorf("the schema lacks %s", key)
		}
	}
	if len(properties) != len(scenarioKeys) {
		t.Errorf("the schema has %d keys; a scenario has %d", len(properties), len(scenarioKeys))
	}
}
