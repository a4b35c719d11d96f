package serve

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/ringwatch/ringwatch/reports/internal/page"
)

// An event is one decision of a person. Events are kept for good and in order;
// everything else about triage follows from them.
type event struct {
	Seq      int64    `json:"seq"`
	At       string   `json:"at"`  // RFC 3339
	Who      string   `json:"who"` // as they called themselves
	Action   string   `json:"action"`
	Rings    []string `json:"rings"`
	Reason   string   `json:"reason,omitempty"`   // of a dismissal, a merge or a split
	Assignee string   `json:"assignee,omitempty"` // of an assignment; empty takes it back
	Text     string   `json:"text,omitempty"`     // of a comment
	Members  []string `json:"members,omitempty"`  // of a split: who goes into the second ring
	Undoes   int64    `json:"undoes,omitempty"`
	Found    *found   `json:"found,omitempty" parquet:"-"` // of a case that was found anew
}

// The actions, and what each does to its rings.
const (
	confirm = "confirm"
	dismiss = "dismiss"
	reopen  = "reopen"
	assign  = "assign"
	comment = "comment"
	merge   = "merge"
	split   = "split"
	undo    = "undo"
)

var actions = []string{confirm, dismiss, reopen, assign, comment, merge, split, undo}

// A state is what was decided about one ring.
type state struct {
	Status   string   `json:"status"` // open, confirmed, dismissed, merged or split
	Reason   string   `json:"reason,omitempty"`
	Assignee string   `json:"assignee,omitempty"`
	Comments []remark `json:"comments,omitempty"` // a page of them, oldest first; none in a list
	Said     int      `json:"comments_total,omitempty"`
	Into     []string `json:"into,omitempty"`    // rings that took its place
	Parts    []string `json:"made_of,omitempty"` // rings it was made of by hand
	Version  int64    `json:"version"`           // of the last decision on it, or that its case was found

	members []string // of a ring made by hand
	gone    []string // members of a ring that is not there any more, when it was
}

// A remark is what somebody wrote about a ring.
type remark struct {
	Who  string `json:"who"`
	At   string `json:"at"`
	Text string `json:"text"`
}

// page returns the state with a page of the comments, the newest being the first.
func (s *state) page(p paging) *state {
	t := *s
	end := max(0, len(s.Comments)-p.From)
	t.Comments = s.Comments[max(0, end-p.Size):end]
	return &t
}

// brief is the state without comments.
func (s *state) brief() state {
	t := *s
	t.Comments = nil
	return t
}

func (s *state) listed() bool { return len(s.Into) == 0 }

// A conflict is a decision that was made on the ground of what is no longer so.
type conflict struct{ why string }

func (c conflict) Error() string { return c.why }

// invalid is a decision that makes no sense.
type invalid struct{ why string }

func (i invalid) Error() string { return i.why }

// decisions are all events up to one, and what follows from them. They do not
// change, so whoever looks at them keeps nobody waiting.
type decisions struct {
	events []event
	states map[string]*state
	found  func(ring string) []string // members
	at     found                      // the case that all is about
	since  int64                      // the event that says that it was found; 0 where there is none
	shown  []event                    // to people: those that say something

	byHand sync.Map // of rings made by hand, *reports.Ring by ID, once worked out
	pages  sync.Map // that were made of them, []byte by address
	kept   atomic.Int64
}

// Caps of what a decision may hold.
const (
	maxName  = 80
	maxWords = 4000
)

