package serve

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports"
	"github.com/ringwatch/ringwatch/reports/internal/page"
)

// data is a case's folder as it was read: it does not change. Identifiers in
// it are as given; what leaves it passes through show.
type data struct {
	doc       *reports.Document
	key       *reports.Pseudonyms // nil if identifiers are shown
	table     *rating.Table       // nil if the folder holds none
	file      *rating.ColumnFile
	suspicion []float64 // per rater of table
	ranked    []int32   // raters, most suspicious first
	ringsOf   map[string][]string
	groupOf   map[string]*reports.Ring // per rater, the strongest coordinated group
	rings     map[string]*reports.Ring
	seen      map[string]*reports.Ring // the same with pseudonyms
	campaigns []reports.Campaign       // on items, as people see them
	acts      map[string][]int32       // per ring the times of its acts on targets, ascending
	indexed   map[string]detect.Ring
	fit       fitted
	targets   map[int32][]string // the rings that each target is of
	items     []int32            // targets first, then by how many ratings they have
	everybody [bars]int          // acts over time
	raters    shownNames
	itemNames shownNames

	verdict, read, untested string
	columns                 string // which column was read as what

	html sync.Map // evidence of rings, template.HTML by ID, once it was asked for
	kept atomic.Int64
}

// bars are how many there are of acts over time.
const bars = 150

