package search

import (
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/cluster"
	"github.com/ringwatch/ringwatch/detect/internal/null"
)

// Accounts that each take part in one target of five meet once or twice in all, and are in
// no more bursts than anybody so active. A brigade of them is told by its targets: each of
// its bursts shares two raters, more than chance has it, with several others.

// Turns are raters, ascending, who came to the same items a few at a time, each time within
// Width seconds.
type Turns struct {
	Raters []int32
	Width  int32
}

// A seed of turns has turnsLeast to turnsMost raters: fewer cannot pay for themselves by what
// each does twice; with more it is a crowd, and a bound on the cost. Within more than
// turnsWithin seconds who comes to the same items again is a community, as above.
const (
	turnsLeast  = 5
	turnsMost   = 60
	turnsWithin = 86400
)

// chanceLinks is how many bursts one is linked to by chance: so few that hardly three of
// them hang together by it.
const chanceLinks = .1

// besideRings returns what bursts are without the members of rings that have a burst's least
// there: that is the ring's.
func besideRings(bursts []burst, ring func(u int32) int) (others []burst) {
	for _, b := range bursts {
		if slices.ContainsFunc(b.raters, func(u int32) bool { return ring(u) >= 0 }) {
			b.raters = besideRing(b.raters, ring)
		}
		if len(b.raters) >= burstLeast && len(b.raters) <= turnsMost {
			others = append(others, b)
		}
	}
	return others
}

func besideRing(raters []int32, ring func(u int32) int) (left []int32) {
	count := map[int]int{}
	for _, u := range raters {
		if r := ring(u); r >= 0 {
			count[r]++
		}
	}
	for _, u := range raters {
		if count[ring(u)] < burstLeast {
			left = append(left, u)
		}
	}
	return left
}

// A sharer says how many raters two bursts share by chance.
type sharer struct {
	*null.Acts
	bursts []burst // and rings
	rings  []burst
	all    *clock
	width  int64
	active []float64 // by burst: share of all acts that its raters gave
	room   []int32
}

func newSharer(a *null.Acts, bursts []burst, all *clock, width int64, ring func(u int32) int,
	room []int32) *sharer {
	s := &sharer{Acts: a, rings: ringsOf(a, ring), all: all, width: width, room: room}
	s.bursts = append(besideRings(bursts, ring), s.rings...)
	for _, b := range s.bursts {
		s.active = append(s.active, s.activity(b.raters))
	}
	return s
}

// ringsOf returns rings as if each were a burst, of no item.
func ringsOf(a *null.Acts, ring func(u int32) int) (as []burst) {
	at := map[int]int{}
	for u := range int32(a.Raters) {
		r := ring(u)
		if r < 0 {
			continue
		}
		if _, known := at[r]; !known {
			at[r] = len(as)
			as = append(as, burst{item: -1})
		}
		as[at[r]].raters = append(as[at[r]].raters, u)
	}
	return as
}

// activity is the share of all acts that raters gave.
func (s *sharer) activity(raters []int32) (share float64) {
	for _, u := range raters {
		share += float64(s.CountOf(u)) / float64(s.Len())
	}
	return share
}

func (s *sharer) ratersOf(b int32) []int32 { return s.bursts[b].raters }

// turns returns who is in two bursts of a part that hangs together by raters shared, and how
// many raters were in too many bursts to link them.
func (s *sharer) turns() (found []Turns, unlinked int) {
	in := membershipsOf(s.Raters, len(s.bursts), s.ratersOf, s.room)
	for u := range int32(s.Raters) {
		if in.count(u) > mostBursts {
			unlinked++
		}
	}
	least := math.Log(float64(max(2, len(s.bursts))) / chanceLinks)
	var links []cluster.Edge
	for n, pair := range in.met(2, func(u int32) bool { return in.count(u) <= mostBursts }, always) {
		d, b := pair[0], pair[1]
		mean := max(s.active[d]*float64(len(s.bursts[b].raters)), s.active[b]*float64(len(s.bursts[d].raters)))
		if -null.CountTail(n, mean) <= least {
			continue
		}
		mean = max(mean, s.then(d, b), s.then(b, d))
		if w := -null.CountTail(n, mean); w > least {
			links = append(links, cluster.Edge{A: d, B: b, W: float32(w)})
		}
	}
	for _, part := range linkSeeds(len(s.bursts), least, links) {
		raters := atLeastTwice(s.together(part))
		if turnsLeast <= len(raters) && len(raters) <= turnsMost {
			found = append(found, Turns{raters, int32(s.width)})
		}
	}
	return found, unlinked
}

// together is as of linkedBursts, but with rings told twice, so that all of one is in the seed:
// those that are linked, and those whose members are in the bursts of the part more often
// than chance has it. What was found before is then one of their turns.
func (s *sharer) together(part []int32) []int32 {
	raters := together(s.ratersOf, part)
	for _, r := range s.rings {
		n := 0
		for _, u := range raters {
			if _, is := slices.BinarySearch(r.raters, u); is {
				n++
			}
		}
		if n >= 2 && null.CountTail(n, s.activity(r.raters)*float64(len(raters))) < math.Log(againLevel) {
			part := append(slices.Clone(r.raters), r.raters...)
			raters = append(raters, part...)
		}
	}
	slices.Sort(raters)
	return raters
}

// then returns how many of the acts of burst b are those of raters of d, if each is theirs
// as often as others at that time are.
func (s *sharer) then(d, b int32) float64 {
	if s.bursts[b].item < 0 {
		return 0
	}
	from, to := int64(s.bursts[b].start), int64(s.bursts[b].start)+s.width+1
	theirs := 0
	for _, u := range s.bursts[d].raters {
		for _, i := range s.ItemsOf(u)[s.Before(u, from):s.Before(u, to)] {
			if i != s.bursts[b].item {
				theirs++
			}
		}
	}
	others := s.all.before(to) - s.all.before(from) - len(s.bursts[b].raters)
	return float64(theirs) / float64(max(1, others)) * float64(len(s.bursts[b].raters))
}
