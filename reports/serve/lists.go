package serve

import (
	"cmp"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports"
	"github.com/ringwatch/ringwatch/reports/internal/page"
)

// A filter says which rings a list holds. The zero filter holds all.
type filter struct {
	Q        string // a number: rings with at most this q-value
	Since    string // a date: rings that acted from then on
	Until    string // a date: rings that acted before it
	Search   string // in names, members, targets, reasons and comments
	Status   string // open, confirmed, dismissed or all
	Detector string
	Assignee string
	Least    string // a number: members
	Sort     string // a column, with - before it for the other way round

	lnQ          float64
	since, until int64
	least        int
}

// columns that rings may be sorted by.
var ringSorts = []string{"strength", "size", "targets", "first", "last", "acts", "changed", "status"}

func readFilter(v url.Values) (filter, error) {
	f := filter{Q: v.Get("q"), Since: v.Get("since"), Until: v.Get("until"), Search: v.Get("search"),
		Status:   v.Get("status"),
		Detector: v.Get("detector"), Assignee: v.Get("assignee"), Least: v.Get("least"), Sort: v.Get("sort"),
		lnQ: math.Inf(1), since: math.MinInt64, until: math.MaxInt64}
	if f.Q != "" {
		q, err := strconv.ParseFloat(f.Q, 64)
		if err != nil || !(q > 0 && q <= 1) {
			return f, invalid{fmt.Sprintf("q is a number from 0 to 1, not %q", brief(f.Q))}
		}
		f.lnQ = math.Log(q) + 1e-9
	}
	for _, x := range []struct {
		text string
		to   *int64
	}{{f.Since, &f.since}, {f.Until, &f.until}} {
		if x.text != "" {
			t, err := rating.ParseTime(x.text)
			if err != nil {
				return f, invalid{fmt.Sprintf("%q is not a date; want one such as 2024-01-31", brief(x.text))}
			}
			*x.to = int64(t)
		}
	}
	if f.Least != "" {
		n, err := strconv.Atoi(f.Least)
		if err != nil || n < 0 {
			return f, invalid{fmt.Sprintf("%q is not a number of members", brief(f.Least))}
		}
		f.least = n
	}
	if !slices.Contains([]string{"", "all", "open", "confirmed", "dismissed"}, f.Status) {
		return f, invalid{fmt.Sprintf("status is open, confirmed, dismissed or all, not %q", brief(f.Status))}
	}
	if f.Sort != "" && !slices.Contains(ringSorts, strings.TrimPrefix(f.Sort, "-")) {
		return f, invalid{fmt.Sprintf("rings are sorted by %s, not by %q",
			strings.Join(ringSorts, ", "), brief(f.Sort))}
	}
	return f, nil
}

func brief(s string) string {
	if r := []rune(page.Shown(s)); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return page.Shown(s)
}

// windowed reports whether the filter has a window of time.
func (f filter) windowed() bool { return f.Since != "" || f.Until != "" }

// A listed is a ring in a list.
type listed struct {
	*reports.Ring // as people see it
	State         state
	Acts          int // on targets, within the window
	// by the end of the window, where it has one: members who had acted on targets, and targets
	Then, ThenTargets int

	raw *reports.Ring
}

// rings returns the rings of a filter, and at how many are expected by chance
// at most.
func (a *App) rings(f filter) (list []listed, chance float64) {
	ids := []string{}
	for i := range a.data.doc.Rings {
		ids = append(ids, a.data.doc.Rings[i].ID)
	}
	for i := range a.data.doc.Coordinated {
		ids = append(ids, a.data.doc.Coordinated[i].ID)
	}
	var made []string
	for id, s := range a.now.states {
		if len(s.Parts) > 0 {
			made = append(made, id)
		}
	}
	slices.SortFunc(made, func(x, y string) int { return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y)) })
	worst, rings := math.Inf(-1), 0
	for _, id := range append(ids, made...) {
		s, r := a.now.state(id), a.ring(id)
		if s == nil || r == nil || !s.listed() || !a.keeps(f, r, s) {
			continue
		}
		x := listed{Ring: r, State: *s, Acts: a.actsWithin(r, f.since, f.until), raw: r}
		if f.windowed() && x.Acts == 0 {
			continue
		}
		if f.Until != "" {
			x.Then, x.ThenTargets = a.formed(r, f.until)
		}
		x.Ring = a.asSeen(r)
		if r.Certainty != reports.Coordinated {
			worst = max(worst, r.LogQ)
			rings++
		}
		list = append(list, x)
	}
	sortRings(list, f.Sort)
	return list, float64(rings) * math.Exp(worst)
}

// asSeen returns a ring as people see it.
func (a *App) asSeen(r *reports.Ring) *reports.Ring {
	if a.data.key == nil {
		return r
	}
	if seen := a.data.seen[r.ID]; seen != nil && a.data.rings[r.ID] == r {
		return seen
	}
	seen := a.data.key.Ring(*r)
	return &seen
}

func (a *App) keeps(f filter, r *reports.Ring, s *state) bool {
	switch {
	case r.LogQ > f.lnQ, r.Size < f.least:
		return false
	case f.Status != "" && f.Status != "all" && s.Status != f.Status:
		return false
	case f.Assignee != "" && !strings.EqualFold(s.Assignee, f.Assignee):
		return false
	case f.Detector != "" && !slices.Contains(r.Detectors, f.Detector):
		return false
	}
	want := strings.ToLower(strings.TrimSpace(f.Search))
	if want == "" {
		return true
	}
	has := func(text string) bool { return strings.Contains(strings.ToLower(text), want) }
	return has(r.ID) || has(r.Why) || has(s.Reason) || has(s.Assignee) ||
		slices.ContainsFunc(s.Comments, func(c remark) bool { return has(c.Text) || has(c.Who) }) ||
		slices.ContainsFunc(r.Members, func(m reports.Member) bool {
			return strings.EqualFold(a.data.showRater(m.Rater), want) || a.data.key == nil && has(m.Rater)
		}) ||
		slices.ContainsFunc(r.Items, func(i string) bool { return has(a.data.showItem(i)) })
}

