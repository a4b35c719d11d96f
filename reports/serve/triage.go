package serve

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite" // the driver

	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/reports"
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
	Version  int64    `json:"version"`           // of the last decision on it; 0 for none

	members []string // of a ring made by hand
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

// triage keeps events in an SQLite file, and what follows from them in memory.
// Several processes may share the file.
type triage struct {
	db      *sql.DB
	members func(ring string) []string // of the rings that were found; nil if there is none
	clock   func() time.Time

	mu     sync.Mutex // of who asks the file
	told   atomic.Pointer[decisions]
	at     time.Time // when the file was asked last
	path   string
	marked [2]mark
	still  bool // nothing may be decided
	copy   io.Closer
}

// decisions are all events up to one, and what follows from them. They do not
// change, so whoever looks at them keeps nobody waiting.
type decisions struct {
	events []event
	states map[string]*state
	found  func(ring string) []string // members

	byHand sync.Map // of rings made by hand, *reports.Ring by ID, once worked out
	pages  sync.Map // that were made of them, []byte by address
	kept   atomic.Int64
}

// now is what was decided as far as we know.
func (t *triage) now() *decisions { return t.told.Load() }

// Every event is on the disk before it is acknowledged (synchronous=FULL), and
// none is ever changed or taken away.
const schema = `
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);
CREATE TRIGGER IF NOT EXISTS no_update BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are kept as they are'); END;
CREATE TRIGGER IF NOT EXISTS no_delete BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are kept'); END;`

// An about tells a case, and what was decided before, which a file of decisions
// begins with.
type about struct {
	name   string
	before []event
}

// carry puts the decisions of an earlier case at the beginning of a file.
func carry(db *sql.DB, before []event) error {
	if len(before) == 0 {
		return nil
	}
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	n := 0
	if err := tx.QueryRow(`SELECT count(*) FROM events`).Scan(&n); err != nil || n > 0 {
		return err
	}
	for _, e := range before {
		body, err := json.Marshal(e)
		if err == nil {
			_, err = tx.Exec(`INSERT INTO events (body) VALUES (?)`, string(body))
		}
		if err != nil {
			return err
		}
	}
	return tx.Commit()
}

// openTriage opens the decisions about a case, told by its name.
func openTriage(path string, of about, members func(string) []string) (*triage, error) {
	t, err := openFile(path, of, members)
	if err == nil {
		err = persist(filepath.Dir(path)) // the file's name, too, survives a loss of power
	}
	return t, err
}

// lookTriage opens a copy of the decisions where the file, or its folder, cannot
// be written to. What is decided after that is not seen.
func lookTriage(path string, of about, members func(string) []string) (*triage, error) {
	place, err := output.Temporary("ringwatch-serve-")
	if err != nil {
		return nil, err
	}
	for _, end := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + end)
		if err == nil {
			err = os.WriteFile(filepath.Join(place.Path, reports.TriageFile+end), b, 0o600)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, errors.Join(err, place.Close())
		}
	}
	t, err := openFile(filepath.Join(place.Path, reports.TriageFile), of, members)
	if err != nil {
		return nil, errors.Join(err, place.Close())
	}
	t.still, t.copy = true, place
	return t, nil
}

// openFile opens a file of decisions, and makes one where there is none.
func openFile(path string, of about, members func(string) []string) (*triage, error) {
	db, err := sql.Open("sqlite", "file:"+strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)+
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	t := &triage{db: db, path: path, members: members, clock: time.Now}
	t.told.Store(&decisions{found: members})
	var found string
	_, err = db.Exec(schema)
	if err == nil {
		_, err = db.Exec(`INSERT INTO facts VALUES ('case', ?) ON CONFLICT DO NOTHING`, of.name)
	}
	if err == nil {
		err = db.QueryRow(`SELECT value FROM facts WHERE name = 'case'`).Scan(&found)
	}
	if err == nil && found != of.name {
		err = errors.New("it holds decisions about another run of the detectors; move it away")
	}
	if err == nil {
		err = carry(db, of.before)
	}
	if err == nil {
		err = t.refresh(context.Background(), db)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), db.Close())
	}
	return t, nil
}

func (t *triage) close() error {
	err := t.db.Close()
	if t.copy != nil {
		err = errors.Join(err, t.copy.Close())
	}
	return err
}

// persist puts the names in a folder on the disk, where the system can.
func persist(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	f.Sync()
	return f.Close()
}

type querier interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}

// refresh reads the events that others wrote.
func (t *triage) refresh(ctx context.Context, q querier) error {
	d := t.now()
	last := int64(0)
	if n := len(d.events); n > 0 {
		last = d.events[n-1].Seq
	}
	rows, err := q.QueryContext(ctx, `SELECT seq, body FROM events WHERE seq > ? ORDER BY seq`, last)
	if err != nil {
		return err
	}
	defer rows.Close()
	var more []event
	for rows.Next() {
		var e event
		var body []byte
		if err := rows.Scan(&e.Seq, &body); err != nil {
			return err
		}
		seq := e.Seq
		if err := json.Unmarshal(body, &e); err != nil {
			return fmt.Errorf("decision %d cannot be read: %w", seq, err)
		}
		e.Seq = seq
		more = append(more, e)
	}
	if err := rows.Err(); err != nil || len(more) == 0 {
		return err
	}
	return t.add(more...)
}

