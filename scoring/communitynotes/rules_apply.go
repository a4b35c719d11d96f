package communitynotes

import (
	"math"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/internal/fit"
)

// A camp is what raters on one side of the axis say of an item.
type camp struct {
	ratings, net int // net: helpful less not helpful ratings
	sum          float64
}

// An itemCase is all that the rules ask of an item.
type itemCase struct {
	fit.Pair
	bound         float64 // NaN if unknown
	camps         [2]camp // negative and positive factors
	tagged        bool
	incorrect     bool
	lowDiligence  float64
	noHighVolume  float64 // NaN if unknown
	noCorrelated  float64 // likewise
	alreadyRaised bool
}

// early returns the rules that an item meets by the first fit.
func (n *notesRun) early(item int32) Rules {
	if n.first.Items.Count(item) == 0 {
		return 0
	}
	return n.general(item, n.firstItems[item])
}

// general returns the rules that look at nothing but an item's pair.
func (n *notesRun) general(item int32, p fit.Pair) (met Rules) {
	enough := int(n.ratings[item]) >= n.MinItemRatings
	if enough && p.B >= n.HelpfulAt && n.misleading(item) {
		met |= GeneralCRH
	}
	if enough && p.B <= n.NotHelpfulAt-n.NotHelpfulSlope*math.Abs(p.F) {
		met |= GeneralCRNH
	}
	if p.B < n.NoNoteAt && !n.misleading(item) {
		met |= NmCRNH
	}
	return met
}

// rules returns the rules that an item meets.
func (n *notesRun) rules(item int32, c *itemCase) Rules {
	met := n.general(item, c.Pair)
	enough := int(n.ratings[item]) >= n.MinItemRatings
	if enough && c.bound < n.BoundAt {
		met |= UcbCRNH
	}
	if enough && lowOnBothSides(&c.camps) {
		met |= RatioCRNH
	}
	if n.misleading(item) && met.status() != scoring.Helpful && enough && c.B >= n.HelpfulAt-n.Inertia &&
		c.alreadyRaised {
		met |= GeneralCRHInertia
	}
	if met.status() != scoring.NotHelpful {
		for _, f := range [...]struct {
			rule Rules
			met  bool
		}{{TagFilter, c.tagged}, {FilterIncorrect, c.incorrect}, {FilterLowDiligence, c.lowDiligence > diligenceAt}} {
			if f.met {
				met |= f.rule
			}
		}
	}
	if status := met.status(); (status == scoring.Helpful || n.wide && status != scoring.NotHelpful) &&
		math.Abs(c.F) > n.MaxFactor {
		met |= FilterLargeFactor
	}
	if n.firm && met.status() != scoring.NotHelpful && c.B < n.RejectAt {
		met |= RejectLowIntercept
	}
	net := max(0, min(c.camps[0].net, c.camps[1].net))
	if met.status() == scoring.Helpful && net < n.MinMinority {
		met |= MinMinorityRaters
	}
	if all := c.camps[0].ratings + c.camps[1].ratings; met.status() == scoring.Helpful && net >= n.MinMinority &&
		net < ampleNet &&
		float64(net) < n.MinBalance*float64(all) {
		met |= RaterBalance
	}
	if met.status() == scoring.Helpful && c.noHighVolume < n.LeaveOutAt {
		met |= NoHighVolIntercept
	}
	if met.status() == scoring.Helpful && c.noCorrelated < n.LeaveOutAt {
		met |= NoCorrelatedIntercept
	}
	return met
}

func lowOnBothSides(camps *[2]camp) bool {
	average := 0.0
	for _, c := range camps {
		if c.ratings < ratioSide || c.sum > ratioMean*float64(c.ratings) {
			return false
		}
		average += c.sum / float64(c.ratings) / 2
	}
	return average <= ratioAverage
}

// raised reports whether an item is published as helpful.
func (n *notesRun) raised(item int32) bool {
	return n.t.Notes != nil && int(item) < len(n.t.Notes.Status) && n.t.Notes.Status[item] == rating.RatedHelpful
}
