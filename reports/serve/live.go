package serve

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/reports"
)

// CasesDir is the folder, in a state of ringwatch watch, of the cases that were found one
// after another: 1, 2 and so on, each whole or not there.
const CasesDir = "cases"

// IsState reports whether a folder is a state of ringwatch watch, and no case.
func IsState(dir string) bool {
	_, journal := os.Stat(filepath.Join(dir, "journal"))
	_, cases := os.Stat(filepath.Join(dir, CasesDir))
	_, rings := os.Stat(filepath.Join(dir, "rings.json"))
	return (journal == nil || cases == nil) && rings != nil
}

// CaseDir is the folder of a case of a state.
func CaseDir(state string, n int) string { return filepath.Join(state, CasesDir, strconv.Itoa(n)) }

// Cases are the numbers of the cases that a state has, ascending.
func Cases(state string) (all []int, err error) {
	entries, err := os.ReadDir(filepath.Join(state, CasesDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		n, err := strconv.Atoi(e.Name())
		if err != nil || n < 1 || strconv.Itoa(n) != e.Name() {
			continue
		}
		if _, err := os.Stat(filepath.Join(CaseDir(state, n), "rings.json")); err == nil {
			all = append(all, n)
		}
	}
	slices.Sort(all)
	return all, nil
}

// latest is the case that was found last; 0 if there is none.
func latest(state string) (int, error) {
	all, err := Cases(state)
	if len(all) == 0 {
		return 0, err
	}
	return all[len(all)-1], nil
}

// GoOn carries what was decided about the cases of a state over to its latest, and returns the
// number of that, or of the last that was there: the next has a higher one. Who opens a state does
// that, too; but it must be done before more than one of the cases before the latest goes.
func GoOn(state string) (last int, err error) {
	n, err := latest(state)
	if err != nil {
		return 0, err
	}
	if _, err := os.Stat(filepath.Join(state, reports.TriageFile)); n == 0 && errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	t, err := carryOver(state, n, openTriage)
	if err != nil {
		return 0, err
	}
	return max(n, t.now().at.Case), t.close()
}

// openDecided opens what was decided about the cases of a state, for one that is shown.
func openDecided(state string, n int, open openAs) (*triage, error) {
	t, err := carryOver(state, n, open)
	if err != nil {
		return nil, err
	}
	if t.now().at.Case > n {
		return nil, errors.Join(errOver, t.close())
	}
	t.shows = n
	return t, nil
}

// openAs is openTriage, or lookTriage.
type openAs func(string, about, func(int) (func(string) []string, error)) (*triage, error)

// carryOver opens what was decided about the cases of a state, and carries it over to one, unless it
// is about a later one already.
func carryOver(state string, n int, open openAs) (*triage, error) {
	docs := map[int]*reports.Document{}
	read := func(k int) (*reports.Document, error) {
		if docs[k] != nil {
			return docs[k], nil
		}
		f, err := output.Open(filepath.Join(CaseDir(state, k), "rings.json"))
		if err != nil {
			return nil, err
		}
		defer f.Close()
		c, err := reports.ReadCase(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name(), err)
		}
		docs[k] = c.Document()
		return docs[k], nil
	}
	t, err := open(filepath.Join(state, reports.TriageFile), about{name: "the cases of a state"},
		func(k int) (func(string) []string, error) {
			if k == 0 {
				return func(string) []string { return nil }, nil
			}
			d, err := read(k)
			switch {
			case errors.Is(err, fs.ErrNotExist) && k != n: // somebody took it away
				return func(string) []string { return nil }, nil
			case err != nil:
				return nil, err
			}
			members := membersOf(d)
			return func(id string) []string { return members[id] }, nil
		})
	if err != nil {
		return nil, err
	}
	all, err := Cases(state)
	for _, k := range all {
		if err == nil && k > t.now().at.Case && k <= n {
			err = t.goOnTo(context.Background(), k, read)
		}
	}
	if err != nil {
		return nil, errors.Join(err, t.close())
	}
	return t, nil
}

var errOver = errors.New("the case was found anew meanwhile")

