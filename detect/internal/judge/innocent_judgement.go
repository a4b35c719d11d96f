package judge

import (
	"fmt"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/internal/plural"
)

const (
	sharedCondemnation = "shared condemnation"
	mixedJudgement     = "shared judgement"

	// unshared nats by others that hardly half of them share a judgement, one chance in 20,
	// are not outvoted by the members, who are what is to be explained.
	unshared = 3
)

// Cleared reports whether a group is no ring because others condemn its targets as it
// does, beyond the bar: whoever was wronged by one owner comes to all that it has, and
// comes when the others do. Praise that others share is no such sign, as it is bought. Nor is
// one whose votes are those of people asked to judge, beyond the bar.
func (d *Description) Cleared(bar float64) bool {
	return slices.ContainsFunc(d.Innocent, func(x Explanation) bool {
		return (x.Name == sharedCondemnation || x.Name == askedFor) && x.Weighed && x.Nats < -bar
	})
}

// judgement names what the group's votes share, which is one side on most items
// or not.
func (j *Jury) judgement() string {
	up := 0
	for _, w := range j.Verdict.up {
		if w >= .5 {
			up++
		}
	}
	switch n := len(j.Verdict.up); {
	case 5*up >= 4*n:
		return "shared praise"
	case 5*up <= n:
		return sharedCondemnation
	}
	return mixedJudgement
}

// upward reports whether the group votes up on most of its items.
func (j *Jury) upward() bool {
	up := 0.0
	for _, w := range j.Verdict.up {
		up += w
	}
	return 2*up >= float64(len(j.Verdict.up))
}

// takesSide reports whether half of the members' votes or more are on the side that fits
// the group best, which need not be one that they take.
func (j *Jury) takesSide() bool {
	on, all := 0, 0
	for at := range j.items {
		for _, k := range j.acts[at] {
			if all++; j.onSide(k, j.Verdict.up[at] >= .5) {
				on++
			}
		}
	}
	return 2*on >= all
}

// onSide reports whether act k is at the upper, or lower, side of the cut.
func (j *Jury) onSide(k int32, upward bool) bool {
	if upward {
		return int(j.Level[k]) >= j.cut[0]
	}
	return int(j.Level[k]) < j.cut[1]
}

// sharedJudgement: the items are such that all who come judge them alike, as
// they do a scam or a masterpiece: on the group's side with one probability, at
// least a half, which is learned, members and outsiders alike. Against it stand
// items like any other, on which a ring is of one mind. Where people rate people,
// what targets say of each other is left out: they are not outsiders.
func (r *reading) sharedJudgement(g *Group) Explanation {
	j, up := g.Jury, false // of the item at hand: the side that the group is on
	own := map[int32]bool{}
	for _, i := range j.items {
		own[r.itself(i)] = true
	}
	nats, left := 0.0, 0    // by what members' votes are likelier of a ring
	var all, others sharing // votes by anybody, and by others
	members, theirs := 0, 0 // votes by members on their side, and all
	learned := make([]float64, j.Levels)
	hear := func(at int, k int32, ring bool) {
		side := j.onSide(k, up)
		usual := j.shareOfSide(learned, up)
		if ring {
			usual = j.chanceOfSide(at, learned, k, up)
			nats += ringRatio(usual, side)
		} else {
			others.hear(usual, side)
		}
		all.hear(usual, side)
		learned[j.Level[k]]++
	}
	for at, i := range j.items {
		up = j.Verdict.up[at] >= .5
		for l, base := range j.LevelBase {
			learned[l] = j.ItemPrior * base
		}
		for k := r.ItemStart[i]; k < r.ItemStart[i+1]; k++ {
			switch u := r.Rater[k]; {
			case r.state[u] == inside:
			case own[u]:
				left++
			default:
				hear(at, k, false)
			}
		}
		for _, k := range j.acts[at] {
			hear(at, k, true)
			if theirs++; j.onSide(k, up) {
				members++
			}
		}
	}
	if nats += all.against; others.below > unshared {
		nats = max(nats, others.below)
	}
	because := sidesOf(members, theirs, int(others.on), int(others.all), len(j.items))
	switch {
	case others.all == 0:
		// Who condemns what nobody else has seen may be its only victims.
		return Explanation{Name: j.judgement(), Holds: j.judgement() == sharedCondemnation, Because: fmt.Sprintf(
			"cannot be told, as nobody else rated these %d items: look at what they are", len(j.items))}
	case others.all < 2*float64(len(j.items)):
		because += ", which is little to go by: look at what the items are"
	}
	if left > 0 {
		because += fmt.Sprintf(" (leaving out %s by targets on each other)", plural.Of(left, "vote"))
	}
	x := weighed(nats+g.Timing.Cadence, "%s", because)
	if x.Name = j.judgement(); 2*members < theirs && !x.Holds {
		x.Name = mixedJudgement // most of their own votes neither praise nor condemn
	}
	return x
}

