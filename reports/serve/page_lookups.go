package serve

import (
	"html/template"
	"net/http"
	"net/url"
	"strconv"

	"github.com/ringwatch/ringwatch/reports"
	"github.com/ringwatch/ringwatch/reports/internal/page"
)

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
	v := listView{Search: q.Get("search"), Ring: q.Get("ring"), Total: len(all),
		Query: query(url.Values{"search": {q.Get("search")}, "ring": {q.Get("ring")}})}
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
	v := raterView{Rater: a.data.profile(u), Neighbours: a.data.neighbours(u, 10),
		Given: a.data.given(rows[:min(len(rows), maxGiven)]), Left: max(0, len(rows)-maxGiven)}
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
	v := itemView{Item: a.data.itemProfile(i, a.data.targets), Found: a.data.campaignsOn(i),
		Given: a.data.given(rows[:min(len(rows), maxGiven)]), Left: max(0, len(rows)-maxGiven)}
	if a.opt.ItemURL != "" && v.Item.ID == a.data.item(i) {
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
