package detect

import (
	"context"

	"github.com/ringwatch/ringwatch/detect/internal/search"
)

// Lockstep looks for raters who went through the same items in step: each time
// within a window that holds as many ratings as any other, so that it is minutes
// where the data is busy and days where it is quiet. Items may be as popular as
// they will. Synchrony goes by ten minutes, agreement by no time at all and not on
// items with more than 250 ratings; this is between them.
type Lockstep struct {
	Bins      int `doc:"half-width of the window in bins, each at most a 256th of all ratings"`
	Neighbors int `doc:"ratings before one and after it, on its item and in the window, that it is compared with"`
	MaxSeeds  int `doc:"most groups to propose, the largest first"`
}

// NewLockstep returns a Lockstep with its defaults.
func NewLockstep() *Lockstep { return &Lockstep{Bins: 1, Neighbors: 32, MaxSeeds: 200} }

func (d *Lockstep) Name() string { return "lockstep" }

func (d *Lockstep) Doc() Doc {
	return Doc{
		Summary: "same items in step, popular ones included, within a window of equally many ratings, " +
			"whatever the time of each; among raters in no ring yet",
		Source: "the idea of CopyCatch (Beutel et al., WWW 2013) and SynchroTrap (Cao et al., CCS 2014), " +
			"windows counted in ratings, against the fitted null",
		Cost: "ratings times twice the neighbors; memory linear in raters",
		BlindSpot: "raters who share fewer than three items in step; items on which more than the neighbors came " +
			"between them; data without times",
		OnRequest: true,
	}
}

func (d *Lockstep) Detect(ctx context.Context, p *Pass) error {
	e := p.engine
	if e.Time == nil {
		return errNoTimes
	}
	p.Report("lockstep: comparing raters", 0, 1)
	use := e.unclaimed()
	if n, of := search.Crowded(e.Acts, use, d.Bins, d.Neighbors); n > 0 {
		p.Warn("lockstep compared %.2g%% of the ratings with the %d before and the %d after on the item only, "+
			"though its window holds more (option neighbors)", 100*float64(n)/float64(of), d.Neighbors, d.Neighbors)
	}
	seeds, err := search.InStep(ctx, e.Acts, e.null, use, d.Bins, d.Neighbors)
	p.Report("lockstep: comparing raters", 1, 1)
	if err != nil {
		return err
	}
	return p.Propose(ctx, p.atMost(seeds, d.MaxSeeds))
}