// load reads a case's folder.
func load(dir string, reveal bool) (*data, error) {
	f, err := os.Open(filepath.Join(dir, "rings.json"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c, err := reports.ReadCase(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, "rings.json"), err)
	}
	d := &data{doc: c.Document(), ringsOf: map[string][]string{}, groupOf: map[string]*reports.Ring{},
		rings: map[string]*reports.Ring{}, acts: map[string][]int32{}, indexed: map[string]detect.Ring{}}
	for i := range d.doc.Coordinated {
		d.rings[d.doc.Coordinated[i].ID] = &d.doc.Coordinated[i]
	}
	for i := range d.doc.Rings {
		r := &d.doc.Rings[i]
		d.rings[r.ID] = r
		for _, m := range r.Members {
			d.ringsOf[m.Rater] = append(d.ringsOf[m.Rater], r.ID)
		}
	}
	for i := len(d.doc.Coordinated) - 1; i >= 0; i-- {
		for _, m := range d.doc.Coordinated[i].Members {
			d.groupOf[m.Rater] = &d.doc.Coordinated[i]
		}
	}
	if d.file, err = rating.OpenColumns(filepath.Join(dir, reports.RatingsFile)); err == nil {
		if err := d.file.Verify(context.Background()); err != nil {
			return nil, errors.Join(err, d.file.Close())
		}
		d.table = d.file.Table
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	d.campaigns = d.doc.Campaigns
	if !reveal {
		var hidden *reports.Document
		hidden, d.key = d.doc.Pseudonymised()
		d.seen = map[string]*reports.Ring{}
		d.campaigns = hidden.Campaigns
		for _, groups := range [][]reports.Ring{hidden.Rings, hidden.Coordinated} {
			for i := range groups {
				d.seen[groups[i].ID] = &groups[i]
			}
		}
	}
	d.verdict, d.read, d.untested = d.doc.Verdict(), d.doc.Read(), d.doc.Untested()
	d.columns = d.doc.Columns()
	if d.table != nil {
		if err := d.prepare(dir); err != nil {
			return nil, errors.Join(err, d.file.Close())
		}
	}
	return d, nil
}

// prepare works out what every page would else work out anew.
func (d *data) prepare(dir string) error {
	t := d.table
	d.raters, d.itemNames = namesShown(t.Raters), namesShown(t.Items)
	if err := d.rank(dir); err != nil {
		return err
	}
	for id, r := range d.rings {
		d.indexed[id] = d.index(r.Members, r.Items)
		d.acts[id] = d.times(d.indexed[id])
	}
	d.targets = map[int32][]string{}
	for i := range d.doc.Rings {
		for _, it := range d.indexed[d.doc.Rings[i].ID].Items {
			d.targets[it] = append(d.targets[it], d.doc.Rings[i].ID)
		}
	}
	d.items = make([]int32, t.Items.Len())
	for i := range d.items {
		d.items[i] = int32(i)
	}
	slices.SortStableFunc(d.items, func(x, y int32) int {
		return cmp.Or(cmp.Compare(len(d.targets[y]), len(d.targets[x])),
			cmp.Compare(t.ByItem().Count(y), t.ByItem().Count(x)))
	})
	if first, last, ok := t.Span(); ok && t.HasTimes() {
		span := int64(last) - int64(first) + 1
		for _, s := range t.Time {
			d.everybody[(int64(s)-int64(first))*bars/span]++
		}
	}
	return nil
}

// shownNames finds names by how they are shown.
type shownNames struct {
	names *rating.Names
	other map[string]int32 // those that are shown otherwise than they are
}

func namesShown(n *rating.Names) shownNames {
	s := shownNames{n, map[string]int32{}}
	for k := range int32(n.Len()) {
		name := n.Name(k)
		if shown := page.Shown(name); shown != name {
			if _, taken := s.other[shown]; !taken {
				s.other[shown] = k
			}
		}
	}
	return s
}

func (s shownNames) find(shown string) (int32, bool) {
	if k, ok := s.names.Find(shown); ok && page.Shown(shown) == shown {
		return k, true
	}
	k, ok := s.other[shown]
	return k, ok
}

func (d *data) close() error {
	if d.file != nil {
		return d.file.Close()
	}
	return nil
}

// rank reads how suspicious raters are, and gives all of them pseudonyms, in
// an order that tells nothing but that.
func (d *data) rank(dir string) error {
	t := d.table
	d.suspicion = make([]float64, t.Raters.Len())
	d.ranked = make([]int32, t.Raters.Len())
	for u := range d.ranked {
		d.ranked[u] = int32(u)
	}
	f, err := os.Open(filepath.Join(dir, "raters.csv"))
	if err != nil {
		return err
	}
	defer f.Close()
	rows := csv.NewReader(f)
	for u := -1; ; u++ {
		row, err := rows.Read()
		if err != nil {
			if u == len(d.suspicion) {
				break
			}
			return fmt.Errorf("%s: has %d raters; want the %d of %s", filepath.Join(dir, "raters.csv"), max(u, 0),
				len(d.suspicion), reports.RatingsFile)
		}
		if u < 0 {
			continue
		}
		if u >= len(d.suspicion) || len(row) < 3 {
			return fmt.Errorf("%s: line %d fits no rater of %s", filepath.Join(dir, "raters.csv"), u+2,
				reports.RatingsFile)
		}
		if d.suspicion[u], err = strconv.ParseFloat(row[2], 64); err != nil {
			return fmt.Errorf("%s:%d: %w", filepath.Join(dir, "raters.csv"), u+2, err)
		}
	}
	rng := rand.New(rand.NewPCG(uint64(t.Len()), 9))
	rng.Shuffle(len(d.ranked), func(i, j int) { d.ranked[i], d.ranked[j] = d.ranked[j], d.ranked[i] })
	slices.SortStableFunc(d.ranked, func(a, b int32) int { return cmp.Compare(d.suspicion[b], d.suspicion[a]) })
	if d.key != nil {
		for _, u := range d.ranked {
			d.key.Rater(d.rater(u))
		}
		for i := range t.Items.Len() {
			d.key.Item(d.item(int32(i)))
		}
	}
	return nil
}

// rater and item are identifiers as the documents have them.
func (d *data) rater(u int32) string { return page.Shown(d.table.Raters.Name(u)) }
func (d *data) item(i int32) string  { return page.Shown(d.table.Items.Name(i)) }

// showRater and showItem are what people see.
func (d *data) showRater(id string) string {
	if d.key == nil {
		return id
	}
	return d.key.Rater(id)
}

func (d *data) showItem(id string) string {
	if d.key == nil {
		return id
	}
	return d.key.Item(id)
}

// findRater and findItem return the number behind what people see.
func (d *data) findRater(seen string) (int32, bool) {
	if d.key != nil {
		id, ok := d.key.ID(seen)
		if !ok {
			return 0, false
		}
		seen = id
	}
	return d.raters.find(seen)
}

func (d *data) findItem(seen string) (int32, bool) {
	if d.key != nil && d.doc.ItemsAreRaters {
		id, ok := d.key.ID(seen)
		if !ok {
			return 0, false
		}
		seen = id
	}
	return d.itemNames.find(seen)
}

// index returns a ring by numbers of the table.
func (d *data) index(members []reports.Member, items []string) detect.Ring {
	var r detect.Ring
	for _, m := range members {
		if u, ok := d.raters.find(m.Rater); ok {
			r.Raters = append(r.Raters, u)
			r.Members = append(r.Members, detect.Member{Rater: u, Role: m.Role, Strength: m.Strength,
				Shared: int32(m.Shared)})
		}
	}
	for _, name := range items {
		if i, ok := d.itemNames.find(name); ok {
			r.Items = append(r.Items, i)
		}
	}
	slices.Sort(r.Raters)
	slices.Sort(r.Items)
	return r
}

// times returns when a ring acted on its targets.
func (d *data) times(r detect.Ring) []int32 {
	var all []int32
	t := d.table
	if !t.HasTimes() {
		return nil
	}
	for _, u := range r.Raters {
		for _, k := range t.ByRater().Rows(u) {
			if _, target := slices.BinarySearch(r.Items, t.Item[k]); target {
				all = append(all, t.Time[k])
			}
		}
	}
	slices.Sort(all)
	return all
}

// ring returns a ring that was found or made by hand; nil if there is none.
func (a *App) ring(id string) *reports.Ring {
	d := a.data
	if r := d.rings[id]; r != nil {
		return r
	}
	s := a.now.state(id)
	if s == nil || len(s.Parts) == 0 {
		return nil
	}
	if r, ok := a.now.byHand.Load(id); ok {
		return r.(*reports.Ring)
	}
	var parts []reports.Ring
	for _, p := range s.Parts {
		part := a.ring(p)
		if part == nil {
			return nil
		}
		parts = append(parts, *part)
	}
	r, _ := d.byHand(id, s.members, parts)
	a.now.byHand.Store(id, &r)
	return &r
}

// byHand makes a ring of the given members and of the items that they acted on.
func (d *data) byHand(id string, members []string, parts []reports.Ring) (reports.Ring, detect.Ring) {
	var who []reports.Member
	items, wanted := map[string]bool{}, map[string]bool{}
	for _, id := range members {
		wanted[id] = true
	}
	for _, p := range parts {
		for _, m := range p.Members {
			if wanted[m.Rater] {
				who = append(who, m)
				delete(wanted, m.Rater)
			}
		}
		for _, it := range p.Items {
			items[it] = true
		}
	}
	if d.table == nil {
		r := detect.Ring{Raters: make([]int32, len(who)), Items: make([]int32, len(items))}
		g := reports.ByHand(nil, id, &r, parts)
		for it := range items {
			g.Items = append(g.Items, it)
		}
		slices.Sort(g.Items)
		g.Members = who
		return g, r
	}
	names := make([]string, 0, len(items))
	for it := range items {
		names = append(names, it)
	}
	r := d.index(who, names)
	acted, shared := map[int32]bool{}, map[int32]int32{}
	for _, u := range r.Raters {
		n := int32(0)
		for _, k := range d.table.ByRater().Rows(u) {
			if _, target := slices.BinarySearch(r.Items, d.table.Item[k]); target {
				acted[d.table.Item[k]] = true
				n++
			}
		}
		shared[u] = n
	}
	for j := range r.Members {
		r.Members[j].Shared = shared[r.Members[j].Rater]
	}
	r.Items = slices.DeleteFunc(r.Items, func(it int32) bool { return !acted[it] })
	if at := d.times(r); len(at) > 0 {
		r.First, r.Last = at[0], at[len(at)-1]
	}
	return reports.ByHand(d.table, id, &r, parts), r
}

// numbers returns a ring by numbers of the table, for graphs.
func (a *App) numbers(r *reports.Ring) detect.Ring {
	if x, ok := a.data.indexed[r.ID]; ok {
		return x
	}
	return a.data.index(r.Members, r.Items)
}

// actsWithin counts a ring's acts within a window of time.
func (a *App) actsWithin(r *reports.Ring, since, until int64) int {
	at, ok := a.data.acts[r.ID]
	if !ok && a.data.table != nil {
		at = a.data.times(a.numbers(r))
	}
	from, _ := slices.BinarySearchFunc(at, since, func(t int32, s int64) int { return cmp.Compare(int64(t), s) })
	to, _ := slices.BinarySearchFunc(at, until, func(t int32, s int64) int { return cmp.Compare(int64(t), s) })
	return max(to-from, 0)
}

func stamp(t int32) string { return rating.ToTime(t).Format(time.RFC3339) }

// A rater is what is known of one rater.
type rater struct {
	ID        string   `json:"rater"`
	Rings     []string `json:"rings"`
	Group     string   `json:"group,omitempty"`       // the strongest coordinated group
	Certainty string   `json:"certainty,omitempty"`   // of the first ring, else of the group
	Fits      string   `json:"explanation,omitempty"` // the innocent explanations that fit it
	Suspicion float64  `json:"suspicion"`
	Ratings   int      `json:"ratings"`
	Mean      float64  `json:"mean_value"`
	First     string   `json:"first,omitempty"`
	Last      string   `json:"last,omitempty"`
}

func (d *data) profile(u int32) rater {
	t, id := d.table, d.rater(u)
	rows := t.ByRater().Rows(u)
	r := rater{ID: d.showRater(id), Rings: append([]string{}, d.ringsOf[id]...), Suspicion: d.suspicion[u],
		Ratings: len(rows)}
	in := d.groupOf[id]
	if in != nil {
		r.Group = in.ID
	}
	if len(r.Rings) > 0 {
		in = d.rings[r.Rings[0]]
	}
	if in != nil {
		r.Certainty, r.Fits = in.Certainty, in.Fits()
	}
	for _, k := range rows {
		r.Mean += t.Scale.Of(t.Value[k])
	}
	r.Mean /= float64(max(len(rows), 1))
	if t.HasTimes() && len(rows) > 0 {
		r.First, r.Last = stamp(t.Time[rows[0]]), stamp(t.Time[rows[len(rows)-1]])
	}
	return r
}

// inDoubt counts the rings that something speaks against.
func (d *data) inDoubt() int {
	n := 0
	for i := range d.doc.Rings {
		if d.doc.Rings[i].Rank() > 0 {
			n++
		}
	}
	return n
}

// A neighbour is a rater that shares items with another.
type neighbour struct {
	Rater  rater `json:"rater"`
	Shared int   `json:"shared"`
}

// neighbours are the raters that share most items with one; of items with many
// ratings, which say least, none is looked at.
func (d *data) neighbours(u int32, most int) []neighbour {
	const popular = 2000
	t := d.table
	shared := map[int32]int{}
	for _, k := range t.ByRater().Rows(u) {
		if rows := t.ByItem().Rows(t.Item[k]); len(rows) <= popular {
			for _, j := range rows {
				shared[t.Rater[j]]++
			}
		}
	}
	delete(shared, u)
	var all []int32
	for v := range shared {
		all = append(all, v)
	}
	slices.SortFunc(all, func(x, y int32) int {
		return cmp.Or(cmp.Compare(shared[y], shared[x]), cmp.Compare(t.ByRater().Count(x), t.ByRater().Count(y)),
			cmp.Compare(x, y))
	})
	out := []neighbour{}
	for _, v := range all[:min(len(all), most)] {
		out = append(out, neighbour{d.profile(v), shared[v]})
	}
	return out
}

// A given is one rating, as seen from its rater or its item.
type given struct {
	Rater string  `json:"rater"`
	Item  string  `json:"item"`
	Value float64 `json:"value"`
	Time  string  `json:"time,omitempty"`
}

func (d *data) given(rows []int32) []given {
	t := d.table
	out := make([]given, 0, len(rows))
	for _, k := range rows {
		g := given{Rater: d.showRater(d.rater(t.Rater[k])), Item: d.showItem(d.item(t.Item[k])),
			Value: t.Scale.Of(t.Value[k])}
		if t.HasTimes() {
			g.Time = stamp(t.Time[k])
		}
		out = append(out, g)
	}
	return out
}

// An item is what is known of one item.
type item struct {
	ID      string   `json:"item"`
	Ratings int      `json:"ratings"`
	Mean    float64  `json:"mean_value"`
	Rings   []string `json:"rings"` // that have it as a target
}

func (d *data) itemProfile(i int32, targets map[int32][]string) item {
	t := d.table
	rows := t.ByItem().Rows(i)
	x := item{ID: d.showItem(d.item(i)), Ratings: len(rows), Rings: append([]string{}, targets[i]...)}
	for _, k := range rows {
		x.Mean += t.Scale.Of(t.Value[k])
	}
	x.Mean /= float64(max(len(rows), 1))
	return x
}
