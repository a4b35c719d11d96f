package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports/internal/page"
)

// An Earlier is a case that another goes on from: its rings keep their names, and
// what was decided about them is told.
type Earlier struct {
	Document  *Document
	Decisions map[string]Decision // by ring; nil if nothing was decided
}

// A Continuation says how a case goes on from an earlier one.
type Continuation struct {
	Title   string `json:"title"`          // of the earlier case
	Ratings string `json:"ratings_sha256"` // of the earlier case
	// of the case that was run without --since this is the 1st, and so on
	Delivery int            `json:"delivery"`
	Level    float64        `json:"level"` // q-value that a ring needs that is new in this delivery
	Named    map[string]int `json:"named"` // by kind, R, C, K or F, the last number that any delivery gave
	// rings and coordinated groups of the earlier case that are not there any more
	Gone []Gone `json:"gone"`
	// the same of campaigns on items
	GoneCampaigns []GoneCampaign `json:"gone_campaigns,omitempty"`
}

// A Gone is a ring or a coordinated group that was there before.
type Gone struct {
	ID        string    `json:"ring"`
	Certainty string    `json:"certainty"`
	Size      int       `json:"size"`
	Still     int       `json:"still_rating"`  // of its members, those in the ratings of now
	Now       string    `json:"now,omitempty"` // the group most of whose members were its
	Decision  *Decision `json:"decision,omitempty"`
}

// Since says what became of a ring since the earlier case.
type Since struct {
	Change  string   `json:"change"`         // new, grown, smaller, changed, other evidence or unchanged
	Was     string   `json:"was,omitempty"`  // its name there; empty if new
	Also    []string `json:"also,omitempty"` // others there that have become a part of it
	Certain string   `json:"was_certain,omitempty"`
	Joined  []string `json:"joined,omitempty"` // members, in the order of Members
	Left    []string `json:"left,omitempty"`   // in the order of then
	Targets int      `json:"new_targets"`
	// named without doubt as to chance in this delivery or an earlier one
	Held     bool      `json:"held,omitempty"`
	Decision *Decision `json:"decision,omitempty"` // of then
	Stands   bool      `json:"stands,omitempty"`   // what was decided then is about the members of now, too
}

// NewEarlier returns a case to go on from. Its document may come from anybody: names and
// counts that Ringwatch gives no ring are an error.
func NewEarlier(d *Document, decisions map[string]Decision) (*Earlier, error) {
	for kind, groups := range map[string][]Ring{"R": d.Rings, "C": d.Coordinated} {
		for _, g := range groups {
			if number, of := strings.CutPrefix(g.ID, kind); !of || !plausible(number) {
				return nil, fmt.Errorf("%q is not the name of a ring or a coordinated group", page.Brief(40, g.ID))
			}
		}
	}
	if err := d.checkCampaigns(); err != nil {
		return nil, err
	}
	if s := d.Since; s != nil {
		for kind, n := range s.Named {
			if !plausible(strconv.Itoa(n)) || !slices.Contains([]string{"R", "C", "K", "F"}, kind) {
				return nil, fmt.Errorf("%s%d is not the last name of a ring", page.Brief(40, kind), n)
			}
		}
		if !plausible(strconv.Itoa(s.Delivery)) {
			return nil, fmt.Errorf("it is delivery %d", s.Delivery)
		}
	}
	return &Earlier{d, decisions}, nil
}

// plausible reports whether a number is one that rings or deliveries are counted to.
func plausible(number string) bool {
	const most = 1e8
	n, err := strconv.Atoi(number)
	return err == nil && n > 0 && n < most
}

// Delivery counts the deliveries, the case that goes on included.
func (e *Earlier) Delivery() int {
	if s := e.Document.Since; s != nil {
		return s.Delivery + 1
	}
	return 2
}

