package scenarios

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/ringwatch/ringwatch/catalog"
	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/scoring/scorers"
	"github.com/ringwatch/ringwatch/simulate"
)

// Recipe is the scenario as JSON: its world, attacks, scorer, detectors,
// defence, looks and what it expects, less what is as by default. It is a scenario that can be
// parsed, so an outcome that carries it can be run again alone; see Rerun. The
// path of a world of real ratings is as seen from the working folder.
func (s *Scenario) Recipe() json.RawMessage {
	r := map[string]any{"world": s.World.recipe(s), "scorer": written(s.Scorer.Name(), s.Scorer, scorers.New)}
	var attacks []any
	for _, a := range s.Attacks {
		attacks = append(attacks, written(a.Name(), a, simulate.New))
	}
	if attacks != nil {
		r["attacks"] = attacks
	}
	var detectors, usual []any
	for _, d := range s.Detectors {
		detectors = append(detectors, written(d.Name(), d, detect.New))
	}
	for _, d := range detect.Usual() {
		usual = append(usual, d.Name())
	}
	if !reflect.DeepEqual(detectors, usual) {
		r["detectors"] = detectors
	}
	if defence := changed(&s.Defence, &Defence{}); len(defence) > 0 {
		r["defence"] = defence
	}
	if s.Looks > 0 {
		r["looks"] = s.Looks.String()
	}
	if len(s.Expect) > 0 {
		r["expect"] = s.limits()
	}
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // options are numbers and texts
	}
	return text
}

func (w *World) recipe(s *Scenario) any {
	if w.Organic != nil {
		if options := changed(w.Organic, simulate.NewOrganic()); len(options) > 0 {
			return map[string]any{"organic": options}
		}
		return "organic"
	}
	r := map[string]any{"ratings": s.path()}
	if w.Read.Scale != "" {
		r["scale"] = w.Read.Scale
	}
	var columns []string
	for _, field := range slices.Sorted(maps.Keys(w.Read.Columns)) {
		columns = append(columns, field+"="+w.Read.Columns[field])
	}
	if columns != nil {
		r["columns"] = strings.Join(columns, ",")
	}
	return r
}

// written is a component as a scenario would write it.
func written[T any](name string, c T, New func(string) (T, error)) any {
	usual, err := New(name)
	var options map[string]any
	if err == nil && reflect.TypeOf(usual) == reflect.TypeOf(c) {
		options = changed(c, usual)
	} else {
		options = changed(c, reflect.New(reflect.TypeOf(c).Elem()).Interface())
	}
	if len(options) == 0 {
		return name
	}
	return map[string]any{name: options}
}

// changed are the options of a component that are not as usual.
func changed(c, usual any) map[string]any {
	all := make(map[string]any)
	v, u := reflect.ValueOf(c).Elem(), reflect.ValueOf(usual).Elem()
	for f := range options(c) {
		x := v.FieldByIndex(f.Index).Interface()
		if reflect.DeepEqual(x, u.FieldByIndex(f.Index).Interface()) {
			continue
		}
		if d, ok := x.(time.Duration); ok {
			x = d.String()
		}
		all[catalog.OptionName(f.Name)] = x
	}
	return all
}

// ScorerText is the scorer of an outcome with those of its options that are not
// as usual: bridging (max-factor 0.5).
func (o *Outcome) ScorerText() string {
	var recipe struct{ Scorer any }
	if json.Unmarshal(o.Recipe, &recipe) == nil {
		if named, ok := recipe.Scorer.(map[string]any); ok {
			var text []string
			for _, of := range named {
				if options, ok := of.(map[string]any); ok {
					for _, name := range slices.Sorted(maps.Keys(options)) {
						text = append(text, fmt.Sprint(name, " ", options[name]))
					}
				}
			}
			return o.Scorer + " (" + strings.Join(text, ", ") + ")"
		}
	}
	return o.Scorer
}

// Rerun returns the scenario that an outcome is of, at its point.
func Rerun(o *Outcome) (*Scenario, error) {
	if len(o.Recipe) == 0 {
		return nil, fmt.Errorf("the outcome of %s at seed %d has no recipe; an earlier version made it",
			o.Scenario, o.Seed)
	}
	s, err := Parse("recipe", o.Recipe)
	if err != nil {
		return nil, err
	}
	s.Name, s.Point, s.Seeds = o.Scenario, o.Point, []uint64{o.Seed}
	return s, nil
}

// YAML is the scenario as a file: its recipe with a name, a doc, seeds and
// limits.
func (s *Scenario) YAML() ([]byte, error) {
	var recipe map[string]json.RawMessage
	if err := json.Unmarshal(s.Recipe(), &recipe); err != nil {
		return nil, err
	}
	add := func(key string, v any) {
		if text, err := json.Marshal(v); err == nil {
			recipe[key] = text
		}
	}
	add("name", s.Name)
	add("seeds", s.Seeds)
	if s.Doc != "" {
		add("doc", s.Doc)
	}
	var file []byte
	for _, key := range scenarioKeys {
		if value, ok := recipe[key]; ok {
			text, err := yaml.JSONToYAML(fmt.Appendf(nil, "{%q: %s}", key, value))
			if err != nil {
				return nil, err
			}
			file = append(file, text...)
		}
	}
	return file, nil
}

// limits are what the scenario expects, as it would write it.
func (s *Scenario) limits() map[string]any {
	limits := make(map[string]any)
	for _, l := range s.Expect {
		text := fmt.Sprintf("%s %g", l.Op, l.Value)
		switch first := limits[l.Measure].(type) {
		case nil:
			limits[l.Measure] = text
		case string:
			limits[l.Measure] = []string{first, text}
		case []string:
			limits[l.Measure] = append(first, text)
		}
	}
	return limits
}

// Differences tells, path by path, in what two recipes differ below the given
// keys, such as "world" and "attacks"; most of these at most.
func Differences(a, b json.RawMessage, most int, keys ...string) []string {
	x, y := leaves(a), leaves(b)
	paths := make(map[string]bool)
	for p := range x {
		paths[p] = true
	}
	for p := range y {
		paths[p] = true
	}
	var all []string
	for _, p := range slices.Sorted(maps.Keys(paths)) {
		if head, _, _ := strings.Cut(p, "."); x[p] == y[p] || !slices.Contains(keys, head) {
			continue
		}
		if all = append(all, fmt.Sprintf("%s is %s and %s", p, orDefault(x[p]), orDefault(y[p]))); len(all) == most {
			break
		}
	}
	return all
}

func orDefault(value string) string {
	if value == "" {
		return "as by default"
	}
	return value
}

// leaves are the values of a recipe by their paths, places in lists counted
// from 1.
func leaves(recipe json.RawMessage) map[string]string {
	all := make(map[string]string)
	var visit func(path string, v any)
	visit = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			all[path] = "given"
			for key, value := range v {
				visit(strings.TrimPrefix(path+"."+key, "."), value)
			}
		case []any:
			for k, value := range v {
				if name, ok := value.(string); ok {
					value = map[string]any{name: map[string]any{}}
				}
				visit(fmt.Sprintf("%s.%d", path, k+1), value)
			}
		default:
			all[path] = fmt.Sprint(v)
		}
	}
	var v any
	if json.Unmarshal(recipe, &v) == nil {
		visit("", v)
	}
	return all
}