// add takes events up.
func (t *triage) add(more ...event) error {
	events := slices.Concat(t.now().events, more)
	states, err := fold(events, t.members)
	if err == nil {
		t.told.Store(&decisions{events: events, states: states, found: t.members})
	}
	return err
}

// decide records a decision, unless it makes no sense or one of the rings has
// changed since the version that it was made on; a comment never is too late.
func (t *triage) decide(ctx context.Context, e event, versions map[string]int64) (event, error) {
	if t.still {
		return e, conflict{"the folder cannot be written to, so nothing can be decided here"}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	tx, err := t.db.BeginTx(ctx, nil)
	if err != nil {
		return e, err
	}
	defer tx.Rollback()
	if err := t.refresh(ctx, tx); err != nil {
		return e, err
	}
	if err := t.now().check(&e, versions); err != nil {
		return e, err
	}
	e.At = t.clock().UTC().Format(time.RFC3339)
	body, err := json.Marshal(e)
	if err != nil {
		return e, err
	}
	done, err := tx.ExecContext(ctx, `INSERT INTO events (body) VALUES (?)`, string(body))
	if err != nil {
		return e, err
	}
	if e.Seq, err = done.LastInsertId(); err != nil {
		return e, err
	}
	if err := tx.Commit(); err != nil {
		return e, err
	}
	return e, t.add(e)
}

// Caps of what a decision may hold.
const (
	maxName  = 80
	maxWords = 4000
)

func (t *decisions) check(e *event, versions map[string]int64) error {
	e.Who, e.Reason, e.Assignee, e.Text = strings.TrimSpace(e.Who), strings.TrimSpace(e.Reason), strings.TrimSpace(e.Assignee), strings.TrimSpace(e.Text)
	switch {
	case !slices.Contains(actions, e.Action):
		return invalid{fmt.Sprintf("%q is no action; there are %s", e.Action, strings.Join(actions, ", "))}
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
			return conflict{fmt.Sprintf("%s has changed since you looked: it is %s now, decision %d; look again and decide anew", id, s.Status, s.Version)}
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
			return invalid{"one of those to split off is no member of the ring"}
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
	if undone[what.Seq] {
		return conflict{fmt.Sprintf("decision %d is undone already", what.Seq)}
	}
	touched := touches(what)
	for _, later := range t.events[k+1:] {
		if undone[later.Seq] || later.Action == comment || later.Action == undo {
			continue
		}
		for _, id := range touches(later) {
			if slices.Contains(touched, id) {
				return conflict{fmt.Sprintf("decision %d, to %s %s, came after it; undo that first", later.Seq, later.Action, strings.Join(later.Rings, " and "))}
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

// fold works out what follows from the events.
func fold(events []event, members func(string) []string) (map[string]*state, error) {
	states := map[string]*state{}
	of := func(id string) *state {
		if states[id] == nil {
			states[id] = &state{Status: "open"}
		}
		return states[id]
	}
	all := func(id string) []string {
		if s := states[id]; s != nil && s.members != nil {
			return s.members
		}
		return members(id)
	}
	undone := undoneBy(events)
	for _, e := range events {
		if err := sound(&e, states, members); err != nil && (e.Action == undo || !undone[e.Seq]) {
			return nil, fmt.Errorf("decision %d: %w; it was not made here", e.Seq, err)
		}
		if e.Action != comment {
			for _, id := range e.Rings {
				of(id).Version = e.Seq
			}
		}
		if undone[e.Seq] {
			continue
		}
		made := makes(e)
		for k, id := range e.Rings {
			s := of(id)
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
				m := of(made[0])
				m.Version, m.Parts = e.Seq, e.Rings
				m.members = append(m.members, all(id)...)
				if k == len(e.Rings)-1 {
					m.members = slices.Compact(slices.Sorted(slices.Values(m.members)))
				}
			case split:
				s.Status, s.Reason, s.Into = "split", e.Reason, made
				rest := slices.DeleteFunc(slices.Clone(all(id)), func(m string) bool { return slices.Contains(e.Members, m) })
				for j, group := range [][]string{rest, e.Members} {
					p := of(made[j])
					p.Version, p.Parts, p.members = e.Seq, e.Rings, group
				}
			}
		}
	}
	return states, nil
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
		return &state{Status: "open"}
	}
	return nil
}

func (t *decisions) membersOf(id string) []string {
	if s := t.states[id]; s != nil && s.members != nil {
		return s.members
	}
	return t.found(id)
}

// stale is how old what others decided may be before the file is asked again,
// even if its size and time say that nobody wrote to it.
const stale = 100 * time.Millisecond

// A mark is what changes when a file is written to.
type mark struct {
	size int64
	at   time.Time
}

// mark tells whether somebody wrote to the file, or ahead of it.
func (t *triage) mark() (m [2]mark) {
	for k, end := range []string{"", "-wal"} {
		if info, err := os.Stat(t.path + end); err == nil {
			m[k] = mark{info.Size(), info.ModTime()}
		}
	}
	return m
}

// latest returns what is known now, the events of other processes too.
func (t *triage) latest(ctx context.Context) (*decisions, error) {
	if !t.mu.TryLock() { // somebody asks, or waits for the disk with a decision
		return t.now(), nil
	}
	defer t.mu.Unlock()
	if now, mark := time.Now(), t.mark(); !t.still && (mark != t.marked || now.Sub(t.at) >= stale) {
		if err := t.refresh(ctx, t.db); err != nil {
			return nil, err
		}
		t.at, t.marked = now, mark
	}
	return t.now(), nil
}
