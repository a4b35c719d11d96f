package scenarios

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringwatch/ringwatch/catalog"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/simulate"
)

// Every scenario of the library, at each of its points, can be had back from
// its recipe, and from the file that it is written as.
func TestRecipes(t *testing.T) {
	for _, s := range Library() {
		for p, err := range s.Points() {
			if err != nil {
				t.Fatal(err)
			}
			p.Expect = append(p.Expect, Limit{"recall", ">=", .5}, Limit{"recall", "<", 2}, Limit{"recall", "<=", 1})
			recipe := p.Recipe()
			back, err := Rerun(&Outcome{Scenario: p.Name, Point: p.Point, Seed: 7, Recipe: recipe})
			if err != nil {
				t.Fatalf("%s: %v\n%s", s.Name, err, recipe)
			}
			if diff := cmp.Diff(string(recipe), string(back.Recipe())); diff != "" {
				t.Errorf("%s: %s", s.Name, diff)
			}
			text, err := p.YAML()
			if err != nil {
				t.Fatal(err)
			}
			file, err := Parse("file.yaml", text)
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			if diff := cmp.Diff(string(recipe), string(file.Recipe())); diff != "" || file.Name != p.Name ||
				len(file.Expect) != len(p.Expect) {
				t.Errorf("%s: %s\n%s", s.Name, diff, text)
			}
		}
	}
}

// Every option of every component is in a recipe once it is not as usual.
func TestRecipeHasAllOptions(t *testing.T) {
	for _, newAttack := range simulate.All {
		a := newAttack()
		for _, o := range catalog.Options(a) {
			a := newAttack()
			if f, _ := reflect.TypeOf(a).Elem().FieldByName(o.Name); f.Tag.Get("among") != "" {
				i := slices.IndexFunc(strings.Fields(f.Tag.Get("among")),
					func(v string) bool { return v != fmt.Sprint(o.Value) })
				reflect.ValueOf(a).Elem().FieldByName(o.Name).SetString(strings.Fields(f.Tag.Get("among"))[i])
			} else {
				setOption(t, a, o.Name, o.Value)
			}
			s := mustParse(t, small)
			s.Attacks = []simulate.Attack{a}
			if recipe := string(s.Recipe()); !strings.Contains(recipe, `"`+catalog.OptionName(o.Name)+`":`) {
				t.Errorf("%s: %s is not in %s", a.Name(), o.Name, recipe)
			}
		}
	}
}

func setOption(t *testing.T, of any, name string, value any) {
	t.Helper()
	d := &decoder{"x"}
	text := "9"
	switch v := value.(type) {
	case simulate.Goal:
		text = map[bool]string{true: "bury", false: "push"}[v == simulate.Push]
	case time.Duration:
		text = "17m"
	case float64:
		text = ".123"
	case []string:
		text = "[a]"
	case string:
		text = "other"
	case bool:
		text = map[bool]string{true: "false", false: "true"}[v]
	}
	n, err := d.parse([]byte(catalog.OptionName(name) + ": " + text))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.options(n, "it", of); err != nil {
		t.Fatal(err)
	}
}

