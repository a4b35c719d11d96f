package reports

import (
	"fmt"
	"io"
	"slices"

	"github.com/ringwatch/ringwatch/rating"
)

// Pseudonyms stand for the identifiers of raters, P1, P2 and so on in the order
// in which they are first asked for, so they tell nothing about what they stand
// for. Where the items are raters themselves, as where people rate people,
// an item has the pseudonym of the rater. The same case has the same
// pseudonyms; another run of other data has others.
type Pseudonyms struct {
	of     map[string]string
	named  []string // P1 is named[0]
	people bool
}

// Rater returns the pseudonym of a rater's identifier as a Document has it.
func (p *Pseudonyms) Rater(id string) string {
	name, ok := p.of[id]
	if !ok {
		p.named = append(p.named, id)
		name = fmt.Sprint("P", len(p.named))
		p.of[id] = name
	}
	return name
}

// Item returns what stands for an item: itself, if items are no raters.
func (p *Pseudonyms) Item(id string) string {
	if p.people {
		return p.Rater(id)
	}
	return id
}

// ID returns the identifier behind a pseudonym.
func (p *Pseudonyms) ID(pseudonym string) (id string, ok bool) {
	var n int
	if _, err := fmt.Sscanf(pseudonym, "P%d", &n); err != nil || n < 1 || n > len(p.named) || fmt.Sprint("P", n) != pseudonym {
		return "", false
	}
	return p.named[n-1], true
}

// CSV writes the key: pseudonym,identifier.
func (p *Pseudonyms) CSV(w io.Writer) error {
	return table(w, "pseudonym,identifier", func(put func(...string)) {
		for k, id := range p.named {
			put(fmt.Sprint("P", k+1), inert(id))
		}
	})
}

// Pseudonymised returns the document with pseudonyms in the place of the
// identifiers of raters, and the key. Texts in it are taken to name no rater.
func (d *Document) Pseudonymised() (*Document, *Pseudonyms) {
	p := &Pseudonyms{of: map[string]string{}, people: d.ItemsAreRaters}
	out := *d
	out.Rings, out.Coordinated, out.Shared = p.rings(d.Rings), p.rings(d.Coordinated), p.rings(d.Shared)
	out.Campaigns = slices.Clone(d.Campaigns)
	for i := range out.Campaigns {
		out.Campaigns[i].Item = p.Item(out.Campaigns[i].Item)
	}
	if x := d.Experiment; x != nil {
		y := *x
		y.Targets = slices.Clone(x.Targets)
		for i := range y.Targets {
			y.Targets[i].Item = p.Item(y.Targets[i].Item)
		}
		out.Experiment = &y
	}
	return &out, p
}

func (p *Pseudonyms) rings(rings []Ring) []Ring {
	rings = slices.Clone(rings)
	for i := range rings {
		rings[i] = p.Ring(rings[i])
	}
	return rings
}

// Ring returns a ring with pseudonyms; the given one stays as it is.
func (p *Pseudonyms) Ring(r Ring) Ring {
	r.Members = slices.Clone(r.Members)
	for i := range r.Members {
		r.Members[i].Rater = p.Rater(r.Members[i].Rater)
	}
	r.Items = p.items(r.Items)
	r.Evidence = slices.Clone(r.Evidence)
	for i, e := range r.Evidence {
		e.Rows = slices.Clone(e.Rows)
		for j := range e.Rows {
			e.Rows[j].Rater, e.Rows[j].Item = p.Rater(e.Rows[j].Rater), p.Item(e.Rows[j].Item)
		}
		r.Evidence[i] = e
	}
	r.Impact = slices.Clone(r.Impact)
	for i := range r.Impact {
		r.Impact[i].Item = p.Item(r.Impact[i].Item)
	}
	if r.Matrix != nil {
		m := *r.Matrix
		m.Items, m.Raters = p.items(m.Items), slices.Clone(m.Raters)
		for i := range m.Raters {
			m.Raters[i] = p.Rater(m.Raters[i])
		}
		r.Matrix = &m
	}
	return r
}

func (p *Pseudonyms) items(ids []string) []string {
	ids = slices.Clone(ids)
	for i := range ids {
		ids[i] = p.Item(ids[i])
	}
	return ids
}

// itemsAreRaters reports whether most items bear the identifier of a rater.
func itemsAreRaters(t *rating.Table) bool {
	n := 0
	for i := range t.Items.Len() {
		if _, ok := t.Raters.Find(t.Items.Name(int32(i))); ok {
			n++
		}
	}
	return 2*n > t.Items.Len()
}
