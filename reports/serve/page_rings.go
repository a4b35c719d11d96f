package serve

import (
	"bytes"
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
func rows(list []listed, windowed bool) template.HTML {
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
		put(`<tr><td><input type="checkbox" name="ring" value="`, id, `" aria-label="Select `, id,
			` for merging"><input type="hidden" name="version" value="`,
			id, "=", strconv.FormatInt(x.State.Version, 10),
			`"></td>`+"\n"+`<th scope="row"><a href="/rings/`, safe(url.PathEscape(x.ID)), `">`, id,
			`</a></th><td class="n">`, page.Count(x.Size), byThen(windowed, x.Then), `</td><td class="n">`,
			page.Count(x.Targets), byThen(windowed, x.ThenTargets), `</td><td class="n t">`, safe(page.FewHTML(x.Q)), `</td><td class="t">`, safe(page.When(x.First,
				x.Last)), `</td><td class="n">`, page.Count(x.Acts), `</td><td>`, safe(x.Did()),
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

// byThen says how many there were at the end of the window.
func byThen(windowed bool, n int) string {
	if !windowed {
		return ""
	}
	return "<br><small>" + page.Count(n) + " by then</small>"
}

type sortLink struct {
	Name, Sorted, Class string
	Query               template.URL
}

// maxListed caps the rings of one page of the list.
const maxListed = 1000

func (a *App) ringsPage(r *http.Request) (string, any, error) {
	f, err := readFilter(r.URL.Query())
	if err != nil {
		return "", nil, err
	}
	v := ringsView{Doc: a.data.doc, F: f, Thresholds: a.thresholds(), Query: query(f.values()),
		Statuses: []string{"all", "open", "confirmed", "dismissed"}, Counts: map[string]int{}}
	all, _ := a.rings(filter{lnQ: 1, since: -1 << 62, until: 1 << 62})
	for _, x := range all {
		v.Counts[x.State.Status]++
		v.All++
	}
	v.List, v.Chance = a.rings(f)
	if n := len(v.List); n > maxListed {
		v.List, v.NotShown = v.List[:maxListed], n-maxListed
	}
	v.Rows, v.Verdict, v.Read = rows(v.List, f.Until != ""), a.data.verdict, a.data.read
	v.Untested, v.Columns = a.data.untested, a.data.columns
	v.Activity = a.activity(f, v.List)
	move := func(widths int64) template.URL {
		g := f
		if g.Since, g.Until = f.shift(widths); g.Since == "" || g.Until == "" {
			return ""
		}
		return query(g.values())
	}
	v.Earlier, v.Later = move(-1), move(1)
	for _, c := range [][3]string{{"Ring", "strength", ""}, {"Raters", "size", "n"}, {"Targets", "targets", "n"},
		{"q", "strength", "n"}, {"When", "first", ""}, {"Acts", "acts", "n"}, {"Effect on its targets", "changed",
			""}, {"Decision", "status", ""}} {
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
		fmt.Fprintf(&b, `<rect class="window" x="%.1f" y="0" width="%.1f" height="%d"/>`, at(f.since),
			max(at(f.until)-at(f.since), 2), 2*half)
	}
	draw := func(class string, counts []int, up float64) {
		most := slices.Max(counts)
		fmt.Fprintf(&b, `<path class="%s" d="`, class)
		for i, c := range counts {
			if c > 0 {
				fmt.Fprintf(&b, "M%.1f %dh%.1fv%.1fh-%.1fz", float64(i)*w/n, half, float64(w)/n-1,
					up*max(float64(half-4)*float64(c)/float64(most), 1), float64(w)/n-1)
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

type logView struct {
	Events        []event
	Before, After template.URL
}

func (a *App) logPage(r *http.Request) (string, any, error) {
	p, err := readPaging(r.URL.Query())
	if err != nil {
		return "", nil, err
	}
	v := logView{Events: a.log(newest(p, a.now.shown))}
	v.Before, v.After = turn(r.URL.Query(), p, len(a.now.shown))
	return "What was decided", v, nil
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
	x := decision{Who: r.PostForm.Get("who"), Action: r.PostForm.Get("action"), Rings: r.PostForm["ring"],
		Versions: map[string]int64{},
		Reason:   r.PostForm.Get("reason"), Assignee: r.PostForm.Get("assignee"), Text: r.PostForm.Get("text"),
		Members: r.PostForm["member"]}
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
