package live

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
)

// world is some ratings as JSON lines: two camps that disagree on half of the items.
func world(rows int) []string {
	rng := rand.New(rand.NewPCG(5, 5))
	lines := make([]string, rows)
	for k := range lines {
		u, i := rng.IntN(80), rng.IntN(60)
		like := i%3 == 0 || i%2 == u%2
		value := 1 + rng.IntN(2)
		if like {
			value = 4 + rng.IntN(2)
		}
		lines[k] = fmt.Sprintf(`{"user":"u%d","item":"i%d","stars":%d,"time":%d}`,
			u, i, value, 1_700_000_000+60*k) + "\n"
	}
	return lines
}

type running struct {
	*API
	url  string
	stop func()
}

func start(t *testing.T, dir string) *running {
	t.Helper()
	j, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	s := NewState(j, rating.ReadOptions{}, scoring.NewBridging(), 1, 0)
	alerts, err := NewAlerts(j, rating.ReadOptions{}, DefaultAlerts(), func(Alert) {})
	if err != nil {
		t.Fatal(err)
	}
	r := NewRecorder(ctx, j, func(error) {}, func(all []Said) {
		s.Heard(all)
		alerts.Heard()
	})
	var work sync.WaitGroup
	work.Go(func() {
		if err := alerts.Run(ctx, r); err != nil {
			t.Error(err)
		}
	})
	work.Go(func() { s.Run(ctx) })
	door, err := NewDoor(j, rating.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	a := &API{State: s, Alerts: alerts, Recorder: r, Journal: j, Door: door}
	server := httptest.NewServer(a.Handler())
	return &running{a, server.URL, func() {
		server.Close()
		end()
		r.Wait()
		work.Wait()
		j.Close()
	}}
}

func (a *running) ask(t *testing.T, method, path, body string) (int, map[string]any) {
	t.Helper()
	r, err := http.NewRequest(method, a.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var out map[string]any
	text, _ := io.ReadAll(answer.Body)
	if json.Unmarshal(text, &out) != nil {
		out = map[string]any{"text": string(text)}
	}
	return answer.StatusCode, out
}

func (a *running) until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for begun := time.Now(); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Since(begun) > 30*time.Second {
			t.Fatalf("%s is still not so: %+v", what, a.State.Count())
		}
	}
}

// What is posted is on the disk once it is acknowledged, moves the scores of its
// items at once, and is there after a restart.
func TestAPI(t *testing.T) {
	dir := t.TempDir()
	a := start(t, dir)
	lines := world(3000)
	var all sync.WaitGroup
	for k := range 10 { // many at once
		all.Go(func() {
			if status, out := a.ask(t, "POST", "/v1/ratings",
				strings.Join(lines[300*k:300*(k+1)], "")); status != 200 ||
				out["acknowledged"] != 300. {
				t.Error(status, out)
			}
		})
	}
	all.Wait()
	a.until(t, "a fit of all", func() bool {
		_, _, raters := a.State.Size()
		_, out := a.ask(t, "GET", "/healthz", "")
		return raters == 80 && out["status"] == "ok"
	})
	status, before := a.ask(t, "GET", "/v1/items/i0", "")
	if status != 200 || before["intercept"] == nil {
		t.Fatal(status, before)
	}
	var flood strings.Builder
	for u := range 80 {
		fmt.Fprintf(&flood, `{"user":"u%d","item":"i0","stars":1,"time":1800000000}`+"\n", u)
	}
	fmt.Fprintf(&flood, `{"user":"u1","item":"new one","stars":5,"time":1800000000}`+"\n"+
		`{"user":"nobody yet","item":"i0","stars":5,"time":1800000000}`+"\n")
	if status, out := a.ask(t, "POST", "/v1/ratings", flood.String()); status != 200 || out["acknowledged"] != 82. {
		t.Fatal(status, out)
	}
	a.until(t, "a lower score", func() bool {
		_, now := a.ask(t, "GET", "/v1/items/i0", "")
		return now["intercept"].(float64) < before["intercept"].(float64)-.3
	})
	if status, out := a.ask(t, "GET", "/v1/items/new%20one", ""); status != 200 || out["ratings"] != 1. {
		t.Error(status, out)
	}
	if status, out := a.ask(t, "GET", "/v1/raters/nobody%20yet", ""); status != 200 || out["ratings"] != 1. {
		t.Error("a rater that was not fitted:", status, out)
	}
	if status, out := a.ask(t, "GET", "/v1/raters/u1", ""); status != 200 || out["factor"] == nil {
		t.Error(status, out)
	}
	if _, out := a.ask(t, "GET", "/metrics", ""); !strings.Contains(out["text"].(string),
		"ringwatch_journal_writable 1\n") {
		t.Error(out)
	}
	for _, bad := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/v1/ratings", "", 400}, {"POST", "/v1/ratings", "{}\nnot json\n", 400},
		{"POST", "/v1/ratings", "[1]", 400},
		{"POST", "/v1/ratings", strings.Repeat(" ", mostPosted+1), 413}, {"GET", "/v1/items/none", "", 404}, {"GET",
			"/v1/raters/none", "", 404}, {"PUT", "/v1/ratings", "", 405},
	} {
		if status, out := a.ask(t, bad.method, bad.path, bad.body); status != bad.status {
			t.Errorf("%s %s: %d, not %d: %v", bad.method, bad.path, status, bad.status, out)
		}
	}
	a.stop()

	a = start(t, dir)
	defer a.stop()
	if n := strings.Count(read(t, a.Journal, Posted), "\n"); n != 3082 {
		t.Errorf("%d lines after a restart, not 3082", n)
	}
	a.until(t, "a fit", func() bool { ratings, _, _ := a.State.Size(); return ratings > 0 })
	a.Token = "0123456789abcdef"
	if status, _ := a.ask(t, "GET", "/v1/items/i0", ""); status != 401 {
		t.Errorf("without the token: %d", status)
	}
}

// A disk that takes nothing is told, and nothing is acknowledged; once it takes
// again, what waited is recorded.
func TestFull(t *testing.T) {
	dir := t.TempDir()
	a := start(t, dir)
	defer a.stop()
	path := filepath.Join(dir, journalFile)
	a.Journal.mu.Lock()
	working := a.Journal.file
	broken, err := os.Open(path) // that cannot be written to
	if err != nil {
		t.Fatal(err)
	}
	defer broken.Close()
	a.Journal.file = broken
	a.Journal.mu.Unlock()
	recorded := make(chan int, 1)
	go func() {
		status, _ := a.ask(t, "POST", "/v1/ratings", world(1)[0])
		recorded <- status
	}()
	a.until(t, "the trouble", func() bool { return a.Recorder.Trouble() != nil })
	if status, _ := a.ask(t, "GET", "/healthz", ""); status != 503 {
		t.Errorf("healthz says %d", status)
	}
	if status, _ := a.ask(t, "POST", "/v1/ratings", world(1)[0]); status != 503 {
		t.Errorf("a rating is answered with %d", status)
	}
	a.Journal.mu.Lock()
	a.Journal.file = working
	a.Journal.mu.Unlock()
	if status := <-recorded; status != 200 {
		t.Errorf("what waited is answered with %d", status)
	}
	a.until(t, "all well", func() bool { return a.Recorder.Trouble() == nil })
	if got := read(t, a.Journal, Posted); got != world(1)[0] {
		t.Errorf("the journal has %q", got)
	}
}
