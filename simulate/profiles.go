package simulate

import (
	"cmp"
	"math"
	"slices"
)

// A forger writes the profiles of a brigade.
type forger struct {
	*brigade
	opposite float32 // of the value of the targets
	pool     []int32 // items that fillers are drawn from
}

// rate adds a rating that is no target's and reports whether it was new.
func (f *forger) rate(m member, item int32, value float64) bool {
	if !f.seen.first(item) {
		return false
	}
	v := float32(1)
	if !f.Ratings.Scale.Unary() {
		v = f.census().snap(value)
	}
	f.append(m.rater, item, v, f.time(f.rng, f.moment(f.rng, &m.persona, item), 0))
	return true
}

// A profile is a way to make accounts. Its seeds are items that all accounts
// rate alike; fill offers items until n were new or there seem to be no more.
type profile struct {
	doc       Doc
	seeds     func(f *forger, n int) []int32
	seedValue func(f *forger, item int32) float64
	fill      func(f *forger, n int, rate func(item int32, value float64) bool)
}

const (
	lamRiedl  = "Lam and Riedl, Shilling Recommender Systems for Fun and Profit, WWW 2004"
	mobasher  = "Mobasher et al., Toward Trustworthy Recommender Systems, ACM TOIT 2007"
	omahony   = "O'Mahony et al., Recommender Systems: Attack Types and Strategies, AAAI 2005"
	obfuscate = "Williams et al., Detection of Obfuscated Attacks in Collaborative Recommender Systems, " +
		"ECAI workshop 2006"
	lift = "lift or sink targets in the recommendations of neighbours"
)

var profiles = map[string]profile{
	"random": {
		doc: Doc{"accounts rate items at random about the mean rating", lift, lamRiedl,
			"fillers ignore what items are worth: large deviation from the items' means"},
		seeds: none, fill: at((*forger).anyRating)},
	"average": {
		doc: Doc{"accounts rate items at random about each item's mean", lift, lamRiedl,
			"fillers nearer to the items' means than people are, alike in many accounts"},
		seeds: none, fill: at((*forger).itsRating)},
	"average-over-popular": {
		doc: Doc{"an average attack whose fillers are the most rated items",
			lift, "Hurley et al., Statistical Attack Detection, RecSys 2009",
			"little in one account; many accounts that choose among the same few items"},
		seeds: none, fill: at((*forger).itsRating)},
	"love-hate": {
		doc: Doc{"fillers get the extreme opposite to the targets'",
			"sink (or lift) targets with no knowledge of the data", mobasher,
			"accounts that give the two extremes and nothing else"},
		seeds: none, fill: at(func(f *forger, _ int32) float64 { return float64(f.opposite) })},
	"noise-injection": {
		doc: Doc{"an average attack with noise on the fillers",
			"pass detectors trained on the average attack", obfuscate, "shared targets; the fillers tell less"},
		seeds: none, fill: at((*forger).itsRating)},
	"user-shift": {
		doc: Doc{"an average attack, all fillers of an account shifted alike",
			"make accounts unlike each other", obfuscate,
			"shared targets; agreement once each account's own level is taken away"},
		seeds: none, fill: at((*forger).itsRating)},
	"target-shift": {
		doc: Doc{"an average attack that rates targets a step short of the extreme",
			"pass detectors that look for extremes", obfuscate, "shared targets with one value, whichever it is"},
		seeds: none, fill: at((*forger).itsRating)},
	"obfuscated": {
		doc: Doc{"an average attack with noise, shifted accounts and shifted targets",
			"pass every profile classifier at once", obfuscate, "shared targets; profiles look like people's"},
		seeds: none, fill: at((*forger).itsRating)},
	"bandwagon": {
		doc: Doc{"all accounts like the best known items; fillers at random about the mean rating",
			"be near to many raters at once", "Burke et al., Limited Knowledge Shilling Attacks, IUI workshop 2005",
			"the same popular items with the best rating, in accounts that otherwise share the targets alone"},
		seeds: (*forger).wellKnown, seedValue: best, fill: at((*forger).anyRating)},
	"reverse-bandwagon": {
		doc: Doc{"all accounts dislike well known items that are little liked; fillers at random",
			"sink targets among what most people dislike", mobasher,
			"the same disliked items with the worst rating, the targets among them"},
		seeds: (*forger).disliked, seedValue: worst, fill: at((*forger).anyRating)},
	"segment": {
		doc: Doc{"all accounts like what the raters of a target rate, and dislike all else",
			"lift targets for one group of raters", "Burke et al., Segment-Based Injection Attacks, ICDM 2005",
			"accounts of one taste to the point of caricature, with shared targets"},
		seeds: (*forger).segment, seedValue: best, fill: at(worst)},
	"popular": {
		doc: Doc{"all accounts give the best known items low values: the lowest, or one above for those better liked",
			"correlate with many raters while the targets stand out", omahony,
			"accounts that never give more than the second lowest value but to the targets"},
		seeds: (*forger).wellKnown, seedValue: (*forger).lowValue, fill: at((*forger).itsRating)},
	"power-item": {
		doc: Doc{"all accounts rate the same most rated items about their means", "reach item-based recommenders",
			"Seminario and Wilson, Attacking Item-Based Recommender Systems with Power Items, RecSys 2014",
			"the same long list of items in many accounts"},
		seeds: (*forger).wellKnown, seedValue: (*forger).itsRating, fill: at((*forger).itsRating)},
	"farming": {
		doc: Doc{"accounts side with the majority on clear cases, then push together",
			"pass a scorer's filter of rater helpfulness",
			"the helpfulness filter of Community Notes (raters below 0.66 do not count): Wojcik et al., " +
				"Birdwatch, 2022",
			"accounts that never err, on items that nobody disputes; agreement on disputed ones"},
		seeds: none, fill: (*forger).sideWithAll},
	"power-user": {
		doc: Doc{"accounts copy ratings of the busiest raters", "inherit the influence of power users",
			"Wilson and Seminario, When Power Users Attack, RecSys 2013",
			"accounts that repeat a part of another's ratings"},
		seeds: none, fill: (*forger).copyPowerUser},
	"probe": {
		doc: Doc{"fillers follow from one another as a recommender would suggest them, valued at their means",
			"be a neighbour of real raters without knowing the data", omahony,
			"accounts that live in one neighbourhood, with shared targets"},
		seeds: none, fill: (*forger).probe},
}

