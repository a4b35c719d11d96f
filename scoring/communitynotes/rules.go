package communitynotes

import (
	"math"
	"math/bits"
	"strings"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/internal/fit"
)

// Rules are the rules of Community Notes that an item met. Where several did,
// the last decides: each overwrites the status that those before it gave.
type Rules uint32

// In the order in which they are applied, under their official names.
const (
	GeneralCRH            Rules = 1 << iota // the intercept is high
	GeneralCRNH                             // the intercept is low, the lower the larger the factor
	UcbCRNH                                 // the upper bound of the intercept is low
	RatioCRNH                               // both sides rate it low
	NmCRNH                                  // says that no note is needed, and is rated low
	GeneralCRHInertia                       // the intercept is nearly high enough, and the item is helpful already
	TagFilter                               // raters near to the item name one fault often
	FilterIncorrect                         // raters near to the item, who seldom say so, call it incorrect
	FilterLowDiligence                      // raters of a record for that call it poorly sourced
	FilterLargeFactor                       // one side likes it far better than the other
	RejectLowIntercept                      // the intercept is too low for any other model
	MinMinorityRaters                       // too few of one side rate it helpful
	RaterBalance                            // too small a part of one side's raters does
	NoHighVolIntercept                      // not helpful without the most active raters
	NoCorrelatedIntercept                   // not helpful without raters who may act together

	ruleCount = iota
)

var ruleNames = [ruleCount]string{"GeneralCRH", "GeneralCRNH", "UcbCRNH", "RatioCRNH", "NmCRNH", "GeneralCRHInertia",
	"TagFilter", "FilterIncorrect", "FilterLowDiligence", "FilterLargeFactor", "RejectLowIntercept",
	"MinMinorityRaters", "RaterBalance", "NoHighVolIntercept", "NoCorrelatedIntercept"}

const (
	makeHelpful    = GeneralCRH | GeneralCRHInertia
	makeNotHelpful = GeneralCRNH | UcbCRNH | RatioCRNH | NmCRNH
	firmlyReject   = TagFilter | FilterIncorrect | FilterLowDiligence | FilterLargeFactor | RejectLowIntercept
)

// Has reports whether all of the given rules were met.
func (r Rules) Has(rules Rules) bool { return r&rules == rules }

// Last returns the rule that decides, 0 if none was met.
func (r Rules) Last() Rules {
	if r == 0 {
		return 0
	}
	return 1 << (bits.Len32(uint32(r)) - 1)
}

// String lists the rules in order, separated by commas.
func (r Rules) String() string {
	var names []string
	for k, name := range ruleNames {
		if r>>k&1 == 1 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ",")
}

// Official returns the status that the rules give in the words of Community
// Notes. FIRM_REJECT and NEEDS_YOUR_HELP are stages on the way between its
// models, which a reader of a post does not see.
func (r Rules) Official() string {
	switch last := r.Last(); {
	case last == 0:
		return "NEEDS_MORE_RATINGS"
	case last&makeHelpful != 0:
		return "CURRENTLY_RATED_HELPFUL"
	case last&makeNotHelpful != 0:
		return "CURRENTLY_RATED_NOT_HELPFUL"
	case last&firmlyReject != 0:
		return "FIRM_REJECT"
	}
	return "NEEDS_YOUR_HELP"
}

// status returns the status that the rules give an item that is rated.
func (r Rules) status() scoring.Status {
	switch last := r.Last(); {
	case last&makeHelpful != 0:
		return scoring.Helpful
	case last&makeNotHelpful != 0:
		return scoring.NotHelpful
	}
	return scoring.NeedsMore
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

// What one side of raters must say for RatioCRNH.
const (
	ratioSide    = 3   // least ratings of each
	ratioMean    = 0.4 // highest mean of each
	ratioAverage = 0.3 // of both means
	ampleNet     = 10  // net helpful ratings of the smaller side from which on RaterBalance is met
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
