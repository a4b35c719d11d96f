package scoring_test

import (
	"math"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/communitynotes"
	"github.com/ringwatch/ringwatch/scoring/internal/scoretest"
)

// TestExplain holds what is told of every item to what the scorer did: rules
// that were met are named as met, thresholds that were reached lie on the side
// of the value, and a rater told to flip an item does, all else held.
func TestExplain(t *testing.T) {
	in := scoring.Input{Ratings: scoretest.Tagged(1, 300, 240, 15000)}
	flips := 0
	for _, s := range []scoring.Scorer{scoring.NewBridging(), communitynotes.NewCore(), communitynotes.New()} {
		r := score(t, s, in)
		for item := range int32(240) {
			w, err := scoring.Explain(s, in, r, item)
			if err != nil {
				t.Fatalf("%s: %v", s.Name(), err)
			}
			met := map[string]bool{}
			for _, m := range w.Margins {
				met[m.Rule] = m.Met
				if !math.IsNaN(m.Value) && m.Reached != (m.By() >= 0) {
					t.Errorf("%s, item %d: %+v is %g by its threshold", s.Name(), item, m, m.By())
				}
				if !math.IsNaN(m.Value) && m.Met && !m.Reached {
					t.Errorf("%s, item %d: %s was met at %g of %g", s.Name(), item, m.Rule, m.Value, m.At)
				}
			}
			for _, m := range communitynotes.DetailOf(r).Models {
				for rule := range strings.SplitSeq(m.Rules[item].String(), ",") {
					if m.Rated[item] > 0 && rule != "" && !met[m.Name+" "+rule] {
						t.Errorf("%s, item %d: %s %s was met and is not told", s.Name(), item, m.Name, rule)
					}
				}
			}
			for _, i := range w.Flipping {
				flips++
				x := r.ItemIntercept[item] - i.Moved
				if w.Now() == scoring.Helpful && float64(x) >= 0.4 && w.Without([]int32{i.Rater}) == scoring.Helpful {
					t.Errorf("%s, item %d: without rater %d it stays at %g", s.Name(), item, i.Rater, x)
				}
			}
		}
	}
	if flips == 0 {
		t.Error("no rater flips any item: this test shows too little")
	}
	if _, err := scoring.Explain(scoring.NewMean(), in, score(t, scoring.NewMean(), in), 0); err == nil ||
		!strings.Contains(err.Error(), "bridging") {
		t.Errorf("a mean is explained: %v", err)
	}
}