// openCase opens a case of a state.
func openCase(state string, n int, opt Options) (*App, error) {
	open := openTriage
	if opt.ReadOnly || !writable(state) {
		open = lookTriage
	}
	a, err := openAt(CaseDir(state, n), opt, func(*data) (*triage, error) { return openDecided(state, n, open) })
	if err == nil {
		a.number = n
	}
	return a, err
}

// A Live serves the latest case of a state of ringwatch watch, and changes over to the next
// when there is one. What was decided goes over with it, by the identity of rings. Every
// request is answered about one case: a decision by a page of the case before is refused.
type Live struct {
	dir    string
	opt    Options
	signed *sessions
	nobody string
	alerts alertFile

	mu      sync.Mutex
	shown   *showing // nil before there is one
	looked  time.Time
	looking bool
	failed  string // why the latest cannot be opened
}

// A showing is a case while somebody may look at it.
type showing struct {
	app     *App
	handler http.Handler
	users   int
	over    bool
}

// lookEvery is how often it is looked whether there is a case that is newer.
const lookEvery = time.Second

// OpenLive opens a state of ringwatch watch, which may have no case yet.
func OpenLive(dir string, opt Options) (*Live, error) {
	if !IsState(dir) {
		return nil, fmt.Errorf("%s: is no state of ringwatch watch", dir)
	}
	l := &Live{dir: dir, opt: opt, signed: newSessions(), nobody: rand.Text(), alerts: alertFile{dir: dir}}
	return l, l.look()
}

// look changes over to the latest case; meanwhile others are answered about the one before.
func (l *Live) look() error {
	at, due := l.due()
	if !due {
		return nil
	}
	next, err := l.next(at)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.looking = false
	if next == nil {
		return err
	}
	was := l.shown
	l.shown = next
	return was.leave(true)
}

// due tells whether it is time to look whether there is a case after the one that is shown.
func (l *Live) due() (at int, due bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	over := false
	if l.shown != nil {
		at, over = l.shown.app.number, l.shown.app.triage.over.Load()
	}
	if l.looking || time.Since(l.looked) < lookEvery && !over {
		return at, false
	}
	l.looked, l.looking = time.Now(), true
	return at, true
}

// next opens the latest case, nil if it is the one that is shown.
func (l *Live) next(at int) (*showing, error) {
	n, err := latest(l.dir)
	if err != nil || n <= at {
		return nil, err
	}
	a, err := openCase(l.dir, n, l.opt)
	if errors.Is(err, errOver) { // there is another already
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	a.live, a.signed, a.nobody = l, l.signed, l.nobody
	return &showing{app: a, handler: a.Handler()}, nil
}

// leave closes a case that nobody looks at any more.
func (s *showing) leave(over bool) error {
	if s == nil {
		return nil
	}
	s.over = s.over || over
	if s.over && s.users == 0 {
		return s.app.Close()
	}
	return nil
}

// ServeHTTP answers a request about the latest case.
func (l *Live) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	err := l.look()
	l.mu.Lock()
	if err != nil && err.Error() != l.failed && l.opt.Log != nil {
		l.failed = err.Error()
		l.opt.Log("the latest case cannot be opened: " + l.failed)
	}
	s := l.shown
	if s != nil {
		s.users++
	}
	l.mu.Unlock()
	if s == nil {
		w.Header().Set("Retry-After", "10")
		fail(w, r, http.StatusServiceUnavailable,
			"no case was found yet; ringwatch watch --case-every finds the first when there are ratings")
		return
	}
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		s.users--
		s.leave(false)
	}()
	s.handler.ServeHTTP(w, r)
}

// Serve answers requests until ctx ends.
func (l *Live) Serve(ctx context.Context, listener net.Listener) error {
	return answers(ctx, listener, l)
}

// ReadOnly reports whether nothing can be decided.
func (l *Live) ReadOnly() bool { return l.opt.ReadOnly || !writable(l.dir) }

// Close ends what OpenLive began.
func (l *Live) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.shown
	l.shown = nil
	return s.leave(true)
}
