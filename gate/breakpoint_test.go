package gate

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringwatch/ringwatch/scenarios"
	"github.com/ringwatch/ringwatch/scoring"
)

func search(t *testing.T, more string) *Search {
	return &Search{Scenario: scenario(t, "a", more), Path: "attacks.burst.accounts", Chance: .5, Seeds: 8,
		Most: 16, Alpha: .2}
}

// The size that a search finds is where the chance crosses what was asked for,
// within its interval; a stricter scorer has a larger one, and what was run can
// be run again.
func TestSearch(t *testing.T) {
	s := search(t, "defence: {weight: 1}\n")
	s.Scorers = []scoring.Scorer{&scoring.Mean{HelpfulAt: .7, NotHelpfulAt: .3, MinRatings: 5},
		&scoring.Mean{HelpfulAt: .71, NotHelpfulAt: .29, MinRatings: 5}}
	found, outcomes, err := s.Run(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 4 || found[0].Defended || !found[1].Defended {
		t.Fatalf("%+v", found)
	}
	for _, p := range found {
		if p.Size == 0 || p.High == 0 || p.Low > p.Size || p.Size > p.High || p.Actions < float64(p.Size) {
			t.Errorf("%+v", p)
		}
		for _, step := range p.Curve {
			if step.Size < p.Low && step.Chance >= s.Chance || step.Size == p.Size && step.Chance < s.Chance ||
				step.Chance < 0 || step.Chance > 1 {
				t.Errorf("%s: size %d has the chance %g; found %d (%d to %d)", p.Scorer, step.Size, step.Chance,
					p.Size, p.Low, p.High)
			}
		}
	}
	if diff := cmp.Diff(found[0].Curve, found[1].Curve); diff != "" {
		t.Errorf("a defence of weight 1 is none, but:\n%s", diff)
	}
	if found[0].Size >= found[2].Size {
		t.Errorf("%d accounts for the lax scorer, %d for the strict", found[0].Size, found[2].Size)
	}
	o := outcomes[len(outcomes)-1]
	again, err := scenarios.Rerun(&o)
	if err != nil {
		t.Fatal(err)
	}
	x, err := again.Run(t.Context(), o.Seed, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(o.Measures, x.Outcome.Measures); diff != "" {
		t.Error(diff)
	}
}

// Where rings are found and count for nothing, no brigade is large enough, and
// that is said.
func TestSearchWithoutEnd(t *testing.T) {
	s := search(t, "")
	s.Seeds, s.Most = 6, 4
	found, _, err := s.Run(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if p := found[1]; p.Size != 0 || p.High != 0 {
		t.Errorf("%+v", p)
	}
}

func TestSearchRefuses(t *testing.T) {
	for _, c := range []struct {
		want   string
		more   string
		change func(*Search)
	}{
		{"it takes at least 6", "", func(s *Search) { s.Seeds = 3 }},
		{"a has axes", "axes: {defence.weight: [0, 1]}\n", func(*Search) {}},
		{"the chance is 1", "", func(s *Search) { s.Chance = 1 }},
		{"alpha is 0", "", func(s *Search) { s.Alpha = 0 }},
		{"there is no size", "", func(s *Search) { s.Most = 0 }},
		{`the scenario has no "drip"`, "", func(s *Search) { s.Path = "attacks.drip.accounts" }},
		{"has no status of a target", "", func(s *Search) { s.Scorers = []scoring.Scorer{&bare{*scoring.NewMean()}} }},
	} {
		s := search(t, c.more)
		c.change(s)
		if _, _, err := s.Run(t.Context(), nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v; want %s", err, c.want)
		}
	}
}

// bare is a scorer without statuses.
type bare struct{ scoring.Mean }

func (b *bare) Score(ctx context.Context, in scoring.Input) (*scoring.Result, error) {
	r, err := b.Mean.Score(ctx, in)
	r.Status = nil
	return r, err
}

func TestSizes(t *testing.T) {
	s := scenario(t, "a", "")
	if path, err := Sizes(s); err != nil || path != "attacks.burst.accounts" {
		t.Error(path, err)
	}
	s.Attacks = append(s.Attacks, s.Attacks[0])
	if _, err := Sizes(s); err == nil || !strings.Contains(err.Error(), "has 2 attacks") {
		t.Error(err)
	}
	s.Attacks = nil
	if _, err := Sizes(s); err == nil || !strings.Contains(err.Error(), "has no attack") {
		t.Error(err)
	}
}
