package scenarios

import (
	"maps"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/evaluate"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/simulate"
)

// A Measure is one number about an experiment.
type Measure struct {
	Name   string  `json:"name"`
	Doc    string  `json:"doc"`
	Unit   string  `json:"unit"`
	Better string  `json:"better"`           // "lower" or "higher"
	Margin float64 `json:"margin,omitempty"` // a difference that matters, in the unit; 0 for details of another measure

	of func(*Experiment) float64 // NaN where it is not defined
}

// Measures are all that an Outcome can hold, what matters to users first. A
// name without an ending is of the attacked world; .clean and .defended are of
// the other two.
var Measures = slices.Concat([]Measure{
	{"shift", "how far the attack moved the scores of its targets, in the direction of its goal; mean over targets",
		"score", "lower", .02, func(x *Experiment) float64 { return x.shift(x.Attacked) }},
	{"shift.defended", "the same once the rings that were found count for nothing", "score", "lower", .02,
		func(x *Experiment) float64 { return x.shift(x.Defended) }},
	{"damage.left", "share of the shift that is left once defended; where the attack moves its targets by .01 or more",
		"share", "lower", .05, (*Experiment).damageLeft},
	{"opinion.lost", "share of the honest raters' ratings that the defence takes away; " +
		"of a rating that is left a weight, what that lacks of 1", "share", "lower", .002,
		func(x *Experiment) float64 { return x.opinionLost(func(int) bool { return true }) }},
	{"flips", "targets whose status the attack changed", "items", "lower", 1,
		func(x *Experiment) float64 { return x.flips(x.Attacked) }},
	{"flips.defended", "targets whose status differs from the clean one once the rings that were found count for " +
		"nothing", "items", "lower", 1,
		func(x *Experiment) float64 { return x.flips(x.Defended) }},
	{"flip.rate", "share of the targets whose status the attack changed", "share", "lower", 0,
		func(x *Experiment) float64 { return x.flips(x.Attacked) / x.targets() }},
	{"flip.rate.defended", "share of the targets whose status differs from the clean one once the rings that were " +
		"found count for nothing", "share", "lower", 0,
		func(x *Experiment) float64 { return x.flips(x.Defended) / x.targets() }},
	{"shift.sd", "shift in standard deviations of the clean scores, so that scorers with other units compare",
		"standard deviations", "lower", 0,
		func(x *Experiment) float64 { return x.shift(x.Attacked) / deviation(x.Clean.Item) }},
	{"lifted", "of the promoted targets that have a score and are not helpful without the attack, " +
		"the share that are helpful with it", "share", "lower", 0,
		func(x *Experiment) float64 { return x.turned(x.Attacked, 1) }},
	{"lifted.defended", "the same once the rings that were found are defended against", "share", "lower", 0,
		func(x *Experiment) float64 { return x.turned(x.Defended, 1) }},
	{"suppressed", "of the buried targets that are helpful without the attack, the share that are not with it",
		"share", "lower", 0, func(x *Experiment) float64 { return x.turned(x.Attacked, -1) }},
	{"suppressed.defended", "the same once the rings that were found are defended against", "share", "lower", 0,
		func(x *Experiment) float64 { return x.turned(x.Defended, -1) }},
	{"accuracy", "correlation of the clean scores with what the items are worth, which only a simulated world knows",
		"correlation", "higher", 0, func(x *Experiment) float64 { return x.accuracy(x.Clean) }},
	{"accuracy.attacked", "the same with the attack", "correlation", "higher", 0,
		func(x *Experiment) float64 { return x.accuracy(x.Attacked) }},
	{"reputation.auc", "how often the scorer trusts an honest rater more than a brigade's: " +
		"area under the curve of its reputations", "share", "higher", 0,
		(*Experiment).reputationAUC},
	{"collateral", "share of the rated items that are no target whose status differs between clean and defended",
		"share", "lower", .005, func(x *Experiment) float64 { return x.collateral(x.Defended) }},
	{"collateral.attacked", "the same between clean and attacked", "share", "lower", .005,
		func(x *Experiment) float64 { return x.collateral(x.Attacked) }},
	{"rank", "rank correlation (Spearman) of the scores with the true quality of items, under attack",
		"correlation", "higher", .02, func(x *Experiment) float64 { return x.rank(x.Attacked) }},
	{"rank.clean", "the same without the attack", "correlation", "higher", .02,
		func(x *Experiment) float64 { return x.rank(x.Clean) }},
	{"rank.defended", "the same once the rings that were found count for nothing", "correlation", "higher", .02,
		func(x *Experiment) float64 { return x.rank(x.Defended) }},
	{"precision@helpful", "share of the items called helpful under attack whose true quality is above the average",
		"share", "higher", .02, func(x *Experiment) float64 { return x.precisionAtHelpful(x.Attacked) }},
	{"precision@helpful.clean", "the same without the attack", "share", "higher", .02,
		func(x *Experiment) float64 { return x.precisionAtHelpful(x.Clean) }},
	{"precision@helpful.defended", "the same once the rings that were found count for nothing", "share", "higher", .02,
		func(x *Experiment) float64 { return x.precisionAtHelpful(x.Defended) }},
	{"scored", "share of the rated items that have a score, under attack", "share", "higher", .02,
		func(x *Experiment) float64 { return x.scored(x.Attacked) }},
	{"accounts.per.flip", "accounts of the brigades for each target whose status the attack changed",
		"accounts", "higher", 0, func(x *Experiment) float64 { return x.cost(accounts) / x.flips(x.Attacked) }},
	{"actions.per.flip", "ratings that the brigades gave for each of these", "ratings", "higher", 0,
		func(x *Experiment) float64 { return x.cost(actions) / x.flips(x.Attacked) }},
	{"account.days.per.flip", "days from the first rating of each account to its last, for each of these",
		"days", "higher", 0, func(x *Experiment) float64 { return x.cost(accountDays) / x.flips(x.Attacked) }},
	{"precision", "share of the raters in a ring who belong to a brigade",
		"share", "higher", .05, (*Experiment).precision},
	{"recall", "share of the brigades' raters who are in a ring", "share", "higher", .05, (*Experiment).recall},
	{"recall.coordinated", "share of the brigades' raters who are in a ring or a coordinated group",
		"share", "higher", .05, (*Experiment).listed},
	{"ap", "average precision of the ranking of all raters by suspicion, for brigade members", "share", "higher", .05,
		(*Experiment).averagePrecision},
	{"rings.f1", "how well rings match brigades: the mean, over brigades and over rings, " +
		"of the best F1 with one of the other kind (Yang & Leskovec, WSDM 2013)", "share", "higher", .05,
		(*Experiment).ringsF1},
	{"purity", "share of a ring's raters who belong to the brigade that most of them belong to; mean over rings",
		"share", "higher", .05, (*Experiment).purity},
	{"time.to.detect", "hours from a brigade's first rating of a target to the first look that finds half of its " +
		"raters in rings, or to the last look for one that none finds; mean over brigades; for scenarios with looks",
		"hours", "lower", 24, func(x *Experiment) float64 { hours, _ := x.detected(); return hours }},
	{"damage.before", "share of a brigade's ratings of targets that were given before that look; mean over brigades",
		"share", "lower", .05, func(x *Experiment) float64 { _, share := x.detected(); return share }},
	{"campaign.recall", "share of the items that a brigade is after that have a campaign; for the defence campaigns",
		"share", "higher", .05, func(x *Experiment) float64 { return x.campaigns().recall }},
	{"campaign.outcry", "share of the items that a brigade is after that have an outcry, and no campaign",
		"share", "higher", 0, func(x *Experiment) float64 { return x.campaigns().outcry }},
	{"campaign.false", "share of the items with a campaign that no brigade is after; 0 where there is none",
		"share", "lower", .02, func(x *Experiment) float64 { return x.campaigns().false }},
	{"campaign.farms", "share of the brigades with several targets of which one farm has half or more",
		"share", "higher", .05, func(x *Experiment) float64 { return x.campaigns().farms }},
	{"rows.precision", "share of the rows that campaigns take weight from that a brigade gave", "share", "higher", .02,
		func(x *Experiment) float64 { return x.campaigns().precision }},
	{"rows.recall", "share of the brigades' rows on their targets that campaigns take weight from",
		"share", "higher", .05, func(x *Experiment) float64 { return x.campaigns().rows }},
	{"cost.accounts", "accounts of the brigades", "accounts", "higher", 0,
		func(x *Experiment) float64 { return x.cost(accounts) }},
	{"cost.actions", "ratings by the brigades, those that only hide the others among them", "ratings", "higher", 0,
		func(x *Experiment) float64 { return x.cost(actions) }},
	{"cost.account-days", "days from the first rating of each account of the brigades to its last, added up",
		"days", "higher", 0, func(x *Experiment) float64 { return x.cost(accountDays) }},
	{"silenced", "share of the honest raters who are in a ring", "share", "lower", .005,
		func(x *Experiment) float64 { return x.silenced(func(int) bool { return true }) }},
	{"false.rings.per.1000", "rings of which less than half belongs to a brigade, for 1,000 honest raters",
		"rings", "lower", .5, func(x *Experiment) float64 { return x.falseRings(func(int) bool { return true }) }},
	{"false.groups.per.1000", "coordinated groups of which less than half belongs to a brigade, " +
		"for 1,000 honest raters", "groups", "lower", .5,
		func(x *Experiment) float64 { return x.falseCoordinated(func(int) bool { return true }) }},
}, harmTo(simulate.Plain, "who belong to no community"),
	harmTo(simulate.Fan, "who keep to one topic"),
	harmTo(simulate.Club, "who belong to a circle with its own obscure items"),
	harmTo(simulate.Alert, "who rate what an alert sends, within minutes"),
	harmTo(simulate.Copycat, "who repeat another's ratings, hours later"),
	harmTo(simulate.Household, "who share a home with another"),
	harmTo(simulate.Newcomer, "who came for an event"),
	harmTo(simulate.Gathered, "who are of an honest group of some kind"))

