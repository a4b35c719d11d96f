package serve

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/internal/textfile"
	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports"
	"github.com/ringwatch/ringwatch/reports/internal/page"
)

// data is a case's folder as it was read: it does not change. Identifiers in
// it are as given; what leaves it passes through show.
type data struct {
	doc       *reports.Document
	told      *reports.Document   // as people see it
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
	f, err := output.Open(filepath.Join(dir, "rings.json"))
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
	d.told = d.doc
	if !reveal {
		var hidden *reports.Document
		hidden, d.key = d.doc.Pseudonymised()
		d.told = hidden
		d.seen = map[string]*reports.Ring{}
		d.campaigns = hidden.Campaigns
		for _, groups := range [][]reports.Ring{hidden.Rings, hidden.Coordinated} {
			for i := range groups {
				d.seen[groups[i].ID] = &groups[i]
			}
		}
	}
	d.verdict, d.read, d.untested = d.doc.Verdict(), d.doc.Read(), d.doc.Untested()
	d.columns = d.told.Columns()
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
	path := filepath.Join(dir, "raters.csv")
	f, err := textfile.Open(context.Background(), path, nil)
	if err != nil {
		return err
	}
	defer f.Close()
	rows := csv.NewReader(f)
	for u := -1; ; u++ {
		row, err := rows.Read()
		if err != nil {
			if u == len(d.suspicion) && !f.NoEnd() {
				break
			}
			if u == len(d.suspicion) {
				return fmt.Errorf("%s: is cut in its last line; write the case anew", path)
			}
			return fmt.Errorf("%s: has %d raters; want the %d of %s", path, max(u, 0), len(d.suspicion),
				reports.RatingsFile)
		}
		if u < 0 {
			continue
		}
		if u >= len(d.suspicion) || len(row) < 3 {
			return fmt.Errorf("%s: line %d fits no rater of %s", path, u+2, reports.RatingsFile)
		}
		if d.suspicion[u], err = strconv.ParseFloat(row[2], 64); err != nil {
			return fmt.Errorf("%s:%d: %w", path, u+2, err)
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
	if d.key != nil {
		id, ok := d.key.ItemID(seen)
		if !ok {
			return 0, false
		}
		seen = id
	}
	return d.itemNames.find(seen)
}

func stamp(t int32) string { return rating.ToTime(t).Format(time.RFC3339) }
