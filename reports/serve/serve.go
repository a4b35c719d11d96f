package serve

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/reports"
	"github.com/ringwatch/ringwatch/reports/internal/page"
)

//go:embed static
var static embed.FS

// Options say how a case is served.
type Options struct {
	Token     string // that every request must bring; empty: none, for addresses of this machine only
	RevealIDs bool   // show the identifiers of raters, not pseudonyms
	ItemURL   string // as reports.CheckURL takes it; or empty
	RaterURL  string

	ReadOnly    bool              // nothing can be decided; also where the folder cannot be written to
	BehindProxy bool              // which speaks TLS and says in X-Forwarded-For who asks
	Log         func(line string) // tells of sign-ins that failed; may be nil
}

// An App serves one case.
type App struct {
	data   *data
	triage *triage
	here   io.Closer  // while it is open, no run replaces the case
	now    *decisions // what one request looks at
	signed *sessions
	nobody string // stands in a page for the name of who looks

	exporting chan struct{} // holds one token while something is exported
	opt       Options
	live      *Live // nil where the folder is that of a case
	number    int   // of the case there
}

// Open reads the folder of a case, or the latest of a state of ringwatch watch, and the
// decisions about it.
func Open(dir string, opt Options) (*App, error) {
	if IsState(dir) {
		n, err := latest(dir)
		if err == nil && n == 0 {
			err = fmt.Errorf("%s: no case was found yet; ringwatch watch --case-every finds them", dir)
		}
		if err != nil {
			return nil, err
		}
		return openCase(dir, n, opt)
	}
	if _, err := os.Stat(filepath.Join(dir, "rings.json")); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: holds no rings.json; name a folder that ringwatch detect --out wrote", dir)
	}
	return openAt(dir, opt, func(d *data) (*triage, error) {
		open := openTriage
		if opt.ReadOnly || !writable(dir) {
			open = lookTriage
		}
		of := about{caseName(d.doc), carried(d.doc)}
		return open(filepath.Join(dir, reports.TriageFile), of, one(membersOf(d.doc)))
	})
}

// openAt reads the folder of a case, and holds it.
func openAt(dir string, opt Options, decided func(*data) (*triage, error)) (*App, error) {
	here, err := output.Share(dir)
	if err != nil {
		return nil, err
	}
	if l, err := output.ReadListing(dir); err == nil && l.Unfinished {
		return nil, errors.Join(fmt.Errorf("%s: the run that replaced this case was stopped; run it again with --force",
			dir), here.Close())
	}
	d, err := load(dir, opt.RevealIDs)
	if err != nil {
		return nil, errors.Join(err, here.Close())
	}
	t, err := decided(d)
	if err != nil {
		return nil, errors.Join(err, d.close(), here.Close())
	}
	return &App{data: d, triage: t, here: here, opt: opt, signed: newSessions(), nobody: rand.Text(),
		exporting: make(chan struct{}, 1)}, nil
}

// membersOf are the members of rings and groups, sorted, and no one of campaigns, which name no rater.
func membersOf(d *reports.Document) map[string][]string {
	members := map[string][]string{}
	for _, groups := range [][]reports.Ring{d.Rings, d.Coordinated} {
		for i := range groups {
			id := groups[i].ID
			for _, m := range groups[i].Members {
				members[id] = append(members[id], m.Rater)
			}
			slices.Sort(members[id])
		}
	}
	for _, c := range d.Campaigns {
		members[c.ID] = []string{}
	}
	return members
}

// one is how decisions know the members of the one case of a folder, see fold.
func one(members map[string][]string) func(int) (func(string) []string, error) {
	return func(n int) (func(string) []string, error) {
		if n > 0 {
			return nil, errors.New("it holds decisions about the cases of a state of ringwatch watch")
		}
		return func(id string) []string { return members[id] }, nil
	}
}

// ReadOnly reports whether nothing can be decided.
func (a *App) ReadOnly() bool { return a.triage.still }

// writable reports whether a folder, and what people decided in it, can be
// written to.
func writable(dir string) bool {
	f, err := os.OpenFile(filepath.Join(dir, reports.TriageFile), os.O_RDWR, 0)
	if err == nil {
		f.Close()
	} else if !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	probe, err := os.CreateTemp(dir, ".ringwatch-")
	if err != nil {
		return false
	}
	probe.Close()
	return os.Remove(probe.Name()) == nil
}

// caseName tells a case from others.
func caseName(d *reports.Document) string {
	return fmt.Sprintf("%s, %d rings, seed %d", cmp.Or(d.Run.Ratings, d.Title), len(d.Rings), d.Run.Seed)
}

// Close ends what Open began.
func (a *App) Close() error { return errors.Join(a.triage.close(), a.data.close(), a.here.Close()) }

// Listen opens an address. Without a token it must be of this machine.
func Listen(address, token string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("%q is not an address; want one such as 127.0.0.1:8377", address)
	}
	if token == "" && !loopback(host) {
		return nil, fmt.Errorf("%s can be reached from other machines; a token must keep strangers out, see "+
			"--auth-token-file", address)
	}
	l, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is in use by another program; name another port, or end that program", address)
	}
	return l, err
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// ReadToken reads a token from the first line of a file.
func ReadToken(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	line, _, _ := strings.Cut(string(b), "\n")
	if line = strings.TrimSpace(line); len(line) < 16 {
		return "", fmt.Errorf("%s: a token has 16 characters or more, in the first line", path)
	}
	return line, nil
}

