package detect

import (
	"context"

	"github.com/ringwatch/ringwatch/detect/internal/search"
	"github.com/ringwatch/ringwatch/internal/plural"
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
		Summary: "same items at the same time, again and again: pairs of raters, " +
			"and raters who are in one burst of an item after another",
		Source: "the idea of CopyCatch (Beutel et al., WWW 2013) and SynchroTrap (Cao et al., CCS 2014), " +
			"against what independent raters active at those times would do",
		Cost:      "as group; shares its search over pairs",
		BlindSpot: "rings whose acts on an item are lost in its own rate; data without times",
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
	if err := p.Propose(ctx, search.PairSeeds(e.Raters, found.Edges,
		func(x search.Pair) float32 { return x.Sync })); err != nil {
		return err
	}
	// Last, so that it need not look where rings are known.
	p.Report(d.Name()+": looking for bursts", 0, 1)
	bursts, err := search.BurstSeeds(ctx, e.Acts, e.free, e.rings())
	if err != nil {
		return err
	}
	if unlinked := bursts.Unlinked; unlinked > 0 {
		p.Warn("%s %s in so many bursts that it cannot be told which belong together, and %s not used to join any",
			plural.Of(unlinked, "rater"), plural.Is(unlinked), plural.Was(unlinked))
	}
	if err := p.Propose(ctx, bursts.Seeds); err != nil {
		return err
	}
	return e.proposeTurns(ctx, d.Name(), bursts.Turns)
}
