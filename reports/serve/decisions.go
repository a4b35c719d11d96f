package serve

import (
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
	path := filepath.Join(dir, reports.TriageFile)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	members := map[string][]string{}
	for _, r := range slices.Concat(d.Rings, d.Coordinated) {
		for _, m := range r.Members {
			members[r.ID] = append(members[r.ID], m.Rater)
		}
	}
	for _, c := range d.Campaigns {
		members[c.ID] = []string{}
	}
	t, err := lookTriage(path, caseName(d), func(id string) []string { return members[id] })
	if err != nil {
		return nil, err
	}
	defer t.close()
	all, known := map[string]reports.Decision{}, t.now()
	undone := undoneBy(known.events)
	for id := range members {
		s := known.states[id]
		if s == nil {
			continue
		}
		all[id] = known.decision(id, s, undone)
	}
	return all, nil
}

// decision is what was decided about a ring in a few words.
func (t *decisions) decision(id string, s *State, undone map[int64]bool) reports.Decision {
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