// BreakPoint is what ringwatch breakpoint measures, over many experiments.
var BreakPoint = Measure{Name: "break.point", Unit: "accounts", Better: "higher",
	Doc: "the smallest brigade that changes the status of a target with a given chance; ringwatch breakpoint finds it"}

// harmTo measures what is done to the honest raters of one kind.
func harmTo(kind simulate.Kind, who string) []Measure {
	of := func(measure func(x *Experiment, among func(int) bool) float64) func(*Experiment) float64 {
		return func(x *Experiment) float64 {
			if x.World.Kind == nil {
				return math.NaN()
			}
			return measure(x, func(u int) bool { return x.World.Kind[u] == kind })
		}
	}
	return []Measure{
		{"silenced." + kind.String(), "share of the honest raters " + who + " who are in a ring", "share", "lower", 0,
			of((*Experiment).silenced)},
		{"false.rings.per.1000." + kind.String(),
			"rings of which less than half belongs to a brigade and most of the others are honest raters " +
				who + ", for 1,000 of these", "rings", "lower", 0, of((*Experiment).falseRings)},
		{"false.groups.per.1000." + kind.String(), "the same of coordinated groups",
			"groups", "lower", 0, of((*Experiment).falseCoordinated)},
		{"opinion.lost." + kind.String(),
			"share of the ratings by honest raters " + who + " that the defence takes away", "share", "lower", 0,
			of((*Experiment).opinionLost)},
	}
}

