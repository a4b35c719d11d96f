package serve

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports"
)

//go:embed pages.html
var pagesSource string

var templates = template.Must(template.New("pages").Funcs(template.FuncMap{
	"few": reports.Few, "short": reports.Short, "count": reports.Count, "many": reports.Many, "when": reports.When, "id": reports.ID,
	"join": strings.Join, "split": strings.Fields, "at": func(s string) string { return strings.TrimSuffix(strings.Replace(s, "T", " ", 1), "Z") },
	"rater": func(id string) template.HTML { return reports.Link("/raters/{id}", id) },
	"item":  func(id string) template.HTML { return reports.Link("/items/{id}", id) },
}).Parse(pagesSource))

// A view is what every page is made of.
type view struct {
	Title   string
	Case    string
	Path    string
	Who     string
	Notice  string
	Lookups bool
	Hidden  bool
	Signed  bool
	V       any
}

func (a *App) render(w http.ResponseWriter, r *http.Request, code int, name, title string, v any) {
	x := view{Title: title, Case: a.data.doc.Title, Path: r.URL.Path, Lookups: a.data.table != nil, Hidden: a.data.key != nil, V: v, Signed: a.opt.Token == "" || a.admitted(r)}
	if c, err := r.Cookie("who"); err == nil {
		if who, err := url.QueryUnescape(c.Value); err == nil && len(who) <= maxName {
			x.Who = reports.Shown(who)
		}
	}
	if !x.Signed {
		x.Case = ""
	}
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, x); err != nil {
		fail(w, r, http.StatusInternalServerError, "this page cannot be shown")
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	w.Write(b.Bytes())
}

func (a *App) pages(mux *http.ServeMux) {
	page := func(path, name string, f func(*http.Request) (title string, v any, err error)) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			var title string
			var v any
			var err error
			if e := a.triage.view(r.Context(), func() { title, v, err = f(r) }); e != nil {
				err = e
			}
			if err != nil {
				a.render(w, r, status(err), "error", "Not shown", told(err))
				return
			}
			a.render(w, r, http.StatusOK, name, title, v)
		})
	}
	page("/{$}", "rings", a.ringsPage)
	page("/rings/{id}", "ring", a.ringPage)
	page("/raters", "raters", a.ratersPage)
	page("/raters/{id}", "rater", a.raterPage)
	page("/items", "items", a.itemsPage)
	page("/items/{id}", "item", a.itemPage)
	page("/pair", "pair", a.pairPage)
	page("/graph", "graph", a.graphPage)
	page("/log", "log", func(*http.Request) (string, any, error) { return "What was decided", a.log(), nil })
	page("/", "error", func(*http.Request) (string, any, error) { return "", nil, errNotFound })
	mux.HandleFunc("POST /decide", a.decideForm)
}

type ringsView struct {
	Doc        *reports.Document
	F          Filter
	List       []Listed
	All        int
	Chance     float64
	Thresholds []Threshold
	Activity   template.HTML
	Query      string // of the filter, for exports
	Earlier    string
	Later      string
	Sorts      []sortLink
	Statuses   []string
	Counts     map[string]int
	NotShown   int
}

type sortLink struct{ Name, Query, Sorted, Class string }

// maxListed caps the rings of one page of the list.
const maxListed = 1000

func (a *App) ringsPage(r *http.Request) (string, any, error) {
	f, err := readFilter(r.URL.Query())
	if err != nil {
		return "", nil, err
	}
	v := ringsView{Doc: a.data.doc, F: f, Thresholds: a.thresholds(), Query: f.values().Encode(), Statuses: []string{"all", "open", "confirmed", "dismissed"}, Counts: map[string]int{}}
	all, _ := a.rings(Filter{lnQ: 1, since: -1 << 62, until: 1 << 62})
	for _, x := range all {
		v.Counts[x.State.Status]++
		v.All++
	}
	v.List, v.Chance = a.rings(f)
	if n := len(v.List); n > maxListed {
		v.List, v.NotShown = v.List[:maxListed], n-maxListed
	}
	v.Activity = a.activity(f, v.List)
	move := func(widths int64) string {
		g := f
		if g.Since, g.Until = f.shift(widths); g.Since == "" || g.Until == "" {
			return ""
		}
		return g.values().Encode()
	}
	v.Earlier, v.Later = move(-1), move(1)
	for _, c := range [][3]string{{"Ring", "strength", ""}, {"Raters", "size", "n"}, {"Targets", "targets", "n"}, {"q", "strength", "n"}, {"When", "first", ""}, {"Acts", "acts", "n"}, {"Effect on its targets", "changed", ""}, {"Decision", "status", ""}} {
		g := f
		s := sortLink{Name: c[0], Class: c[2]}
		switch g.Sort {
		case c[1]:
			g.Sort, s.Sorted = "-"+c[1], "ascending"
		case "-" + c[1]:
			g.Sort, s.Sorted = c[1], "descending"
		default:
			g.Sort = c[1]
		}
		s.Query = g.values().Encode()
		v.Sorts = append(v.Sorts, s)
	}
	return "Rings", v, nil
}

