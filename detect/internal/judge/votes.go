package judge

import (
	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/rating"
)

// The second null: an innocent group. Its members chose the same items, but
// each votes as the item's crowd would, outsiders and earlier members alike, bent
// by the rater's own habits. A ring's vote is on its side of a cut through the
// levels as if it were the most extreme of several draws from the same crowd;
// which cut is told by the votes, and paid for. This needs no scale, no direction
// and no threshold on what agreement is, works for 2 levels as for 20, and sees a
// ring that gives 4 stars as often as 5.

const (
	// draws of which a ring's vote is the most extreme: where half of the crowd is on a side, 98 in
	// 100 of a ring's votes are
	ringDraws = 6
	unity     = .6  // of the lift of voting as one, that is a ring's
	mostSide  = .75 // of all votes, that may be on a side: what nearly everybody does is none
	sideCuts  = 6   // a bound on the cost, which is that of its square: of a cut up and one down
	looseBar  = .45 // nats a vote, that a ring lifts at least whose side is more than the end of the scale
	ringSlips = .05 // of a ring's votes, that are as anybody's: one slip costs a member 3 nats
	// MomentTogether is seconds: how far apart hands that act together are, unless
	// it is told; momentAlone times as far are humans who react each on their own.
	// Without values the moment is the vote.
	MomentTogether, momentAlone, momentSlips, momentBar = 10., 6., .1, .45
)

// Votes is acts with what was voted, and what votes are judged by, fitted once.
// It costs a byte an act.
type Votes struct {
	votedActs
	Table    *rating.Table
	Together float64 // seconds: see MomentTogether

	ups, downs []int      // cuts that a ring is looked for above, and below
	view       *viewpoint // nil where no viewpoint predicts votes
}

// NewVotes fits the votes of acts that are in memory.
func NewVotes(a *null.Acts, t *rating.Table) *Votes {
	b, err := FitVotes(a, t)
	if err != nil {
		panic(err) // only a room has errors
	}
	return b
}

// FitVotes fits the votes of acts; what is as long as these goes where they are.
func FitVotes(a *null.Acts, t *rating.Table) (b *Votes, err error) {
	b = &Votes{votedActs: votedActs{Acts: a}, Table: t, Together: MomentTogether}
	if err = b.cutValues(t); err != nil {
		return nil, err
	}
	if b.HasValues() {
		b.ups, b.downs = cuts(b.LevelBase)
		b.ItemPrior = b.fitPrior(a.Items, func(i int32) (int, func(j int) uint8) {
			return a.SizeOf(i), func(j int) uint8 { return b.Level[int(a.ItemStart[i])+j] }
		})
		b.RaterPrior = b.fitPrior(a.Raters, func(u int32) (int, func(j int) uint8) {
			mine := a.ActsOf(u)
			return len(mine), func(j int) uint8 { return b.Level[mine[j]] }
		})
		b.view, err = b.fitViewpoint()
	}
	return b, err
}

// cuts returns the levels that at most mostSide of all votes are at or above, and
// those that at most mostSide are below: what nearly everybody does is no side.
// Each list has the end of the scale first, and at most sideCuts.
func cuts(base []float64) (ups, downs []int) {
	sum := 0.0
	for l := len(base) - 1; l > 0; l-- {
		if sum += base[l]; sum <= mostSide || len(ups) == 0 {
			ups = append(ups, l)
		}
	}
	sum = 0
	for l := 1; l < len(base); l++ {
		if sum += base[l-1]; sum <= mostSide || len(downs) == 0 {
			downs = append(downs, l)
		}
	}
	return thin(ups), thin(downs)
}

// thin keeps sideCuts of the cuts, spread evenly, the first among them.
func thin(cuts []int) []int {
	if len(cuts) <= sideCuts {
		return cuts
	}
	kept := make([]int, sideCuts)
	for i := range kept {
		kept[i] = cuts[i*len(cuts)/sideCuts]
	}
	return kept
}
