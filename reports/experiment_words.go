package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ringwatch/ringwatch/reports/internal/page"
)

// Members and Found count the raters of all brigades, and those in a ring.
func (e *experimentDoc) Members() (n int) {
	for _, b := range e.Brigades {
		n += b.Size
	}
	return n
}

func (e *experimentDoc) Found() (n int) {
	for _, b := range e.Brigades {
		n += b.Found
	}
	return n
}

// Injected, Caught and Undone tell the experiment in three sentences.
func (e *experimentDoc) Injected() string {
	return fmt.Sprintf("%s of %s, among %s, acted on %s.", page.Many(len(e.Brigades), "brigade"),
		page.Many(e.Members(), "rater"),
		page.Many(e.Honest, "honest rater"), page.Many(len(e.Targets), "target"))
}

func (e *experimentDoc) Caught() string {
	s := fmt.Sprintf("%s of the %s are in a ring, and %s of the %s.", page.Count(e.Found()),
		page.Many(e.Members(), "brigade member"),
		page.Count(e.Flagged), page.Many(e.Honest, "honest rater"))
	campaigns, outcries := 0, 0
	for _, b := range e.Brigades {
		campaigns, outcries = campaigns+b.Campaigns, outcries+b.Outcries
	}
	if campaigns+outcries+e.Others == 0 {
		return s
	}
	return s + fmt.Sprintf(" Of the %s, %d %s a campaign and %d an outcry; of all other items, %d %s a campaign.",
		page.Many(len(e.Targets), "target"), campaigns, have(campaigns), outcries, e.Others, have(e.Others))
}

func have(n int) string {
	if n == 1 {
		return "has"
	}
	return "have"
}

// OnItems reports whether a brigade's targets have campaigns or outcries.
func (e *experimentDoc) OnItems() bool {
	return slices.ContainsFunc(e.Brigades, func(b brigade) bool { return b.Campaigns+b.Outcries > 0 })
}

// Name says which brigade it is.
func (b brigade) Name() string {
	if b.Attack == "" {
		return fmt.Sprint("brigade ", b.Number)
	}
	return fmt.Sprintf("brigade %d (%s)", b.Number, b.Attack)
}

// OnItems says what its targets have.
func (b brigade) OnItems() string {
	var s []string
	if b.Campaigns > 0 {
		s = append(s, fmt.Sprintf("campaign on %d of %d", b.Campaigns, b.Targets))
	}
	if b.Outcries > 0 {
		s = append(s, fmt.Sprintf("outcry on %d of %d", b.Outcries, b.Targets))
	}
	return strings.Join(s, ", ")
}

// Meant says what defended means.
func (e *experimentDoc) Meant() string {
	if e.byRows() {
		return "with the members of the rings given no weight, and of campaigns only what would have come anyway"
	}
	return "with the members of the rings given no weight"
}

// byRows reports whether campaigns were defended against.
func (e *experimentDoc) byRows() bool { return strings.Contains(e.Defence, "campaigns") }

func (e *experimentDoc) Undone() string {
	s := ""
	if changed, back := e.undone(); changed > 0 {
		after := fmt.Sprintf("%d of them are", back)
		switch {
		case back == changed && back == 1:
			after = "it is"
		case back == changed:
			after = "all of them are"
		case back == 1:
			after = "one of them is"
		case back == 0:
			after = "none of them is"
		}
		what := "rings"
		if e.byRows() {
			what = "rings and campaigns"
		}
		s = fmt.Sprintf("The attack changed the status of %d of %s; without the %s, %s as before. ", changed,
			page.Many(len(e.Targets), "target"), what, after)
	}
	if a, d, ok := e.apart(); ok {
		s += fmt.Sprintf("A target's score is off by %s on average under attack, by %s once defended.", page.Short(a),
			page.Short(d))
	}
	return strings.TrimSpace(s)
}
