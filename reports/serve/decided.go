package serve

import (
	"errors"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports"
)

// A Look is a case's folder as people left it, for programs. It is of a copy of
// the decisions, and reads only.
type Look struct {
	Document *reports.Document
	Ratings  *rating.Table // nil if the folder holds none
	Rings    []Decided     // and coordinated groups; those made by hand stand for their parts

	app *App
}

// A Decided is a ring or a coordinated group with what was decided about it.
type Decided struct {
	reports.Ring
	reports.Decision
	Raters, Targets []string // identifiers as in the data, where the folder holds ratings
}

// LookAt reads a case's folder with what people decided, while it is served, too.
func LookAt(dir string) (*Look, error) {
	a, err := Open(dir, Options{RevealIDs: true, ReadOnly: true})
	if err != nil {
		return nil, err
	}
	a.now = a.triage.now()
	undone := undoneBy(a.now.events)
	l := &Look{Document: a.data.doc, Ratings: a.data.table, app: a}
	all, err := readFilter(nil)
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	listed, _ := a.rings(all)
	for _, x := range listed {
		s := x.State
		d := Decided{Ring: *x.raw, Decision: a.now.decision(x.ID, &s, undone)}
		if l.Ratings == nil {
			for _, m := range x.raw.Members {
				d.Raters = append(d.Raters, m.Rater)
			}
			d.Targets = x.raw.Items
		} else {
			numbers := a.numbers(x.raw)
			for _, u := range numbers.Raters {
				d.Raters = append(d.Raters, l.Ratings.Raters.Name(u))
			}
			for _, i := range numbers.Items {
				d.Targets = append(d.Targets, l.Ratings.Items.Name(i))
			}
		}
		l.Rings = append(l.Rings, d)
	}
	return l, nil
}

// Close ends what LookAt began; the ratings are gone with it.
func (l *Look) Close() error { return l.app.Close() }
