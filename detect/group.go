package detect

import (
	"context"

	"github.com/ringwatch/ringwatch/detect/internal/search"
)

// Group looks for raters who chose the same items more often than the null has
// it, by all that tells: at whatever time, at the same time, and both; and for
// sets of items that share too many raters.
type Group struct {
	Neighbors int `doc:"ratings before one and after it that it is compared with, on items with more than 250"`
	MostActs  int `doc:"most ratings that a rater may have given; raters with more are left out of the search for items that share raters"`
}

// NewGroup returns a Group with its defaults.
func NewGroup() *Group { return &Group{Neighbors: search.HotNeighbors, MostActs: search.MostActs} }

func (d *Group) Name() string { return "group" }

func (d *Group) Doc() Doc {
	return Doc{
		Summary: "rings by every sign of joint selection: pairs of raters who meet too often or too often at once, " +
			"and pairs of items that share too many raters",
		Source: "exact co-occurrence counting against a time-conditional choice model; see docs/detection.md",
		Cost: "sum over items of ratings squared, items above 250 ratings by neighbours in time only; " +
			"memory linear in ratings",
		BlindSpot: "raters who share one target, and most who share two; rings whose members share no targets; " +
			"without values and times, everybody",
	}
}

func (d *Group) Detect(ctx context.Context, p *Pass) error {
	e := p.engine
	found, err := e.pairs(ctx, d.Neighbors)
	if err != nil {
		return err
	}
	if err := p.Propose(ctx, search.PairSeeds(e.Raters, found.Edges, search.Pair.Best)); err != nil {
		return err
	}
	// Second, so that it need not look where rings are known.
	seeds, err := e.itemSeeds(ctx, d.MostActs)
	if err != nil {
		return err
	}
	return p.Propose(ctx, seeds)
}
