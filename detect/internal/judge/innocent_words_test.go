package judge

import (
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/null"
)

// Votes beyond the bar are no reason why a group is none: what refused it is.
func TestUnheardSaysWhy(t *testing.T) {
	g := &Group{Jury: &Jury{}}
	g.Jury.Verdict.Lift, g.Jury.Verdict.Bar, g.Jury.Verdict.Evidence = .53, .48, 3.5
	if s := g.although(); !strings.Contains(s, "3.5 nats in all do not stand out") {
		t.Errorf("a group that is not heard says %q", s)
	}
}

// A ring whose votes stay below the bar says what makes it one.
func TestBelowTheBarSaysWhy(t *testing.T) {
	for want, timing := range map[string]float64{"a plan rather than the items is 23.4 nats likelier": 0,
		"by a clock": 9} {
		g := &Group{Jury: &Jury{Votes: &Votes{votedActs: votedActs{Levels: 5, LevelBase: make([]float64, 5)}}}}
		g.Heard, g.Bar, g.Apart, g.mind, g.minded = true, 7, 23.4, 20, true
		g.Timing.Cadence, g.Choices, g.Core = timing, fewChoices, make([]int32, leastApart)
		g.Jury.Verdict.Lift, g.Jury.Verdict.Bar = .58, .93
		if s := g.although(); !strings.Contains(s, want) {
			t.Errorf("it says %q, want %q", s, want)
		}
		if g.Jury.Verdict.Lift = 1; g.although() != "" {
			t.Errorf("beyond the bar it says %q", g.although())
		}
	}
}

// Members of whom few are on the side that was tested are not said to be on it.
func TestSideThatMembersDoNotTake(t *testing.T) {
	if s := sidesOf(0, 121, 7, 181, 6); strings.Contains(s, "the group's side") {
		t.Error(s)
	}
	if s := sidesOf(121, 121, 7, 181, 6); s != "7 of 181 votes by others on these 6 items are on the group's side" {
		t.Error(s)
	}
}

// Who came within days of each other is not said to have come together in nothing.
func TestFarApart(t *testing.T) {
	for window, want := range map[int32]string{0: "nothing in their times",
		3600:       "within 1 h of each other is too little",
		7 * atOnce: "within 7 d of each other, which is too far apart"} {
		g := &Group{window: window}
		r := &reading{Acts: &null.Acts{Time: []int32{}}}
		if how, _, innocent := r.innocentTimes(g); !innocent || !strings.Contains(how, want) {
			t.Errorf("within %d s: %q", window, how)
		}
	}
}
