package judge

import (
	"strings"
	"testing"
)

// Votes beyond the bar are no reason why a group is none: what refused it is.
func TestUnheardSaysWhy(t *testing.T) {
	g := &Group{Jury: &Jury{}}
	g.Jury.Verdict.Lift, g.Jury.Verdict.Bar, g.Jury.Verdict.Evidence = .53, .48, 3.5
	if s := g.although(); !strings.Contains(s, "3.5 nats in all do not stand out") {
		t.Errorf("a group that is not heard says %q", s)
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
