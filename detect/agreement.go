package detect

import (
	"context"

	"github.com/ringwatch/ringwatch/detect/internal/search"
)

// Agreement looks for raters who made the same rare choices, whenever they made
// them, and for sets of items that share too many raters. It needs no times.
type Agreement struct {
	MostActs int `doc:"most ratings that a rater may have given; raters with more are left out of the search for items that share raters"`
}

// NewAgreement returns an Agreement with its defaults.
func NewAgreement() *Agreement { return &Agreement{MostActs: search.MostActs} }

func (d *Agreement) Name() string { return "agreement" }

func (d *Agreement) Doc() Doc {
	return Doc{
		Summary: "same rare choices, whenever they were made; needs no times",
		Source: "log-likelihood co-rating (Dunning 1993) by strata of popularity, " +
			"against a time-conditional choice model",
		Cost:      "as group; shares its search over pairs",
		BlindSpot: "rings that meet only on items with more than 250 ratings",
	}
}

func (d *Agreement) Detect(ctx context.Context, p *Pass) error {
	e := p.engine
	found, err := e.pairs(ctx, 0)
	if err != nil {
		return err
	}
	seeds := search.PairSeeds(e.Raters, found.Edges, func(x search.Pair) float32 { return x.Slow })
	items, err := e.itemSeeds(ctx, d.MostActs)
	if err != nil {
		return err
	}
	return p.Propose(ctx, append(seeds, items...))
}
