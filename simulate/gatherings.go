package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// A Gathering is a kind of honest group: people who come by the same items for a
// reason of their own, each with its own opinion or with one that the occasion gives
// them, and who look coordinated for it. None of them is a brigade.
type Gathering struct {
	Name string
	Doc  string

	members, items [2]int     // least and most
	part           float64    // share of the items that a member rates
	at             occurrence // of the ratings on an item
	days           float64    // mean time between that and a rating
	lean, vary     float64    // how much better they think of all items; standard deviation of what they share on each
	scattered      bool       // each member has items of its own
	obscure        bool       // the items are among the third that is least popular
	fresh          bool       // they are new, with up to four ratings besides
}

// occurrence is when a gathering's items are rated.
type occurrence uint8

const (
	atOnce   occurrence = iota // all at one moment
	oneByOne                   // each item at a moment of its own
	atBirth                    // from when the item appears
	weekly                     // one item a week
	alone                      // each member at a moment of its own, all items then
	whenever                   // whenever
	atNight                    // whenever, but between two and five
)

const certain = 6 // in standard deviations of quality: the upper end, whatever the item

// Gatherings are all kinds, by name.
var Gatherings = []Gathering{
	{"always-five", "people who give everything the best rating, each on items of its own",
		[2]int{150, 250}, [2]int{8, 15}, 1, whenever, 0, certain, 0, true, false, false},
	{"book-club", "a club reads one item a week, and talks about it before it rates",
		[2]int{12, 16}, [2]int{12, 16}, .8, weekly, 2, 0, .5, false, false, false},
	{"bundle", "fans of a trilogy or an album: who comes for one item rates them all, at a time of their own",
		[2]int{20, 30}, [2]int{3, 4}, .95, alone, .01, 1, .2, false, false, false},
	{"classroom", "an assignment: a class rates the same items within an evening", [2]int{20, 30}, [2]int{6, 10}, .95,
		atOnce, .1, 0, 0, false, false, false},
	{"colleagues", "people of one firm who see the same things at work and talk about them",
		[2]int{8, 14}, [2]int{10, 14}, .8, oneByOne, .3, 0, .6, false, false, false},
	{"course", "participants rate the lessons of a course, one a week, fewer each time",
		[2]int{40, 70}, [2]int{8, 12}, .5, weekly, 3, .3, .3, false, false, true},
	{"critics", "critics rate nearly all that is new, early, by one standard", [2]int{10, 14}, [2]int{40, 60},
		.6, atBirth, 1, -.3, .3, false, false, false},
	{"deal-hunters", "an alert about a good price brings members to an item within hours, well pleased",
		[2]int{30, 50}, [2]int{12, 18}, .5, oneByOne, .3, .4, .2, false, false, false},
	{"early-reviewers", "a programme gives new items away, and its members rate them kindly",
		[2]int{30, 50}, [2]int{25, 35}, .3, atBirth, 3, .5, .2, false, false, false},
	{"editors", "editors rate what is on their list, each in its own time, strictly and by a standard that they share",
		[2]int{6, 10}, [2]int{20, 30}, .7, oneByOne, 1, -.5, 1.2, false, false, false},
	{"employees", "people who give all of their firm's items the best rating, at any time",
		[2]int{12, 18}, [2]int{5, 8}, .8, whenever, 0, certain, 0, false, false, false},
	{"family", "people of one home who do things together and share a taste", [2]int{3, 5}, [2]int{15, 40}, .7,
		oneByOne, .1, 0, .5, false, false, false},
	{"fandom", "fans give all of their idol's items the best rating, half of them as soon as they appear",
		[2]int{40, 80}, [2]int{8, 12}, .6, atBirth, 20, certain, 0, false, false, false},
	{"import", "people who come from another platform and bring their ratings with them, at one moment",
		[2]int{40, 70}, [2]int{5, 25}, 1, atOnce, .01, 0, 0, true, false, true},
	{"jury", "a jury is sent the same finalists, and judges them within days, far more strictly than others do",
		[2]int{10, 14}, [2]int{8, 12}, .9, atOnce, 2, -1.3, .2, false, false, false},
	{"news-mob", "an event brings a crowd to a few items, most of it indignant", [2]int{60, 100}, [2]int{4, 6}, .6,
		atOnce, .4, -1, .3, false, false, false},
	{"niche", "people of one rare interest, who like what they know", [2]int{15, 25}, [2]int{15, 25}, .5, whenever,
		0, .4, .3, false, true, false},
	{"night-shift", "people who rate at night, each items of its own", [2]int{30, 50}, [2]int{8, 12}, 1, atNight, 0,
		0, 0, true, false, false},
	{"outage", "what people of one region use fails them on one day, and nobody else", [2]int{40, 70}, [2]int{4, 6}, .5,
		atOnce, .4, -2, .2, false, false, false},
	{"pupils", "a class rates in one lesson what its teacher tells it to, kindly", [2]int{20, 30}, [2]int{5, 8}, .95,
		atOnce, .02, .8, .1, false, false, true},
	{"review-club", "members rate what the others recommend, kindly", [2]int{15, 30}, [2]int{15, 30}, .6, oneByOne,
		2, .3, .5, false, false, false},
	{"review-queue", "a queue shows its raters the same items one after another", [2]int{25, 40}, [2]int{30, 50}, .4,
		atBirth, .2, 0, 0, false, false, false},
	{"sign-up-wave", "a platform is talked about, and many come within days and rate a few items each",
		[2]int{80, 150}, [2]int{1, 4}, 1, atOnce, 1.5, .3, 0, true, false, true},
	{"stream", "the audience of a stream rates what is shown, within the hour, in the mood of it",
		[2]int{40, 70}, [2]int{8, 12}, .3, oneByOne, .05, .3, .5, false, false, false},
	{"watch-party", "friends watch a series together, and rate each part that evening, delighted", [2]int{6, 10},
		[2]int{8, 12}, .85, oneByOne, .05, 1.5, .2, false, false, false},
}

