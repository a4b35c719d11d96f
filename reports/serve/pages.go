package serve

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/ringwatch/ringwatch/reports/internal/page"
)

//go:embed pages.html
var pagesSource string

var templates = template.Must(template.New("pages").Funcs(page.Words()).Funcs(template.FuncMap{
	"split": strings.Fields, "at": func(s string) string {
		return strings.TrimSuffix(strings.Replace(s, "T", " ", 1), "Z")
	},
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
	Live     int // number of the case of a state; 0 where the folder is a case's
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
	x := view{Title: title, Case: a.data.doc.Title, Path: r.URL.Path, Lookups: a.data.table != nil,
		Hidden: a.data.key != nil, Bursts: a.data.doc.Bursts > 0, V: v, Who: a.nobody, Signed: a.opt.Token == "",
		ReadOnly: a.ReadOnly(), Live: a.number}
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
	if a.live != nil {
		mux.HandleFunc("GET /alerts", func(w http.ResponseWriter, r *http.Request) { a.alertsPage(w, r) })
		mux.HandleFunc("GET /alerts/{id}", func(w http.ResponseWriter, r *http.Request) { a.alertPage(w, r) })
	}
	page("/", "error", func(*App, *http.Request) (string, any, error) { return "", nil, errNotFound })
	mux.HandleFunc("POST /decide", a.decideForm)
}

// query is the part of an address that a template leaves as it is.
func query(v url.Values) template.URL { return template.URL(v.Encode()) }

// link is a link to a page of ours, which needs ratings.
func (a *App) link(pattern string) string {
	if a.data.table == nil {
		return ""
	}
	return pattern
}
