package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ringwatch/ringwatch/reports/serve"
)

// While cases are found one after another, and watch is killed in the middle, whatever serve
// acknowledges is there at the end.
func TestWatchCase(t *testing.T) {
	lines := smallWorld(t)
	slices.Reverse(lines[1:]) // the brigade comes first
	grown, from := 0, len(lines)*3/4
	f, err := os.Create("ratings.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	grow := func(to int) {
		if _, err := f.WriteString(strings.Join(lines[grown:to], "")); err != nil {
			t.Fatal(err)
		}
		grown = to
	}
	grow(from)
	watch := func() *exec.Cmd {
		c := exec.Command("ringwatch", "watch", "ratings.csv", "--state", "state", "--case-every", "1s",
			"--scorer", "none", "--detectors", "agreement")
		c.Stderr = os.Stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		return c
	}
	kills := 1
	if os.Getenv("RINGWATCH_LONG") != "" {
		kills = 12
	}
	running := watch()
	defer func() {
		running.Process.Kill()
		running.Wait()
	}()
	for !serve.IsState("state") {
		time.Sleep(10 * time.Millisecond)
	}
	app, err := serve.OpenLive("state", serve.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	ask := func(method, path, body string) (int, string) {
		r := httptest.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		app.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	latest := func() int {
		all, err := serve.Cases("state")
		if err != nil {
			t.Fatal(err)
		}
		return append([]int{0}, all...)[len(all)]
	}
	var acknowledged []string
	for until := 1; until <= kills+1; until++ {
		killed := until == 1 // nobody decides before there is one
		for deadline := time.Now().Add(4 * time.Minute); latest() < until; {
			if time.Now().After(deadline) {
				t.Fatalf("there is no case %d", until)
			}
			said := fmt.Sprintf("said %d of case %d", len(acknowledged), until)
			switch code, body := ask("POST", "/api/v1/decisions",
				`{"who":"ana","action":"comment","rings":["R1"],"text":"`+said+`"}`); code {
			case http.StatusCreated:
				acknowledged = append(acknowledged, said)
			case http.StatusServiceUnavailable, http.StatusConflict:
			default:
				t.Fatal(code, body)
			}
			if !killed && len(acknowledged)%7 == 3 { // in the middle of what comes next
				killed = true
				running.Process.Kill()
				running.Wait()
				running = watch()
			}
			time.Sleep(50 * time.Millisecond)
		}
		grow(from + (len(lines)-from)*until/(kills+1))
	}
	time.Sleep(serveLooks)
	if code, body := ask("GET", "/api/v1/case", ""); code != http.StatusOK {
		t.Fatal(code, body)
	}
	_, body := ask("GET", "/api/v1/export/log.json", "")
	var log []struct{ Text string }
	if err := json.Unmarshal([]byte(body), &log); err != nil {
		t.Fatal(err)
	}
	if len(acknowledged) == 0 {
		t.Error("nothing was decided meanwhile")
	}
	lost := slices.DeleteFunc(slices.Clone(acknowledged), func(said string) bool {
		return slices.ContainsFunc(log, func(e struct{ Text string }) bool { return e.Text == said })
	})
	if len(lost) > 0 {
		t.Errorf("%d of %d that were acknowledged are lost, such as %q", len(lost), len(acknowledged), lost[0])
	}
	t.Logf("%d decisions over %d cases", len(acknowledged), latest())
}

// serveLooks is a little more than how often serve looks for a case.
const serveLooks = 1100 * time.Millisecond