func measureNames() []string {
	var names []string
	for _, m := range Measures {
		names = append(names, m.Name)
	}
	return names
}

// shift is the mean, over targets with a clean score, of how far the score
// moved towards the goal.
func (x *Experiment) shift(r *scoring.Result) float64 {
	sum, n := 0.0, 0
	for i, goal := range x.World.Goal {
		d := float64(goal) * (float64(r.Item[i]) - float64(x.Clean.Item[i]))
		if goal != 0 && !math.IsNaN(d) {
			sum += d
			n++
		}
	}
	return sum / float64(n)
}

func (x *Experiment) flips(r *scoring.Result) float64 {
	if r.Status == nil || !slices.ContainsFunc(x.World.Goal, isTarget) {
		return math.NaN()
	}
	n := 0
	for i, goal := range x.World.Goal {
		if goal != 0 && r.Status[i] != x.Clean.Status[i] {
			n++
		}
	}
	return float64(n)
}

func (x *Experiment) targets() float64 {
	n := 0.0
	for _, goal := range x.World.Goal {
		n += math.Abs(float64(goal))
	}
	return n
}

// turned is the share of targets of a goal that are helpful, or not any more.
func (x *Experiment) turned(r *scoring.Result, goal int8) float64 {
	if r.Status == nil {
		return math.NaN()
	}
	n, turned := 0., 0.
	for i, g := range x.World.Goal {
		was, is := x.Clean.Status[i] == scoring.Helpful, r.Status[i] == scoring.Helpful
		if g != goal || was != (goal < 0) || math.IsNaN(float64(x.Clean.Item[i])) {
			continue
		}
		n++
		if was != is {
			turned++
		}
	}
	return turned / n
}

