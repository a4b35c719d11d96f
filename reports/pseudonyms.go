package reports

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports/internal/page"
)

// Pseudonyms stand for the identifiers of raters, P1, P2 and so on in the order
// in which they are first asked for, so they tell nothing about what they stand
// for. Where the items are raters themselves, as where people rate people,
// an item has the pseudonym of the rater; where its name holds the identifier of
// a rater, as ana/tool does that of ana, the pseudonym is in its place. The same case has the same
// pseudonyms; another run of other data has others.
type Pseudonyms struct {
	of     map[string]string
	named  []string // P1 is named[0]
	people bool
	alike  bool              // see Document.NumberedAlike
	raters map[string]bool   // whose identifiers items may bear
	folded map[string]string // the same, see foldedNames
	hidden map[string]string // what stands for items that name raters
	itemOf map[string]string // the other way
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

// Item returns what stands for an item: itself, if it is no rater and its name
// holds the identifier of none. Different items stay different.
func (p *Pseudonyms) Item(id string) string {
	if p.people {
		return p.Rater(id)
	}
	if seen, ok := p.hidden[id]; ok {
		return seen
	}
	seen, more := id, 1
	if p.alike && shortNumber(id) {
		return id
	}
	if p.raters[id] {
		seen = p.Rater(id)
	} else {
		name, names := p.within(id, p.Rater)
		if !names {
			return id
		}
		seen = name
		if _, rater := p.ID(name); rater { // Ana, where the rater is ana
			more, seen = 2, name+" (2)"
		}
		for ; p.itemOf[seen] != ""; seen = fmt.Sprintf("%s (%d)", name, more) {
			more++
		}
	}
	p.hidden[id], p.itemOf[seen] = seen, id
	return seen
}

// raterNames are the raters that the document knows of.
func (d *Document) raterNames() map[string]bool {
	all := map[string]bool{}
	for _, id := range slices.Concat(d.RaterItems, d.RatersInItems) {
		all[id] = true
	}
	for _, groups := range [][]Ring{d.Rings, d.Coordinated, d.Shared} {
		for i := range groups {
			for _, m := range groups[i].Members {
				all[m.Rater] = true
			}
			for _, a := range groups[i].Ahead {
				all[a.Rater] = true
			}
			for _, e := range groups[i].Evidence {
				for _, row := range e.Rows {
					all[row.Rater] = true
				}
			}
		}
	}
	return all
}

// hideInputs takes out of the texts about what was read the names of files, which
// may be those of people, and the cells that warnings quote.
func (d *Document) hideInputs(p *Pseudonyms) {
	hide := strings.NewReplacer(d.inputNames()...)
	d.Title, d.Run.Command = hide.Replace(d.Title), hide.Replace(d.Run.Command)
	d.hideSince()
	if r := d.Run.Reading; r != nil { // whose share is largest is not told
		c := *r
		c.TopRater = ""
		if p.people || p.raters[c.TopItem] && !(p.alike && shortNumber(c.TopItem)) || p.namesRater(c.TopItem) {
			c.TopItem = ""
		}
		d.Run.Reading = &c
	}
	for k, name := range d.Run.Passed {
		if k == 0 {
			d.Run.Passed = slices.Clone(d.Run.Passed)
		}
		d.Run.Passed[k] = fmt.Sprintf("input not read %d%s", k+1, filepath.Ext(name))
	}
	d.Run.Inputs = slices.Clone(d.Run.Inputs)
	for k := range d.Run.Inputs {
		d.Run.Inputs[k].Path = fmt.Sprint("input ", k+1)
	}
	read := map[string]bool{}
	for _, w := range d.Run.Warnings {
		read[w] = true
	}
	hidden := func(all []string) []string {
		all = slices.Clone(all)
		for i, w := range all {
			all[i] = hide.Replace(w)
			if read[w] {
				all[i] = quoted.ReplaceAllString(all[i], `"…"`)
			}
		}
		return all
	}
	d.Warnings, d.Run.Warnings = hidden(d.Warnings), hidden(d.Run.Warnings)
}

// inputNames are the names of the files of a case, each with what stands for it.
func (d *Document) inputNames() []string {
	var names []string
	files := slices.Clone(d.Run.Inputs)
	// one may be a part of another
	slices.SortStableFunc(files, func(a, b InputFile) int { return cmp.Compare(len(b.Path), len(a.Path)) })
	for k, f := range d.Run.Inputs {
		files[slices.IndexFunc(files, func(x InputFile) bool { return x.Path == f.Path })].Rows = k + 1
	}
	for _, f := range files {
		if len(f.Path) > 1 {
			names = append(names, f.Path, fmt.Sprint("input ", f.Rows))
		}
	}
	if b := d.Beside; b != nil {
		for k, name := range b.Files {
			if len(name) > 1 {
				names = append(names, name, fmt.Sprint("accounts ", k+1))
			}
		}
	}
	return names
}

// hideSince leaves the files and the people out of what has changed since an earlier case.
func (d *Document) hideSince() {
	if d.Since == nil {
		return
	}
	s := *d.Since
	s.Title = "the delivery before"
	s.Gone = slices.Clone(s.Gone)
	for i := range s.Gone {
		s.Gone[i].Decision = s.Gone[i].Decision.unsigned()
	}
	s.GoneCampaigns = slices.Clone(s.GoneCampaigns)
	for i := range s.GoneCampaigns {
		s.GoneCampaigns[i].Decision = s.GoneCampaigns[i].Decision.unsigned()
	}
	d.Since = &s
}

// quoted is text as Go quotes it.
var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// coarsen leaves of times their days: who holds the ratings, which are often
// public, would else find a rater by when it acted.
func (d *Document) coarsen() {
	d.First, d.Last = dayOf(d.First), dayOf(d.Last)
	inDays := func(all []string) []string {
		all = slices.Clone(all)
		for i := range all {
			all[i] = instants.ReplaceAllString(all[i], "$1")
		}
		return all
	}
	d.Warnings, d.Run.Warnings = inDays(d.Warnings), inDays(d.Run.Warnings)
	for _, groups := range [][]Ring{d.Rings, d.Coordinated, d.Shared} { // of a document of our own
		for i := range groups {
			r := &groups[i]
			r.First, r.Last = dayOf(r.First), page.Day(r.Last)
			for j := range r.Evidence {
				for k := range r.Evidence[j].Rows {
					r.Evidence[j].Rows[k].Time = dayOf(r.Evidence[j].Rows[k].Time)
				}
			}
			if r.Matrix != nil {
				m := *r.Matrix
				m.Start, m.After = "", nil
				r.Matrix = &m
			}
			if r.Timeline != nil {
				r.Timeline = r.Timeline.inDays()
			}
		}
	}
	for i := range d.Campaigns {
		d.Campaigns[i].coarsen()
	}
	if d.Since != nil {
		for i := range d.Since.GoneCampaigns {
			g := &d.Since.GoneCampaigns[i]
			g.From, g.To = dayOf(g.From), dayOf(g.To)
		}
	}
}

// instants are times in RFC 3339 within a text, of which the first group is the day.
var instants = regexp.MustCompile(`(\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?`)

// dayOf is the day of a time in RFC 3339.
func dayOf(t string) string {
	at, _, _ := strings.Cut(t, "T")
	return at
}

// ID returns the identifier behind a pseudonym.
func (p *Pseudonyms) ID(pseudonym string) (id string, ok bool) {
	var n int
	_, err := fmt.Sscanf(pseudonym, "P%d", &n)
	if err != nil || n < 1 || n > len(p.named) || fmt.Sprint("P", n) != pseudonym {
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
// identifiers of raters, and the key. Items that bear a rater's identifier, few
// or many, have that rater's pseudonym, and so has the part of an item's name
// that is one. Names of input files, and what warnings
// about their rows quote, are left out; other texts are taken to name no rater.
func (d *Document) Pseudonymised() (*Document, *Pseudonyms) {
	p := &Pseudonyms{of: map[string]string{}, people: d.ItemsAreRaters, raters: d.raterNames(), alike: d.NumberedAlike,
		hidden: map[string]string{}, itemOf: map[string]string{}}
	p.folded = foldedNames(p.raters)
	out := *d
	out.hideInputs(p)
	out.Rings, out.Coordinated, out.Shared = p.rings(d.Rings), p.rings(d.Coordinated), p.rings(d.Shared)
	out.Campaigns = slices.Clone(d.Campaigns)
	for i := range out.Campaigns {
		out.Campaigns[i].Item = p.Item(out.Campaigns[i].Item)
		if s := out.Campaigns[i].Since; s != nil {
			c := *s
			c.Decision = c.Decision.unsigned()
			out.Campaigns[i].Since = &c
		}
	}
	if out.Since != nil { // a copy, see hideInputs
		for i := range out.Since.GoneCampaigns {
			out.Since.GoneCampaigns[i].Item = p.Item(out.Since.GoneCampaigns[i].Item)
		}
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
	r.Ahead = slices.Clone(r.Ahead)
	for i := range r.Ahead {
		r.Ahead[i].Rater = p.Rater(r.Ahead[i].Rater)
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
	if r.Since != nil {
		s := *r.Since
		s.Decision = s.Decision.unsigned()
		s.Joined, s.Left = p.names(s.Joined), p.names(s.Left)
		r.Since = &s
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

// unsigned is a decision without who made it and what was said of it, which a page
// that is handed on does not tell.
func (d *Decision) unsigned() *Decision {
	if d == nil {
		return nil
	}
	return &Decision{Status: d.Status, At: d.At}
}

func (p *Pseudonyms) names(ids []string) []string {
	ids = slices.Clone(ids)
	for i := range ids {
		ids[i] = p.Rater(ids[i])
	}
	return ids
}

func (p *Pseudonyms) items(ids []string) []string {
	ids = slices.Clone(ids)
	for i := range ids {
		ids[i] = p.Item(ids[i])
	}
	return ids
}

// itemsAreRaters reports whether most items bear the identifier of a rater.
func itemsAreRaters(t *rating.Table, alike bool) bool {
	n := 0
	for i := range t.Items.Len() {
		name := t.Items.Name(int32(i))
		if _, ok := t.Raters.Find(name); ok && !(alike && shortNumber(name)) {
			n++
		}
	}
	return 2*n > t.Items.Len()
}
