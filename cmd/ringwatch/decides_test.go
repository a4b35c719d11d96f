package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ringwatch/ringwatch/reports/serve"
)

// decides CASE RING ACTION [REASON] decides about a ring as Ann would in ringwatch serve.
func decides(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("decides CASE RING ACTION [REASON]")
	}
	app, err := serve.Open(ts.MkAbs(args[0]), serve.Options{})
	ts.Check(err)
	defer app.Close()
	body, err := json.Marshal(map[string]any{"who": "Ann", "action": args[2], "rings": []string{args[1]},
		"reason": strings.Join(args[3:], " "), "versions": map[string]int{args[1]: 0}})
	ts.Check(err)
	r := httptest.NewRequest(http.MethodPost, "/api/v1/decisions", strings.NewReader(string(body)))
	r.Host = "127.0.0.1:8377"
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	app.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusCreated {
		ts.Fatalf("%s was not decided: %d %s", args[1], w.Code, w.Body)
	}
}
