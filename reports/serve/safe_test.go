package serve

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ringwatch/ringwatch/reports"
)

// A file of decisions may come from a stranger: rings that are made of
// themselves, or of what was not there, are refused when it is opened.
func TestCraftedDecisions(t *testing.T) {
	for _, body := range []string{
		`{"action":"merge","who":"x","rings":["M1","R1"]}`, `{"action":"merge","who":"x","rings":["R1","R9"]}`,
		`{"action":"merge","who":"x","rings":["R1","R1"]}`,
		`{"action":"merge","who":"x","rings":["R1"]}`, `{"action":"split","who":"x","rings":["S1a"]}`,
		`{"action":"split","who":"x","rings":["R1","R2"]}`,
		`{"action":"undo","who":"x","undoes":1}`, `{"action":"undo","who":"x","undoes":7}`,
		`{"action":"nonsense","who":"x","rings":["R1"]}`, `nonsense`,
	} {
		dir := caseDir(t, 3)
		open(t, dir, Options{}).Close()
		db, err := sql.Open("sqlite", filepath.Join(dir, reports.TriageFile))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec("INSERT INTO events (body) VALUES (?)", body); err != nil {
			t.Fatal(err)
		}
		db.Close()
		a, err := Open(dir, Options{})
		if err == nil {
			a.Close()
		}
		if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "decision 1") {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// That a case was found, and which is not said, is no decision, also where it is undone.
func TestStrangersFound(t *testing.T) {
	dir := caseDir(t, 3)
	a := open(t, dir, Options{})
	for _, body := range []string{`{"action":"found","rings":["R1"]}`, `{"action":"undo","who":"x","undoes":1}`} {
		if _, err := a.triage.db.Exec("INSERT INTO events (body) VALUES (?)", body); err != nil {
			t.Fatal(err)
		}
	}
	a.Close()
	if w := ask(open(t, dir, Options{}), "GET", "/rings/R1", ""); w.Code != 200 {
		t.Error(w.Code, w.Body)
	}
}

// Where nothing can be written, a case can be looked at, with what was decided.
func TestReadOnly(t *testing.T) {
	dir := caseDir(t, 3)
	a := open(t, dir, Options{})
	decide(t, a, 201, `{"who":"ann","action":"confirm","rings":["R1"],"versions":{"R1":0}}`)
	b := open(t, dir, Options{ReadOnly: true}) // while the first still has it open
	if s := status1(t, b, "R1"); s != "confirmed 1" || !b.ReadOnly() {
		t.Error(s)
	}
	for _, path := range paths {
		w := ask(b, "GET", path, "")
		if w.Code != 200 || strings.Contains(w.Body.String(),
			`action="/decide"><input type="hidden" name="action" value="comment"`) {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	decide(t, b, 409, `{"who":"bob","action":"confirm","rings":["R2"],"versions":{"R2":0}}`)
	if os.Geteuid() == 0 {
		return // who may write anywhere
	}
	a.Close()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o700)
	if c := open(t, dir, Options{}); !c.ReadOnly() || status1(t, c, "R1") != "confirmed 1" {
		t.Error("a folder that cannot be written to is not looked at only")
	}
}

// What is wrong with decisions is told of their file, and not of a copy of it.
func TestBadDecisions(t *testing.T) {
	dir := caseDir(t, 3)
	path := filepath.Join(dir, reports.TriageFile)
	if err := os.WriteFile(path, []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, "rings.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, err := reports.ReadCase(f)
	if err != nil {
		t.Fatal(err)
	}
	_, shown := Open(dir, Options{ReadOnly: true})
	_, told := Decisions(dir, c.Document())
	_, carried := Carried(dir, c.Document())
	for by, err := range map[string]error{"serve": shown, "report": told, "detect --since": carried} {
		if err == nil || !strings.HasPrefix(err.Error(), path+": ") {
			t.Errorf("%s: %v", by, err)
		}
	}
}

// While a case is shown, no run replaces it, and none is shown while a run does.
func TestNotReplaced(t *testing.T) {
	dir := caseDir(t, 2)
	a := open(t, dir, Options{})
	if f, err := reports.Claim(dir, "detect", true); err == nil {
		f.Close()
		t.Error("a case that is shown can be replaced")
	}
	a.Close()
	os.Remove(filepath.Join(dir, reports.TriageFile))
	f, err := reports.Claim(dir, "detect", true)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if a, err := Open(dir, Options{}); err == nil {
		a.Close()
		t.Error("a case that is replaced can be shown")
	}
}

// A session is one sign-in's own, ends, and goes over TLS only where that is;
// who does not know the token waits, is told of, and is not heard for long.
func TestSessions(t *testing.T) {
	const token = "0123456789abcdef"
	var told []string
	a := open(t, caseDir(t, 2), Options{Token: token, BehindProxy: true,
		Log: func(s string) { told = append(told, s) }})
	far := func(r *http.Request) {
		r.Host = "ringwatch.example"
		r.Header.Set("X-Forwarded-For", "192.0.2.1, 198.51.100.7")
	}
	signIn := func() *http.Cookie {
		w := ask(a, "POST", "/login", "token="+token, far)
		if w.Code != 303 || len(w.Result().Cookies()) != 1 {
			t.Fatal(w.Code)
		}
		return w.Result().Cookies()[0]
	}
	in := func(c *http.Cookie) bool {
		return ask(a, "GET", "/", "", far, func(r *http.Request) { r.AddCookie(c) }).Code == 200
	}
	x, y := signIn(), signIn()
	if x.Value == y.Value || !x.Secure || x.MaxAge <= 0 || !in(x) || !in(y) {
		t.Errorf("sessions are %v and %v", x, y)
	}
	ask(a, "POST", "/logout", "", far, func(r *http.Request) { r.AddCookie(x) })
	if in(x) || !in(y) {
		t.Error("signing out ends another session, or none")
	}
	a.signed.until[y.Value] = time.Now().Add(-time.Second)
	if in(y) {
		t.Error("a session does not end")
	}
	begun := time.Now()
	for range 2 {
		ask(a, "POST", "/login", "token=wrong", far)
	}
	took := time.Since(begun)
	if took < 800*time.Millisecond || len(told) != 2 || !strings.Contains(told[0], "198.51.100.7") {
		t.Errorf("two wrong tokens took %v and are told as %q", took, told)
	}
	a.signed.failed["198.51.100.7"].n = maxFailures
	if w := ask(a, "POST", "/login", "token="+token, far); w.Code != 429 {
		t.Errorf("after many failures: %d", w.Code)
	}
	for _, given := range []string{token, "wrong"} {
		w := ask(a, "GET", "/api/v1/rings", "", far, header("Authorization", "Bearer "+given))
		if w.Code != 429 || !strings.Contains(w.Body.String(), "Too many wrong tokens") ||
			w.Header().Get("Retry-After") == "" {
			t.Errorf("after many failures, with a token: %d, %v, %s", w.Code, w.Header(), w.Body)
		}
	}
	other := func(r *http.Request) { r.Host, r.RemoteAddr = "ringwatch.example", "203.0.113.9:1" }
	if w := ask(a, "GET", "/api/v1/rings", "", other, header("Authorization", "Bearer "+token)); w.Code != 200 {
		t.Errorf("from elsewhere: %d", w.Code)
	}
}

// Whoever has many addresses has no more tries than others.
func TestNetwork(t *testing.T) {
	for address, want := range map[string]string{
		"198.51.100.7": "198.51.100.7", "198.51.100.7:1234": "198.51.100.7", "::ffff:198.51.100.7": "198.51.100.7",
		"2001:db8:1:2::1": "2001:db8:1:2::/64", "2001:db8:1:2:ffff::9": "2001:db8:1:2::/64",
		"[2001:db8:1:2::1]:1234": "2001:db8:1:2::/64", "2001:db8:1:3::1": "2001:db8:1:3::/64",
		"fe80::1%eth0": "fe80::/64", "unknown": "unknown",
	} {
		if got := networkOf(address); got != want {
			t.Errorf("%s is of %s, want %s", address, got, want)
		}
	}
}

// In a stranger's folder, decisions are written to no file of somebody else's, and what is no
// file keeps nobody waiting.
func TestStrangersLinks(t *testing.T) {
	for name, to := range map[string]string{reports.TriageFile: "../precious", reports.TriageFile + "-wal": "../none",
		"rings.json": os.DevNull, reports.RatingsFile: os.DevNull} {
		dir := caseDir(t, 2)
		precious := filepath.Join(dir, "..", "precious")
		os.Remove(filepath.Join(dir, name))
		err := errors.Join(os.WriteFile(precious, nil, 0o644), os.Symlink(to, filepath.Join(dir, name)))
		if err != nil {
			t.Skip(err)
		}
		a, err := Open(dir, Options{})
		if err == nil {
			a.Close()
			t.Errorf("%s that leads to %s is opened", name, to)
		} else if !strings.Contains(err.Error(), "is a link") && !strings.Contains(err.Error(), "is no file") {
			t.Errorf("%s that leads to %s: %v", name, to, err)
		}
		if text, err := os.ReadFile(precious); err != nil || len(text) > 0 {
			t.Errorf("%s that leads to %s: %d bytes are written there, %v", name, to, len(text), err)
		}
		if _, err := os.Stat(filepath.Join(dir, "..", "none")); err == nil {
			t.Errorf("%s that leads to %s: a file is made there", name, to)
		}
	}
}

// A file that is cut while it is mapped is an error of the pages that need it.
func TestCutFile(t *testing.T) {
	dir := caseOf(t, 60, 20)
	a := open(t, dir, Options{})
	if err := os.Truncate(filepath.Join(dir, reports.RatingsFile), 0); err != nil {
		t.Fatal(err)
	}
	if w := ask(a, "GET", "/raters/P7", ""); w.Code != 503 ||
		!strings.Contains(w.Body.String(), "run ringwatch detect again") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := ask(a, "GET", "/log", ""); w.Code != 200 {
		t.Errorf("what does not need it: %d", w.Code)
	}
}

// Opening takes as long for names that are shown escaped as for others.
func TestOpenHostileNames(t *testing.T) {
	names := make([]string, 6_000)
	for k := range names {
		names[k] = fmt.Sprintf("zero\u200bwidth%05d", k)
	}
	plain, hostile := caseOf(t, 100, 40), caseOf(t, 100, 40, names...)
	took := func(dir string) time.Duration {
		begun := time.Now()
		open(t, dir, Options{}).Close()
		return time.Since(begun)
	}
	p, h := took(plain), took(hostile)
	for range 2 { // the machine may have had other work
		if h > 10*p+time.Second {
			p, h = min(p, took(plain)), min(h, took(hostile))
		}
	}
	if h > 10*p+time.Second {
		t.Errorf("names with characters that do not show take %v, others %v", h, p)
	}
}

// Comments and decisions come in pages.
func TestCommentsPaged(t *testing.T) {
	a := open(t, caseDir(t, 2), Options{})
	for k := range 130 {
		decide(t, a, 201, fmt.Sprintf(`{"who":"ann","action":"comment","text":"no. %d.","rings":["R1"]}`, k))
	}
	page := ask(a, "GET", "/rings/R1", "").Body.String()
	if !strings.Contains(page, "no. 129.") || strings.Contains(page, "no. 29.") ||
		!strings.Contains(page, "?from=100") {
		t.Error("the newest hundred are not on the first page alone")
	}
	older := ask(a, "GET", "/rings/R1?from=100", "").Body.String()
	if !strings.Contains(older, "no. 29.") || strings.Contains(older, "no. 30.") {
		t.Error("the others are not on the second")
	}
	var v struct{ Triage state }
	err := json.Unmarshal(ask(a, "GET", "/api/v1/rings/R1?from=125", "").Body.Bytes(), &v)
	if err != nil || v.Triage.Said != 130 || len(v.Triage.Comments) != 5 || v.Triage.Comments[4].Text != "no. 4." {
		t.Errorf("%v: %+v", err, v)
	}
	front := ask(a, "GET", "/?status=open", "").Body.String()
	if !strings.Contains(front, `href="/?sort=size&amp;status=open"`) {
		t.Error("the list cannot be sorted by its links")
	}
	if list := ask(a, "GET", "/api/v1/rings", "").Body.String(); strings.Contains(list, "no. 129.") {
		t.Error("a list holds comments")
	}
}

// Who asks and does not read keeps nobody waiting, and not the end either.
func TestNobodyReads(t *testing.T) {
	a := open(t, caseOf(t, 100, 20), Options{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Serve(ctx, l) }()
	for range 20 {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprintf(c, "GET /api/v1/export/rings.graphml HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
	}
	begun := time.Now()
	r, err := http.Get("http://" + l.Addr().String() + "/api/v1/export/members.csv")
	if err != nil || r.StatusCode != 200 {
		t.Fatal(err)
	}
	r.Body.Close()
	t.Logf("an export behind twenty that nobody reads took %v", time.Since(begun))
	begun = time.Now()
	stop()
	if err := <-ended; err != nil || time.Since(begun) > 2*time.Second {
		t.Errorf("it ended with %v after %v", err, time.Since(begun))
	}
}
