package serve

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ringwatch/ringwatch/reports"
)

// Decisions returns what people decided about the rings of a case's folder, by
// ring; nil if nobody did. It reads a copy.
func Decisions(dir string, d *reports.Document) (map[string]reports.Decision, error) {
	return decisionsOf(dir, d, func(_ *decisions, id string) string { return id })
}

// Carried returns what people decided about the rings that were found, for a case
// that goes on: of one that was merged into another, what was decided about that.
func Carried(dir string, d *reports.Document) (map[string]reports.Decision, error) {
	return decisionsOf(dir, d, func(t *decisions, id string) string {
		for s := t.states[id]; s != nil && len(s.Into) == 1; s = t.states[id] {
			id = s.Into[0]
		}
		return id
	})
}

// decisionsOf returns what was decided, per ring that was found, about the ring that
// stands for it.
func decisionsOf(dir string, d *reports.Document,
	standing func(*decisions, string) string) (map[string]reports.Decision, error) {
	path := filepath.Join(dir, reports.TriageFile)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && len(carried(d)) == 0 {
		return nil, nil
	}
	members := membersOf(d)
	t, err := lookTriage(path, about{caseName(d), carried(d)}, one(members))
	if err != nil {
		return nil, err
	}
	defer t.close()
	all, known := map[string]reports.Decision{}, t.now()
	undone := undoneBy(known.events)
	for id := range members {
		at := standing(known, id)
		if s := known.states[at]; s != nil {
			all[id] = known.decision(at, s, undone)
		}
	}
	return all, nil
}

// decision is what was decided about a ring in a few words.
func (t *decisions) decision(id string, s *state, undone map[int64]bool) reports.Decision {
	x := reports.Decision{Status: s.Status, Reason: s.Reason, Assignee: s.Assignee}
	if len(s.Into) > 0 {
		x.Status += " into " + strings.Join(s.Into, " and ")
	}
	for _, e := range t.events {
		if e.Action != comment && e.Action != assign && !undone[e.Seq] && slices.Contains(touches(e), id) {
			x.By, x.At = e.Who, e.At
		}
	}
	for _, c := range s.Comments {
		x.Comments = append(x.Comments, fmt.Sprintf("%s, %s: %s", c.Who, c.At, c.Text))
	}
	return x
}

// carried are the decisions of the case that this one goes on from, as the first
// events of this one. What was about other members or other evidence is a comment.
func carried(d *reports.Document) (events []event) {
	if d.Since == nil {
		return nil
	}
	for _, r := range slices.Concat(d.Rings, d.Coordinated) {
		if r.Since != nil {
			events = append(events, inherited(r.ID, r.Since.Decision, r.Since.Stands, r.Became())...)
		}
	}
	for _, c := range d.Campaigns {
		if c.Since != nil {
			events = append(events, inherited(c.ID, c.Since.Decision, c.Since.Stands, c.Became())...)
		}
	}
	return events
}

// inherited are the events of what was decided about a ring or a campaign in the earlier
// case, and may stand in this one.
func inherited(id string, was *reports.Decision, stands bool, became string) (events []event) {
	if was == nil {
		return nil
	}
	e := event{Who: cmp.Or(was.By, "unknown"), At: was.At, Rings: []string{id}}
	if was.Assignee != "" {
		a := e
		a.Action, a.Assignee = assign, was.Assignee
		events = append(events, a)
	}
	action := map[string]string{"confirmed": confirm, "dismissed": dismiss}[was.Status]
	if action == "" {
		return events
	}
	if stands {
		e.Action, e.Reason = action, was.Reason
		events = append(events, e)
	}
	e.Action, e.Reason, e.Text = comment, "", "From the delivery before. "+became
	return append(events, e)
}
