package serve

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/ringwatch/ringwatch/reports"
	"github.com/ringwatch/ringwatch/reports/internal/page"
)

//go:embed openapi.json
var openAPI []byte

func (a *App) api(mux *http.ServeMux) {
	get := func(path string, f func(*App, *http.Request) (any, error)) {
		mux.HandleFunc("GET /api/v1"+path, func(w http.ResponseWriter, r *http.Request) { a.reply(w, r, f) })
	}
	post := func(path string, f func(*http.Request) (any, error)) {
		mux.HandleFunc("POST /api/v1"+path, func(w http.ResponseWriter, r *http.Request) {
			if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
				fail(w, r, http.StatusUnsupportedMediaType, "send application/json")
				return
			}
			v, err := f(r)
			if err != nil {
				fail(w, r, status(err), told(err))
				return
			}
			answer(w, http.StatusCreated, v)
		})
	}
	get("/case", (*App).apiCase)
	get("/rings", (*App).apiRings)
	get("/rings/{id}", (*App).apiRing)
	get("/campaigns", (*App).apiCampaigns)
	get("/raters", (*App).apiRaters)
	get("/raters/{id}", (*App).apiRater)
	get("/items", (*App).apiItems)
	get("/items/{id}", (*App).apiItem)
	get("/pair", (*App).apiPair)
	get("/graph", (*App).apiGraph)
	get("/log", (*App).apiLog)
	post("/decisions", a.apiDecide)
	mux.HandleFunc("GET /api/v1/export/{what}", a.export)
	mux.HandleFunc("GET /api/v1/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write(openAPI)
	})
	mux.HandleFunc("GET /api/", func(w http.ResponseWriter, r *http.Request) {
		fail(w, r, http.StatusNotFound, "there is nothing of that name; see /api/v1/openapi.json")
	})
}

// at returns the application as one request sees it: with what was decided up
// to now.
func (a *App) at(r *http.Request) (*App, error) {
	d, err := a.triage.latest(r.Context())
	b := *a
	b.now = d
	return &b, err
}

// reply answers with what f returns, worked out on one state of the decisions.
func (a *App) reply(w http.ResponseWriter, r *http.Request, f func(*App, *http.Request) (any, error)) {
	var v any
	a, err := a.at(r)
	if err == nil {
		v, err = f(a, r)
	}
	if err != nil {
		fail(w, r, status(err), told(err))
		return
	}
	answer(w, http.StatusOK, v)
}

// told is an error in one line; of what a user cannot mend it tells no detail.
func told(err error) string {
	if status(err) == http.StatusInternalServerError {
		return "the decisions cannot be read or written now; try again"
	}
	return strings.ReplaceAll(err.Error(), "\n", " ")
}