// Known returns a function that tells whether a ring was a ring of the earlier case, and
// most of its members of it: what has grown beyond that pays as a new one.
func (e *Earlier) Known(t *rating.Table) func(*detect.Ring) bool {
	of := membership(pointers(e.Document.Rings))
	return func(r *detect.Ring) bool {
		shared := map[int]int{}
		for _, u := range r.Raters {
			for _, k := range of[rater(t, u)] {
				shared[k]++
			}
		}
		for k, n := range shared {
			if 2*n > len(r.Raters) && e.Document.Rings[k].held() {
				return true
			}
		}
		return false
	}
}

// Members counts the members of the earlier case's groups, and those of them who
// are among the raters of t.
func (e *Earlier) Members(t *rating.Table) (all, there int) {
	groups := e.Document.named()
	return len(membership(groups)), len(present(groups, t))
}

// held reports whether a ring was named without doubt as to chance.
func (r *Ring) held() bool {
	if r.Since != nil {
		return r.Since.Held
	}
	return true
}

// same reports whether groups of a and b members are one that went on: they share more
// than half of the smaller, so that one who leaves or joins is no other ring.
func same(shared, a, b int) bool { return shared >= 2 && 2*shared > min(a, b) }

// goOn names the groups of the document as the earlier case did, and says what has
// become of each.
func (d *Document) goOn(e *Earlier, t *rating.Table) {
	then := e.Document
	s := &Continuation{Title: then.Title, Ratings: then.Run.Ratings, Delivery: e.Delivery(),
		Level: detect.DeliveryLevel(e.Delivery()), Named: map[string]int{}, Gone: []Gone{}}
	if then.Since != nil {
		maps.Copy(s.Named, then.Since.Named)
	}
	for _, g := range then.named() {
		if n, err := strconv.Atoi(g.ID[1:]); err == nil {
			s.Named[g.ID[:1]] = max(s.Named[g.ID[:1]], n)
		}
	}
	then.lastCampaigns(s.Named)
	d.Since = s
	before, now := then.named(), d.named()
	heir := heirs(len(before), common(before, now), func(p pair) bool { return 2*p.shared > before[p.was].Size })
	parts := map[int][]string{}
	for k, to := range heir {
		if to.first {
			now[to.at].since(before[k], e.Decisions)
		} else if to.at >= 0 {
			parts[to.at] = append(parts[to.at], before[k].ID)
		}
	}
	for i, g := range now {
		if g.Since == nil {
			g.Since = &Since{Change: "new", Targets: len(g.Items)}
		}
		g.Since.Also = parts[i]
		g.Since.Held = g.Since.Held || !slices.ContainsFunc(g.Innocent,
			func(x Explanation) bool { return x.Holds && detect.PaidOver(x.Name) })
		kind := g.ID[:1]
		if was := g.Since.Was; was != "" && was[:1] == kind {
			g.ID = was
			continue
		}
		s.Named[kind]++
		g.ID = kind + strconv.Itoa(s.Named[kind])
	}
	all := append(now, pointers(d.Shared)...)
	of := membership(all)
	var rates map[string]bool
	for k := range before {
		if heir[k].at < 0 {
			if rates == nil {
				rates = present(before, t)
			}
			s.Gone = append(s.Gone, gone(before[k], all, of, rates, e.Decisions))
		}
	}
}

// present tells which members of groups are among the raters of t.
func present(groups []*Ring, t *rating.Table) map[string]bool {
	asked, there := membership(groups), map[string]bool{}
	for u := range int32(t.Raters.Len()) {
		if name := rater(t, u); asked[name] != nil {
			there[name] = true
		}
	}
	return there
}

// named are the groups that keep their names.
func (d *Document) named() []*Ring { return append(pointers(d.Rings), pointers(d.Coordinated)...) }

func pointers(groups []Ring) []*Ring {
	all := make([]*Ring, len(groups))
	for i := range groups {
		all[i] = &groups[i]
	}
	return all
}

// membership returns, by rater, the groups that it is in.
func membership(groups []*Ring) map[string][]int {
	of := map[string][]int{}
	for k, g := range groups {
		for _, m := range g.Members {
			of[m.Rater] = append(of[m.Rater], k)
		}
	}
	return of
}

