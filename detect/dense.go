package detect

import (
	"context"

	"github.com/ringwatch/ringwatch/detect/internal/search"
)

// Dense looks for blocks: raters by items with more ratings in them than the
// null has it. Peeling a whole table ends at its honest core, the most active
// raters on the most popular items; so every rating weighs what it surprises,
// and each item's own raters are peeled apart, on the items that they share
// beyond the null.
type Dense struct {
	MostActs  int `doc:"most ratings that a rater may have given; raters with more are left out"`
	MaxItems  int `doc:"how many other items, those that stand out most, a block around an item is looked for on"`
	MaxBlocks int `doc:"most blocks to propose, the most surprising first"`
}

// NewDense returns a Dense with its defaults.
func NewDense() *Dense { return &Dense{MostActs: search.MostActs, MaxItems: 100, MaxBlocks: 300} }

func (d *Dense) Name() string { return "dense" }

func (d *Dense) Doc() Doc {
	return Doc{
		Summary: "dense blocks of raters by items, where each rating weighs as much as it surprises; " +
			"among raters in no ring yet",
		Source: "greedy peeling as in FRAUDAR (Hooi et al., KDD 2016), by a measure of surprise as in CrossSpot " +
			"(Jiang et al., ICDM 2015), against the fitted null",
		Cost: "ratings times ratings of a rater, 200 at most; memory linear in ratings",
		BlindSpot: "blocks on items with more than 250 ratings; raters with more than 200; " +
			"rings of which hardly any three share an item",
		OnRequest: true,
	}
}

func (d *Dense) Detect(ctx context.Context, p *Pass) error {
	e := p.engine
	p.Report("dense: peeling", 0, 1)
	p.tellLeftOut(d.MostActs)
	s := search.BlockSearch{Use: e.unclaimed(), MaxItems: d.MaxItems, MaxBlocks: d.MaxBlocks}
	for u := range s.Use {
		s.Use[u] = s.Use[u] && e.CountOf(int32(u)) <= d.MostActs
	}
	seeds, err := s.Blocks(ctx, e.Acts, e.null)
	p.Report("dense: peeling", 1, 1)
	if err != nil {
		return err
	}
	if s.Narrowed > 0 {
		p.Warn("around %d of the %d items, dense looked only at the %d others that stand out most (option max-items)",
			s.Narrowed, e.Items, d.MaxItems)
	}
	if s.Left > 0 {
		p.Warn("dense proposed %d of %d blocks, the most surprising ones (option max-blocks)",
			len(seeds), len(seeds)+s.Left)
	}
	return p.Propose(ctx, seeds)
}
