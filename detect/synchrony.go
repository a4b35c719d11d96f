package detect

import (
	"context"

	"github.com/ringwatch/ringwatch/detect/internal/search"
)

// Synchrony looks for raters who were on the same items at the same time, again
// and again.
type Synchrony struct {
	Neighbors int `doc:"ratings before one and after it that it is compared with, on items with more than 250; 0 is as in group"`
}

// NewSynchrony returns a Synchrony with its defaults.
func NewSynchrony() *Synchrony { return &Synchrony{} }

func (d *Synchrony) Name() string { return "synchrony" }

func (d *Synchrony) Doc() Doc {
	return Doc{
		Summary:   "same items at the same time, again and again",
		Source:    "the idea of CopyCatch (Beutel et al., WWW 2013) and SynchroTrap (Cao et al., CCS 2014), against what independent raters active at those times would do",
		Cost:      "as group; shares its search over pairs",
		BlindSpot: "rings that spread their acts over hours or days; data without times",
	}
}

func (d *Synchrony) Detect(ctx context.Context, p *Pass) error {
	e := p.engine
	if e.Time == nil {
		return errNoTimes
	}
	found, err := e.pairs(ctx, d.Neighbors)
	if err != nil {
		return err
	}
	return p.Propose(ctx, search.PairSeeds(e.Raters, found.Edges, func(x search.Pair) float32 { return x.Sync }))
}
