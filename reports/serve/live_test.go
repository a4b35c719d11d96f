package serve

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ringwatch/ringwatch/reports"
)

// stateDir makes a state without a case.
func stateDir(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "state")
	err := errors.Join(os.MkdirAll(dir, 0o777), os.WriteFile(filepath.Join(dir, "journal"), nil, 0o666))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// nextCase puts the next case of a state in place, as watch does: of four rings of six raters,
// as change leaves them.
func nextCase(t *testing.T, state string, change func(*reports.Case)) {
	t.Helper()
	n, err := latest(state)
	if err != nil {
		t.Fatal(err)
	}
	c := ringsOf(4, 6)
	c.ExactTimes = true
	if change != nil {
		change(c)
	}
	if n > 0 {
		f, err := os.Open(filepath.Join(CaseDir(state, n), "rings.json"))
		if err != nil {
			t.Fatal(err)
		}
		was, err := reports.ReadCase(f)
		if err == nil {
			c.Earlier, err = reports.NewEarlier(was.Document(), nil)
		}
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	write(t, CaseDir(state, n+1), c)
}

// without leaves out members of a ring, by its place, or all of it.
func without(ring int, members ...int) func(*reports.Case) {
	return func(c *reports.Case) {
		f := c.Findings
		if len(members) == 0 {
			f.Rings = slices.Delete(f.Rings, ring, ring+1)
			return
		}
		r := &f.Rings[ring]
		for _, k := range slices.Backward(members) {
			r.Raters = slices.Delete(r.Raters, k, k+1)
			r.Members = slices.Delete(r.Members, k, k+1)
		}
	}
}

// A client asks a state that is served, and looks at once whether there is a newer case.
type client struct {
	t *testing.T
	*Live
}

func (c client) do(method, path, body string) (int, string) {
	c.t.Helper()
	c.mu.Lock()
	c.looked = c.looked.Add(-lookEvery)
	c.mu.Unlock()
	r := httptest.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(body))
	kind := "application/json"
	if path == "/decide" {
		kind = "application/x-www-form-urlencoded"
	}
	r.Header.Set("Content-Type", kind)
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// ring is what was decided about a ring.
func (c client) ring(id string) (s state) {
	c.t.Helper()
	code, body := c.do("GET", "/api/v1/rings/"+id, "")
	var x struct {
		Triage state `json:"triage"`
	}
	if code == http.StatusNotFound {
		return state{Status: "none"}
	}
	if err := json.Unmarshal([]byte(body), &x); err != nil || code != http.StatusOK {
		c.t.Fatalf("%s: %d %s", id, code, body)
	}
	return x.Triage
}

// decide decides about rings as they are, and returns the answer's code.
func (c client) decide(action, more string, rings ...string) int {
	c.t.Helper()
	versions := map[string]int64{}
	for _, id := range rings {
		versions[id] = c.ring(id).Version
	}
	v, _ := json.Marshal(versions)
	ids, _ := json.Marshal(rings)
	code, body := c.do("POST", "/api/v1/decisions",
		fmt.Sprintf(`{"who":"ana","action":%q,"rings":%s,"versions":%s%s}`, action, ids, v, more))
	if code != http.StatusCreated {
		c.t.Logf("%s %v: %s", action, rings, body)
	}
	return code
}

func openClient(t *testing.T, state string, o Options) client {
	t.Helper()
	l, err := OpenLive(state, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return client{t, l}
}

// What was decided goes on with the next case by the members of rings: it stands where they
// stayed, and is told of where they did not. Who decides by a page of the case before is told.
func TestLive(t *testing.T) {
	state := stateDir(t)
	c := openClient(t, state, Options{})
	if code, body := c.do("GET", "/", ""); code != http.StatusServiceUnavailable || !strings.Contains(body, "no case") {
		t.Fatal(code, body)
	}
	nextCase(t, state, nil)
	for _, id := range []string{"R1", "R2", "R3"} {
		if code := c.decide("confirm", `,"reason":"seen"`, id); code != http.StatusCreated {
			t.Fatal(code)
		}
	}
	c.decide("comment", `,"text":"who are they"`, "R4")
	c.decide("assign", `,"assignee":"bo"`, "R4")
	old := c.ring("R2").Version

	// R1 stays, R2 loses one, R3 is gone, R4 had lost two and gets them later.
	nextCase(t, state, func(c *reports.Case) {
		without(3, 4, 5)(c)
		without(1, 5)(c)
		without(2)(c)
	})
	for id, want := range map[string]string{"R1": "confirmed", "R2": "confirmed", "R3": "none", "R4": "open"} {
		if s := c.ring(id); s.Status != want {
			t.Errorf("%s: %+v, want %s", id, s, want)
		}
	}
	if s := c.ring("R4"); s.Assignee != "bo" || len(s.Comments) != 2 || s.Comments[0].Text != "who are they" ||
		s.Comments[1].Who != tool {
		t.Errorf("R4: %+v", s)
	}
	if code, body := c.do("POST", "/decide", url.Values{"who": {"ana"}, "action": {"dismiss"}, "reason": {"no"},
		"ring": {"R2"}, "version": {fmt.Sprintf("R2=%d", old)}}.Encode()); code != http.StatusConflict {
		t.Errorf("by a page of the case before: %d %s", code, body)
	}
	if code := c.decide("dismiss", `,"reason":"a class"`, "R4"); code != http.StatusCreated {
		t.Error(code)
	}

	// R4 has grown, so that it is looked at again; R3 is back, with what was said of it.
	nextCase(t, state, nil)
	if s := c.ring("R4"); s.Status != "open" || !strings.Contains(s.Comments[len(s.Comments)-1].Text,
		"It was dismissed by ana; that was about other members") {
		t.Errorf("R4: %+v", s)
	}
	if s := c.ring("R5"); s.Status != "open" || len(s.Comments) < 2 || !strings.Contains(s.Comments[1].Text,
		"It was there before, as R3, with 6 of its members. It was confirmed by ana") {
		t.Errorf("R3, back as R5: %+v", s)
	}
	if _, body := c.do("GET", "/rings/R5", ""); !strings.Contains(body, "<b>ana</b> confirm") {
		t.Error("the history of R5 has not what was decided about R3")
	}

	// Nothing of that depends on who looks, when, or how often it was opened.
	again := openClient(t, state, Options{ReadOnly: true})
	for _, id := range []string{"R1", "R2", "R4", "R5"} {
		a, _ := json.Marshal(c.ring(id))
		b, _ := json.Marshal(again.ring(id))
		if string(a) != string(b) {
			t.Errorf("%s: %s and %s", id, a, b)
		}
	}
	if code, body := c.do("GET", "/log", ""); code != http.StatusOK || strings.Contains(body, `Undo decision 1"`) {
		t.Error("that a case was found can be undone")
	}
	look, err := LookAt(state)
	if err != nil {
		t.Fatal(err)
	}
	defer look.Close()
	if x := look.Rings[0]; x.ID != "R1" || x.Status != "confirmed" || x.By != "ana" {
		t.Errorf("%+v", x.Decision)
	}
}

// Rings that were made by hand go on with their parts, or are taken apart.
func TestLiveByHand(t *testing.T) {
	state := stateDir(t)
	nextCase(t, state, nil)
	c := openClient(t, state, Options{RevealIDs: true})
	c.decide("merge", `,"reason":"one owner"`, "R1", "R2")                            // 2
	c.decide("split", `,"reason":"two",`+`"members":["rater0012","rater0013"]`, "R3") // 3
	for _, id := range []string{"M2", "S3a", "S3b"} {
		if code := c.decide("confirm", "", id); code != http.StatusCreated {
			t.Fatal(id, code)
		}
	}
	c.decide("comment", `,"text":"of one owner"`, "M2")

	nextCase(t, state, without(0, 5)) // one left R1, and so M2
	for id, want := range map[string]string{"M2": "confirmed", "R1": "merged", "R2": "merged", "R3": "split",
		"S3a": "confirmed", "S3b": "confirmed", "R4": "open"} {
		if s := c.ring(id); s.Status != want {
			t.Errorf("%s: %+v, want %s", id, s, want)
		}
	}
	_, body := c.do("GET", "/api/v1/rings/M2", "")
	if strings.Contains(body, "rater0005") || !strings.Contains(body, "rater0004") {
		t.Error("M2 has not the members that its parts have now")
	}

	nextCase(t, state, nil) // who left is back: confirmed was a ring without
	if s := c.ring("M2"); s.Status != "open" || len(s.Parts) != 2 {
		t.Errorf("M2 has grown: %+v", s)
	}
	c.decide("confirm", "", "M2")
	nextCase(t, state, func(c *reports.Case) {
		without(2, 0)(c) // of two that were split off, one
		without(1)(c)    // of two that were merged, one
	})
	for id, want := range map[string]string{"M2": "none", "S3a": "none", "S3b": "none", "R1": "open", "R2": "none",
		"R3": "open"} {
		s := c.ring(id)
		if s.Status != want {
			t.Errorf("%s: %+v, want %s", id, s, want)
		}
		if want == "open" && !strings.Contains(fmt.Sprint(s.Comments), "is taken apart") {
			t.Errorf("%s: %+v", id, s.Comments)
		}
	}
	if s := c.ring("R1"); !strings.Contains(fmt.Sprint(s.Comments), "of one owner") {
		t.Errorf("what was said of M2 is not with its part: %+v", s)
	}
	if _, body := c.do("GET", "/log", ""); !strings.Contains(body, "one owner") {
		t.Error("the log has lost a decision")
	}
}

// Two that serve a state decide about one case, and neither acknowledges what the other does
// not know; a case that is put in place between two decisions stops the second, not the first.
func TestLiveTogether(t *testing.T) {
	state := stateDir(t)
	nextCase(t, state, nil)
	a, b := openClient(t, state, Options{}), openClient(t, state, Options{})
	a.decide("confirm", "", "R1")
	if s := b.ring("R1"); s.Status != "confirmed" {
		t.Errorf("%+v", s)
	}
	nextCase(t, state, without(0, 5))
	if _, err := GoOn(state); err != nil { // as watch does; neither has looked
		t.Fatal(err)
	}
	far := b.looked.Add(lookEvery * 1000)
	b.looked = far
	post := func(c client, version int64) int {
		r := httptest.NewRequest("POST", "http://127.0.0.1/api/v1/decisions", strings.NewReader(fmt.Sprintf(
			`{"who":"bo","action":"dismiss","reason":"no","rings":["R2"],"versions":{"R2":%d}}`, version)))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		c.ServeHTTP(w, r)
		return w.Code
	}
	if code := post(b, 1); code != http.StatusConflict {
		t.Errorf("decided about a case that is over: %d", code)
	}
	if s := b.ring("R1"); s.Status != "confirmed" { // it looks now
		t.Errorf("%+v", s)
	}
	if code := post(b, b.ring("R2").Version); code != http.StatusCreated {
		t.Error(code)
	}
	if s := a.ring("R2"); s.Status != "dismissed" {
		t.Errorf("%+v", s)
	}
	if a.shown.app.number != 2 || b.shown.app.number != 2 {
		t.Error(a.shown.app.number, b.shown.app.number)
	}
}

// Where cases in between were taken away, rings are told by their members, and nothing stands
// without a look.
func TestLiveGap(t *testing.T) {
	state := stateDir(t)
	nextCase(t, state, nil)
	c := openClient(t, state, Options{})
	c.decide("confirm", "", "R2")
	c.Close()
	nextCase(t, state, nil)
	nextCase(t, state, nil)
	if err := os.RemoveAll(CaseDir(state, 2)); err != nil {
		t.Fatal(err)
	}
	c = openClient(t, state, Options{})
	if s := c.ring("R2"); s.Status != "open" || !strings.Contains(fmt.Sprint(s.Comments), "It was confirmed by ana") {
		t.Errorf("%+v", s)
	}
}

// Where the last cases were taken away, the next goes on all the same, and nothing stands without a look.
func TestLiveLost(t *testing.T) {
	for _, left := range []int{0, 1} { // cases
		state := stateDir(t)
		if n, err := GoOn(state); n != 0 || err != nil {
			t.Fatal(n, err)
		}
		nextCase(t, state, nil)
		nextCase(t, state, nil)
		c := openClient(t, state, Options{})
		c.decide("confirm", "", "R2")
		c.Close()
		for k := left + 1; k <= 2; k++ {
			if err := os.RemoveAll(CaseDir(state, k)); err != nil {
				t.Fatal(err)
			}
		}
		n, err := GoOn(state)
		if n != 2 || err != nil {
			t.Fatal(n, err)
		}
		all := ringsOf(4, 6)
		all.ExactTimes = true
		write(t, CaseDir(state, n+1), all)
		if n, err := GoOn(state); n != 3 || err != nil {
			t.Fatal(n, err)
		}
		c = openClient(t, state, Options{})
		if s := c.ring("R2"); s.Status != "open" ||
			!strings.Contains(fmt.Sprint(s.Comments), "It was confirmed by ana") {
			t.Errorf("%d left: %+v", left, s)
		}
		c.decide("dismiss", `,"reason":"x"`, "R2")
		if s := c.ring("R2"); s.Status != "dismissed" {
			t.Errorf("%d left: %+v", left, s)
		}
	}
}

// An alert's link opens its page, beside the rings of the case; who has no rating there yet is counted.
func TestLiveAlerts(t *testing.T) {
	state := stateDir(t)
	nextCase(t, state, nil)
	line := `{"id":"rw-1","crossed":"2030-01-01T00:00:00Z","since":"2029-12-31T00:00:00Z",` +
		`"raters":["rater0000","rater0001","rater0002","new<b>"],"items":[{"item":"item 0000","raters":3,"ratings":9,` +
		`"mean":0.5,"mean_without":null},{"item":"of new<b>","raters":3,"ratings":3,"mean":1,"mean_without":0.25}],` +
		`"items_in_all":2,"ratings":6,"says":"4 raters chose 2 items together.","evidence":{"choice_nats":99,"choice_bar":90}}`
	if err := os.WriteFile(filepath.Join(state, alertsFile), []byte(line+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	c := openClient(t, state, Options{})
	code, body := c.do("GET", "/alerts/rw-1", "")
	for _, want := range []string{"4 raters chose 2 items together.", `<a href="/rings/R1">R1</a>: 3 of its 6 members`,
		"and 1 rater who has no rating in this case yet", "item 0000"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in %d %s", want, code, body)
		}
	}
	if strings.Contains(body, "new<b>") || strings.Contains(body, "new&lt;b") {
		t.Error("an identifier is shown")
	}
	if _, body := c.do("GET", "/alerts", ""); !strings.Contains(body, "rw-1") || !strings.Contains(body, "/rings/R1") {
		t.Error(body)
	}
	if code, _ := c.do("GET", "/alerts/rw-2", ""); code != http.StatusNotFound {
		t.Error(code)
	}
	c = openClient(t, state, Options{RevealIDs: true})
	if _, body := c.do("GET", "/alerts/rw-1", ""); !strings.Contains(body, "new&lt;b&gt;") {
		t.Error(body)
	}
}

// With the end of a window, the list says how much of a ring there was by then.
func TestFormed(t *testing.T) {
	app, err := Open(caseDir(t, 2), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	ask := func(path string) string {
		w := httptest.NewRecorder()
		app.Handler().ServeHTTP(w, httptest.NewRequest("GET", "http://127.0.0.1"+path, nil))
		return w.Body.String()
	}
	at, err := time.Parse(time.RFC3339, app.data.rings["R1"].First)
	if err != nil {
		t.Fatal(err)
	}
	until := "until=" + url.QueryEscape(at.Add(100*time.Second).Format(time.RFC3339)) // members act a minute apart
	if body := ask("/api/v1/rings?" + until); !strings.Contains(body, `"size_then":2,"targets_then":4`) {
		t.Error(body)
	}
	if body := ask("/?" + until); !strings.Contains(body, `6<br><small>2 by then</small>`) {
		t.Error(body)
	}
	if body := ask("/"); strings.Contains(body, "by then</small>") {
		t.Error("said without a window")
	}
}
