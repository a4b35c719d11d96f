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
	"github.com/ringwatch/ringwatch/reports/internal/page"
)

//go:embed pages.html
var pagesSource string

var templates = template.Must(template.New("pages").Funcs(page.Words()).Funcs(template.FuncMap{
	"split": strings.Fields, "at": func(s string) string { return strings.TrimSuffix(strings.Replace(s, "T", " ", 1), "Z") },
	"rater": func(id string) template.HTML { return page.Link("/raters/{id}", id) },
	"place": place,
	"item":  func(id string) template.HTML { return page.Link("/items/{id}", id) },
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
	Bursts  bool // campaigns were looked for
	Signed  bool
	Session bool // and can sign out

	ReadOnly bool
	V        any
}

func (a *App) render(w http.ResponseWriter, r *http.Request, code int, name, title string, v any) {
	page, err := a.page(r, name, title, v)
	if err != nil {
		fail(w, r, http.StatusInternalServerError, "this page cannot be shown")
		return
	}
	a.show(w, r, code, page)
}

// page makes a page as anybody sees it who may: the name of who looks is put in
// when it is shown.
func (a *App) page(r *http.Request, name, title string, v any) ([]byte, error) {
	x := view{Title: title, Case: a.data.doc.Title, Path: r.URL.Path, Lookups: a.data.table != nil, Hidden: a.data.key != nil, Bursts: a.data.doc.Bursts > 0, V: v, Who: a.nobody, Signed: a.opt.Token == "", ReadOnly: a.ReadOnly()}
	if !x.Signed {
		x.Signed, _ = a.admitted(r)
		x.Session = x.Signed
	}
	if !x.Signed {
		x.Case = ""
	}
	var b bytes.Buffer
	err := templates.ExecuteTemplate(&b, name, x)
	return b.Bytes(), err
}

// show sends a page to who looks.
func (a *App) show(w http.ResponseWriter, r *http.Request, code int, made []byte) {
	who := ""
	if c, err := r.Cookie("who"); err == nil {
		if name, err := url.QueryUnescape(c.Value); err == nil && len(name) <= maxName {
			who = page.Shown(name)
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	send(w, bytes.ReplaceAll(made, []byte(a.nobody), []byte(template.HTMLEscapeString(who))))
}

// Pages are kept as long as nobody decides, up to so many bytes.
const (
	keptPages  = 32 << 20
	longestURL = 512
)

// ready returns a page that was made on the same decisions.
func (d *decisions) ready(url string) ([]byte, bool) {
	page, ok := d.pages.Load(url)
	if !ok {
		return nil, false
	}
	return page.([]byte), true
}

func (d *decisions) keep(url string, page []byte) {
	if len(url) <= longestURL && d.kept.Add(int64(len(page)+len(url))) <= keptPages {
		d.pages.Store(url, page)
	}
}

func (a *App) pages(mux *http.ServeMux) {
	page := func(path, name string, f func(*App, *http.Request) (title string, v any, err error)) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			var title string
			var v any
			a, err := a.at(r)
			if err == nil {
				if page, ok := a.now.ready(r.URL.RequestURI()); ok {
					a.show(w, r, http.StatusOK, page)
					return
				}
				title, v, err = f(a, r)
			}
			var page []byte
			if err == nil {
				page, err = a.page(r, name, title, v)
			}
			if err != nil {
				a.render(w, r, status(err), "error", "Not shown", told(err))
				return
			}
			a.now.keep(r.URL.RequestURI(), page)
			a.show(w, r, http.StatusOK, page)
		})
	}
	page("/{$}", "rings", (*App).ringsPage)
	page("/rings/{id}", "ring", (*App).ringPage)
	page("/campaigns", "campaigns", (*App).campaignsPage)
	page("/campaigns/{id}", "campaign", (*App).campaignPage)
	page("/raters", "raters", (*App).ratersPage)
	page("/raters/{id}", "rater", (*App).raterPage)
	page("/items", "items", (*App).itemsPage)
	page("/items/{id}", "item", (*App).itemPage)
	page("/pair", "pair", (*App).pairPage)
	page("/graph", "graph", (*App).graphPage)
	page("/log", "log", (*App).logPage)
	page("/", "error", func(*App, *http.Request) (string, any, error) { return "", nil, errNotFound })
	mux.HandleFunc("POST /decide", a.decideForm)
}

type ringsView struct {
	Doc        *reports.Document
	F          filter
	List       []listed
	All        int
	Chance     float64
	Thresholds []threshold
	Activity   template.HTML
	Query      template.URL // of the filter, for exports
	Earlier    template.URL
	Later      template.URL
	Sorts      []sortLink
	Statuses   []string
	Counts     map[string]int
	NotShown   int

	Verdict, Read, Untested string
	Columns                 string
	Rows                    template.HTML // of List
}

// rows writes the rows of the list. A template would take several times as long,
// and the list is what most people look at.
func rows(list []listed) template.HTML {
	var b strings.Builder
	put := func(parts ...string) {
		for _, p := range parts {
			b.WriteString(p)
		}
	}
	safe := template.HTMLEscapeString
	for i := range list {
		x := &list[i]
		id := safe(x.ID)
		put(`<tr><td><input type="checkbox" name="ring" value="`, id, `" aria-label="Select `, id, ` for merging"><input type="hidden" name="version" value="`, id, "=", strconv.FormatInt(x.State.Version, 10),
			`"></td>`+"\n"+`<th scope="row"><a href="/rings/`, safe(url.PathEscape(x.ID)), `">`, id, `</a></th><td class="n">`, page.Count(x.Size), `</td><td class="n">`, page.Count(x.Targets),
			`</td><td class="n t">`, safe(page.FewHTML(x.Q)), `</td><td class="t">`, safe(page.When(x.First, x.Last)), `</td><td class="n">`, page.Count(x.Acts), `</td><td>`, safe(x.Did()),
			`</td><td class="state `, safe(x.State.Status), `">`, safe(x.State.Status))
		if x.State.Assignee != "" {
			put("<br><small>", safe(x.State.Assignee), "</small>")
		}
		put("</td><td>", safe(x.Certainty))
		if fits := x.Fits(); fits != "" {
			put("<br><small>", safe(fits), "</small>")
		}
		put("</td></tr>\n")
	}
	return template.HTML(b.String())
}

type sortLink struct {
	Name, Sorted, Class string
	Query               template.URL
}

// query is the part of an address that a template leaves as it is.
func query(v url.Values) template.URL { return template.URL(v.Encode()) }

// maxListed caps the rings of one page of the list.
const maxListed = 1000

func (a *App) ringsPage(r *http.Request) (string, any, error) {
	f, err := readFilter(r.URL.Query())
	if err != nil {
		return "", nil, err
	}
	v := ringsView{Doc: a.data.doc, F: f, Thresholds: a.thresholds(), Query: query(f.values()), Statuses: []string{"all", "open", "confirmed", "dismissed"}, Counts: map[string]int{}}
	all, _ := a.rings(filter{lnQ: 1, since: -1 << 62, until: 1 << 62})
	for _, x := range all {
		v.Counts[x.State.Status]++
		v.All++
	}
	v.List, v.Chance = a.rings(f)
	if n := len(v.List); n > maxListed {
		v.List, v.NotShown = v.List[:maxListed], n-maxListed
	}
	v.Rows, v.Verdict, v.Read, v.Untested, v.Columns = rows(v.List), a.data.verdict, a.data.read, a.data.untested, a.data.columns
	v.Activity = a.activity(f, v.List)
	move := func(widths int64) template.URL {
		g := f
		if g.Since, g.Until = f.shift(widths); g.Since == "" || g.Until == "" {
			return ""
		}
		return query(g.values())
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
		s.Query = query(g.values())
		v.Sorts = append(v.Sorts, s)
	}
	return "Rings", v, nil
}

// activity draws all acts over time, those of listed rings on their targets
// above, and the window.
func (a *App) activity(f filter, list []listed) template.HTML {
	t := a.data.table
	if t == nil || !t.HasTimes() {
		return ""
	}
	first, last, ok := t.Span()
	if !ok || first == last {
		return ""
	}
	const n, w, half = bars, 900, 46
	span := int64(last) - int64(first) + 1
	var ring [n]int
	all := a.data.everybody
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
	draw := func(class string, counts []int, up float64) {
		most := slices.Max(counts)
		fmt.Fprintf(&b, `<path class="%s" d="`, class)
		for i, c := range counts {
			if c > 0 {
				fmt.Fprintf(&b, "M%.1f %dh%.1fv%.1fh-%.1fz", float64(i)*w/n, half, float64(w)/n-1, up*max(float64(half-4)*float64(c)/float64(most), 1), float64(w)/n-1)
			}
		}
		b.WriteString(`"/>`)
	}
	draw("obs", ring[:], -1)
	draw("exp", all[:], 1)
	fmt.Fprintf(&b, `<path class="axis" d="M0 %d.5h%d"/><text x="0" y="%d">%s</text><text class="end" x="%d" y="%d">%s</text></svg>`, half, w, 2*half+13,
		rating.ToTime(first).Format(time.DateOnly), w, 2*half+13, rating.ToTime(last).Format(time.DateOnly))
	return template.HTML(b.String())
}

// A triaged is what was decided and said about a ring or a campaign.
type triaged struct {
	ID           string
	State        *state
	History      []event
	Newer, Older template.URL // the pages of comments and history
}

func (a *App) triaged(r *http.Request, id string, state *state) (t triaged, err error) {
	p, err := readPaging(r.URL.Query())
	if err != nil {
		return t, err
	}
	history := a.now.history(id)
	t = triaged{ID: id, State: state.page(p), History: a.log(newest(p, history))}
	t.Newer, t.Older = turn(r.URL.Query(), p, len(history))
	return t, nil
}

type ringView struct {
	triaged
	Ring *reports.Ring
	HTML template.HTML
	Next string
	Prev string
}

func (a *App) ringPage(r *http.Request) (string, any, error) {
	id := r.PathValue("id")
	ring, state, err := a.seen(id)
	if err != nil {
		return "", nil, err
	}
	html, err := a.ringHTML(ring)
	if err != nil {
		return "", nil, err
	}
	v := ringView{Ring: ring, HTML: html}
	if v.triaged, err = a.triaged(r, id, state); err != nil {
		return "", nil, err
	}
	list, _ := a.rings(filter{lnQ: 1, since: -1 << 62, until: 1 << 62})
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

// keptHTML caps what is kept of the evidence of rings that were found, in bytes.
const keptHTML = 64 << 20

// ringHTML is a ring's evidence, which does not change while a ring that was
// found does not.
func (a *App) ringHTML(ring *reports.Ring) (template.HTML, error) {
	_, found := a.data.rings[ring.ID]
	if html, ok := a.data.html.Load(ring.ID); found && ok {
		return html.(template.HTML), nil
	}
	var b bytes.Buffer
	err := a.data.doc.RingHTML(&b, ring, reports.Links{Item: a.link("/items/{id}"), Rater: a.link("/raters/{id}")})
	html := template.HTML(b.String())
	if err == nil && found && a.data.kept.Add(int64(b.Len())) < keptHTML {
		a.data.html.Store(ring.ID, html)
	}
	return html, err
}

// link is a link to a page of ours, which needs ratings.
func (a *App) link(pattern string) string {
	if a.data.table == nil {
		return ""
	}
	return pattern
}

type logView struct {
	Events        []event
	Before, After template.URL
}

func (a *App) logPage(r *http.Request) (string, any, error) {
	p, err := readPaging(r.URL.Query())
	if err != nil {
		return "", nil, err
	}
	v := logView{Events: a.log(newest(p, a.now.events))}
	v.Before, v.After = turn(r.URL.Query(), p, len(a.now.events))
	return "What was decided", v, nil
}

type listView struct {
	Search, Ring         string
	Total                int
	Raters               []rater
	Items                []item
	Query, Before, After template.URL
}

// turn returns the queries of the pages before and after.
func turn(q url.Values, p paging, total int) (before, after template.URL) {
	to := func(from int) template.URL {
		v := url.Values{}
		for _, k := range []string{"search", "ring"} {
			if q.Get(k) != "" {
				v.Set(k, q.Get(k))
			}
		}
		v.Set("from", strconv.Itoa(from))
		return query(v)
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
	v := listView{Search: q.Get("search"), Ring: q.Get("ring"), Total: len(all), Query: query(url.Values{"search": {q.Get("search")}, "ring": {q.Get("ring")}})}
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
	targets := a.data.targets
	all := a.items(q.Get("search"))
	v := listView{Search: q.Get("search"), Total: len(all), Query: query(url.Values{"search": {q.Get("search")}})}
	for _, i := range slice(p, all) {
		v.Items = append(v.Items, a.data.itemProfile(i, targets))
	}
	v.Before, v.After = turn(q, p, len(all))
	return "Items", v, nil
}

type raterView struct {
	Rater      rater
	Neighbours []neighbour
	Given      []given
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
		v.Original = page.Link(a.opt.RaterURL, v.Rater.ID)
	}
	return "Rater " + v.Rater.ID, v, nil
}

type itemView struct {
	Item     item
	Found    []reports.Campaign
	Given    []given
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
	v := itemView{Item: a.data.itemProfile(i, a.data.targets), Found: a.data.campaignsOn(i), Given: a.data.given(rows[:min(len(rows), maxGiven)]), Left: max(0, len(rows)-maxGiven)}
	if a.opt.ItemURL != "" && (a.data.key == nil || !a.data.doc.ItemsAreRaters) {
		v.Original = page.Link(a.opt.ItemURL, v.Item.ID)
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
	return "Graph", map[string]any{"Query": query(f.values())}, nil
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
	x := decision{Who: r.PostForm.Get("who"), Action: r.PostForm.Get("action"), Rings: r.PostForm["ring"], Versions: map[string]int64{},
		Reason: r.PostForm.Get("reason"), Assignee: r.PostForm.Get("assignee"), Text: r.PostForm.Get("text"), Members: r.PostForm["member"]}
	x.Undoes, _ = strconv.ParseInt(r.PostForm.Get("undoes"), 10, 64)
	if x.Action == undo && x.Who == "" { // a button, with no field for a name
		x.Who = "unnamed"
	}
	for _, s := range r.PostForm["version"] { // R1=5
		id, n, _ := strings.Cut(s, "=")
		x.Versions[id], _ = strconv.ParseInt(n, 10, 64)
	}
	e, err := a.decide(r, x)
	if err != nil {
		a.render(w, r, status(err), "error", "Not decided", told(err))
		return
	}
	a.setCookie(w, r, "who", url.QueryEscape(e.Who), 365*24*time.Hour)
	to := "/log"
	switch {
	case e.Action == merge:
		to = place(makes(e)[0])
	case e.Action != undo && len(e.Rings) > 0:
		to = place(e.Rings[0])
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}
