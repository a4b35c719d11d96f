package reports

import (
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/ringwatch/ringwatch/gate"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports/internal/page"
)

// Certified are the certificates of a scorer's items.
type Certified struct {
	Scorer string
	Items  []gate.Certificate
	Most   int // added ratings that were considered
	Names  *rating.Names

	// The attack of some size in the same world: targets that changed their
	// status, those of them that did by fewer ratings than certified, and the
	// median of ratings given for each that was certified.
	Size           int
	Changed, Fewer int
	Ratio          float64
}

// BreakPointText writes what a search found, its curves, and certificates.
func BreakPointText(w io.Writer, s *gate.Search, found []gate.BreakPoint, certified []*Certified, o TextOptions) error {
	p := &printer{o: o, text: true}
	p.title(1, "Break point of "+page.Shown(s.Scenario.Name))
	p.para(fmt.Sprintf("The smallest %s at which the status of a target changes with a chance of %s, and an interval "+
		"that misses the truth in %s of searches at most.",
		page.Shown(s.Path), page.Short(s.Chance), percent(s.Alpha)))
	rows := [][]string{}
	for i := range found {
		b := &found[i]
		rows = append(rows, []string{page.Shown(b.Scorer), defence(b), breakSize(b, s.Most), breakInterval(b, s.Most),
			breakActions(b)})
	}
	p.table([]string{"scorer", "", "\tbreak point", "\tinterval", "\tratings given"}, rows)
	p.curves(found)
	for _, c := range certified {
		p.title(2, "Certificate of "+page.Shown(c.Scorer))
		p.para(c.summary())
		if c.Changed > 0 {
			p.para(fmt.Sprintf("For comparison, the attack at size %s changed %s, "+
				"%d of them by fewer ratings than certified, and gave %s ratings for each that was certified (median).",
				page.Count(c.Size), page.Many(c.Changed, "target"), c.Fewer, page.Short(c.Ratio)))
		}
	}
	return p.flush(w)
}

func defence(b *gate.BreakPoint) string {
	if b.Defended {
		return "defended"
	}
	return "attacked"
}

func breakSize(b *gate.BreakPoint, most int) string {
	if b.Size == 0 {
		return "above " + page.Count(most)
	}
	return page.Count(b.Size)
}

func breakInterval(b *gate.BreakPoint, most int) string {
	if b.Low > most {
		return "above " + page.Count(most)
	}
	high := "?"
	if b.High > 0 {
		high = page.Count(b.High)
	}
	return page.Count(b.Low) + " – " + high
}

func breakActions(b *gate.BreakPoint) string {
	if b.Size == 0 {
		return "–"
	}
	return page.Short(b.Actions)
}

// curves writes the chance at each size that was tried.
func (p *printer) curves(found []gate.BreakPoint) {
	var sizes []int
	for _, b := range found {
		for _, s := range b.Curve {
			sizes = append(sizes, s.Size)
		}
	}
	slices.Sort(sizes)
	sizes = slices.Compact(sizes)
	header := []string{"\tsize", "\tseeds"}
	for i := range found {
		header = append(header, "\t"+page.Shown(found[i].Scorer)+" "+defence(&found[i]))
	}
	rows := [][]string{}
	for _, size := range sizes {
		row := []string{page.Count(size), ""}
		for _, b := range found {
			cell := "–"
			for _, s := range b.Curve {
				if s.Size == size {
					cell, row[1] = page.Short(s.Chance), strconv.Itoa(s.Seeds)
				}
			}
			row = append(row, cell)
		}
		rows = append(rows, row)
	}
	p.title(2, "Chance at each size that was tried")
	p.table(header, rows)
}

// summary says how much it takes at least, over items.
func (c *Certified) summary() string {
	if len(c.Items) == 0 {
		return "No item has a status that could be certified."
	}
	var needs []int
	exact := 0
	for _, i := range c.Items {
		needs = append(needs, i.Below)
		if i.Below == i.Found {
			exact++
		}
	}
	slices.Sort(needs)
	at := func(share float64) string {
		n := needs[int(share*float64(len(needs)-1))]
		if n > c.Most {
			return "more than " + page.Count(c.Most)
		}
		return page.Count(n)
	}
	return fmt.Sprintf("With everybody's position held, a certified number of added ratings of an item is what it "+
		"takes at least to change its status: "+
		"%s for the weakest of %s, %s for a quarter of them, %s for half, %s for the strongest. "+
		"For %s of them an attack with exactly that many was found.",
		at(0), page.Many(len(c.Items), "item"), at(.25), at(.5), at(1), page.Count(exact))
}

// CertificateCSV writes scorer,item,status,ratings,certified,found: no fewer
// added ratings than certified change the status, and found do; both are empty
// where they are more than were considered.
func CertificateCSV(w io.Writer, all []*Certified) error {
	return table(w, "scorer,item,status,ratings,certified,found", func(put func(...string)) {
		for _, c := range all {
			for _, i := range c.Items {
				certified, found := strconv.Itoa(i.Below), strconv.Itoa(i.Found)
				if i.Below > c.Most {
					certified = ""
				}
				if i.Found == 0 {
					found = ""
				}
				put(inert(c.Scorer), inert(c.Names.Name(i.Item)), i.Status.String(), strconv.Itoa(int(i.Ratings)),
					certified, found)
			}
		}
	})
}