func (t *decisions) check(e *event, versions map[string]int64) error {
	e.Who, e.Reason, e.Assignee, e.Text = strings.TrimSpace(e.Who), strings.TrimSpace(e.Reason),
		strings.TrimSpace(e.Assignee), strings.TrimSpace(e.Text)
	switch {
	case !slices.Contains(actions, e.Action):
		return invalid{fmt.Sprintf("%q is not an action; there are %s", e.Action, strings.Join(actions, ", "))}
	case e.Who == "":
		return invalid{"say who you are"}
	case len(e.Who) > maxName || len(e.Assignee) > maxName:
		return invalid{fmt.Sprintf("a name has at most %d bytes", maxName)}
	case len(e.Reason) > maxWords || len(e.Text) > maxWords:
		return invalid{fmt.Sprintf("a text has at most %d bytes", maxWords)}
	case e.Action == dismiss && e.Reason == "":
		return invalid{"a dismissal needs a reason"}
	case e.Action == comment && e.Text == "":
		return invalid{"the comment is empty"}
	case e.Action == merge && len(e.Rings) < 2:
		return invalid{"name two rings or more to merge"}
	case e.Action != merge && e.Action != undo && len(e.Rings) != 1:
		return invalid{"name one ring"}
	}
	if e.Action == undo {
		return t.checkUndo(e)
	}
	slices.Sort(e.Rings)
	if len(slices.Compact(slices.Clone(e.Rings))) != len(e.Rings) {
		return invalid{"a ring is named twice"}
	}
	for _, id := range e.Rings {
		s := t.state(id)
		if s == nil {
			return invalid{fmt.Sprintf("there is no ring %s", id)}
		}
		if (e.Action == merge || e.Action == split) && len(t.membersOf(id)) == 0 {
			return invalid{fmt.Sprintf("%s is a campaign on an item and has no members to %s", id, e.Action)}
		}
		if e.Action != comment && s.Version != versions[id] {
			return conflict{fmt.Sprintf("%s has changed since you looked: it is %s now, decision %d; look again and "+
				"decide anew", id, s.Status, s.Version)}
		}
		if e.Action != comment && !s.listed() {
			return conflict{fmt.Sprintf("%s was %s into %s", id, s.Status, strings.Join(s.Into, " and "))}
		}
	}
	if e.Action == split {
		return t.checkSplit(e)
	}
	e.Members = nil
	return nil
}

func (t *decisions) checkSplit(e *event) error {
	all := t.membersOf(e.Rings[0])
	e.Members = slices.Compact(slices.Sorted(slices.Values(e.Members)))
	for _, m := range e.Members {
		if !slices.Contains(all, m) {
			return invalid{"one of those to split off is not a member of the ring"}
		}
	}
	if len(e.Members) < 2 || len(all)-len(e.Members) < 2 {
		return invalid{"a split leaves two members or more on both sides"}
	}
	return nil
}

// checkUndo lets a decision be undone that no later one builds on.
func (t *decisions) checkUndo(e *event) error {
	undone := undoneBy(t.events)
	k := slices.IndexFunc(t.events, func(x event) bool { return x.Seq == e.Undoes })
	if k < 0 {
		return invalid{fmt.Sprintf("there is no decision %d", e.Undoes)}
	}
	what := t.events[k]
	if what.Action == foundAnew {
		return invalid{"that a case was found cannot be undone"}
	}
	if undone[what.Seq] {
		return conflict{fmt.Sprintf("decision %d is undone already", what.Seq)}
	}
	touched := touches(what)
	for _, later := range t.events[k+1:] {
		if undone[later.Seq] || slices.Contains([]string{comment, undo, foundAnew}, later.Action) {
			continue
		}
		for _, id := range touches(later) {
			if slices.Contains(touched, id) {
				return conflict{fmt.Sprintf("decision %d, to %s %s, came after it; undo that first",
					later.Seq, later.Action, strings.Join(later.Rings, " and "))}
			}
		}
	}
	e.Rings = what.Rings
	return nil
}

// touches are the rings that an event is about or makes.
func touches(e event) []string { return append(slices.Clone(e.Rings), makes(e)...) }

// makes are the rings that an event makes.
func makes(e event) []string {
	switch e.Action {
	case merge:
		return []string{fmt.Sprintf("M%d", e.Seq)}
	case split:
		return []string{fmt.Sprintf("S%da", e.Seq), fmt.Sprintf("S%db", e.Seq)}
	}
	return nil
}

// undoneBy tells which events count for nothing. An undo can be undone.
func undoneBy(events []event) map[int64]bool {
	undone := map[int64]bool{}
	for _, e := range slices.Backward(events) {
		if e.Action == undo && !undone[e.Seq] {
			undone[e.Undoes] = true
		}
	}
	return undone
}