// An outcome is run again alone, and is the same.
func TestRerun(t *testing.T) {
	s := mustParse(t, small+"axes:\n  attacks.burst.accounts: [5, 12]\n")
	var last *Scenario
	for p, err := range s.Points() {
		if err != nil {
			t.Fatal(err)
		}
		last = p
	}
	first := mustRun(t, last, 3).Outcome
	line, err := json.Marshal(first)
	if err != nil {
		t.Fatal(err)
	}
	var read Outcome
	if err := read.parse(line); err != nil {
		t.Fatal(err)
	}
	again, err := Rerun(&read)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(line), mustJSON(t, mustRun(t, again, read.Seed).Outcome)); diff != "" {
		t.Error(diff)
	}
	if _, err := Rerun(&Outcome{Scenario: "x", Seed: 1}); err == nil ||
		!strings.Contains(err.Error(), "has no recipe") {
		t.Errorf("without a recipe: %v", err)
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestDifferences(t *testing.T) {
	a := mustParse(t, small)
	b := mustParse(t, strings.NewReplacer("accounts: 12", "accounts: 13", "raters: 400", "raters: 401", "scorer: mean",
		"scorer: median").Replace(small))
	got := Differences(a.Recipe(), b.Recipe(), 9, "world", "attacks")
	want := []string{"attacks.1.burst.accounts is 12 and 13", "world.organic.raters is 400 and 401"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := Differences(a.Recipe(), b.Recipe(), 1, "scorer"); len(got) != 1 || got[0] != "scorer is mean and median" {
		t.Error(got)
	}
	b.Scorer = &scoring.Mean{HelpfulAt: .123}
	if got := Differences(a.Recipe(), a.Recipe(), 9, "world", "attacks", "scorer"); got != nil {
		t.Error(got)
	}
	b.Attacks = append(b.Attacks, simulate.NewDrip())
	if got := Differences(a.Recipe(), b.Recipe(), 9, "attacks"); len(got) != 3 {
		t.Error(got)
	}
}

// Whatever a line of outcomes holds, it is an error of one line or an outcome;
// whatever its recipe, it can be run or it is such an error.
func FuzzOutcomes(f *testing.F) {
	s, err := Parse("x.yaml", []byte(small))
	if err != nil {
		f.Fatal(err)
	}
	line, err := json.Marshal(Outcome{Scenario: "a", Point: map[string]any{"n": 5}, Scorer: "mean", Seed: 3,
		Measures: map[string]float64{"shift": .5}, Recipe: s.Recipe(), Version: "1"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(line)
	f.Add(line[:len(line)/2])
	f.Add([]byte(`{"scenario":"a","scorer":"mean","measures":{},"recipe":{"world":7}}`))
	f.Add([]byte(`{"scenario":"a","scorer":"mean","measures":{},"recipe":["world"]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := ReadOutcomes("o.jsonl", strings.NewReader(string(data)))
		for k := range all {
			o := &all[k]
			o.ScorerText()
			Differences(o.Recipe, line, 5, "world", "attacks")
			if _, err := Rerun(o); err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("%q", err)
			}
		}
		if err != nil && (strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "o.jsonl")) {
			t.Errorf("%q", err)
		}
	})
}

// Limits and scorers in flags are read as those of scenarios, and faults are
// told without a place.
func TestParts(t *testing.T) {
	if l, err := ParseLimit(" recall >= 0.9 "); err != nil || l != (Limit{"recall", ">=", .9}) {
		t.Errorf("%v %v", l, err)
	}
	for text, want := range map[string]string{
		"recal > 1":        `no measure is called "recal"; did you mean "recall"?`,
		"recall":           `"recall" is no limit; write it in quotes, as ">= 0.9" or "< 3"`,
		"recall >= x":      `">= x" is no limit; write it in quotes, as ">= 0.9" or "< 3"`,
		"break.point >= 3": "break.point is no measure of one experiment; ringwatch breakpoint finds it",
	} {
		if _, err := ParseLimit(text); err == nil || err.Error() != want {
			t.Errorf("%s: %v", text, err)
		}
	}
	if s, err := ParseScorer("bridging: {max-factor: 0.5}"); err != nil || s.(*scoring.Bridging).MaxFactor != .5 {
		t.Errorf("%v %v", s, err)
	}
	for text, want := range map[string]string{
		"maen":         `no scorer is called "maen"`,
		"mean: {x: 1}": `mean has no "x"`,
		"[mean]":       "a scorer is a name",
		" ":            "no scorer is named",
	} {
		if _, err := ParseScorer(text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	s := mustParse(t, small)
	v, err := s.With("attacks.burst.accounts=7", "scorer=median")
	if err != nil || !strings.Contains(string(v.Recipe()), `"accounts":7`) || v.Scorer.Name() != "median" ||
		strings.Contains(string(s.Recipe()), `"accounts":7`) {
		t.Errorf("%v %s", err, v.Recipe())
	}
}

// The line of a limit is where it stands in its file.
func TestLine(t *testing.T) {
	s := mustParse(t, small+"expect:\n  recall: '>= .5'\n  shift:\n  - '<= 1'\n")
	lines := strings.Split(small+"expect:\n  recall: '>= .5'\n  shift:\n", "\n")
	for _, measure := range []string{"recall", "shift", "expect"} {
		if n := s.Line(measure); !strings.HasPrefix(strings.TrimSpace(lines[n-1]), measure+":") {
			t.Errorf("%s is said to be in line %d: %s", measure, n, lines[n-1])
		}
	}
	if n := mustParse(t, small).Line("recall"); n != 1 {
		t.Errorf("without a limit it is line %d", n)
	}
}
