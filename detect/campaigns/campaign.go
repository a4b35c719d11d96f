package campaigns

import "github.com/ringwatch/ringwatch/rating"

// A Verdict is what was seen on an item in a stretch of time.
type Verdict string

const (
	// A Campaign is a burst of the few whose votes are neither as usual nor as
	// the established vote in its days.
	Campaigned Verdict = "campaign"
	// Unwitnessed is the same where too few established raters came to say what
	// was to be thought of the item then.
	Unwitnessed Verdict = "unwitnessed"
	// A Crowd is the same, but its votes are spread as those of a crowd of one mind
	// are, fans of an author or guests of a party.
	Crowd Verdict = "crowd"
	// An Outcry is a burst that established raters joined: those of its days vote
	// as it does, those before and after do not.
	Outcry Verdict = "outcry"
	// A Change is a burst whose votes are not as usual, but as those of the
	// established before or after it, too.
	Change Verdict = "change"
	// Attention is a burst with votes as usual, to which others came, too.
	Attention Verdict = "attention"
	// Newcomers is one to which hardly anybody else came.
	Newcomers Verdict = "newcomers"
)

// Verdicts are all of them, what matters most first.
var Verdicts = []Verdict{Campaigned, Unwitnessed, Outcry, Crowd, Change, Newcomers, Attention}

// AsUsual reports whether that is a burst with votes as usual, of which reports do not tell in
// full where there are votes; such come last.
func (v Verdict) AsUsual() bool { return v == Newcomers || v == Attention }

// Input is all that is looked at.
type Input struct {
	Ratings *rating.Table
	// per rater: those whose rows are left out, as those of raters in rings; nil for none
	LeftOut  []bool
	Progress func(stage string, done, total int) // may be nil; called from one goroutine at a time
	// Room makes columns of zeros without a name, such as of mapped files, for what is as
	// long as the ratings; nil is memory.
	Room func(name string, bytes int) ([]byte, error)
}

// Findings is what was found.
type Findings struct {
	Campaigns []Campaign // by verdict, the largest effect on an item's score first, then the largest excess in a month
	NotRun    string     // why nothing was looked for; "" if it was
	Warnings  []string   // caps reached: to be shown
	Bursts    int        // stretches of time that were tested
	Few       int        // the most ratings that a rater of a campaign can have
}

// A Campaign is one stretch of time of one item.
type Campaign struct {
	Item     int32
	Verdict  Verdict
	From, To int32 // first and last rating, in seconds since rating.Epoch
	Few      int   // the ratings counted are those of raters of up to so many in all
	Ratings  int   // of the few in the stretch
	Expected float64
	// ByTime and ByCompany are how many were to be expected by the item's rate at
	// other times and what the platform did then, and by how many others came to
	// the item then. Expected is the larger, .05 at least.
	ByTime, ByCompany float64
	Others            int  // ratings of all others in the stretch
	Heard             bool // others gave enough of all ratings that they would have come with news, too

	High         bool    // the side of the votes: at or above Cut, or at or below it
	Cut          float64 // on the scale of the data
	Votes        int     // of Ratings, those at Cut or beyond
	Share        float64 // Votes of Ratings
	Usual        float64 // share to be expected of the item's newcomers
	Witnesses    int     // ratings of established raters in the stretch, with the 5 nearest before and after
	Inside       int     // those of them in it
	WitnessShare float64 // of Witnesses, those at Cut or beyond; NaN without
	Predicted    float64 // share to be expected if the few vote as the witnesses

	// PVolume is the chance of a burst as unusual among items of as many ratings by
	// others. P is that of votes as one-sided where newcomers vote as usual or as
	// the witnesses do, whichever is larger; Q is P after multiplicity over all
	// bursts, those of a smaller PVolume first. Without values they are of PVolume.
	PVolume, P, Q float64
	// share of the votes beyond what explains them: (Share - Predicted) / (1 - Predicted), or of
	// Usual where that is smaller
	Effect   float64
	Likelier float64 // times that the votes are likelier given for the end of the scale than by a crowd of one mind
	// times that the numbers of ratings of the accounts are likelier of a job's accounts than of
	// people; 1 where Few is 1
	Alike float64
	// chance that the votes are none given for an end of the scale, as common as those are here; of
	// an item that only its farm gives away, that the votes on all of the farm's items are none
	Doubt  float64
	Excess float64 // Votes above those expected
	Rows   []int32 // of the table, ascending: the votes that it is about; of an outcry those of all raters
	Keep   float64 // weight in [0, 1] that leaves of Rows what would have come anyway

	// ScoreWith and ScoreWithout are the item's mean on the scale of the data, of
	// all ratings, and with Rows counting as Keep says. NaN without values.
	ScoreWith, ScoreWithout float64
	Farm                    int // from 1 on, that of the farm that the campaign belongs to; 0 for none
}

// Deducted reports whether the defence by rows counts the campaign's rows as Keep
// says. An outcry is for people to decide.
func (c *Campaign) Deducted() bool { return c.Verdict == Campaigned }

// Shift is how far the campaign moved the item's score, towards High or not.
func (c *Campaign) Shift() float64 { return c.ScoreWith - c.ScoreWithout }

// pace is the excess, or of a longer stretch that of a month of it.
func (c *Campaign) pace() float64 {
	return c.Excess / max(1, (float64(c.To)-float64(c.From))/(30*day))
}
