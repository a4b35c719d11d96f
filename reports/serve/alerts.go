package serve

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/reports/internal/page"
)

// An alert is a line of the alerts.jsonl of a state, as much of it as pages show.
type alert struct {
	ID       string    `json:"id"`
	Crossed  string    `json:"crossed"`
	Since    string    `json:"since"`
	Raters   []string  `json:"raters"`
	Grows    string    `json:"grows"`
	Items    []touched `json:"items"`
	ItemsAll int       `json:"items_in_all"`
	Ratings  int       `json:"ratings"`
	Says     string    `json:"says"`
	Evidence struct {
		Choice    float64 `json:"choice_nats"`
		ChoiceBar float64 `json:"choice_bar"`
		Votes     float64 `json:"votes_nats"`
		VotesBar  float64 `json:"votes_bar"`
	} `json:"evidence"`
}

type touched struct {
	Item    string   `json:"item"`
	Raters  int      `json:"raters"`
	Ratings int      `json:"ratings"`
	Mean    float64  `json:"mean"`
	Without *float64 `json:"mean_without"`
	Known   bool     `json:"-"` // the case has ratings of it
}

// alertsFile is where watch keeps alerts, one a line.
const alertsFile = "alerts.jsonl"

// mostAlerts caps those of the list, the newest.
const mostAlerts = 500

// alertFile reads the alerts of a state when there are more.
type alertFile struct {
	dir  string
	mu   sync.Mutex
	mark mark
	all  []alert
}

// list are all alerts, in the order of their crossing. It must not be changed.
func (f *alertFile) list() ([]alert, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	path := filepath.Join(f.dir, alertsFile)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	now := mark{info.Size(), info.ModTime()}
	if now == f.mark {
		return f.all, nil
	}
	b, err := output.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var all []alert
	for line := range bytes.Lines(b) {
		var x alert
		if err := json.Unmarshal(line, &x); err != nil {
			return nil, err
		}
		x.ID, x.Grows, x.Says = page.Shown(x.ID), page.Shown(x.Grows), page.Shown(x.Says)
		x.Crossed, x.Since = page.Shown(x.Crossed), page.Shown(x.Since)
		all = append(all, x)
	}
	f.all, f.mark = all, now
	return all, nil
}

// An alertShown is an alert beside the case.
type alertShown struct {
	alert
	Rings   []alertRing
	Shown   []alertRater
	Unknown int    // raters without a rating in the case
	Until   string // the last rating of the case
	Newer   bool   // the alert is
}

type alertRing struct {
	Ring, Certainty, Status string
	Shared, Size            int
}

type alertRater struct {
	ID    string
	Known bool
}

// beside puts an alert beside the rings of the case that have two of its raters or more.
func (a *App) beside(x alert) alertShown {
	v := alertShown{alert: x, Until: a.data.doc.Last, Newer: x.Crossed > a.data.doc.Last}
	shared := map[string]int{}
	for _, id := range x.Raters {
		for _, ring := range a.data.ringsOf[id] {
			shared[ring]++
		}
		if g := a.data.groupOf[id]; g != nil {
			shared[g.ID]++
		}
	}
	for id, n := range shared {
		r, s := a.data.rings[id], a.now.state(id)
		if n < 2 || r == nil || s == nil {
			continue
		}
		v.Rings = append(v.Rings, alertRing{id, r.Certainty, s.Status, n, r.Size})
	}
	slices.SortFunc(v.Rings, func(p, q alertRing) int {
		return cmp.Or(cmp.Compare(q.Shared, p.Shared), cmp.Compare(p.Ring, q.Ring))
	})
	return v
}

// people shows who an alert names, and what they took, as people see it.
func (a *App) people(v *alertShown) {
	for _, id := range v.Raters {
		if _, known := a.data.raters.find(id); known || a.data.key == nil {
			v.Shown = append(v.Shown, alertRater{a.data.showRater(id), known})
		} else { // there is no pseudonym for them yet
			v.Unknown++
		}
	}
	v.Items = slices.Clone(v.Items)
	for k := range v.Items {
		t := &v.Items[k]
		if _, t.Known = a.data.itemNames.find(t.Item); t.Known || a.data.key == nil {
			t.Item = a.data.showItem(t.Item)
		} else { // its name may hold that of a rater
			t.Item = "an item without a rating in this case yet"
		}
	}
}

func (a *App) alertsPage(w http.ResponseWriter, r *http.Request) {
	a, all, ok := a.alerts(w, r)
	if !ok {
		return
	}
	var v []alertShown
	for _, x := range slices.Backward(all[max(0, len(all)-mostAlerts):]) {
		v = append(v, a.beside(x))
	}
	a.render(w, r, http.StatusOK, "alerts", "Alerts", v)
}

func (a *App) alertPage(w http.ResponseWriter, r *http.Request) {
	a, all, ok := a.alerts(w, r)
	if !ok {
		return
	}
	k := slices.IndexFunc(all, func(x alert) bool { return x.ID == r.PathValue("id") })
	if k < 0 {
		a.render(w, r, http.StatusNotFound, "error", "Not shown", told(errNotFound))
		return
	}
	v := a.beside(all[k])
	a.people(&v)
	a.render(w, r, http.StatusOK, "alert", "Alert "+v.ID, v)
}

// alerts are those of the state, and the application as the request sees it; if they cannot be
// read, that is answered.
func (a *App) alerts(w http.ResponseWriter, r *http.Request) (*App, []alert, bool) {
	now, err := a.at(r)
	var all []alert
	if err == nil {
		all, err = a.live.alerts.list()
	}
	if err != nil {
		a.render(w, r, http.StatusInternalServerError, "error", "Not shown", "the alerts cannot be read now; try again")
		return nil, nil, false
	}
	return now, all, true
}
