package live

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// The example of the specification's own libraries.
func TestSign(t *testing.T) {
	secret, err := ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330",
		[]byte(`{"test": 2432232314}`)); got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Error(got)
	}
	for _, bad := range []string{"", "whsec_", "whsec_c2hvcnQ=", "not base64 at all, however long it may be"} {
		if _, err := ParseSecret(bad); err == nil {
			t.Errorf("%q is a secret", bad)
		}
	}
}

func TestPublic(t *testing.T) {
	for address, want := range map[string]bool{"8.8.8.8": true, "2606:4700::1111": true, "127.0.0.1": false,
		"10.1.2.3": false, "192.168.0.1": false, "172.16.5.4": false, "169.254.169.254": false,
		"100.64.0.1": false, "0.0.0.0": false, "::1": false, "fe80::1": false, "fd00::1": false, "224.0.0.1": false,
		"::ffff:127.0.0.1": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false} {
		if got := public(netip.MustParseAddr(address).Unmap()); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
	for _, bad := range []string{"", "example.org", "ftp://example.org", "http://example.org",
		"https://a:b@example.org"} {
		if _, err := NewWebhook(bad, nil, false); err == nil {
			t.Errorf("%q is an address", bad)
		}
	}
}

// A hook that fails, redirects and hangs gets every alert, in order, under its ID; what
// it took is not sent again after a restart. One of this machine gets none unless that is allowed.
func TestWebhook(t *testing.T) {
	_, lines := attacked(t, 1)
	dir := t.TempDir()
	a, r, stop := watching(t, dir, time.Hour)
	if err := r.Record(t.Context(), "all.jsonl", []byte(strings.Join(lines, ""))); err != nil {
		t.Fatal(err)
	}
	stop(false)
	want := idsOf(a)
	secret := []byte("0123456789abcdefghijklmnopq")
	var mu sync.Mutex
	var took []string
	calls, elsewhere := 0, 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.URL.Path == "/elsewhere" {
			elsewhere++
			return
		}
		calls++
		body, _ := io.ReadAll(r.Body)
		if r.Header.Get("webhook-signature") != sign(secret, r.Header.Get("webhook-id"),
			r.Header.Get("webhook-timestamp"), body) {
			t.Error("the signature is wrong")
		}
		var told struct {
			Type string
			Data Alert
		}
		if err := json.Unmarshal(body, &told); err != nil || told.Type != "alert" ||
			told.Data.ID != r.Header.Get("webhook-id") {
			t.Error(err, string(body))
		}
		switch calls {
		case 1:
			http.Error(w, "not now", http.StatusInternalServerError)
		case 2:
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		default:
			took = append(took, told.Data.ID)
		}
	}))
	defer server.Close()
	// run has the hook at work until something holds, or for 300 ms where nothing is to happen.
	run := func(private bool, holds func(a *Alerts, troubles int) bool) (troubles []string) {
		a, r, stop := watching(t, dir, time.Hour)
		defer stop(true)
		h, err := NewWebhook(server.URL, secret, true)
		if err != nil {
			t.Fatal(err)
		}
		h.Private = private
		h.wait = func(int) time.Duration { return time.Millisecond }
		h.Trouble = func(err error) {
			mu.Lock()
			defer mu.Unlock()
			troubles = append(troubles, fmt.Sprint(err))
		}
		within := 300 * time.Millisecond
		if holds != nil {
			within = time.Minute
		}
		ctx, end := context.WithTimeout(t.Context(), within)
		defer end()
		var watch sync.WaitGroup
		watch.Go(func() {
			for holds != nil && ctx.Err() == nil {
				mu.Lock()
				n := len(troubles)
				mu.Unlock()
				if holds(a, n) {
					end()
				}
				time.Sleep(5 * time.Millisecond)
			}
		})
		if err := h.Run(ctx, a, r); err != nil {
			t.Error(err)
		}
		watch.Wait()
		return troubles
	}
	failed := func(_ *Alerts, troubles int) bool { return troubles > 0 }
	if troubles := run(false, failed); len(troubles) != 1 ||
		!strings.Contains(troubles[0], "127.0.0.1 is no public address") ||
		calls > 0 {
		t.Error(troubles, calls)
	}
	taken := func(a *Alerts, _ int) bool {
		own, err := a.journal.own()
		n := 0
		for _, line := range own {
			if line.Sent != nil {
				n++
			}
		}
		return err != nil || n == len(want)
	}
	if troubles := run(true, taken); len(troubles) != 2 || !strings.Contains(troubles[0], "500") ||
		troubles[1] != "<nil>" {
		t.Error(troubles)
	}
	run(true, nil)
	if fmt.Sprint(took) != fmt.Sprint(want) || elsewhere > 0 {
		t.Errorf("it took %v, not %v; %d went elsewhere", took, want, elsewhere)
	}
}

