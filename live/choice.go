package live

import (
	"math"
	"slices"
)

// The first of two e-processes: does a group choose items together? There are two
// kinds of bets on acts as they come.
//
//   - On the item. A member acts: it takes an item that other members took a while ago,
//     the likelier the more did. Somebody who acts alone takes each with at most the null's share of acts
//     on that item.
//   - On the rater. Somebody takes an item that a member took a while ago: it is a member
//     who has not taken it yet, each as likely. Of those who act alone each is at most as likely
//     as the null's share of its acts. However many come to the item, as they do for news, they are not members.
//
// A bet wins its share divided by the null's with some probability, and loses else. The
// wealth of a group is the mean over all bets below, from the start of a day on. If its members act
// alone it is a supermartingale from 1, so that it ever passes x has a chance of at
// most 1/x (Ville 1939), and so has the mean over all groups, all sizes and all days, weighed
// by what price says. Search may be as clever as it likes.
var (
	within = [...]int32{600, 3600, 86400}  // seconds: bursts, an evening, a day
	shares = [...]float64{.05, .2, .5, .8} // of a member's acts
	losses = [...]float64{math.Log1p(-.05), math.Log1p(-.2), math.Log1p(-.5), math.Log1p(-.8)}
)

const (
	day      = 86400
	betKinds = 2 * 3 * 4 // items and raters, windows, shares
	openMost = 256       // acts on an item within a window from which on nobody bets on raters
	openLong = 64        // acts on an item since a member's from which on nobody does
)

// A ledger is what the bets of a day won, in nats.
type ledger [betKinds]float64

func (l *ledger) bet(kind, window int, wins float64) {
	for x, lambda := range shares {
		l[(kind*len(within)+window)*len(shares)+x] += math.Log1p(lambda * (wins - 1))
	}
}

func (l *ledger) lose(kind, window int) {
	for x, nats := range losses {
		l[(kind*len(within)+window)*len(shares)+x] += nats
	}
}

// A stake is a group's wealth in the e-process of choice.
type stake struct {
	nats float64
	from int32 // the act at the start of the day that it is best from
}

// wealth reads a group's acts anew, up to the last.
func (a *acts) wealth(group []int32, s *scratch) stake {
	all := a.of(group)
	if len(all) == 0 {
		return stake{nats: math.Inf(-1)}
	}
	first := a.time[all[0]] / day
	days := make([]ledger, a.time[len(a.time)-1]/day-first+1)
	s.number(a, all, group)
	a.betOnItems(all, days, first, s)
	a.betOnRaters(group, days, first, s)
	s.clear(a, all, group)

	best := stake{nats: math.Inf(-1)}
	var sum ledger
	at := len(all)
	for d := len(days) - 1; d >= 0; d-- {
		before := at
		for at > 0 && a.time[all[at-1]]/day-first >= int32(d) {
			at--
		}
		most := math.Inf(-1)
		for x := range sum {
			sum[x] += days[d][x]
			most = max(most, sum[x])
		}
		if at == before || most <= best.nats { // the mean is below the largest
			continue
		}
		mean := 0.
		for _, x := range sum {
			mean += math.Exp(x - most)
		}
		if nats := most + math.Log(mean/betKinds); nats > best.nats {
			best = stake{nats, all[at]}
		}
	}
	return best
}

// scratch is memory that is used again: numbers of a group's items and members, from
// 1 on, and 0 for all others.
type scratch struct {
	item, member []int32
	items        [][]int32 // acts of members per item, ascending
}

func (s *scratch) number(a *acts, all, group []int32) {
	s.item, s.member = reach(s.item, int32(len(a.ofItem))), reach(s.member, int32(len(a.ofRater)))
	s.items = s.items[:0]
	for m, u := range group {
		s.member[u] = int32(m + 1)
	}
	for _, k := range all {
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
		s.items[s.item[i]-1] = append(s.items[s.item[i]-1], k)
	}
}

func (s *scratch) clear(a *acts, all, group []int32) {
	for _, k := range all {
		s.item[a.item[k]] = 0
	}
	for _, u := range group {
		s.member[u] = 0
	}
}

func (a *acts) betOnItems(all []int32, days []ledger, first int32, s *scratch) {
	var taken [len(within)][]int32 // by members within the window, per item
	var total, head [len(within)]int
	for w := range within {
		taken[w] = make([]int32, len(s.items)+1)
	}
	mine := make([][]int32, len(all)) // places in all, per member
	for at, k := range all {
		now, i, m := a.time[k], s.item[a.item[k]], s.member[a.rater[k]]
		null := math.Exp(float64(a.rare[k])) // one through its share
		for w, width := range within {
			for ; a.time[all[head[w]]] < now-width; head[w]++ {
				taken[w][s.item[a.item[all[head[w]]]]]--
				total[w]--
			}
			open, own := total[w], mine[m-1]
			for j := len(own) - 1; j >= 0 && int(own[j]) >= head[w]; j-- {
				open -= int(taken[w][s.item[a.item[all[own[j]]]]])
			}
			if n := taken[w][i]; n > 0 {
				days[now/day-first].bet(0, w, float64(n)/float64(open)*null)
			} else if open > 0 {
				days[now/day-first].lose(0, w)
			}
			taken[w][i]++
			total[w]++
		}
		mine[m-1] = append(mine[m-1], int32(at))
	}
}

func (a *acts) betOnRaters(group []int32, days []ledger, first int32, s *scratch) {
	for _, ours := range s.items {
		on := a.ofItem[a.item[ours[0]]]
		from, _ := slices.BinarySearch(on, ours[0])
		last, lastAt, members := a.time[ours[0]], from, 1
		var head [len(within)]int
		for w := range head {
			head[w] = from
		}
		for at := from + 1; at < min(len(on), lastAt+openLong) && a.time[on[at]] <= last+within[len(within)-1]; at++ {
			k := on[at]
			now := a.time[k]
			isMember := s.member[a.rater[k]] > 0
			for w, width := range within {
				for ; a.time[on[head[w]]] < now-width; head[w]++ {
				}
				if now-last > width || at-head[w] >= openMost || members == len(group) {
					continue
				}
				if isMember {
					days[now/day-first].bet(1, w, math.Exp(float64(a.quiet[k]))/float64(len(group)-members))
				} else {
					days[now/day-first].lose(1, w)
				}
			}
			if isMember {
				members++
				last, lastAt = now, at
			}
		}
	}
}

func addLogs(x, y float64) float64 {
	if x < y {
		x, y = y, x
	}
	if math.IsInf(y, -1) {
		return x
	}
	return x + math.Log1p(math.Exp(y-x))
}

// price is what a group must win beyond 1/alpha, as it is one of very many: minus
// the logarithm of its weight. Raters are numbered in the order of their first acts, so a group
// of size k whose last is number n, from 1 on, weighs
//
//	1/(k(k-1)) · k/(n(n+1)) · 1/C(n-1, k-1),
//
// which sums to one over all groups that there will ever be.
func price(group []int32) float64 {
	n := int32(0)
	for _, u := range group {
		n = max(n, u+1)
	}
	k, last := float64(len(group)), float64(n)
	return math.Log(k-1) + math.Log(last*(last+1)) + lnChoose(last-1, k-1)
}

func lnChoose(n, k float64) float64 {
	a, _ := math.Lgamma(n + 1)
	b, _ := math.Lgamma(k + 1)
	c, _ := math.Lgamma(n - k + 1)
	return a - b - c
}