// activity draws all acts over time, those of listed rings on their targets
// above, and the window.
func (a *App) activity(f Filter, list []Listed) template.HTML {
	t := a.data.table
	if t == nil || !t.HasTimes() {
		return ""
	}
	first, last, ok := t.Span()
	if !ok || first == last {
		return ""
	}
	const n, w, half = 150, 900, 46
	span := int64(last) - int64(first) + 1
	var ring, all [n]int
	for _, s := range t.Time {
		all[(int64(s)-int64(first))*n/span]++
	}
	for _, x := range list {
		at, ok := a.data.acts[x.ID]
		if !ok {
			at = a.data.times(a.numbers(x.raw))
		}
		for _, s := range at {
			ring[(int64(s)-int64(first))*n/span]++
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="activity" data-first="%d" data-last="%d" viewBox="0 0 %d %d" role="img" aria-label="Acts over time: listed rings on their targets above, everybody below">`,
		rating.ToTime(first).Unix(), rating.ToTime(last).Unix(), w, 2*half+16)
	if f.windowed() {
		at := func(s int64) float64 { return w * float64(min(max(s-int64(first), 0), span)) / float64(span) }
		fmt.Fprintf(&b, `<rect class="window" x="%.1f" y="0" width="%.1f" height="%d"/>`, at(f.since), max(at(f.until)-at(f.since), 2), 2*half)
	}
	bars := func(class string, counts []int, up float64) {
		most := slices.Max(counts)
		fmt.Fprintf(&b, `<path class="%s" d="`, class)
		for i, c := range counts {
			if c > 0 {
				fmt.Fprintf(&b, "M%.1f %dh%.1fv%.1fh-%.1fz", float64(i)*w/n, half, float64(w)/n-1, up*max(float64(half-4)*float64(c)/float64(most), 1), float64(w)/n-1)
			}
		}
		b.WriteString(`"/>`)
	}
	bars("obs", ring[:], -1)
	bars("exp", all[:], 1)
	fmt.Fprintf(&b, `<path class="axis" d="M0 %d.5h%d"/><text x="0" y="%d">%s</text><text class="end" x="%d" y="%d">%s</text></svg>`, half, w, 2*half+13,
		rating.ToTime(first).Format(time.DateOnly), w, 2*half+13, rating.ToTime(last).Format(time.DateOnly))
	return template.HTML(b.String())
}

type ringView struct {
	Ring    *reports.Ring
	State   *State
	HTML    template.HTML
	History []Event
	Parts   []*reports.Ring
	Next    string
	Prev    string
}

func (a *App) ringPage(r *http.Request) (string, any, error) {
	id := r.PathValue("id")
	ring, state, err := a.seen(id)
	if err != nil {
		return "", nil, err
	}
	var b bytes.Buffer
	if err := reports.RingHTML(&b, a.data.doc, ring, reports.Links{Item: a.link("/items/{id}"), Rater: a.link("/raters/{id}")}); err != nil {
		return "", nil, err
	}
	v := ringView{Ring: ring, State: state, HTML: template.HTML(b.String())}
	for _, e := range a.log() {
		if slices.Contains(touches(e), id) {
			v.History = append(v.History, e)
		}
	}
	list, _ := a.rings(Filter{lnQ: 1, since: -1 << 62, until: 1 << 62})
	for k := range list {
		if list[k].ID == id {
			if k > 0 {
				v.Prev = list[k-1].ID
			}
			if k+1 < len(list) {
				v.Next = list[k+1].ID
			}
		}
	}
	return id, v, nil
}

// link is a link to a page of ours, which needs ratings.
func (a *App) link(pattern string) string {
	if a.data.table == nil {
		return ""
	}
	return pattern
}

type listView struct {
	Search, Ring         string
	Total                int
	Raters               []Rater
	Items                []Item
	Query, Before, After string
}

// turn returns the queries of the pages before and after.
func turn(q url.Values, p paging, total int) (before, after string) {
	to := func(from int) string {
		v := url.Values{}
		for _, k := range []string{"search", "ring"} {
			if q.Get(k) != "" {
				v.Set(k, q.Get(k))
			}
		}
		v.Set("from", strconv.Itoa(from))
		return v.Encode()
	}
	if p.From > 0 {
		before = to(max(0, p.From-p.Size))
	}
	if p.From+p.Size < total {
		after = to(p.From + p.Size)
	}
	return before, after
}

func (a *App) ratersPage(r *http.Request) (string, any, error) {
	if a.data.table == nil {
		return "", nil, errNoRatings
	}
	q := r.URL.Query()
	p, err := readPaging(q)
	if err != nil {
		return "", nil, err
	}
	all := a.raters(q.Get("search"), q.Get("ring"))
	v := listView{Search: q.Get("search"), Ring: q.Get("ring"), Total: len(all), Query: url.Values{"search": {q.Get("search")}, "ring": {q.Get("ring")}}.Encode()}
	for _, u := range slice(p, all) {
		v.Raters = append(v.Raters, a.data.profile(u))
	}
	v.Before, v.After = turn(q, p, len(all))
	return "Raters", v, nil
}

func (a *App) itemsPage(r *http.Request) (string, any, error) {
	if a.data.table == nil {
		return "", nil, errNoRatings
	}
	q := r.URL.Query()
	p, err := readPaging(q)
	if err != nil {
		return "", nil, err
	}
	targets := a.data.targets()
	all := a.items(q.Get("search"), targets)
	v := listView{Search: q.Get("search"), Total: len(all), Query: url.Values{"search": {q.Get("search")}}.Encode()}
	for _, i := range slice(p, all) {
		v.Items = append(v.Items, a.data.itemProfile(i, targets))
	}
	v.Before, v.After = turn(q, p, len(all))
	return "Items", v, nil
}

type raterView struct {
	Rater      Rater
	Neighbours []Neighbour
	Given      []Given
	Left       int
	Original   template.HTML
}

// maxGiven caps the ratings that a page of a rater or an item lists.
const maxGiven = 300

func (a *App) raterPage(r *http.Request) (string, any, error) {
	if a.data.table == nil {
		return "", nil, errNoRatings
	}
	u, ok := a.data.findRater(r.PathValue("id"))
	if !ok {
		return "", nil, errNotFound
	}
	rows := a.data.table.ByRater().Rows(u)
	v := raterView{Rater: a.data.profile(u), Neighbours: a.data.neighbours(u, 10), Given: a.data.given(rows[:min(len(rows), maxGiven)]), Left: max(0, len(rows)-maxGiven)}
	if a.data.key == nil && a.opt.RaterURL != "" {
		v.Original = reports.Link(a.opt.RaterURL, v.Rater.ID)
	}
	return "Rater " + v.Rater.ID, v, nil
}

type itemView struct {
	Item     Item
	Given    []Given
	Left     int
	Original template.HTML
}

func (a *App) itemPage(r *http.Request) (string, any, error) {
	if a.data.table == nil {
		return "", nil, errNoRatings
	}
	i, ok := a.data.findItem(r.PathValue("id"))
	if !ok {
		return "", nil, errNotFound
	}
	rows := a.data.table.ByItem().Rows(i)
	v := itemView{Item: a.data.itemProfile(i, a.data.targets()), Given: a.data.given(rows[:min(len(rows), maxGiven)]), Left: max(0, len(rows)-maxGiven)}
	if a.opt.ItemURL != "" && (a.data.key == nil || !a.data.doc.ItemsAreRaters) {
		v.Original = reports.Link(a.opt.ItemURL, v.Item.ID)
	}
	return "Item " + v.Item.ID, v, nil
}

func (a *App) pairPage(r *http.Request) (string, any, error) {
	q := r.URL.Query()
	v := map[string]any{"A": q.Get("a"), "B": q.Get("b"), "Unary": a.data.table != nil && a.data.table.Scale.Unary()}
	if q.Get("a") == "" || q.Get("b") == "" {
		if a.data.table == nil {
			return "", nil, errNoRatings
		}
		return "Compare", v, nil
	}
	p, err := a.lookUp(r.Context(), q.Get("a"), q.Get("b"))
	if err != nil {
		return "", nil, err
	}
	v["Pair"] = p
	return "Compare", v, nil
}

func (a *App) graphPage(r *http.Request) (string, any, error) {
	if a.data.table == nil {
		return "", nil, errNoRatings
	}
	f, err := readFilter(r.URL.Query())
	if err != nil {
		return "", nil, err
	}
	return "Graph", map[string]any{"Query": f.values().Encode()}, nil
}

// decideForm takes a decision from a page and goes back to it.
func (a *App) decideForm(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		var big *http.MaxBytesError
		code := http.StatusBadRequest
		if errors.As(err, &big) {
			code = http.StatusRequestEntityTooLarge
		}
		a.render(w, r, code, "error", "Not decided", "the form cannot be read")
		return
	}
	x := Decision{Who: r.PostForm.Get("who"), Action: r.PostForm.Get("action"), Rings: r.PostForm["ring"], Versions: map[string]int64{},
		Reason: r.PostForm.Get("reason"), Assignee: r.PostForm.Get("assignee"), Text: r.PostForm.Get("text"), Members: r.PostForm["member"]}
	x.Undoes, _ = strconv.ParseInt(r.PostForm.Get("undoes"), 10, 64)
	for _, s := range r.PostForm["version"] { // R1=5
		id, n, _ := strings.Cut(s, "=")
		x.Versions[id], _ = strconv.ParseInt(n, 10, 64)
	}
	e, err := a.decide(r, x)
	if err != nil {
		a.render(w, r, status(err), "error", "Not decided", told(err))
		return
	}
	http.SetCookie(w, &http.Cookie{Name: "who", Value: url.QueryEscape(e.Who), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, MaxAge: 365 * 24 * 3600})
	to := "/log"
	switch {
	case e.Action == merge:
		to = "/rings/" + makes(e)[0]
	case e.Action != undo && len(e.Rings) > 0:
		to = "/rings/" + url.PathEscape(e.Rings[0])
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}
