package detect

import (
	"context"
	"slices"

	"github.com/ringwatch/ringwatch/detect/internal/search"
	"github.com/ringwatch/ringwatch/rating"
)

// Authors looks for raters who rate one author's items more often than the null
// has it, whichever of them, and for authors who rate each other's.
type Authors struct {
	MaxSeeds int `doc:"most groups to propose, the strongest first"`
}

// NewAuthors returns an Authors with its defaults.
func NewAuthors() *Authors { return &Authors{MaxSeeds: 200} }

func (d *Authors) Name() string { return "authors" }

func (d *Authors) Doc() Doc {
	return Doc{
		Summary: "raters who go by the author, whichever items, and authors who rate each other's; " +
			"needs to know authors, as Community Notes does",
		Source: "writer and rater pairs of post selection similarity (twitter/communitynotes); " +
			"ballot stuffing (Dellarocas, EC 2000); counted against the fitted null",
		Cost: "ratings times the bins that an author's ratings fall in, 256 at most; memory linear in ratings",
		BlindSpot: "rings that spread over many authors; an author's honest fans are proposed too, " +
			"and it is the judge who lets them off",
		Notes: true,
	}
}

const errNoAuthors = Unable("the data does not say who wrote the items (Community Notes does)")

func (d *Authors) Detect(ctx context.Context, p *Pass) error {
	author, rater := authorsOf(p.Ratings)
	if author == nil {
		return errNoAuthors
	}
	seeds, err := search.ByAuthors(ctx, p.engine.Acts, p.engine.null, author, rater)
	if err != nil {
		return err
	}
	return p.Propose(ctx, p.atMost(seeds, d.MaxSeeds))
}

// authorsOf returns the author of each item, -1 where unknown, and the rater who
// is each author, -1 if none; nil where no author is known.
func authorsOf(t *rating.Table) (author, rater []int32) {
	if t.Notes == nil || !slices.ContainsFunc(t.Notes.Author, func(a int32) bool { return a >= 0 }) {
		return nil, nil
	}
	items, names := t.Items.Len(), t.Notes.Authors
	author, rater = slices.Repeat([]int32{-1}, items), make([]int32, names.Len())
	copy(author, t.Notes.Author[:min(items, len(t.Notes.Author))])
	for a := range rater {
		rater[a] = -1
		if u, ok := t.Raters.Find(names.Name(int32(a))); ok {
			rater[a] = u
		}
	}
	return author, rater
}