func sortRings(list []listed, by string) {
	column, back := strings.CutPrefix(by, "-")
	sign := 1
	if back {
		sign = -1
	}
	effect := func(x listed) reports.Effect {
		if x.Effect == nil {
			return reports.Effect{Changed: -1}
		}
		return *x.Effect
	}
	slices.SortStableFunc(list, func(x, y listed) int {
		c := 0
		switch column {
		case "size":
			c = cmp.Compare(y.Size, x.Size)
		case "targets":
			c = cmp.Compare(y.Targets, x.Targets)
		case "first":
			c = cmp.Compare(x.First, y.First)
		case "last":
			c = cmp.Compare(y.Last, x.Last)
		case "acts":
			c = cmp.Compare(y.Acts, x.Acts)
		case "changed":
			a, b := effect(x), effect(y)
			c = cmp.Or(cmp.Compare(b.Changed, a.Changed), cmp.Compare(b.Moved, a.Moved), cmp.Compare(b.Shift, a.Shift))
		case "status":
			c = cmp.Compare(x.State.Status, y.State.Status)
		default:
			c = cmp.Or(cmp.Compare(x.Rank(), y.Rank()), cmp.Compare(x.LogQ, y.LogQ))
		}
		return sign * c
	})
}

// A threshold says how many rings there are up to a q-value, and how many of
// them chance would give at most.
type threshold struct {
	Q      float64 `json:"q"`
	Rings  int     `json:"rings"`
	Chance float64 `json:"by_chance"`
}

// thresholds are those at which the list changes, by powers of ten.
func (a *App) thresholds() []threshold {
	var out []threshold
	for _, q := range []float64{1e-100, 1e-50, 1e-20, 1e-12, 1e-9, 1e-6, 1e-5, 1e-4, 1e-3, .01, .02, .05} {
		n := 0
		for i := range a.data.doc.Rings {
			if a.data.doc.Rings[i].LogQ <= math.Log(q)+1e-9 {
				n++
			}
		}
		out = append(out, threshold{q, n, q * float64(n)})
	}
	return out
}

// shift moves a window of time by its own width; it is empty without one.
func (f filter) shift(widths int64) (since, until string) {
	if f.Since == "" || f.Until == "" || f.until <= f.since {
		return "", ""
	}
	d := widths * (f.until - f.since)
	at := func(t int64) string {
		if t+d <= math.MinInt32+1 || t+d > math.MaxInt32 {
			return ""
		}
		at := rating.ToTime(int32(t + d))
		if at.Equal(at.Truncate(24 * time.Hour)) {
			return at.Format(time.DateOnly)
		}
		return at.Format(time.RFC3339)
	}
	return at(f.since), at(f.until)
}

// values are the filter as a query.
func (f filter) values() url.Values {
	v := url.Values{}
	for name, s := range map[string]string{"q": f.Q, "since": f.Since, "until": f.Until, "search": f.Search,
		"status": f.Status, "detector": f.Detector, "assignee": f.Assignee, "least": f.Least, "sort": f.Sort} {
		if s != "" {
			v.Set(name, s)
		}
	}
	return v
}

// A page of a long list.
type paging struct{ From, Size int }

const (
	pageSize = 100
	maxPage  = 1000
)

func readPaging(v url.Values) (paging, error) {
	p := paging{Size: pageSize}
	for name, to := range map[string]*int{"from": &p.From, "limit": &p.Size} {
		if s := v.Get(name); s != "" {
			n, err := strconv.Atoi(s)
			if err != nil || n < 0 || name == "limit" && (n == 0 || n > maxPage) {
				return p, invalid{fmt.Sprintf("%s: %q is not a number in its range", name, brief(s))}
			}
			*to = n
		}
	}
	return p, nil
}

func slice[T any](p paging, all []T) []T {
	from := min(p.From, len(all))
	return all[from:min(from+p.Size, len(all))]
}

// raters returns the raters whose name contains what is searched, or all, or
// those of a ring, most suspicious first.
func (a *App) raters(search, ring string) []int32 {
	d := a.data
	want := strings.ToLower(strings.TrimSpace(search))
	var members map[string]bool
	if ring != "" {
		members = map[string]bool{}
		for _, m := range a.now.membersOf(ring) {
			members[m] = true
		}
	}
	if want == "" && members == nil {
		return d.ranked
	}
	var out []int32
	for _, u := range d.ranked {
		id := d.rater(u)
		if (want == "" || strings.Contains(strings.ToLower(d.showRater(id)), want)) && (members == nil || members[id]) {
			out = append(out, u)
		}
	}
	return out
}

// items returns the items whose name contains what is searched: targets first,
// then by how many ratings they have.
func (a *App) items(search string) []int32 {
	d := a.data
	want := strings.ToLower(strings.TrimSpace(search))
	if want == "" {
		return d.items
	}
	var out []int32
	for _, i := range d.items {
		if strings.Contains(strings.ToLower(d.showItem(d.item(i))), want) {
			out = append(out, i)
		}
	}
	return out
}
