package live

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// Posted is the source that ratings of the API are of: a file of JSON lines.
const Posted = "posted.jsonl"

const (
	mostPosted  = 8 << 20 // bytes of one request
	readWithin  = 30 * time.Second
	writeWithin = 30 * time.Second
)

//go:embed openapi.json
var openAPI []byte

// An API answers programs: ratings in, items and raters out. Its OpenAPI description
// is at /v1/openapi.json.
type API struct {
	State    *State
	Alerts   *Alerts
	Recorder *Recorder
	Journal  *Journal
	Token    string      // that every request must bear; empty for none
	Door     *Door       // through which ratings are posted; nil where they may not
	Secret   *tls.Config // for TLS; nil for none
	Feed     *Feed       // of a broker; nil for none

	// CaseFailed is why the last case was not found, empty where it was; nil where none are.
	CaseFailed func() string

	streams atomic.Int32
}

// Serve answers at l until ctx ends.
func (a *API) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{Handler: a.Handler(), ReadTimeout: readWithin, WriteTimeout: writeWithin,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 1 << 16,
		BaseContext: func(net.Listener) context.Context { return ctx }}
	stop := context.AfterFunc(ctx, func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 500*time.Millisecond)
		defer cancel()
		if server.Shutdown(end) != nil {
			server.Close()
		}
	})
	defer stop()
	if a.Secret != nil {
		l = tls.NewListener(l, a.Secret)
	}
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Handler answers requests.
func (a *API) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", a.health)
	mux.HandleFunc("GET /metrics", a.metrics)
	mux.HandleFunc("GET /v1/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write(openAPI)
	})
	mux.HandleFunc("POST /v1/ratings", a.post)
	mux.HandleFunc("GET /v1/items/{item...}", func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("item")
		x, ok := a.State.Item(name)
		if alerts := a.Alerts.OfItem(name); ok || len(alerts) > 0 {
			if x.Item, x.Alerts = name, alerts; !ok {
				x.Status = NotFitted
			}
			answer(w, http.StatusOK, x)
		} else {
			a.unknown(w, "no rating of this item has arrived")
		}
	})
	mux.HandleFunc("GET /v1/raters/{rater...}", func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("rater")
		x, ok := a.State.Rater(name)
		if alerts := a.Alerts.OfRater(name); ok || len(alerts) > 0 {
			x.Rater, x.Alerts = name, alerts
			answer(w, http.StatusOK, x)
		} else {
			a.unknown(w, "no rating by this rater counts yet")
		}
	})
	mux.HandleFunc("GET /v1/alerts", func(w http.ResponseWriter, r *http.Request) {
		list, _ := a.Alerts.List(r.URL.Query().Get("after"))
		answer(w, http.StatusOK, map[string][]Alert{"alerts": list})
	})
	mux.HandleFunc("GET /v1/alerts/{id}", func(w http.ResponseWriter, r *http.Request) {
		if x, ok := a.Alerts.Alert(r.PathValue("id")); ok {
			answer(w, http.StatusOK, x)
		} else {
			refuse(w, http.StatusNotFound, "there is no alert of this ID")
		}
	})
	mux.HandleFunc("GET /v1/alerts/stream", a.stream)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		switch {
		case r.URL.Path != "/healthz" && !a.knows(r):
			w.Header().Set("WWW-Authenticate", `Bearer realm="ringwatch"`)
			refuse(w, http.StatusUnauthorized, "give the token as Authorization: Bearer TOKEN")
		case a.Token == "" && !local(r.Host):
			// A page of another site whose name was made to point here.
			refuse(w, http.StatusForbidden, "ask for this machine by localhost or its address")
		case r.Method == http.MethodPost && r.Header.Get("Origin") != "":
			refuse(w, http.StatusForbidden, "ratings are posted by programs, not by pages of a browser")
		default:
			mux.ServeHTTP(w, r)
		}
	})
}

