package communitynotes

import (
	"math/bits"
	"strings"

	"github.com/ringwatch/ringwatch/scoring"
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

// What one side of raters must say for RatioCRNH.
const (
	ratioSide    = 3   // least ratings of each
	ratioMean    = 0.4 // highest mean of each
	ratioAverage = 0.3 // of both means
	ampleNet     = 10  // net helpful ratings of the smaller side from which on RaterBalance is met
)