// fold works out what follows from the events. members are those of the rings of a case, by
// its number: 0 is the only one of a folder, and others are of a state, where it is found anew.
func fold(events []event, members func(int) (func(string) []string, error)) (*decisions, error) {
	last := -1
	d := &decisions{events: events}
	for k := range events {
		if events[k].Action == foundAnew && events[k].Found != nil {
			last, d.at, d.since = k, *events[k].Found, events[k].Seq
		}
	}
	var err error
	if d.found, err = members(d.at.Case); err != nil {
		return nil, err
	}
	f := folded{states: map[string]*state{}, members: someone}
	undone := undoneBy(events)
	for k, e := range events {
		if k > last {
			f.members = d.found
		}
		if e.Action == foundAnew && e.Found != nil {
			f.goOn(&e)
			if len(e.Found.Changes) > 0 {
				d.shown = append(d.shown, e.inWords())
			}
			continue
		}
		d.shown = append(d.shown, e)
		if err := sound(&e, f.states, f.members); err != nil && (e.Action == undo || !undone[e.Seq]) {
			return nil, fmt.Errorf("decision %d: %w; it was not made here", e.Seq, err)
		}
		if e.Action != comment {
			for _, id := range e.Rings {
				f.of(id).Version = e.Seq
			}
		}
		if undone[e.Seq] {
			continue
		}
		for k := range e.Rings {
			f.add(&e, k, makes(e))
		}
	}
	d.states = f.states
	return d, nil
}

// someone stands for the members of rings of cases that are not there any more.
func someone(string) []string { return []string{""} }

// folded is what events have made of rings so far.
type folded struct {
	states  map[string]*state
	members func(string) []string // of the rings that were found
	since   int64                 // the last event that says that a case was found
}

func (f *folded) of(id string) *state {
	if f.states[id] == nil {
		f.states[id] = &state{Status: "open", Version: f.since}
	}
	return f.states[id]
}

func (f *folded) membersOf(id string) []string {
	if s := f.states[id]; s != nil && s.members != nil {
		return s.members
	}
	return f.members(id)
}

// add adds what an event says of the k-th of its rings, made being those that it makes.
func (f *folded) add(e *event, k int, made []string) {
	id := e.Rings[k]
	s := f.of(id)
	switch e.Action {
	case confirm:
		s.Status, s.Reason = "confirmed", e.Reason
	case dismiss:
		s.Status, s.Reason = "dismissed", e.Reason
	case reopen:
		s.Status, s.Reason = "open", e.Reason
	case assign:
		s.Assignee = e.Assignee
	case comment:
		s.Comments = append(s.Comments, remark{e.Who, e.At, e.Text})
		s.Said++
	case merge:
		s.Status, s.Reason, s.Into = "merged", e.Reason, made
		m := f.of(made[0])
		m.Version, m.Parts = e.Seq, e.Rings
		m.members = append(m.members, f.membersOf(id)...)
		if k == len(e.Rings)-1 {
			m.members = slices.Compact(slices.Sorted(slices.Values(m.members)))
		}
	case split:
		s.Status, s.Reason, s.Into = "split", e.Reason, made
		rest := slices.DeleteFunc(slices.Clone(f.membersOf(id)),
			func(m string) bool { return slices.Contains(e.Members, m) })
		for j, group := range [][]string{rest, e.Members} {
			p := f.of(made[j])
			p.Version, p.Parts, p.members = e.Seq, e.Rings, group
		}
	}
}

// sound reports what no decision can be that was made here: the file may come
// from a stranger, and a ring that is made of itself would have no end.
func sound(e *event, states map[string]*state, members func(string) []string) error {
	if !slices.Contains(actions, e.Action) {
		return fmt.Errorf("there is no action %q", page.Shown(e.Action))
	}
	if e.Action == undo {
		if e.Undoes >= e.Seq {
			return fmt.Errorf("it undoes decision %d", e.Undoes)
		}
		return nil
	}
	if e.Action != merge && e.Action != split {
		return nil // it makes no ring
	}
	for k, id := range e.Rings {
		s := states[id]
		switch {
		case len(members(id)) == 0 && (s == nil || len(s.Parts) == 0):
			return fmt.Errorf("there was no ring %q", page.Shown(id))
		case s != nil && !s.listed():
			return fmt.Errorf("%s was %s before", page.Shown(id), s.Status)
		case slices.Contains(e.Rings[:k], id):
			return fmt.Errorf("%s is named twice", page.Shown(id))
		}
	}
	if e.Action == split && len(e.Rings) != 1 || e.Action == merge && len(e.Rings) < 2 {
		return errors.New("it names too few rings or too many")
	}
	return nil
}

// state returns what was decided about a ring; nil if there is none of the name.
func (t *decisions) state(id string) *state {
	if s := t.states[id]; s != nil && (len(s.Parts) > 0 || t.found(id) != nil) {
		return s
	}
	if t.found(id) != nil {
		return &state{Status: "open", Version: t.since}
	}
	return nil
}

func (t *decisions) membersOf(id string) []string {
	if s := t.states[id]; s != nil && s.members != nil {
		return s.members
	}
	return t.found(id)
}