func gathering(name string) *Gathering {
	k := slices.IndexFunc(Gatherings, func(g Gathering) bool { return g.Name == name })
	return &Gatherings[k]
}

// gathered are the kinds of which the world has groups.
func (o *Organic) gathered() []*Gathering {
	switch o.Honest {
	case "":
		return nil
	case "all":
		var all []*Gathering
		for k := range Gatherings {
			all = append(all, &Gatherings[k])
		}
		return all
	}
	return []*Gathering{gathering(o.Honest)}
}

// checkGatherings reports groups that the world has no room for.
func (o *Organic) checkGatherings(taken int) error {
	raters := 0
	for _, g := range o.gathered() {
		raters += o.HonestGroups * g.members[1]
		if need := g.items[1]; need > o.Items/3 {
			return fmt.Errorf("organic world: groups of %s need %d items, and no more than a third of all, "+
				"but items is %d", g.Name, need, o.Items)
		}
	}
	if raters > 0 && raters+taken > o.Raters {
		return fmt.Errorf("organic world: honest groups need up to %d raters besides %d of other communities, "+
			"but raters is %d; lower honest-groups", raters, taken, o.Raters)
	}
	return nil
}

// assemble makes the groups of the kinds that are wanted, of the first of the raters,
// and returns the others.
func (c *crowd) assemble(rng *rand.Rand, raters []int, weight []float64) []int {
	for _, g := range c.m.o.gathered() {
		for range c.m.o.HonestGroups {
			n := between(rng, g.members)
			c.assembleOne(rng, g, raters[:n], weight)
			raters = raters[n:]
		}
	}
	return raters
}

func between(rng *rand.Rand, of [2]int) int { return of[0] + rng.IntN(of[1]-of[0]+1) }

func (c *crowd) assembleOne(rng *rand.Rand, g *Gathering, raters []int, weight []float64) {
	m := c.m
	length := m.end - start
	from := start + int32(.1*float64(length)) + rng.Int32N(max(1, int32(.6*float64(length))))
	items := m.some(rng, between(rng, g.items), g.obscure)
	for _, u := range raters {
		c.kind[u] = Gathered
		if g.fresh {
			weight[u], c.extra[u] = 0, rng.Int32N(5)
		}
	}
	own := make([]int32, len(raters)) // when each comes
	for k := range own {
		own[k] = start + rng.Int32N(length)
	}
	for n := 0; n < g.items[1]; n++ {
		if !g.scattered && n >= len(items) {
			break
		}
		shift, moment := g.lean+g.vary*rng.NormFloat64(), start+rng.Int32N(length)
		for k, u := range raters {
			if rng.Float64() >= g.part || g.scattered && n >= g.items[0] && rng.Float64() < .5 {
				continue
			}
			item := int32(0)
			if g.scattered {
				item = m.popular(rng)
			} else {
				item = items[n]
			}
			var t int32
			switch g.at {
			case atOnce:
				t = from
			case oneByOne:
				t = moment
			case atBirth:
				t = m.born[item]
			case weekly:
				t = from/2 + start/2 + int32(n)*7*day
			case alone:
				t = own[k]
			case whenever:
				t = start + rng.Int32N(length)
			case atNight:
				t = start + rng.Int32N(max(1, length/day))*day + 2*hour + rng.Int32N(3*hour)
			}
			t += int32(math.Min(g.days*day*rng.ExpFloat64(), 1e9))
			if late := m.born[item]; t < late { // it cannot be rated before it is there
				t = late + rng.Int32N(day)
			}
			c.visit(int32(u), item, t, float32(shift))
		}
	}
}

// some draws items, or of the obscure third.
func (m *market) some(rng *rand.Rand, n int, obscure bool) []int32 {
	of := make([]int32, len(m.born))
	for i := range of {
		of[i] = int32(i)
	}
	rng.Shuffle(len(of), func(a, b int) { of[a], of[b] = of[b], of[a] })
	if obscure {
		slices.SortStableFunc(of, func(a, b int32) int {
			return int(math.Copysign(1, m.popularity[a]-m.popularity[b]))
		})
		of = of[:max(n, len(of)/3)]
		rng.Shuffle(len(of), func(a, b int) { of[a], of[b] = of[b], of[a] })
	}
	return of[:n]
}

// popular draws an item, the popular before others, of two.
func (m *market) popular(rng *rand.Rand) int32 {
	a, b := rng.Int32N(int32(len(m.born))), rng.Int32N(int32(len(m.born)))
	if m.popularity[a] < m.popularity[b] {
		return b
	}
	return a
}

// Sizes tells in words how large the groups are.
func (g *Gathering) Sizes() string {
	whose := "of the group"
	if g.scattered {
		whose = "of each member"
	}
	return fmt.Sprintf("%d to %d members; %d to %d items %s, of which a member rates %.0f in 100",
		g.members[0], g.members[1], g.items[0], g.items[1], whose, 100*g.part)
}
