package detect

import (
	"context"

	"github.com/ringwatch/ringwatch/detect/internal/search"
)

// Newcomers looks for raters who were first active together and then chose the
// same items, whenever. As it compares a rater with those of its cohort only, a
// pair need stand out among fewer.
type Newcomers struct {
	Cohort   int `doc:"raters whose first ratings follow each other that make a cohort; a rater is compared with its own and the two beside it"`
	MaxSeeds int `doc:"most groups to propose, the largest first"`
}

// NewNewcomers returns a Newcomers with its defaults.
func NewNewcomers() *Newcomers { return &Newcomers{Cohort: 30, MaxSeeds: 200} }

func (d *Newcomers) Name() string { return "newcomers" }

func (d *Newcomers) Doc() Doc {
	return Doc{
		Summary: "raters first active together who share items, whenever; those in no ring yet",
		Source: "accounts made in one batch, as SynchroTrap (Cao et al., CCS 2014) met them, " +
			"first ratings standing for the making, of which tables do not know; against the fitted null",
		Cost: "sum over items of up to 250 ratings of these squared; memory linear in raters",
		BlindSpot: "accounts that first act apart, as bought or hijacked ones do; those older than the data; " +
			"data without times",
		OnRequest: true,
	}
}

func (d *Newcomers) Detect(ctx context.Context, p *Pass) error {
	e := p.engine
	if e.Time == nil {
		return errNoTimes
	}
	p.tellLeftOut(0)
	p.Report("newcomers: comparing raters", 0, 1)
	seeds, err := search.OfCohorts(ctx, e.Acts, e.null, e.unclaimed(), d.Cohort)
	p.Report("newcomers: comparing raters", 1, 1)
	if err != nil {
		return err
	}
	return p.Propose(ctx, p.atMost(seeds, d.MaxSeeds))
}
