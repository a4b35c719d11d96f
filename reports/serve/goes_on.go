package serve

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/ringwatch/ringwatch/reports"
)

// A case of a state is found anew while people decide about the one before. What they
// decided is in one file for all of them, in the order of time, and an event says when a
// case was found and what became of the rings that something was decided or said about.

// foundAnew is the action of an event that says that a case was found; nobody decides it.
const foundAnew = "found"

// A found says which case was found, and what became of what was decided.
type found struct {
	Case    int      `json:"case"`
	Changes []change `json:"changes,omitempty"`
}

// A change is what became of a ring or a campaign that something was decided or said about.
type change struct {
	Ring    string   `json:"ring"`              // as it was called
	Now     string   `json:"now,omitempty"`     // as it is; empty if it is not there any more
	Stands  bool     `json:"stands,omitempty"`  // what was decided is about its members of now, too
	Text    string   `json:"text,omitempty"`    // what became of it, for people
	Members []string `json:"members,omitempty"` // of one made by hand, now; of one that is gone, then
}

// tool is who says what became of rings.
const tool = "ringwatch"

// inWords is the event for people: what it says of rings is its text.
func (e event) inWords() event {
	e.Rings, e.Text = nil, ""
	var said []string
	for _, c := range e.Found.Changes {
		if c.Text != "" {
			e.Rings = append(e.Rings, cmp.Or(c.Now, c.Ring))
			said = append(said, cmp.Or(c.Now, c.Ring)+": "+c.Text)
		}
	}
	e.Text = strings.Join(said, " ")
	return e
}

// goOn carries what was decided over to a case that was found anew.
func (f *folded) goOn(e *event) {
	f.since = e.Seq
	for i := range e.Found.Changes {
		c := &e.Found.Changes[i]
		s := f.states[c.Ring]
		if s == nil { // all of it was undone
			continue
		}
		if c.Text != "" {
			s.hear(remark{tool, e.At, c.Text})
		}
		switch {
		case c.Now == "" && len(s.Parts) > 0:
			for _, p := range s.Parts {
				if part := f.states[p]; part != nil {
					part.hear(s.Comments...)
				}
			}
			delete(f.states, c.Ring)
		case c.Now == "":
			s.gone = c.Members
		case c.Now != c.Ring:
			to := f.of(c.Now)
			to.hear(s.Comments...)
			to.Assignee = cmp.Or(to.Assignee, s.Assignee)
			delete(f.states, c.Ring)
		default:
			if len(s.Parts) > 0 {
				s.members = c.Members
			}
			if !c.Stands {
				s.Status, s.Reason, s.Into = "open", "", nil
			}
		}
	}
	for _, s := range f.states { // who decides by a page of the case before is told
		s.Version = e.Seq
	}
}

// hear adds what was said, in the order of time.
func (s *state) hear(more ...remark) {
	s.Comments = append(slices.Clip(s.Comments), more...)
	slices.SortStableFunc(s.Comments, func(x, y remark) int { return cmp.Compare(x.At, y.At) })
	s.Said = len(s.Comments)
}

// goOnTo records that a case was found that follows the one that all is about.
func (t *triage) goOnTo(ctx context.Context, n int, cases func(int) (*reports.Document, error)) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	tx, err := t.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := t.refresh(ctx, tx); err != nil {
		return err
	}
	d := t.now()
	if d.at.Case >= n { // another process did
		return nil
	}
	doc, err := cases(n)
	if err != nil {
		return err
	}
	e := event{At: t.clock().UTC().Format(time.RFC3339), Who: tool, Action: foundAnew, Found: &found{Case: n}}
	_, gone := cases(d.at.Case)
	e.Found.Changes = d.became(doc, n == d.at.Case+1 && gone == nil)
	_, err = t.record(ctx, tx, e)
	return err
}
