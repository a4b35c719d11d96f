package live

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/communitynotes"
	"github.com/ringwatch/ringwatch/scoring/scorers"
)

// A fault while scores are fitted is told to who asks, and ends nothing.
func TestAFaultInAFitIsTold(t *testing.T) {
	s := NewState(nil, rating.ReadOptions{}, scoring.NewBridging(), 1, 0)
	if b := s.fit(t.Context()); b != nil || !strings.Contains(s.count.FitFailed, "should not have happened") {
		t.Errorf("the fit returned %v, and failed with %q", b, s.count.FitFailed)
	}
}

// stateOf is a state of a scorer over a journal with ratings, fitted.
func stateOf(t *testing.T, scorer scoring.Scorer, lines []string) *State {
	t.Helper()
	s := NewState(openJournal(t, t.TempDir()), rating.ReadOptions{}, scorer, 1, 0)
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

// After a restart scores are there at once, as they were when it ended, of every scorer that moves; and
// votes that are changed by what comes then are changed once.
func TestScoresAreThereAfterARestart(t *testing.T) {
	lines := world(3000)
	for _, scorer := range []scoring.Scorer{scoring.NewBridging(), scoring.NewMean(), scoring.NewMedian(),
		scoring.NewTrust(), communitynotes.NewCore()} {
		s := stateOf(t, scorer, lines[:2900])
		if s.count.Unsaved != "" {
			t.Fatal(scorer.Name(), s.count.Unsaved)
		}
		s.hear(t, lines[2900:])
		s.apply()
		same, err := scorers.New(scorer.Name()) // as another process has it
		if err != nil {
			t.Fatal(err)
		}
		again := NewState(s.journal, rating.ReadOptions{}, same, 1, 0)
		if again.base == nil || again.count.Unsaved != "" {
			t.Fatalf("%s: %+v", scorer.Name(), again.count)
		}
		for _, x := range []*State{s, again} {
			x.hear(t, []string{`{"user":"u1","item":"i3","stars":1,"time":1700900000}` + "\n"})
			x.apply()
		}
		for i := range s.base.items {
			a, _ := s.Item(i)
			if b, known := again.Item(i); !known || fmt.Sprint(orNaN(a)) != fmt.Sprint(orNaN(b)) {
				t.Errorf("%s: %s is %v, %v after a restart", scorer.Name(), i, orNaN(a), orNaN(b))
			}
		}
		for u := range s.base.raters {
			a, known := s.Rater(u)
			if b, too := again.Rater(u); known != too || a.Ratings != b.Ratings {
				t.Errorf("%s: %s is %+v, %+v after a restart", scorer.Name(), u, a, b)
			}
		}
		if x, y := s.Count(), again.Count(); x.Applied != y.Applied || x.Waiting != y.Waiting {
			t.Errorf("%s: %+v, %+v after a restart", scorer.Name(), x, y)
		}
		other := NewState(s.journal, rating.ReadOptions{}, scorer, 2, 0)
		if other.base != nil || !strings.Contains(other.count.Unsaved, "with other options") {
			t.Errorf("%s: with another seed: %+v", scorer.Name(), other.count)
		}
		again.take(again.fit(t.Context()), 0)
		if again.count.FitFailed != "" || scorer.Name() == "bridging" && again.count.FitSweeps >= s.count.FitSweeps {
			t.Errorf("%s: the next fit does not go on: %+v", scorer.Name(), again.count)
		}
	}
}

func orNaN(x Item) string {
	text := fmt.Sprint(x.Item, x.Status, x.Ratings)
	for _, at := range []*float32{x.Score, x.Intercept, x.Factor} {
		if at == nil {
			text += " null"
		} else {
			text += fmt.Sprintf(" %.5f", *at)
		}
	}
	return text
}

// A snapshot of scores that is damaged anywhere, or of another journal, is passed over, and that is told.
func TestScoresThatAreDamaged(t *testing.T) {
	s := stateOf(t, scoring.NewBridging(), world(1000))
	path := filepath.Join(s.journal.dir, ScoresFile)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for k := range 40 {
		text := bytes.Clone(whole)
		if at := len(text) * k / 40; k%2 == 0 {
			text[at] ^= 1
		} else {
			text = text[:at]
		}
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
		if b := NewState(s.journal, rating.ReadOptions{}, s.scorer, 1, 0); b.base != nil || b.count.Unsaved == "" {
			t.Errorf("a snapshot that is damaged in place %d is gone on from", k)
		}
	}
	other := NewState(openJournal(t, t.TempDir()), rating.ReadOptions{}, s.scorer, 1, 0)
	if err := os.WriteFile(filepath.Join(other.journal.dir, ScoresFile), whole, 0o666); err != nil {
		t.Fatal(err)
	}
	other.hear(t, world(40))
	if b := NewState(other.journal, rating.ReadOptions{}, s.scorer, 1, 0); !strings.Contains(b.count.Unsaved,
		"another journal") {
		t.Errorf("another journal's: %+v", b.count)
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
	if r, known := s.Rater("new"); !known || r.Ratings != 1 || r.Intercept != nil {
		t.Errorf("a new rater: %t %+v", known, r)
	}
}

// A value outside of what the last fit saw counts at once, in each form that ratings come in, and where
// each stands is told.
func TestValuesBeyondTheFit(t *testing.T) {
	values := []int{5, 3, 4, 1, 1, 1, 1, 1, 1, 7}
	for _, source := range []string{Posted, "votes.csv", "text.jsonl"} {
		t.Run(source, func(t *testing.T) {
			line := func(k int) string {
				switch source {
				case Posted:
					return fmt.Sprintf(`{"user":"u%d","item":"i","stars":%d,"time":%d}`+"\n", k, values[k], 1700000000+k)
				case "votes.csv":
					return fmt.Sprintf("u%d,i,%d,%d\n", k, values[k], 1700000000+k)
				}
				return fmt.Sprintf(`{"user":"u%d","item":"i","stars":"%d","time":"%d"}`+"\n", k, values[k], 1700000000+k)
			}
			s := NewState(openJournal(t, t.TempDir()), rating.ReadOptions{}, scoring.NewMean(), 1, 0)
			hear := func(text string) {
				all := []Said{{source, []byte(text)}}
				if err := s.journal.Append(all); err != nil {
					t.Fatal(err)
				}
				s.Heard(all)
			}
			if source == "votes.csv" {
				hear("user,item,stars,time\n")
			}
			hear(line(0)) // values that are all alike, then 3..5, 1..5, 1..7
			s.take(s.fit(t.Context()), 0)
			var work sync.WaitGroup
			ctx, end := context.WithCancel(t.Context())
			defer work.Wait()
			defer end()
			work.Go(func() { s.Run(ctx) })
			sum := 0
			for k, value := range values {
				if sum += value; k < 1 {
					continue
				}
				hear(line(k))
				lo, hi := slices.Min(values[:k+1]), slices.Max(values[:k+1])
				want := (float64(sum)/float64(k+1) - float64(lo)) / float64(hi-lo)
				var x Item
				for begun := time.Now(); ; time.Sleep(time.Millisecond) {
					x, _ = s.Item("i")
					if x.Score != nil && int(x.Ratings) == k+1 && math.Abs(float64(*x.Score)-want) < 1e-6 {
						break
					}
					if time.Since(begun) > 20*time.Second {
						t.Fatalf("after %d ratings: %v, not %.3f; %+v, %+v",
							k+1, orNaN(x), want, s.Ratings(), s.Count())
					}
				}
			}
			at := s.Ratings()
			if n := int64(len(values)); at.Acknowledged != n || at.Counted != n || at.Waiting != 0 {
				t.Errorf("%+v", at)
			}
			s.mu.RLock() // nothing is fitted for ever
			defer s.mu.RUnlock()
			if s.count.Fits > 6 {
				t.Errorf("%d fits", s.count.Fits)
			}
		})
	}
}

// A rater whom no fit knows counts at once, on an item that none knows too; a rating that has to wait for a fit is
// told of with its item.
func TestNewRatersCountAtOnce(t *testing.T) {
	s := stateOf(t, scoring.NewBridging(), world(3000))
	before, _ := s.Item("i3")
	line := `{"user":"%s","item":"%s","stars":%d,"time":1700900000}` + "\n"
	s.hear(t, []string{fmt.Sprintf(line, "fresh", "i3", 1), fmt.Sprintf(line, "fresh", "new", 5),
		fmt.Sprintf(line, "fresh", "beyond", 7), fmt.Sprintf(line, "fresh", "i3", 1)})
	s.apply()
	after, _ := s.Item("i3")
	if after.Ratings != before.Ratings+1 || *after.Score >= *before.Score {
		t.Errorf("one star by a new rater moves %v to %v", orNaN(before), orNaN(after))
	}
	if x, known := s.Item("new"); !known || x.Ratings != 1 || x.Score == nil || *x.Score <= 0 {
		t.Errorf("a new item with five stars is %v", orNaN(x))
	}
	if x, known := s.Item("beyond"); !known || x.Waiting != 1 || x.Score != nil || x.Status != NotFitted {
		t.Errorf("an item with a value outside of the scale is %+v", x)
	}
	if x, known := s.Item("never"); known {
		t.Errorf("an item that nobody rated is %+v", x)
	}
	if x, known := s.Rater("fresh"); !known || x.Ratings != 2 || x.Intercept != nil {
		t.Errorf("the new rater is %+v", x)
	}
	s.take(s.fit(t.Context()), 0)
	if x, _ := s.Item("beyond"); x.Waiting != 0 || x.Ratings != 1 || x.Score == nil {
		t.Errorf("after a fit that item is %+v", x)
	}
	if x, _ := s.Rater("fresh"); x.Ratings != 3 || x.Intercept == nil {
		t.Errorf("after a fit the new rater is %+v", x)
	}
}

// What arrives while a fit is made is in its scores from the start, however much that is.
func TestAFitHasWhatCameMeanwhile(t *testing.T) {
	lines := world(3000)
	s := stateOf(t, scoring.NewBridging(), lines[:2000])
	b := s.fit(t.Context())
	s.hear(t, lines[2000:])
	s.apply()
	before := s.Ratings()
	s.take(b, 0)
	if after := s.Ratings(); after.Counted != before.Counted || after.Waiting != 0 || before.Waiting != 0 {
		t.Errorf("%+v, and after the fit %+v", before, after)
	}
}

// Before the first fit is made it is told what it is of; and what it is not known yet is no "not there".
func TestItemsBeforeTheFirstFit(t *testing.T) {
	s := NewState(openJournal(t, t.TempDir()), rating.ReadOptions{}, scoring.NewBridging(), 1, 0)
	if s.Unfitted() {
		t.Error("ratings that there are not are unfitted")
	}
	s.hear(t, world(1000))
	if _, known := s.Item("i1"); known || !s.Unfitted() {
		t.Error("an item is known before anything was read")
	}
	b := s.fit(t.Context())
	if x, known := s.Item("i1"); !known || x.Status != NotFitted || x.Waiting == 0 || x.Score != nil {
		t.Errorf("while the first fit is made an item is %+v", x)
	}
	s.take(b, 0)
	if x, known := s.Item("i1"); !known || x.Waiting > 0 || x.Ratings == 0 || s.Unfitted() {
		t.Errorf("after the first fit the item is %+v", x)
	}
}
