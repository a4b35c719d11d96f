package scenarios

import (
	"math"
	"reflect"
	"strings"
	"time"

	"github.com/ringwatch/ringwatch/catalog"
	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/scoring/scorers"
	"github.com/ringwatch/ringwatch/simulate"
)

// object is a part of a JSON Schema.
type object = map[string]any

// Schema returns a JSON Schema (draft 7, which editors know best) of scenario
// files: every attack, scorer, detector and measure with its options, as they
// are in this version. It is looser than Parse, which knows of budgets and of
// where axes can go.
func Schema() any {
	properties := object{
		"name":   text("default: the name of the file"),
		"doc":    text("what the scenario is for"),
		"source": text("where it comes from: a paper, an event"),
		"world": object{"description": "where the honest ratings come from", "oneOf": []any{
			object{"const": "organic"},
			closed("a crowd made up from a seed",
				object{"organic": orNull(optionsOf(simulate.NewOrganic(), ""))}, "organic"),
			closed("real ratings", object{
				"ratings": text("file or folder of ratings, relative to the scenario's file"),
				"scale":   text("range of the values, such as 1..5"),
				"columns": text("which column is what, such as rater=2,item=1,value=3"),
			}, "ratings"),
		}},
		"attacks": object{"description": "brigades, in their order; default: none", "type": "array",
			"items": attackSchema()},
		"scorer": object{"description": "what scores items; default: bridging", "anyOf": scorerSchema()},
		"detectors": object{"description": "what looks for rings; default: all", "type": "array", "minItems": 1,
			"items": object{"anyOf": detectorSchema()}},
		"defence": object{"description": "what is done about raters in a ring, and about campaigns", "anyOf": []any{
			object{"enum": defenceEffects()}, optionsOf(&Defence{}, "")}},
		"looks": described("look for rings as of the end of each such stretch, for time.to.detect; default: never",
			kindSchema(durationType)),
		"seeds": object{"description": "how many, from 1 on, or which; default: 1", "oneOf": []any{
			object{"type": "integer", "minimum": 1, "maximum": 65535},
			object{"type": "array", "minItems": 1, "uniqueItems": true,
				"items": object{"type": "integer", "minimum": 0}},
		}},
		"axes": object{"description": "dotted paths of options and the values they take; " +
			"a sweep runs every combination",
			"type": "object", "additionalProperties": object{"type": "array", "minItems": 1},
			"propertyNames": object{
				"pattern": `^(world\..+|attacks(\..+\..+)?|scorer(\..+)?|detectors(\..+\..+)?|defence(\.(weight|effect))?)$`}},
		"expect": expectSchema(),
	}
	s := closed("a world, how it is attacked, who scores it and who looks for rings", properties, "world")
	s["$schema"], s["title"] = "http://json-schema.org/draft-07/schema#", "Ringwatch scenario"
	return s
}

func text(doc string) object { return object{"description": doc, "type": "string"} }

func described(doc string, of object) object {
	of["description"] = doc
	return of
}

func orNull(of object) object { return object{"anyOf": []any{object{"type": "null"}, of}} }

// closed is an object with no other keys than these.
func closed(doc string, properties object, required ...string) object {
	s := object{"type": "object", "properties": properties, "additionalProperties": false}
	if doc != "" {
		s["description"] = doc
	}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

// named is a name, or a name with options below it.
func named(name, doc string, of any) []any {
	return []any{
		object{"const": name, "description": doc},
		closed(doc, object{name: orNull(optionsOf(of, doc))}, name),
	}
}

func attackSchema() object {
	var all []any
	for _, newAttack := range simulate.All {
		a := newAttack()
		all = append(all, named(a.Name(), a.Doc().Summary, a)...)
	}
	return object{"anyOf": all}
}

func scorerSchema() (all []any) {
	for _, newScorer := range scorers.All {
		s := newScorer()
		all = append(all, named(s.Name(), s.Doc().Summary, s)...)
	}
	return all
}

func detectorSchema() (all []any) {
	for _, newDetector := range detect.All {
		d := newDetector()
		all = append(all, named(d.Name(), d.Doc().Summary, d)...)
	}
	return all
}

// optionsOf is the schema of the options of what v points to.
func optionsOf(v any, doc string) object {
	properties := object{}
	for f := range options(v) {
		at := reflect.ValueOf(v).Elem().FieldByIndex(f.Index)
		o := kindSchema(f.Type)
		if names := strings.Fields(f.Tag.Get("among")); len(names) > 0 {
			o["enum"] = names
			if at.String() == "" {
				o["enum"] = append(names, "")
			}
		}
		if r, ranged := catalog.ParseRange(f.Tag.Get("within")); ranged && o["type"] != "string" {
			if !math.IsInf(r.Low, 0) {
				o["minimum"] = r.Low
			}
			if !math.IsInf(r.High, 0) {
				o["maximum"] = r.High
			}
		}
		o["description"] = f.Tag.Get("doc")
		if of := at.Interface(); o["type"] != "array" && o["type"] != "object" {
			if d, ok := of.(time.Duration); ok {
				of = d.String()
			}
			o["default"] = of
		}
		properties[catalog.OptionName(f.Name)] = o
	}
	return closed(doc, properties)
}

func kindSchema(t reflect.Type) object {
	if t == durationType {
		return object{"type": "string", "pattern": `^([0-9.]+d|([0-9.]+(ns|us|µs|ms|s|m|h))+)$`}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return kindSchema(t.Elem())
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Float32, reflect.Float64:
		return object{"type": "number"}
	case reflect.Slice:
		return object{"type": "array", "items": kindSchema(t.Elem())}
	case reflect.Struct:
		return optionsOf(reflect.New(t).Interface(), "")
	}
	return object{"type": "integer"}
}

func expectSchema() object {
	limit := object{"type": "string", "pattern": `^\s*(<=|<|>=|>)\s*[-+0-9.eE]+\s*$`}
	properties := object{}
	for _, m := range Measures {
		properties[m.Name] = object{"description": m.Doc + " (" + m.Unit + ")",
			"anyOf": []any{limit, object{"type": "array", "items": limit}}}
	}
	return closed(`what measures are expected to be over all seeds, as ">= 0.9"`, properties)
}