// unknown answers who asks for what nothing is known of, where the first fit may know it soon too.
func (a *API) unknown(w http.ResponseWriter, why string) {
	if a.State.Unfitted() {
		w.Header().Set("Retry-After", "1")
		refuse(w, http.StatusServiceUnavailable, "ratings are being read for the first time; ask again")
		return
	}
	refuse(w, http.StatusNotFound, why)
}

// knows reports whether a request bears the token.
func (a *API) knows(r *http.Request) bool {
	if a.Token == "" {
		return true
	}
	told, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	x, y := sha256.Sum256([]byte(told)), sha256.Sum256([]byte(a.Token))
	return ok && subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

func local(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// post records lines of JSON, and answers once they are on the disk.
func (a *API) post(w http.ResponseWriter, r *http.Request) {
	if a.Door == nil {
		refuse(w, http.StatusConflict, "ratings come from another source; "+
			"start ringwatch watch without SOURCE to post them")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostPosted))
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			refuse(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("more than %d MB; post fewer ratings at once",
				mostPosted>>20))
		} else {
			refuse(w, http.StatusBadRequest, "the request was cut short")
		}
		return
	}
	say, rows, err := a.Door.Check(body)
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), writeWithin-5*time.Second)
	defer cancel()
	if a.Recorder.Trouble() != nil || a.Recorder.record(ctx, say) != nil {
		w.Header().Set("Retry-After", "5")
		refuse(w, http.StatusServiceUnavailable,
			"the ratings are not acknowledged, as the journal cannot be written to; "+
				"post them again")
		return
	}
	answer(w, http.StatusOK, map[string]int{"acknowledged": rows})
}

// health answers anybody how it is, and who bears the token why: that may quote what could not be read.
func (a *API) health(w http.ResponseWriter, r *http.Request) {
	c, seen := a.State.Count(), a.Alerts.Count()
	status, trouble := http.StatusOK, a.Recorder.Trouble()
	out := map[string]any{"status": "ok", "ratings": a.State.Ratings(), "fits": c.Fits}
	if a.knows(r) {
		out["last_fit_failed"], out["alerts_cannot_read"] = c.FitFailed, seen.Unread
		out["scores_snapshot"], out["alerts_snapshot"] = c.Unsaved, seen.Unsaved
	}
	if seen.Evicted+seen.Pairs+seen.Hurried > 0 {
		out["alerts_let_go"] = map[string]int{"ratings": seen.Evicted, "pairs": seen.Pairs, "not_awaited": seen.Hurried}
	}
	if a.failedFit() {
		out["status"] = "the last fit of scores failed"
	}
	if a.CaseFailed != nil {
		why := a.CaseFailed()
		if a.knows(r) {
			out["last_case_failed"] = why
		}
		if why != "" {
			out["status"] = "the last case was not found"
		}
	}
	if trouble != nil {
		status = http.StatusServiceUnavailable
		out["status"] = "the journal cannot be written to"
	}
	answer(w, status, out)
}

// failedFit tells whether there is something to fit, and the last fit of it failed.
func (a *API) failedFit() bool { return a.State.Count().FitFailed != "" && a.Journal.Ratings() > 0 }

const (
	mostStreams = 100
	heartbeat   = 15 * time.Second
	slowReader  = 10 * time.Second // who takes longer to take an alert is left, and comes again with its last ID
)

// stream sends alerts as they come, as server-sent events, from the one on that
// Last-Event-ID names.
func (a *API) stream(w http.ResponseWriter, r *http.Request) {
	if a.streams.Add(1) > mostStreams {
		a.streams.Add(-1)
		w.Header().Set("Retry-After", "60")
		refuse(w, http.StatusServiceUnavailable, "too many programs listen already")
		return
	}
	defer a.streams.Add(-1)
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	send := func(format string, args ...any) bool {
		if out.SetWriteDeadline(time.Now().Add(slowReader)) != nil {
			return false
		}
		_, err := fmt.Fprintf(w, format, args...)
		return err == nil && out.Flush() == nil
	}
	last := r.Header.Get("Last-Event-ID")
	if !send("retry: 5000\n\n") {
		return
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		list, more := a.Alerts.List(last)
		for _, x := range list {
			data, err := json.Marshal(x)
			if err != nil || !send("id: %s\nevent: alert\ndata: %s\n\n", x.ID, data) {
				return
			}
			last = x.ID
		}
		select {
		case <-r.Context().Done():
			return
		case <-more:
		case <-beat.C:
			if !send(": still here\n\n") {
				return
			}
		}
	}
}

