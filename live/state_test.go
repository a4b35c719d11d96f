package live

import (
	"math"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
)

// A fault while scores are fitted is told to who asks, and ends nothing.
func TestAFaultInAFitIsTold(t *testing.T) {
	s := NewState(nil, rating.ReadOptions{}, scoring.NewBridging(), 1)
	if b := s.fit(t.Context()); b != nil || !strings.Contains(s.count.FitFailed, "should not have happened") {
		t.Errorf("the fit returned %v, and failed with %q", b, s.count.FitFailed)
	}
}

// stateOf is a state of a scorer over a journal with ratings, fitted.
func stateOf(t *testing.T, scorer scoring.Scorer, lines []string) *State {
	t.Helper()
	s := NewState(openJournal(t, t.TempDir()), rating.ReadOptions{}, scorer, 1)
	s.hear(t, lines)
	s.take(s.fit(t.Context()), 0)
	if s.base == nil {
		t.Fatal(s.count.FitFailed)
	}
	return s
}

func (s *State) hear(t *testing.T, lines []string) {
	t.Helper()
	all := []Said{{Posted, []byte(strings.Join(lines, ""))}}
	if err := s.journal.Append(all); err != nil {
		t.Fatal(err)
	}
	s.Heard(all)
}

// A fit goes on from the last, in fewer sweeps to the same scores; one that fails leaves the last.
func TestWarmFit(t *testing.T) {
	lines := world(6000)
	s := stateOf(t, scoring.NewBridging(), lines[:5900])
	cold := s.count.FitSweeps
	s.hear(t, lines[5900:])
	s.take(s.fit(t.Context()), 0)
	fresh := stateOf(t, scoring.NewBridging(), lines)
	t.Logf("%d sweeps from a warm start, %d from a cold one", s.count.FitSweeps, cold)
	if s.count.FitSweeps >= cold || s.count.Fits != 2 {
		t.Errorf("%d sweeps, and %d for the first fit; %+v", s.count.FitSweeps, cold, s.count)
	}
	for i := range fresh.base.items {
		a, _ := s.Item(i)
		b, _ := fresh.Item(i)
		if math.Abs(float64(*a.Score-*b.Score)) > 1e-3 || a.Ratings != b.Ratings {
			t.Errorf("%s is %+v from a warm start, %+v from a cold one", i, a, b)
		}
	}
	s.hear(t, []string{"no rating\n"})
	before := s.base
	s.take(s.fit(t.Context()), 0)
	if _, known := s.Item("i1"); s.base != before || !known || !strings.Contains(s.count.FitFailed, "posted.jsonl:") {
		t.Errorf("after a fit that failed with %q: %+v", s.count.FitFailed, s.count)
	}
}

// Means and medians count raters and items that are new at once, and a vote that is changed once.
func TestMeanMoves(t *testing.T) {
	s := stateOf(t, scoring.NewMean(), world(2000))
	s.hear(t, []string{
		`{"user":"new","item":"fresh","stars":5,"time":1700500000}` + "\n",
		`{"user":"u1","item":"fresh","stars":1,"time":1700500060}` + "\n",
		`{"user":"new","item":"fresh","stars":3,"time":1700500120}` + "\n",
	})
	s.apply()
	x, known := s.Item("fresh")
	if !known || x.Ratings != 2 || *x.Score != .25 || x.Intercept != nil {
		t.Errorf("%t %+v", known, x)
	}
	if r, known := s.Rater("u1"); !known || r.Intercept != nil {
		t.Errorf("%t %+v", known, r)
	}
	if _, known := s.Rater("new"); known {
		t.Error("a rater is known before a fit")
	}
}
