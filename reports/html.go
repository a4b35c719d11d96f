package reports

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"math"
	"net/url"
	"slices"
	"strings"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports/internal/page"
)

//go:embed page.html
var pageSource string

// Caps of what the page lists of each ring; rings.json has more.
const (
	pageRows    = 40
	pageMembers = 100
	pageImpact  = 30
	eagerRings  = 20 // whose details are in a page of more than fullPictures rings from the start
	pageTargets = 12 // of an experiment, before the reader asks for all
)

var casePage = template.Must(template.New("page").Funcs(page.Words()).Funcs(template.FuncMap{
	"power": page.Power, "minute": page.Minute, "second": page.Second, "score": scoreText, "bar": bar, "span": spanSVG,
	"matrix":   func(m *Matrix) template.HTML { return m.draw() },
	"network":  func(r *Ring) template.HTML { return r.network() },
	"clock":    func(l *Timeline) template.HTML { return l.clock() },
	"timeline": func(l *Timeline, m *Matrix) template.HTML { return l.draw(m.raters()) },
	"qq":       func(p pValues) template.HTML { return p.draw() },
	"items":    func(l *CampaignTimeline) template.HTML { return l.draw() },
	"percent":  percent,
	"slopes":   func(e *experimentDoc) template.HTML { return e.draw() },
}).Parse(pageSource))

// HTML writes a case as one page that needs nothing else: no network, no
// other file. It is laid out for screens of any width and for paper. Raters
// have pseudonyms unless the case says to reveal them.
func HTML(w io.Writer, c *Case) error { return c.Document().html(w, c) }

// html writes the document as HTML writes the case that it was made of.
func (d *Document) html(w io.Writer, c *Case) error {
	d, links := d.page(c)
	sum := sha256.Sum256([]byte(page.Script()))
	pages, reviews := d.pages(d.Rings, links), d.pages(d.Coordinated, links)
	for _, some := range [][]ringPage{pages, reviews} {
		for i := range some {
			if x, ok := c.Decisions[some[i].ID]; ok {
				some[i].Decision = &x
			}
		}
	}
	later := map[string]string{}
	for _, p := range slices.Concat(pages, reviews) {
		if !p.Later {
			continue
		}
		var b strings.Builder
		if err := casePage.ExecuteTemplate(&b, "body", p); err != nil {
			return err
		}
		later[p.ID] = b.String()
	}
	return casePage.Execute(w, map[string]any{
		"D": d, "Style": template.CSS(page.Style()), "Script": template.JS(page.Script()),
		"Hash": base64.StdEncoding.EncodeToString(sum[:]), "Pages": pages, "Reviews": reviews, "Later": later,
		"Named":    len(links.hidden),
		"Revealed": c.RevealIDs, "Made": made(d.Run),
	})
}

// page returns the document as the case's page shows it, and its links.
func (d *Document) page(c *Case) (*Document, Links) {
	if c.RevealIDs {
		return d, Links{Item: c.ItemURL, Rater: c.RaterURL}
	}
	d, key := d.Pseudonymised()
	if !c.ExactTimes {
		d.coarsen()
	}
	return d, key.itemLinks(c.ItemURL)
}

// RingHTML writes what the page of a case shows of one ring, as a part of another page:
// it carries the classes of that page, and no style.
func (d *Document) RingHTML(w io.Writer, r *Ring, links Links) error {
	return casePage.ExecuteTemplate(w, "ring", ringPage{r, true, true, false, d.unary(), nil, links, pageRows,
		pageMembers, pageImpact})
}

// HTML writes the evidence of a campaign, as RingHTML does that of a ring.
func (c *Campaign) HTML(w io.Writer) error {
	return casePage.ExecuteTemplate(w, "evidence", c)
}

// Links are addresses with {id} in the place of an identifier, or empty.
type Links struct {
	Item, Rater string
	hidden      map[string]bool // items that have none
}

// CheckURL returns an error if pattern is no address of the web with {id} in it.
func CheckURL(pattern string) error {
	const id = "some-identifier"
	u, err := url.Parse(strings.ReplaceAll(pattern, "{id}", id))
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("%q is not an address; want one such as https://example.org/items/{id}", pattern)
	case !strings.Contains(pattern, "{id}") || strings.Contains(u.Host, id):
		return fmt.Errorf("%q says nowhere where an identifier goes; want one such as https://example.org/items/{id}",
			pattern)
	}
	return nil
}

func (m *Matrix) raters() []string {
	if m == nil {
		return nil
	}
	return m.Raters
}

// A ringPage is a ring with how much the page lists of it.
type ringPage struct {
	*Ring
	Open bool
	Full bool // has pictures that only the strongest rings of a page have
	// the page's script puts it in when it is opened, so that a page of hundreds opens at once
	Later                 bool
	Unary                 bool
	Decision              *Decision
	links                 Links
	rows, members, impact int
}

func (p ringPage) Rater(id string) template.HTML { return page.Link(p.links.Rater, id) }

func (p ringPage) Item(id string) template.HTML {
	if p.links.hidden[id] {
		return page.Link("", id)
	}
	return page.Link(p.links.Item, id)
}

func (d *Document) unary() bool { return d.Scale == rating.Scale{}.String() }

// pages lists less of each ring beyond the first fullPictures, so that a page
// of hundreds opens at once.
func (d *Document) pages(rings []Ring, links Links) []ringPage {
	pages := make([]ringPage, len(rings))
	for i := range rings {
		pages[i] = ringPage{&rings[i], false, i < fullPictures, len(rings) > fullPictures && i >= eagerRings, d.unary(),
			nil, links, pageRows, pageMembers, pageImpact}
		if i >= fullPictures {
			pages[i].rows, pages[i].members, pages[i].impact = pageRows/8, pageMembers/10, pageImpact/5
		}
	}
	return pages
}

func (p ringPage) ShownMembers() []Member { return p.Members[:min(len(p.Members), p.members)] }
func (p ringPage) MoreMembers() int       { return len(p.Members) - len(p.ShownMembers()) }

// targets are the changes of targets, which come before those of other items.
func (p ringPage) targets() []Change {
	n := 0
	for n < len(p.Impact) && p.Impact[n].Target {
		n++
	}
	return p.Impact[:n]
}
func (p ringPage) ShownImpact() []Change { return p.targets()[:min(len(p.targets()), p.impact)] }
func (p ringPage) MoreImpact() int       { return len(p.targets()) - len(p.ShownImpact()) }

func (p ringPage) Picture() func(Change) template.HTML { return changePictures(p.ShownImpact()) }

// Most is the larger of both, in size: the whole length of the bars that are drawn of them.
func (e Evidence) Most() float64 { return max(math.Abs(e.Observed), math.Abs(e.Expected)) }

func (e *experimentDoc) FirstTargets() []target { return e.Targets[:min(len(e.Targets), pageTargets)] }
func (e *experimentDoc) OtherTargets() []target { return e.Targets[len(e.FirstTargets()):] }
