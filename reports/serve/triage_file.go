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
)

// triage keeps events in an SQLite file, and what follows from them in memory.
// Several processes may share the file.
type triage struct {
	db      *sql.DB
	members func(int) (func(string) []string, error) // see fold
	shows   int                                      // the case that is shown; 0 for any that is found
	over    atomic.Bool                              // another was found meanwhile
	clock   func() time.Time

	mu     sync.Mutex // of who asks the file
	told   atomic.Pointer[decisions]
	at     time.Time // when the file was asked last
	path   string
	file   fs.FileInfo // that is open
	marked [2]mark
	still  bool // nothing may be decided
	copy   io.Closer
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
func openTriage(path string, of about, members func(int) (func(string) []string, error)) (*triage, error) {
	for _, end := range []string{"", "-wal", "-shm", "-journal"} { // SQLite writes to all of them
		if err := output.Own(path + end); err != nil {
			return nil, err
		}
	}
	t, err := openFile(path, path, of, members)
	if err == nil {
		err = persist(filepath.Dir(path)) // the file's name, too, survives a loss of power
	}
	return t, err
}

// lookTriage opens a copy of the decisions where the file, or its folder, cannot
// be written to. What is decided after that is not seen.
func lookTriage(path string, of about, members func(int) (func(string) []string, error)) (*triage, error) {
	place, err := output.Temporary("serve")
	if err != nil {
		return nil, err
	}
	for _, end := range []string{"", "-wal"} {
		b, err := output.ReadFile(path + end)
		if err == nil {
			err = os.WriteFile(filepath.Join(place.Path, reports.TriageFile+end), b, 0o600)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, errors.Join(err, place.Close())
		}
	}
	t, err := openFile(filepath.Join(place.Path, reports.TriageFile), path, of, members)
	if err != nil {
		return nil, errors.Join(err, place.Close())
	}
	t.still, t.copy = true, place
	return t, nil
}

// openFile opens a file of decisions, and makes one where there is none. Errors call it
// as it is known: a copy has a place of its own.
func openFile(path, known string, of about, members func(int) (func(string) []string, error)) (*triage, error) {
	db, err := sql.Open("sqlite", "file:"+strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)+
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	t := &triage{db: db, path: path, members: members, clock: time.Now}
	none, err := members(0)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	t.told.Store(&decisions{found: none})
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
		t.file, err = os.Stat(path)
	}
	if err == nil {
		err = t.refresh(context.Background(), db)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", known, err), db.Close())
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

// add takes events up: those about the case that is shown, where another was found meanwhile.
func (t *triage) add(more ...event) error {
	for k, e := range more {
		if t.shows > 0 && e.Action == foundAnew && e.Found != nil && e.Found.Case > t.shows {
			t.over.Store(true)
			more = more[:k]
			break
		}
	}
	d, err := fold(slices.Concat(t.now().events, more), t.members)
	if err == nil {
		t.told.Store(d)
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
	if t.over.Load() {
		return e, conflict{"the case was found anew meanwhile; look again and decide anew"}
	}
	if err := t.now().check(&e, versions); err != nil {
		return e, err
	}
	e.At = t.clock().UTC().Format(time.RFC3339)
	return t.record(ctx, tx, e)
}

// record puts an event on the disk, where others will find it: a file that was taken away can
// still be written to.
func (t *triage) record(ctx context.Context, tx *sql.Tx, e event) (event, error) {
	if at, err := os.Stat(t.path); err != nil || !os.SameFile(at, t.file) {
		return e, conflict{"the file of decisions was taken away or replaced meanwhile, so nothing can be decided " +
			"here; stop ringwatch serve and start it again"}
	}
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