// metrics are in the text format of Prometheus.
func (a *API) metrics(w http.ResponseWriter, _ *http.Request) {
	ratings, items, raters := a.State.Size()
	c := a.State.Count()
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	put := func(name, kind, help string, value any) {
		fmt.Fprintf(w, "# HELP ringwatch_%s %s\n# TYPE ringwatch_%s %s\nringwatch_%s %v\n",
			name, help, name, kind, name, value)
	}
	gauge := func(holds bool) int {
		if holds {
			return 1
		}
		return 0
	}
	put("fit_failed", "gauge", "1 while the last fit of scores is one that failed.", gauge(a.failedFit()))
	if a.CaseFailed != nil {
		put("case_failed", "gauge", "1 while the last case is one that was not found.", gauge(a.CaseFailed() != ""))
	}
	put("journal_bytes", "gauge", "Length of the journal.", a.Journal.Size())
	put("journal_writable", "gauge", "1 while the journal can be written to.",
		gauge(a.Recorder.Trouble() == nil))
	put("arrived_bytes_total", "counter", "Bytes of ratings that arrived since the start.", c.Bytes)
	at := a.State.Ratings()
	put("acknowledged_ratings", "gauge", "Ratings on the disk.", at.Acknowledged)
	put("counted_ratings", "gauge", "Ratings in scores as they are, one of each rater and item.", at.Counted)
	put("fitted_ratings", "gauge", "Ratings in the last fit.", ratings)
	put("fitted_items", "gauge", "Items in the last fit.", items)
	put("fitted_raters", "gauge", "Raters in the last fit.", raters)
	put("applied_ratings", "gauge", "Ratings since the last fit that moved a score.", c.Applied)
	put("waiting_ratings", "gauge", "Ratings that count from the next fit.", at.Waiting)
	put("fits_total", "counter", "Fits since the start.", c.Fits)
	list, _ := a.Alerts.List("")
	seen := a.Alerts.Count()
	put("alerts_total", "counter", "Alerts of the state.", len(list))
	put("watched_ratings_total", "counter", "Ratings that alerts looked at.", seen.Ratings)
	put("late_ratings_total", "counter", "Ratings that came too late for alerts.", seen.Late)
	put("unwatched_ratings_total", "counter", "Ratings that alerts cannot look at: without a time, of the future, or "+
		"not to be read.", seen.Timeless+seen.Future+seen.Bad)
	put("evicted_ratings_total", "counter", "Ratings that alerts let go, the oldest first.", seen.Evicted)
	put("evicted_pairs_total", "counter", "Pairs of raters who met that alerts let go, the oldest first.", seen.Pairs)
	put("hurried_ratings_total", "counter", "Ratings that alerts did not let wait for earlier ones, as too many did.",
		seen.Hurried)
	put("held_bytes", "gauge", "What alerts hold in memory, about.", seen.Held)
	if a.Feed != nil {
		put("refused_lines_total", "counter", "Lines from the broker that cannot be read, see refused.jsonl.",
			a.Feed.Refused())
	}
	put("pending_ratings", "gauge", "Ratings that wait for what may come before them.", seen.Pending)
	put("fit_sweeps", "gauge", "Sweeps over the ratings that the last fit took.", c.FitSweeps)
	put("fit_seconds", "gauge", "How long the last fit took.", c.FitTook.Seconds())
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

func refuse(w http.ResponseWriter, status int, why string) {
	answer(w, status, map[string]string{"error": why})
}