// deviation is the standard deviation of the scores there are.
func deviation(scores []float32) float64 {
	n, sum, squares := 0., 0., 0.
	for _, s := range scores {
		if v := float64(s); !math.IsNaN(v) {
			n, sum, squares = n+1, sum+v, squares+v*v
		}
	}
	return math.Sqrt(max(0, squares/n-sum/n*sum/n))
}

// accuracy is the correlation of scores with the items' quality.
func (x *Experiment) accuracy(r *scoring.Result) float64 {
	if x.World.Quality == nil {
		return math.NaN()
	}
	var n, a, b, aa, bb, ab float64
	for i, s := range r.Item {
		if v, q := float64(s), float64(x.World.Quality[i]); !math.IsNaN(v) {
			n, a, b, aa, bb, ab = n+1, a+v, b+q, aa+v*v, bb+q*q, ab+v*q
		}
	}
	return (n*ab - a*b) / math.Sqrt((n*aa-a*a)*(n*bb-b*b))
}

// reputationAUC is how often the scorer trusts an honest rater more than one of a
// brigade, among those with a reputation.
func (x *Experiment) reputationAUC() float64 {
	var known []float32
	var honest []bool
	for u, r := range x.Attacked.Rater {
		if !math.IsNaN(float64(r)) {
			known, honest = append(known, r), append(honest, x.World.Brigade[u] == 0)
		}
	}
	return evaluate.AUC(known, func(k int32) bool { return honest[k] })
}

func isTarget(goal int8) bool { return goal != 0 }

func (x *Experiment) collateral(r *scoring.Result) float64 {
	if x.Clean.Status == nil {
		return math.NaN()
	}
	changed, n := 0, 0
	for i, goal := range x.World.Goal {
		if goal == 0 && x.Clean.Status[i] != scoring.Unrated {
			n++
			if r.Status[i] != x.Clean.Status[i] {
				changed++
			}
		}
	}
	return float64(changed) / float64(n)
}

// hits counts the raters in a ring, those of them in a brigade, and all in a
// brigade.
func (x *Experiment) hits() (flagged, both, members float64) {
	for u, in := range x.flagged() {
		if in {
			flagged++
		}
		if x.World.Brigade[u] != 0 {
			members++
			if in {
				both++
			}
		}
	}
	return flagged, both, members
}

func accounts(c simulate.Cost) int    { return c.Accounts }
func actions(c simulate.Cost) int     { return c.Actions }
func accountDays(c simulate.Cost) int { return c.AccountDays }

// cost adds up what the brigades spend.
func (x *Experiment) cost(of func(simulate.Cost) int) float64 {
	costs := simulate.Costs(x.World)
	sum := 0
	for _, c := range costs {
		sum += of(c)
	}
	if sum == 0 {
		return math.NaN()
	}
	return float64(sum)
}

func (x *Experiment) precision() float64 {
	flagged, both, _ := x.hits()
	return both / flagged
}

func (x *Experiment) recall() float64 {
	_, both, members := x.hits()
	return both / members
}

func (x *Experiment) silenced(among func(u int) bool) float64 {
	flagged, honest := 0.0, 0.0
	for u, in := range x.flagged() {
		if x.World.Brigade[u] == 0 && among(u) {
			honest++
			if in {
				flagged++
			}
		}
	}
	return flagged / honest
}

func (x *Experiment) averagePrecision() float64 {
	if x.Findings.Suspicion == nil {
		return math.NaN()
	}
	return evaluate.AveragePrecision(x.Findings.Suspicion, func(u int32) bool { return x.World.Brigade[u] != 0 })
}

// matched holds rings against brigades.
func (x *Experiment) matched() evaluate.Match {
	members := make(map[int32][]int32)
	for u, b := range x.World.Brigade {
		if b != 0 {
			members[b] = append(members[b], int32(u))
		}
	}
	var rings, brigades [][]int32
	for _, r := range x.Findings.Rings {
		rings = append(rings, r.Raters)
	}
	for _, b := range slices.Sorted(maps.Keys(members)) {
		brigades = append(brigades, members[b])
	}
	return evaluate.Matched(rings, brigades)
}

func (x *Experiment) ringsF1() float64 { return x.matched().F1 }
func (x *Experiment) purity() float64  { return x.matched().Purity }
