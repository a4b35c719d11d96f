package scenarios

import (
	"math"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/simulate"
)

// A vote of the lowest value can lift a note (Gaming Consensus, arXiv
// 2607.01824). With raters held, let n be the note's other ratings, S1 and S2
// the sums of their raters' factors and squared factors, a the ridge of the
// note's factor, and e how far the vote of a rater with factor x is from what
// the others' fit predicts. By the normal equations of the 2x2 ridge problem
// (Sherman and Morrison 1950) the vote moves the intercept by
//
//	e (S2 + a - x S1) / (det + ...), the denominator positive,
//
// so that it lifts the note against its word (e < 0) exactly where x S1 > S2 + a:
// the rater is on the side of most others and further out than they are.
func TestNotHelpfulVoteLifts(t *testing.T) {
	for seed := range uint64(2) {
		lifts, votes := notHelpfulLifts(t, seed+1)
		if lifts == 0 || lifts > votes/4 {
			t.Errorf("seed %d: %d of %d votes lift against their word", seed+1, lifts, votes)
		}
		t.Logf("seed %d: %d of %d not helpful votes lift the note that they are against, %.2f %%",
			seed+1, lifts, votes, 100*float64(lifts)/float64(votes))
	}
}

// notHelpfulLifts counts the votes of the lowest value that lift a note though
// the note was predicted a higher one, and checks the condition for every
// rating.
func notHelpfulLifts(t *testing.T, seed uint64) (lifts, votes int) {
	s := mustParse(t, "world: {organic: {raters: 2000, items: 2500, ratings: 40000}}")
	w, err := s.Simulate(t.Context(), seed)
	if err != nil {
		t.Fatal(err)
	}
	in := scoring.Input{Ratings: w.Ratings}
	r, err := scoring.NewBridging().Score(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	held, err := scoring.NewHeld(in, r)
	if err != nil {
		t.Fatal(err)
	}
	for item := range int32(w.Ratings.Items.Len()) {
		votesOf := held.Influences(item)
		if len(votesOf) < 5 {
			continue
		}
		n, s1, s2, y, xy := r.ItemRidge[0], 0., r.ItemRidge[1], 0., 0.
		residual := func(v scoring.Influence) (e, x float64) {
			return float64(v.Value) - r.Mu - float64(r.RaterIntercept[v.Rater]), float64(r.RaterFactor[v.Rater])
		}
		for _, v := range votesOf {
			e, x := residual(v)
			n, s1, s2, y, xy = n+1, s1+x, s2+x*x, y+e, xy+x*e
		}
		for _, v := range votesOf {
			e, x := residual(v)
			n, s1, s2, y, xy := n-1, s1-x, s2-x*x, y-e, xy-x*e // of the others
			det := n*s2 - s1*s1
			e -= (y*s2-xy*s1)/det + x*(n*xy-s1*y)/det
			if push := e * (s2 - x*s1); math.Abs(float64(v.Moved)) > 1e-4 && push*float64(v.Moved) < 0 {
				t.Fatalf("item %d, rater %d: moved %g, predicted sign of %g", item, v.Rater, v.Moved, push)
			}
			if v.Value > 0 || e >= 0 {
				continue
			}
			votes++
			if v.Moved > 0 {
				lifts++
			}
		}
	}
	return lifts, votes
}

// TestPlatformChange: a change of rules is put to every attack that there is, but for
// the one that repeats others' data.
func TestPlatformChange(t *testing.T) {
	text, err := library.ReadFile("published/platform-change.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, newAttack := range simulate.All {
		if name := newAttack().Name(); name != "import" && !strings.Contains(string(text), "[{"+name+": {}}]") {
			t.Errorf("platform-change lacks the attack %s", name)
		}
	}
}