func none(*forger, int) []int32                          { return nil }
func best(*forger, int32) float64                        { return 1 }
func worst(*forger, int32) float64                       { return 0 }
func (f *forger) normal(mean, deviation float64) float64 { return mean + deviation*f.rng.NormFloat64() }

// anyRating draws about the mean of all ratings, itsRating about an item's own.
func (f *forger) anyRating(int32) float64 { return f.normal(f.census().all, f.census().scatter) }
func (f *forger) itsRating(item int32) float64 {
	return f.normal(f.census().mean[item], f.census().deviation[item])
}

// lowValue is the lowest value, or the one above for an item better liked than
// most.
func (f *forger) lowValue(item int32) float64 {
	c := f.census()
	if len(c.levels) < 2 || c.mean[item] < c.all {
		return 0
	}
	return float64(c.levels[1])
}

// patience is how many draws a new filler is worth.
const patience = 20

// at fills a profile with items of the pool at random.
func at(value func(*forger, int32) float64) func(*forger, int, func(int32, float64) bool) {
	return func(f *forger, n int, rate func(int32, float64) bool) {
		for draws := patience * n; n > 0 && draws > 0; draws-- {
			item := f.pool[f.rng.IntN(len(f.pool))]
			if rate(item, value(f, item)) {
				n--
			}
		}
	}
}

// wellKnown returns the n items with the most ratings.
func (f *forger) wellKnown(n int) []int32 {
	popular := f.census().popular
	return popular[:min(n, len(popular))]
}

// disliked returns the n items with the lowest means of the tenth with the most
// ratings.
func (f *forger) disliked(n int) []int32 {
	c := f.census()
	known := slices.Clone(f.wellKnown(max(n, len(c.popular)/10)))
	slices.SortStableFunc(known, func(a, b int32) int { return cmp.Compare(c.mean[a], c.mean[b]) })
	return known[:min(n, len(known))]
}

// segment returns the n items that raters of the first target rate most.
func (f *forger) segment(n int) []int32 { return f.census().around(f.targets[0].item, n) }

// powerUsers is how many raters count as such.
const powerUsers = 50

// copyPowerUser copies ratings of one of the busiest raters.
func (f *forger) copyPowerUser(n int, rate func(int32, float64) bool) {
	busiest := f.census().busiest(powerUsers)
	rows := f.honest().ByRater().Rows(busiest[f.rng.IntN(len(busiest))])
	for _, k := range f.rng.Perm(len(rows)) {
		if n == 0 {
			return
		}
		if rate(f.honest().Item[rows[k]], float64(f.honest().Value[rows[k]])) {
			n--
		}
	}
}

// sideWithAll gives the extreme on the majority's side to items whose raters
// agree better than most.
func (f *forger) sideWithAll(n int, rate func(int32, float64) bool) {
	c := f.census()
	for draws := 5 * patience * n; n > 0 && draws > 0; draws-- {
		item := f.pool[f.rng.IntN(len(f.pool))]
		if c.count[item] < 3 || c.deviation[item] > .8*c.scatter {
			continue
		}
		if rate(item, math.Round(c.mean[item])) {
			n--
		}
	}
}

// probe goes from item to rater to item.
func (f *forger) probe(n int, rate func(int32, float64) bool) {
	t := f.honest()
	item := f.pool[f.rng.IntN(len(f.pool))]
	for draws := patience * n; n > 0 && draws > 0; draws-- {
		raters := t.ByItem().Rows(item)
		items := t.ByRater().Rows(t.Rater[raters[f.rng.IntN(len(raters))]])
		item = t.Item[items[f.rng.IntN(len(items))]]
		if rate(item, f.census().mean[item]) {
			n--
		}
	}
}
