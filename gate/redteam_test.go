package gate

import (
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringwatch/ringwatch/catalog"
	"github.com/ringwatch/ringwatch/scenarios"
	"github.com/ringwatch/ringwatch/simulate"
)

func team(t *testing.T) *RedTeam {
	return &RedTeam{Scenario: scenario(t, "a", ""), Measure: "shift.defended", Rounds: 48, Seed: 1,
		Train: []uint64{1, 2}, Held: []uint64{3, 4}, Version: "1"}
}

// A search finds an attack that gets past the detector, at seeds that it did
// not see and for no more ratings; its file is that attack, and the same search
// is the same for any number of cores.
func TestRedTeam(t *testing.T) {
	f, err := team(t).Run(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if f.Tried != 48 || !(f.After > f.Before+.02) || len(f.Changed) == 0 || f.ActionsAfter > 1.2*f.ActionsBefore {
		t.Errorf("%+v", f)
	}
	text, err := f.Scenario.YAML()
	if err != nil {
		t.Fatal(err)
	}
	s, err := scenarios.Parse("found.yaml", text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var got []float64
	for _, seed := range s.Seeds {
		x, err := s.Run(t.Context(), seed, nil)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, x.Outcome.Measures["shift.defended"])
	}
	if mean := (got[0] + got[1]) / 2; math.Abs(mean-f.After) > 1e-9 || len(s.Expect) != 1 || !s.Expect[0].Holds(mean) {
		t.Errorf("the file has %v; found %g; expects %v", got, f.After, s.Expect)
	}
	rounds := 10
	if os.Getenv("RINGWATCH_LONG") != "" {
		rounds = 48
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var found []*Found
	for _, cores := range []int{1, 3} {
		runtime.GOMAXPROCS(cores)
		r := team(t)
		r.Rounds = rounds
		f, err := r.Run(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		f.Scenario = nil
		found = append(found, f)
	}
	if diff := cmp.Diff(found[0], found[1]); diff != "" || !(found[0].TrainAfter > 0) {
		t.Error(diff)
	}
}

// Every number of every attack has a knob within its range; what a knob turns to
// is what it says.
func TestKnobs(t *testing.T) {
	for _, newAttack := range simulate.All {
		a := newAttack()
		for _, k := range knobs(&scenarios.Scenario{Attacks: []simulate.Attack{a}}) {
			for _, x := range []float64{-.3, 0, .25, 1, 1.4, 7.2} {
				v := k.at(x)
				if math.IsNaN(v) || v < k.low-1e-9*math.Abs(k.low) || v > k.high*(1+1e-9)+1e-9 || k.text(v) == "" {
					t.Errorf("%s at %g is %g, outside of %g to %g", k.path, x, v, k.low, k.high)
				}
			}
			if k.start >= k.low && k.start <= k.high && math.Abs(k.at(k.of(k.start))-k.start) > 1e-9*max(1, k.start) {
				t.Errorf("%s starts at %g, which is put to %g", k.path, k.start, k.at(k.of(k.start)))
			}
			if slices.ContainsFunc(budget, func(b string) bool { return strings.HasSuffix(k.path, "."+b) }) {
				t.Errorf("%s is the budget", k.path)
			}
		}
	}
	if _, ok := newKnob("x", catalog.Option{Value: "text"}); ok {
		t.Error("a text is no number")
	}
	if k, ok := newKnob("x", catalog.Option{Value: 10 * time.Minute, Within: "0.."}); !ok || k.low != 75 ||
		k.high != 4800 {
		t.Errorf("%+v", k)
	}
}

func TestRedTeamRefuses(t *testing.T) {
	for _, c := range []struct {
		want   string
		change func(*RedTeam)
	}{
		{`no measure is called "shft"`, func(r *RedTeam) { r.Measure = "shft" }},
		{"a has axes", func(r *RedTeam) { r.Scenario = scenario(t, "a", "axes: {defence.weight: [0, 1]}\n") }},
		{"a has no attack", func(r *RedTeam) { r.Scenario.Attacks = nil }},
		{"there must be seeds", func(r *RedTeam) { r.Held = nil }},
		{"seed 2 is both", func(r *RedTeam) { r.Held = []uint64{2} }},
		{"there is no attack to try", func(r *RedTeam) { r.Rounds = 0 }},
		{"time.to.detect is not defined for a", func(r *RedTeam) { r.Measure = "time.to.detect" }},
	} {
		r := team(t)
		c.change(r)
		if _, err := r.Run(t.Context(), nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v; want %s", err, c.want)
		}
	}
}
