package detect

import (
	"cmp"
	"slices"

	"github.com/ringwatch/ringwatch/detect/campaigns"
)

// Findings is what a detector, or Run, found.
type Findings struct {
	Rings []Ring // strongest first, those in doubt after all others; see Ring.Doubtful
	// Coordinated are groups of which evidence beside their votes says that they
	// act on one plan, while their votes leave doubt: for review, never for
	// automatic action. Strongest first.
	Coordinated []Ring
	Shared      []Ring              // groups that share interest or exposure, not opinion: never an accusation
	Campaigns   *campaigns.Findings // on items; nil where nobody looked, see Campaigns
	Suspicion   []float64           // per rater in [0, 1]; ranks all raters
	Detectors   []string            // the detectors that ran
	NotRun      []NotRun            // those that could not, and why
	Warnings    []string            // caps reached, fits that did not settle: to be shown
	Background  Background
}

// NotRun says why a detector, or a part of one, did not run.
type NotRun struct {
	Detector string `json:"detector"`
	Why      string `json:"why"`
}

// Background is the fitted null in words a report can show.
type Background struct {
	WindowRows []float64 // mean rows of each window of the mixture
	Weight     []float64 // fitted weight of each window; the last is uniform over items
	Tested     int       // groups that were judged
}

// A Ring is a group of raters that act together.
type Ring struct {
	Official  bool // as a platform's own method has it, not judged: P and Q are 1
	Detectors []string
	Raters    []int32 // ascending
	Members   []Member
	Items     []int32 // their targets, ascending
	// P bounds the chance of a group as strong, by selection and by votes both,
	// among innocent raters, the search paid for; Q is P after multiplicity over
	// all groups weighed (Benjamini and Hochberg 1995). LogP and LogQ are their
	// natural logarithms, as a float64 often cannot hold the values.
	P, Q, LogP, LogQ float64
	Evidence         []Evidence
	Innocent         []Explanation // the innocent explanations tested
	First, Last      int32         // times of the first and last act on a target; 0 without times
	Unstable         bool          // not found in half of the runs on a little less of the data: no accusation
	Correlation      []Correlation // of its parts, or of all, where it falls into none
	// Ahead are raters whom the members follow: each came first on their items far more
	// often than one of a group that acts in no order. Anybody can be followed, so they are
	// no members and are not accused; what they did is for people to look at.
	Ahead []Ahead
}

// Ahead is a rater whom members of a ring follow.
type Ahead struct {
	Rater     int32
	First, Of int32   // items shared where it came before all others near it; where others came near
	Expected  float64 // of First, in no order
}

// Doubtful reports whether something speaks against acting on the ring: an
// innocent explanation fits better, or nothing tells the ring from one, or it is not
// there when a little of the data is not.
func (r *Ring) Doubtful() bool {
	return r.Unstable || slices.ContainsFunc(r.Innocent, func(x Explanation) bool { return x.Holds })
}

// Correlation says how the votes of a group hang together beyond what the items, each
// rater's habits and viewpoints explain. It accuses nobody: it is what the votes are
// worth. The zero value is no correlation.
type Correlation struct {
	// Raters are those whose votes they are, ascending: the members, or some of them where
	// the group is two that chose the same company and then other targets.
	Raters []int32
	// Chance is that some of the votes go by a plan rather than by what the members,
	// or a community of them, think of each item. Before votes are heard it is 1 in 20
	// of a group that shares interest or exposure, 19 in 20 of a coordinated one, and 99
	// in 100 of a ring.
	Chance float64
	// Within is, of votes that do, the correlation of two members' on one item, 0 to
	// 1: the square of the share of their votes that the plan has.
	Within float64
	// Away is, of the same, the mean square distance of the members' mean vote from what
	// others think of the item, in units of the variance of another's vote, 0 or more. A
	// plan that is further off than one rater with one opinion is worth less than one. It is
	// 0 of groups that only share an interest, whose one opinion counts as anybody's.
	Away float64
	// Items are those where the members act together, targets and others, ascending;
	// Planned is the chance for each that the votes on it go by a plan.
	Items   []int32
	Planned []float64
	// Others are raters besides the members, ascending, who may be of the group by what
	// they did and how they voted, though not so surely as to be named; OthersChance is
	// that each is. Of groups that only share an interest there are none.
	Others       []int32
	OthersChance []float64
}

// Effective returns how many independent votes k of the members' votes on Items[at] are
// worth, more than 0 and at most k: k/(1+(k-1)r) at a correlation r (Kish, Survey Sampling,
// 1965), of a plan that lies further from others' opinion than one of them does so many
// times less. k need not be whole, where some are members by chance only; it is 1 or more.
func (c *Correlation) Effective(at int, k float64) float64 {
	p := c.Planned[at]
	return (1-p)*k + p*k/(1+(k-1)*c.Within*max(1, c.Away))
}

// A Member is one rater of a ring.
type Member struct {
	Rater    int32
	Role     string  // "core": in at least half of the targets; "part": in fewer
	Strength float64 // nats of leave-one-out evidence that the rater belongs
	Shared   int32   // targets the rater took part in
}

// Evidence is one measurement behind a ring, with the rows that show it.
type Evidence struct {
	Measure, Unit      string
	Observed, Expected float64 // expected of independent raters of the same habits
	Note               string
	Rows               []int32
}

// An Explanation is an innocent reason for what a group did, and what speaks
// for or against it. Only the judge's own, "shared interest or exposure" and "the
// agreeing part of a larger crowd", and "shared condemnation" where it fits better
// beyond doubt, decide whether a group is a ring; the others are for people to weigh,
// and may hold for a ring.
type Explanation struct {
	Name  string
	Holds bool // it explains the group better than that it is a ring, or nothing tells these apart
	// Nats is ln of how much likelier what was seen is of a ring than by this
	// reason, where Weighed; negative speaks for the reason.
	Nats    float64
	Weighed bool
	Because string
}

// strongestFirst sorts rings by the evidence, those in doubt after all others.
func strongestFirst(rings []Ring) {
	slices.SortStableFunc(rings, func(a, b Ring) int {
		if x, y := a.Doubtful(), b.Doubtful(); x != y {
			if y {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.LogP, b.LogP)
	})
}
