package live

import (
	"math"
	"slices"
)

// A ledger is what the bets of a day came to: nats that were won, and bets that were lost.
type ledger struct {
	won  [betKinds]float64
	lost [2 * len(within)]int32
}

func (l *ledger) bet(kind, window int, wins float64) {
	for x, lambda := range shares {
		l.won[(kind*len(within)+window)*len(shares)+x] += math.Log(1 + lambda*(wins-1))
	}
}

func (l *ledger) lose(kind, window int, bets int32) { l.lost[kind*len(within)+window] += bets }

// addTo adds it up with those of other days.
func (l *ledger) addTo(sum *[betKinds]float64) {
	for x := range sum {
		sum[x] += l.won[x] + float64(l.lost[x/len(shares)])*losses[x%len(shares)]
	}
}

// A stake is a group's wealth in the e-process of choice.
type stake struct {
	nats float64
	from int32 // the act at the start of the day that it is best from
}

// scratch is memory that is used again: a group's acts, beside one another and with its items and
// members numbered from 0 on, as all else is far apart in a large world.
type scratch struct {
	item, member []int32    // the numbers, from 1 on, and 0 for all others
	all          []int32    // acts, ascending
	acts         []groupAct // the same
	items        [][]int32  // places in acts of each item, ascending
	met          []int32    // of those, how many were bet on
	windows      [len(within)]window
	days         []int32 // number of the ledger of a day, from 1 on
	ledgers      []ledger
	first        int32 // day
}

type groupAct struct{ time, item, member int32 }

// A window is what members did within it.
type window struct {
	head int     // the first act that is within
	gone []int32 // acts on each item that are not within any more
	own  []int32 // of each member: acts within on items that it took within
}

// wealth reads a group's acts anew, up to the last. It costs some time for each act of the group, and
// none for what others do.
func (a *acts) wealth(group []int32, s *scratch) stake {
	s.gather(a, group)
	defer s.clear(group)
	if len(s.all) == 0 {
		return stake{nats: math.Inf(-1)}
	}
	s.first = dayOf(s.acts[0].time)
	s.days = append(s.days[:0], make([]int32, dayOf(a.time[len(a.time)-1])-s.first+1)...)
	s.ledgers = s.ledgers[:0]
	a.betOnItems(s)
	a.betOnRaters(len(group), s)

	best := stake{nats: math.Inf(-1)}
	var sum [betKinds]float64
	at := len(s.all)
	for d := len(s.days) - 1; d >= 0; d-- {
		before := at
		for at > 0 && dayOf(s.acts[at-1].time)-s.first >= int32(d) {
			at--
		}
		if n := s.days[d]; n > 0 {
			s.ledgers[n-1].addTo(&sum)
		}
		if at == before {
			continue
		}
		most := slices.Max(sum[:])
		if most <= best.nats { // the mean is below the largest
			continue
		}
		mean := 0.
		for _, x := range sum {
			mean += math.Exp(x - most)
		}
		if nats := most + math.Log(mean/betKinds); nats > best.nats {
			best = stake{nats, s.all[at]}
		}
	}
	return best
}

func dayOf(time int32) int32 {
	d := time / day
	if time%day < 0 {
		d--
	}
	return d
}

// on is the ledger of the day of a time.
func (s *scratch) on(time int32) *ledger {
	d := dayOf(time) - s.first
	if s.days[d] == 0 {
		s.ledgers = append(s.ledgers, ledger{})
		s.days[d] = int32(len(s.ledgers))
	}
	return &s.ledgers[s.days[d]-1]
}