// Serve answers requests until ctx ends.
func (a *App) Serve(ctx context.Context, l net.Listener) error { return answers(ctx, l, a.Handler()) }

func answers(ctx context.Context, l net.Listener, h http.Handler) error {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute,
		WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	stop := context.AfterFunc(ctx, func() {
		wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), 300*time.Millisecond)
		defer cancel()
		if s.Shutdown(wait) != nil { // somebody still reads
			s.Close()
		}
	})
	defer stop()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// patience is how long a client may take to read what is sent at once, in bytes.
const (
	patience = 30 * time.Second
	atOnce   = 256 << 10
)

// send sends an answer to whoever reads on, however slowly, and to nobody else.
func send(w http.ResponseWriter, b []byte) {
	until := http.NewResponseController(w)
	for len(b) > 0 {
		n := min(len(b), atOnce)
		until.SetWriteDeadline(time.Now().Add(patience)) // none in tests without a connection
		if _, err := w.Write(b[:n]); err != nil {
			return
		}
		b = b[n:]
	}
}

// maxBody caps what a request may send, in bytes.
const maxBody = 256 << 10

const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Handler answers requests for pages and for /api/v1.
func (a *App) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /static/{name}", a.asset)
	mux.HandleFunc("GET /login", a.loginPage)
	mux.HandleFunc("POST /login", a.login)
	mux.HandleFunc("POST /logout", a.logout)
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	})
	a.pages(mux)
	a.api(mux)
	guarded := http.NewCrossOriginProtection().Handler(a.known(mux))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for k, v := range map[string]string{"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff",
			"Referrer-Policy": "no-referrer",
			"Cache-Control":   "no-store", "Cross-Origin-Opener-Policy": "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin", "X-Frame-Options": "DENY"} {
			h.Set(k, v)
		}
		debug.SetPanicOnFault(true) // of a file that is cut while it is mapped
		defer func() {
			if cause := recover(); cause != nil {
				if cause == http.ErrAbortHandler {
					panic(cause)
				}
				if _, fault := cause.(interface{ Addr() uintptr }); fault {
					fail(w, r, http.StatusServiceUnavailable,
						reports.RatingsFile+" was changed while it was looked at; run "+
							"ringwatch detect again, and then serve")
					return
				}
				fail(w, r, http.StatusInternalServerError,
					fmt.Sprintf("this should not have happened: %v; please report it "+
						"with the address that you asked for", cause))
			}
		}()
		if a.opt.Token == "" && !localHost(r.Host) { // a name that a stranger pointed at this machine
			fail(w, r, http.StatusMisdirectedRequest, "this is not "+r.Host)
			return
		}
		if r.ContentLength > maxBody {
			fail(w, r, http.StatusRequestEntityTooLarge, fmt.Sprintf("a request may send at most %d bytes", maxBody))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		guarded.ServeHTTP(w, r)
	})
}

func localHost(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return loopback(strings.Trim(host, "[]"))
}

// known lets nobody through without the token, save to where it is asked for.
func (a *App) known(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.opt.Token == "" || r.URL.Path == "/login" || r.URL.Path == "/favicon.ico" ||
			strings.HasPrefix(r.URL.Path, "/static/") {
			next.ServeHTTP(w, r)
			return
		}
		if _, tries := bearer(r); tries {
			if why := a.unheard(w, r); why != "" {
				fail(w, r, http.StatusTooManyRequests, why)
				return
			}
		}
		in, tried := a.admitted(r)
		if in {
			next.ServeHTTP(w, r)
			return
		}
		if tried {
			a.refused(r.Context(), r)
		}
		if strings.HasPrefix(r.URL.Path, "/api/") || r.Method != http.MethodGet {
			w.Header().Set("WWW-Authenticate", "Bearer")
			fail(w, r, http.StatusUnauthorized, "the token is missing or wrong")
			return
		}
		http.Redirect(w, r, "/login", http.StatusSeeOther)
	})
}

func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

func (a *App) loginPage(w http.ResponseWriter, r *http.Request) {
	a.render(w, r, http.StatusOK, "login", "Sign in", "")
}

var assetTypes = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}

func (a *App) asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	w.Header().Set("Content-Type", assetTypes[filepath.Ext(name)])
	if name == "report.css" {
		io.WriteString(w, page.Style())
		return
	}
	if name == "report.js" {
		io.WriteString(w, page.Script())
		return
	}
	b, err := static.ReadFile("static/" + name)
	if err != nil || assetTypes[filepath.Ext(name)] == "" {
		fail(w, r, http.StatusNotFound, "there is nothing of that name")
		return
	}
	w.Write(b)
}

// fail answers with an error: JSON to programs, a line of text to browsers.
func fail(w http.ResponseWriter, r *http.Request, code int, why string) {
	if strings.HasPrefix(r.URL.Path, "/api/") {
		answer(w, code, map[string]string{"error": why})
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	io.WriteString(w, why+"\n")
}

// status is the code of an error.
func status(err error) int {
	var c conflict
	var i invalid
	var big *http.MaxBytesError
	switch {
	case errors.As(err, &c):
		return http.StatusConflict
	case errors.As(err, &i):
		return http.StatusUnprocessableEntity
	case errors.As(err, &big):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, errNotFound):
		return http.StatusNotFound
	}
	return http.StatusInternalServerError
}

var errNotFound = errors.New("there is nothing of that name")
