package communitynotes

import "github.com/ringwatch/ringwatch/scoring"

// Detail is what the scorers of this package say beyond a Result's columns. Slices are
// per item or per rater, nil where the scorer has no such notion.
type Detail struct {
	ItemBound    []float32 // the most that three artificial raters could make of ItemIntercept
	Rules        []Rules   // the rules that an item met
	DecidedBy    []string  // the model or rule that gave an item its status
	Models       []Model   // in the order in which they decide
	Official     []string  // the status in the words of Community Notes
	Reasons      [][2]int8 // the two reasons that raters give for a status, as bits of rating.TagNames; -1 for none
	RaterHelpful []bool    // raters whose record lets them count
}

// DetailOf returns what the scorer of this package that made a Result has to say
// beyond it; empty of any other's.
func DetailOf(r *scoring.Result) *Detail {
	if d, ok := r.Detail.(*Detail); ok {
		return d
	}
	return &Detail{}
}

// A Model is what one model of Community Notes says of the items in its scope.
// Slices are per item or per rater, NaN or 0 where it says nothing; those that a
// model does not have are nil.
type Model struct {
	Name                       string // as DecidedBy has it
	ItemIntercept, ItemFactor  []float32
	ItemBound                  []float32
	NoHighVolume, NoCorrelated []float32 // intercept without the most active, or without correlated raters
	Sampled                    []float32 // intercept by raters who were asked at random
	Rules                      []Rules
	Rated                      []int32 // ratings in scope; 0 where the model has no say
	Ratings                    []int32 // ratings of the last fit
	RaterIntercept             []float32
	RaterFactor                []float32
	FirstIntercept             []float32 // of raters, in the first fit
	FirstFactor                []float32
	// of raters: (helpful - 5 not helpful)/notes that they wrote, and the mean intercept of these
	Written [2][]float32
	Agreed  []float32  // of raters: share of valid ratings that agree
	Helpful []bool     // of raters: above the threshold
	Ridge   [2]float64 // as ItemRidge
}

// Statuses as Rules.Official has them.
const (
	ratedHelpful    = "CURRENTLY_RATED_HELPFUL"
	ratedNotHelpful = "CURRENTLY_RATED_NOT_HELPFUL"
	needsMore       = "NEEDS_MORE_RATINGS"
	needsYourHelp   = "NEEDS_YOUR_HELP"
	firmReject      = "FIRM_REJECT"
)

// raises reports whether a status is helpful, or nearly so.
func raises(status string) bool { return status == ratedHelpful || status == needsYourHelp }