func (s *scratch) gather(a *acts, group []int32) {
	s.item, s.member = reach(s.item, int32(len(a.ofItem))), reach(s.member, int32(len(a.ofRater)))
	s.all, s.acts, s.items = s.all[:0], s.acts[:0], s.items[:0]
	for m, u := range group {
		s.member[u] = int32(m + 1)
		s.all = append(s.all, a.ofRater[u]...)
	}
	slices.Sort(s.all)
	for at, k := range s.all {
		i := a.item[k]
		if s.item[i] == 0 {
			if len(s.items) < cap(s.items) {
				s.items = s.items[:len(s.items)+1]
				s.items[len(s.items)-1] = s.items[len(s.items)-1][:0]
			} else {
				s.items = append(s.items, nil)
			}
			s.item[i] = int32(len(s.items))
		}
		x := s.item[i] - 1
		s.acts = append(s.acts, groupAct{a.time[k], x, s.member[a.rater[k]] - 1})
		s.items[x] = append(s.items[x], int32(at))
	}
	s.met = append(s.met[:0], make([]int32, len(s.items))...)
	for w := range s.windows {
		x := &s.windows[w]
		x.head = 0
		x.gone, x.own = append(x.gone[:0], s.met...), append(x.own[:0], make([]int32, len(group))...)
	}
	for _, k := range s.all {
		s.item[a.item[k]] = 0
	}
}

func (s *scratch) clear(group []int32) {
	for _, u := range group {
		s.member[u] = 0
	}
}

func (a *acts) betOnItems(s *scratch) {
	for at, x := range s.acts {
		null := -1. // one through its share
		for w, width := range within {
			open := &s.windows[w]
			open.leave(s, x.time-width)
			taken := s.met[x.item] - open.gone[x.item] // by members within the window
			if untaken := int32(at-open.head) - open.own[x.member]; taken > 0 {
				if null < 0 {
					null = math.Exp(float64(a.rare[s.all[at]]))
				}
				s.on(x.time).bet(0, w, float64(taken)/float64(untaken)*null)
			} else if untaken > 0 {
				s.on(x.time).lose(0, w, 1)
			}
		}
		s.met[x.item]++
		for w := range within {
			open := &s.windows[w]
			taken := s.items[x.item][open.gone[x.item]:s.met[x.item]]
			for _, other := range taken[:len(taken)-1] {
				open.own[s.acts[other].member]++
			}
			open.own[x.member] += int32(len(taken))
		}
	}
}

// leave lets the acts before a time go.
func (w *window) leave(s *scratch, before int32) {
	for ; s.acts[w.head].time < before; w.head++ {
		x := s.acts[w.head]
		taken := s.items[x.item][w.gone[x.item]:s.met[x.item]]
		w.own[x.member] -= int32(len(taken))
		for _, other := range taken[1:] {
			w.own[s.acts[other].member]--
		}
		w.gone[x.item]++
	}
}

func (a *acts) betOnRaters(size int, s *scratch) {
	for _, ours := range s.items {
		item := a.item[s.all[ours[0]]]
		on, times := a.ofItem[item], a.timesOn[item]
		from, _ := slices.BinarySearch(on, s.all[ours[0]])
		last := from // act of a member
		for members := 1; members < size; members++ {
			end, until := last+1, times[last]+within[len(within)-1]
			for end < min(len(on), last+openLong) && times[end] <= until {
				end++
			}
			next := end
			if members < len(ours) {
				if at, there := slices.BinarySearch(on[last:end], s.all[ours[members]]); there {
					next = last + at
				}
			}
			s.pass(times, from, last, next)
			if next == end {
				break
			}
			null := math.Exp(float64(a.quiet[on[next]]))
			for w, width := range within {
				if times[next]-times[last] <= width && !crowded(times, from, next, width) {
					s.on(times[next]).bet(1, w, null/float64(size-members))
				}
			}
			last = next
		}
	}
}

// pass loses the bets on those who come to an item between two members, or after the last.
func (s *scratch) pass(times []int32, from, last, next int) {
	midnight := (dayOf(times[last]) + 1) * day
	var today, tomorrow [len(within)]int32
	for at := last + 1; at < next; at++ {
		now := times[at]
		for w := len(within) - 1; w >= 0 && now-times[last] <= within[w]; w-- {
			if crowded(times, from, at, within[w]) {
				continue
			}
			if now < midnight {
				today[w]++
			} else {
				tomorrow[w]++
			}
		}
	}
	for w := range within {
		if today[w] > 0 {
			s.on(midnight-1).lose(1, w, today[w])
		}
		if tomorrow[w] > 0 {
			s.on(midnight).lose(1, w, tomorrow[w])
		}
	}
}

// crowded tells whether so many came to an item within a window that nobody bets.
func crowded(times []int32, from, at int, width int32) bool {
	return at-from >= openMost && times[at-openMost] >= times[at]-width
}