// An heir is the group of now that goes on from one of then: at -1 there is none;
// of several that become one, the first gives it its name.
type heir struct {
	at    int
	first bool
}

// A pair is something of then and of now that may be the same.
type pair struct {
	was, is, shared int
	alike           float64 // Jaccard
}

// common pairs the groups that share more than half of the members of the smaller.
func common(before, now []*Ring) (pairs []pair) {
	of := membership(now)
	for k := range before {
		shared := make(map[int]int)
		for _, m := range before[k].Members {
			for _, i := range of[m.Rater] {
				shared[i]++
			}
		}
		for i, n := range shared {
			if same(n, before[k].Size, now[i].Size) {
				pairs = append(pairs, pair{k, i, n, float64(n) / float64(before[k].Size+now[i].Size-n)})
			}
		}
	}
	return pairs
}

// heirs matches n things of then with those of now, most alike first. What is in a pair
// that absorbs, and has none of its own, became a part of that.
func heirs(n int, pairs []pair, absorbs func(pair) bool) []heir {
	slices.SortFunc(pairs, func(a, b pair) int {
		return cmp.Or(cmp.Compare(b.alike, a.alike), cmp.Compare(a.was, b.was), cmp.Compare(a.is, b.is))
	})
	to, taken := make([]heir, n), map[int]bool{}
	for k := range to {
		to[k].at = -1
	}
	for _, p := range pairs {
		if to[p.was].at < 0 && !taken[p.is] {
			to[p.was], taken[p.is] = heir{p.is, true}, true
		}
	}
	for _, p := range pairs {
		if to[p.was].at < 0 && absorbs(p) {
			to[p.was] = heir{p.is, false}
		}
	}
	return to
}

// since says what has become of was.
func (r *Ring) since(was *Ring, decisions map[string]Decision) {
	x := &Since{Was: was.ID, Certain: was.Certainty}
	then, items := map[string]bool{}, map[string]bool{}
	for _, m := range was.Members {
		then[m.Rater] = true
	}
	for _, i := range was.Items {
		items[i] = true
	}
	for _, m := range r.Members {
		if !then[m.Rater] {
			x.Joined = append(x.Joined, m.Rater)
		}
		delete(then, m.Rater)
	}
	for _, m := range was.Members {
		if then[m.Rater] {
			x.Left = append(x.Left, m.Rater)
		}
	}
	for _, i := range r.Items {
		if !items[i] {
			x.Targets++
		}
	}
	x.Held = r.ID[:1] == was.ID[:1] && was.held() && 2*(len(r.Members)-len(x.Joined)) > len(r.Members)
	switch {
	case len(x.Joined) > 0 && len(x.Left) > 0:
		x.Change = "changed"
	case len(x.Joined) > 0:
		x.Change = "grown"
	case len(x.Left) > 0:
		x.Change = "smaller"
	case x.Targets > 0 || len(r.Items) != len(was.Items) || r.Certainty != was.Certainty:
		x.Change = "other evidence"
	default:
		x.Change = "unchanged"
	}
	if dec, ok := decisions[was.ID]; ok {
		x.Decision = &dec
	}
	x.Stands = len(x.Joined) == 0 && r.Rank() <= was.Rank() && r.ID[:1] == was.ID[:1]
	r.Since = x
}

// gone says what became of a group that is not there any more.
func gone(was *Ring, now []*Ring, of map[string][]int, rates map[string]bool, decisions map[string]Decision) Gone {
	g := Gone{ID: was.ID, Certainty: was.Certainty, Size: was.Size}
	shared := make([]int, len(now))
	best := -1
	for _, m := range was.Members {
		if rates[m.Rater] {
			g.Still++
		}
		for _, i := range of[m.Rater] {
			if shared[i]++; best < 0 || shared[i] > shared[best] || shared[i] == shared[best] && i < best {
				best = i
			}
		}
	}
	if best >= 0 && 2*shared[best] > was.Size {
		g.Now = now[best].ID
	}
	if x, ok := decisions[was.ID]; ok {
		g.Decision = &x
	}
	return g
}
