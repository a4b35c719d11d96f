package detect

import (
	"context"

	"github.com/ringwatch/ringwatch/detect/internal/official"
	"github.com/ringwatch/ringwatch/rating"
)

// QuasiClique is the quasi-clique detection of Community Notes: groups of raters
// of whom many gave the same notes the same value in the last thirteen weeks.
//
// The pair that agreed on most posts is a seed if these are more than SeedPosts.
// It takes in, one by one, the outsider who is on most posts of its actions: of
// what (a note and a value) at least a quarter of the members did, and at least
// four or all. It stops where fewer than MinPosts posts would be left, or a
// member would take part in less than MinShare of them. Of one seed after the
// other, groups of MinRaters or more stay.
type QuasiClique struct {
	SeedPosts int     `doc:"posts on which a pair must agree more often than this to be a seed"`
	MinPosts  int     `doc:"posts that a group must share"`
	MinShare  float64 `doc:"share of members in an action of the group, and of these in each member's"`
	MinRaters int     `doc:"members that a group must have"`
	MaxRaters int     `doc:"members that a group takes in, after which it grows no more"`
	Weeks     int     `doc:"before the last note: older ones do not count; 0 for all"`
}

// NewQuasiClique returns a QuasiClique with X's thresholds.
func NewQuasiClique() *QuasiClique {
	return &QuasiClique{SeedPosts: 50, MinPosts: 25, MinShare: 0.25, MinRaters: 5, MaxRaters: 2000, Weeks: 13}
}

func (d *QuasiClique) Name() string { return "quasiclique" }

func (d *QuasiClique) Doc() Doc {
	return Doc{
		Summary: "quasi-cliques, X's own, by name only: groups that gave the same notes the same values, " +
			"however far apart in time",
		Source: "twitter/communitynotes, quasi_clique_detection.py, July 2026",
		Cost:   "sum over notes of ratings squared, of raters with more than 50; memory linear in ratings",
		BlindSpot: "pairs with 50 equal ratings or fewer; noise among the ratings; fixed thresholds and no p-value: " +
			"in small dense data it takes the most active honest raters for a group",
		Official: true, Notes: true,
	}
}

// Detect returns the groups as X has them; a rater in several is in the
// largest.
func (d *QuasiClique) Detect(ctx context.Context, p *Pass) error {
	groups, grown, full, err := (*official.QuasiClique)(d).Find(ctx, p.Ratings, p.Report)
	if full > 0 {
		p.Warn("quasiclique let %d of %d groups grow no more once they had taken in %d raters (option max-raters)",
			full, grown, d.MaxRaters)
	}
	p.standAll(groups)
	return err
}

// Groups returns the groups, each ascending, in the order in which they are
// found. They may overlap.
func (d *QuasiClique) Groups(ctx context.Context, t *rating.Table) ([][]int32, error) {
	return (*official.QuasiClique)(d).Groups(ctx, t)
}