// A sharing is what votes say of a side that all who come share, on which a vote is with
// one probability, learned from them, that is a half or more.
type sharing struct {
	on, all float64 // votes on the side, and all
	against float64 // nats for what is usual instead
	below   float64 // nats for one probability that may be less than a half instead
}

// hear hears a vote on the side, or not, that is usually on it with some probability.
func (s *sharing) hear(usual float64, side bool) {
	learned := (1 + s.on) / (2 + s.all)
	alike := max(learned, .5)
	if s.all++; side {
		s.on++
	} else {
		usual, learned, alike = 1-usual, 1-learned, 1-alike
	}
	s.against += math.Log(usual / alike)
	s.below += math.Log(learned / alike)
}

// sidesOf says how many votes, by members of all theirs and by others, are on the side
// that fits the group best, which need not be one that its members take.
func sidesOf(members, theirs, agree, outsiders, items int) string {
	if 2*members < theirs {
		return fmt.Sprintf("the members take no side together that others could share: %d of %s of theirs on these %s "+
			"are on the side tested, and %d of %d by others", members, plural.Of(theirs, "vote"),
			plural.Of(items, "item"), agree, outsiders)
	}
	return fmt.Sprintf("%d of %s by others on these %s are on the group's side",
		agree, plural.Of(outsiders, "vote"), plural.Of(items, "item"))
}

// itself returns the rater who bears an item's name, or -1 where there is none.
// Where anybody rated what bears its name, people do not rate people: raters and
// items were just numbered alike.
func (r *reading) itself(i int32) int32 {
	if x := r.usual; !x.asked {
		x.asked = true
		x.who = make([]int32, r.Items)
		known := 0
		for i := range x.who {
			u, ok := r.votes.Table.Raters.Find(r.votes.Table.Items.Name(int32(i)))
			if !ok {
				u = -1
			}
			if x.who[i] = u; ok {
				known++
			}
		}
		if 2*known <= r.Items || r.ratesItself(x.who) {
			x.who = nil
		}
	}
	if r.usual.who == nil {
		return -1
	}
	return r.usual.who[i]
}

// ratesItself reports whether anybody rated the item that it is.
func (r *reading) ratesItself(who []int32) bool {
	for i, u := range who {
		if slices.Contains(r.Rater[r.ItemStart[i]:r.ItemStart[i+1]], u) {
			return true
		}
	}
	return false
}

// shareOfSide is the share of the votes learned that is on the side: what is
// expected of a rater whose habits are not looked up.
func (j *Jury) shareOfSide(learned []float64, up bool) float64 {
	on, all := 0.0, 0.0
	for l, n := range learned {
		if all += n; up && l >= j.cut[0] || !up && l < j.cut[1] {
			on += n
		}
	}
	return min(max(on/all, 1e-6), 1-1e-6)
}

// chanceOfSide is how likely the rater of act k is to be on the side, as the votes
// learned and its habits have it.
func (j *Jury) chanceOfSide(at int, learned []float64, k int32, up bool) float64 {
	tails := j.above(at, learned, j.Rater[k])
	p := tails[j.cut[0]]
	if !up {
		p = 1 - tails[j.cut[1]]
	}
	return min(max(p, 1e-6), 1-1e-6)
}
