package scenarios

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
			recipe := p.Recipe()
			back, err := Rerun(&Outcome{Scenario: p.Name, Point: p.Point, Seed: 7, Recipe: recipe})
			if err != nil {
				t.Fatalf("%s: %v\n%s", s.Name, err, recipe)
			}
			if diff := cmp.Diff(string(recipe), string(back.Recipe())); diff != "" {
				t.Errorf("%s: %s", s.Name, diff)
			}
			p.Expect = append(p.Expect, Limit{"recall", ">=", .5}, Limit{"recall", "<", 2}, Limit{"recall", "<=", 1})
			text, err := p.YAML()
			if err != nil {
				t.Fatal(err)
			}
			file, err := Parse("file.yaml", text)
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			if diff := cmp.Diff(string(recipe), string(file.Recipe())); diff != "" || file.Name != p.Name || len(file.Expect) != len(p.Expect) {
				t.Errorf("%s: %s\n%s", s.Name, diff, text)
			}
		}
	}
}

// Every option of every component is in a recipe once it is not as usual.
func TestRecipeHasAllOptions(t *testing.T) {
	for _, make := range simulate.All {
		a := make()
		for _, o := range simulate.Options(a) {
			a := make()
			setOption(t, a, o.Name, o.Default)
			s := mustParse(t, small)
			s.Attacks = []simulate.Attack{a}
			if recipe := string(s.Recipe()); !strings.Contains(recipe, `"`+OptionName(o.Name)+`":`) {
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
	n, err := d.parse([]byte(OptionName(name) + ": " + text))
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
	if _, err := Rerun(&Outcome{Scenario: "x", Seed: 1}); err == nil || !strings.Contains(err.Error(), "has no recipe") {
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
	b := mustParse(t, strings.NewReplacer("accounts: 12", "accounts: 13", "raters: 400", "raters: 401", "scorer: mean", "scorer: median").Replace(small))
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