func answer(w http.ResponseWriter, code int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		code, b = http.StatusInternalServerError, []byte(`{"error":"the answer cannot be written as JSON"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	send(w, append(b, '\n'))
}

var errNoRatings = invalid{"the folder holds no ratings (" + reports.RatingsFile + "); run ringwatch detect again " +
	"to look up raters and items"}

func (a *App) apiCase(*http.Request) (any, error) {
	d := a.data.doc
	return map[string]any{"title": d.Title, "read": a.data.read, "columns": a.data.columns, "verdict": a.data.verdict,
		"raters": d.Raters, "items": d.Items, "ratings": d.Ratings,
		"first": d.First, "last": d.Last, "rings": len(d.Rings), "in_doubt": a.data.inDoubt(),
		"coordinated": len(d.Coordinated), "not_run": d.NotRun, "warnings": a.data.told.Warnings,
		"thresholds": a.thresholds(), "pseudonyms": a.data.key != nil, "lookups": a.data.table != nil,
		"run": a.data.told.Run}, nil
}

// A ringRow is a ring of a list.
type ringRow struct {
	Ring      string      `json:"ring"`
	Size      int         `json:"size"`
	Targets   int         `json:"targets"`
	Q         json.Number `json:"q_value"`
	Certainty string      `json:"certainty"`
	Fits      string      `json:"explanation,omitempty"` // the innocent explanations that fit
	Detectors []string    `json:"detectors"`
	First     string      `json:"first,omitempty"`
	Last      string      `json:"last,omitempty"`
	Acts      int         `json:"acts"`
	Then      *int        `json:"size_then,omitempty"` // by the end of the window
	ThenOn    *int        `json:"targets_then,omitempty"`
	Effect    string      `json:"effect"`
	Why       string      `json:"why"`
	State     state       `json:"triage"`
}

func (a *App) apiRings(r *http.Request) (any, error) {
	f, err := readFilter(r.URL.Query())
	if err != nil {
		return nil, err
	}
	p, err := readPaging(r.URL.Query())
	if err != nil {
		return nil, err
	}
	list, chance := a.rings(f)
	rows := []ringRow{}
	for _, x := range slice(p, list) {
		row := ringRow{x.ID, x.Size, x.Targets, x.Q, x.Certainty, x.Fits(), x.Detectors, x.First, x.Last,
			x.Acts, nil, nil, x.Did(), x.Why, x.State.brief()}
		if f.Until != "" {
			row.Then, row.ThenOn = &x.Then, &x.ThenTargets
		}
		rows = append(rows, row)
	}
	return map[string]any{"total": len(list), "by_chance": chance, "rings": rows}, nil
}

// seen returns a ring as people see it, and what was decided about it.
func (a *App) seen(id string) (*reports.Ring, *state, error) {
	r, s := a.ring(id), a.now.state(id)
	if r == nil || s == nil {
		return nil, nil, errNotFound
	}
	return a.asSeen(r), s, nil
}

func (a *App) apiRing(r *http.Request) (any, error) {
	ring, state, err := a.seen(r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	p, err := readPaging(r.URL.Query())
	if err != nil {
		return nil, err
	}
	return map[string]any{"ring": ring, "triage": state.page(p)}, nil
}

func (a *App) apiRaters(r *http.Request) (any, error) {
	if a.data.table == nil {
		return nil, errNoRatings
	}
	p, err := readPaging(r.URL.Query())
	if err != nil {
		return nil, err
	}
	all := a.raters(r.URL.Query().Get("search"), r.URL.Query().Get("ring"))
	rows := []rater{}
	for _, u := range slice(p, all) {
		rows = append(rows, a.data.profile(u))
	}
	return map[string]any{"total": len(all), "raters": rows}, nil
}

func (a *App) apiRater(r *http.Request) (any, error) {
	if a.data.table == nil {
		return nil, errNoRatings
	}
	u, ok := a.data.findRater(r.PathValue("id"))
	if !ok {
		return nil, errNotFound
	}
	p, err := readPaging(r.URL.Query())
	if err != nil {
		return nil, err
	}
	rows := a.data.table.ByRater().Rows(u)
	return map[string]any{"rater": a.data.profile(u), "shares_most_with": a.data.neighbours(u, 10),
		"ratings": a.data.given(slice(p, rows))}, nil
}

func (a *App) apiItems(r *http.Request) (any, error) {
	if a.data.table == nil {
		return nil, errNoRatings
	}
	p, err := readPaging(r.URL.Query())
	if err != nil {
		return nil, err
	}
	targets := a.data.targets
	all := a.items(r.URL.Query().Get("search"))
	rows := []item{}
	for _, i := range slice(p, all) {
		rows = append(rows, a.data.itemProfile(i, targets))
	}
	return map[string]any{"total": len(all), "items": rows}, nil
}

func (a *App) apiItem(r *http.Request) (any, error) {
	if a.data.table == nil {
		return nil, errNoRatings
	}
	i, ok := a.data.findItem(r.PathValue("id"))
	if !ok {
		return nil, errNotFound
	}
	p, err := readPaging(r.URL.Query())
	if err != nil {
		return nil, err
	}
	return map[string]any{"item": a.data.itemProfile(i, a.data.targets),
		"ratings": a.data.given(slice(p, a.data.table.ByItem().Rows(i)))}, nil
}

func (a *App) apiPair(r *http.Request) (any, error) {
	return a.lookUp(r.Context(), r.URL.Query().Get("a"), r.URL.Query().Get("b"))
}

func (a *App) lookUp(ctx context.Context, x, y string) (any, error) {
	if a.data.table == nil {
		return nil, errNoRatings
	}
	u, okU := a.data.findRater(strings.TrimSpace(x))
	v, okV := a.data.findRater(strings.TrimSpace(y))
	switch {
	case !okU:
		return nil, invalid{fmt.Sprintf("there is no rater %q", brief(x))}
	case !okV:
		return nil, invalid{fmt.Sprintf("there is no rater %q", brief(y))}
	case u == v:
		return nil, invalid{"name two different raters"}
	}
	return a.data.pair(ctx, u, v)
}

// apiLog returns a page of the events.
func (a *App) apiLog(r *http.Request) (any, error) {
	p, err := readPaging(r.URL.Query())
	if err != nil {
		return nil, err
	}
	if r.URL.Query().Get("limit") == "" {
		p.Size = maxPage
	}
	return a.log(newest(p, a.now.shown)), nil
}

// newest is a page of events that is counted from the last.
func newest(p paging, events []event) []event {
	end := max(0, len(events)-p.From)
	return events[max(0, end-p.Size):end]
}

// log returns events, newest first, with members as people see them.
func (a *App) log(events []event) []event {
	out := make([]event, 0, len(events))
	for _, e := range slices.Backward(events) {
		members := []string(nil)
		for _, m := range e.Members {
			members = append(members, a.data.showRater(m))
		}
		e.Members, e.Found = members, nil
		out = append(out, e)
	}
	return out
}

// A decision is what a client sends.
type decision struct {
	Who      string           `json:"who"`
	Action   string           `json:"action"`
	Rings    []string         `json:"rings"`
	Versions map[string]int64 `json:"versions"` // of the rings, as they were looked at
	Reason   string           `json:"reason"`
	Assignee string           `json:"assignee"`
	Text     string           `json:"text"`
	Members  []string         `json:"members"` // as people see them
	Undoes   int64            `json:"undoes"`
}

func (a *App) apiDecide(r *http.Request) (any, error) {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	var x decision
	if err := d.Decode(&x); err != nil {
		var big *http.MaxBytesError
		if errors.As(err, &big) {
			return nil, err
		}
		return nil, invalid{"not a decision: " + brief(err.Error())}
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, invalid{"more than one decision"}
	}
	return a.decide(r, x)
}

func (a *App) decide(r *http.Request, x decision) (event, error) {
	e := event{Who: page.Shown(x.Who), Action: x.Action, Rings: x.Rings, Reason: page.Shown(x.Reason),
		Assignee: page.Shown(x.Assignee),
		Text:     page.Shown(x.Text), Undoes: x.Undoes}
	for _, m := range x.Members {
		id := m
		if a.data.key != nil {
			var ok bool
			if id, ok = a.data.key.ID(m); !ok {
				return e, invalid{"one of those to split off is not a member of the ring"}
			}
		}
		e.Members = append(e.Members, id)
	}
	e, err := a.triage.decide(r.Context(), e, x.Versions)
	if err != nil {
		return e, err
	}
	e.Members = x.Members
	return e, nil
}