// Alerts come as events, and who comes again goes on where it was.
func TestStream(t *testing.T) {
	_, lines := attacked(t, 1)
	dir := t.TempDir()
	a, r, stop := watching(t, dir, time.Hour)
	if err := r.Record(t.Context(), "all.jsonl", []byte(strings.Join(lines, ""))); err != nil {
		t.Fatal(err)
	}
	stop(false)
	want := idsOf(a)
	live := start(t, dir)
	defer live.stop()
	listen := func(last string, n int) (ids []string) {
		ctx, end := context.WithTimeout(t.Context(), time.Minute)
		defer end()
		r, _ := http.NewRequestWithContext(ctx, "GET", live.url+"/v1/alerts/stream", nil)
		r.Header.Set("Last-Event-ID", last)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		for s := bufio.NewScanner(answer.Body); s.Scan(); {
			if id, ok := strings.CutPrefix(s.Text(), "id: "); ok {
				ids = append(ids, id)
			}
			if len(ids) == n { // and no more, for a while
				time.AfterFunc(200*time.Millisecond, end)
			}
		}
		return ids
	}
	if got := listen("", len(want)); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, not %v", got, want)
	}
	if got := listen(want[0], len(want)-1); fmt.Sprint(got) != fmt.Sprint(want[1:]) {
		t.Errorf("after the first: %v", got)
	}
	alert, _ := live.Alerts.Alert(want[0])
	if status, out := live.ask(t, "GET", "/v1/alerts/"+want[0], ""); status != 200 || out["id"] != want[0] {
		t.Error(status, out)
	}
	if status, out := live.ask(t, "GET", "/v1/raters/"+alert.Raters[0], ""); status != 200 ||
		fmt.Sprint(out["alerts"]) != fmt.Sprint(want[:1]) {
		t.Error(status, out)
	}
	if status, out := live.ask(t, "GET", "/v1/items/"+alert.Items[0].Item, ""); status != 200 || out["alerts"] == nil {
		t.Error(status, out)
	}
	if status, out := live.ask(t, "GET", "/v1/alerts?after="+want[len(want)-1], ""); status != 200 ||
		fmt.Sprint(out["alerts"]) != "[]" {
		t.Error(status, out)
	}
	if status, _ := live.ask(t, "GET", "/v1/alerts/rw-0", ""); status != 404 {
		t.Error(status)
	}
	if _, out := live.ask(t, "GET", "/metrics", ""); !strings.Contains(out["text"].(string),
		fmt.Sprintf("ringwatch_alerts_total %d\n", len(want))) {
		t.Error(out)
	}
}

// What the dashboard asks for is there.
func TestDashboard(t *testing.T) {
	text, err := os.ReadFile("../docs/live/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	a := start(t, t.TempDir())
	defer a.stop()
	_, out := a.ask(t, "GET", "/metrics", "")
	asked := 0
	for _, p := range dashboard.Panels {
		for _, target := range p.Targets {
			for _, name := range regexp.MustCompile(`ringwatch_\w+`).FindAllString(target.Expr, -1) {
				asked++
				if !strings.Contains(out["text"].(string), "\n"+name+" ") {
					t.Errorf("there is no %s", name)
				}
			}
		}
	}
	if asked < 5 {
		t.Errorf("it asks for %d", asked)
	}
}

// Every path of the description is answered, and none is left out.
func TestDescription(t *testing.T) {
	var d struct {
		Paths map[string]map[string]any
	}
	if err := json.Unmarshal(openAPI, &d); err != nil {
		t.Fatal(err)
	}
	a := start(t, t.TempDir())
	defer a.stop()
	for path, methods := range d.Paths {
		for method := range methods {
			if path == "/v1/alerts/stream" {
				continue
			}
			if status, out := a.ask(t, strings.ToUpper(method), strings.NewReplacer("{", "", "}", "").Replace(path),
				"{}"); status == 405 || status == 404 && out["error"] == nil {
				t.Errorf("%s %s: %d %v", method, path, status, out)
			}
		}
	}
	source, err := os.ReadFile("api.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`HandleFunc\("(\w+) ([^"]+)"`).FindAllStringSubmatch(string(source), -1) {
		if path := strings.ReplaceAll(m[2], "...", ""); d.Paths[path][strings.ToLower(m[1])] == nil {
			t.Errorf("%s %s is not described", m[1], path)
		}
	}
}
