package live

import (
	"fmt"
	"time"
)

// What alerts hold of each, in bytes, with the room that growing lists have; a test holds them to what
// the heap has. The collector takes as much again between two collections.
const (
	actHeld     = 80
	raterHeld   = 260
	itemHeld    = 420
	slotHeld    = 16
	waitingHeld = 60
	heldShare   = 2 // of the memory that may be taken, a part is held
	pairsShare  = 8 // and so much of it are pairs, or ratings that wait
)

// pairsWithin is how many pairs fit into so much memory.
func pairsWithin(memory int64) int {
	slots := int64(leastSlots)
	for 2*slots*slotHeld <= memory/pairsShare {
		slots *= 2
	}
	return int(slots * 3 / 4)
}

func (e *engine) held() int64 {
	return actHeld*int64(len(e.rater)) + raterHeld*int64(len(e.ofRater)) + itemHeld*int64(len(e.ofItem)) +
		slotHeld*int64(len(e.pairs.slots))
}

// held is what alerts hold.
func (a *Alerts) held() int64 {
	return a.engine.held() + int64(a.names[0].bytes+a.names[1].bytes) + waitingHeld*int64(a.waits)
}

// pressed tells whether so many ratings wait that they wait no longer.
func (a *Alerts) pressed() bool { return waitingHeld*int64(a.waits) > a.options.Memory/pairsShare }

// bound lets the oldest ratings go where too much is held, and the raters and items that have no others.
func (a *Alerts) bound() {
	for e := a.engine; len(e.rater) > 0 && (len(e.rater) > e.most || a.held() > a.options.Memory/heldShare); {
		n := max(1, len(e.rater)/4)
		e.count.Evicted += n
		e.settle(e.acts) // its raters have the numbers of before
		e.forget(n)
		a.renumber()
	}
	if c := a.engine.count.Evicted; c > 0 && a.options.Warn != nil && time.Since(a.warned) > time.Hour {
		a.warned = time.Now()
		a.options.Warn(fmt.Sprintf("alerts let go of the oldest of their ratings, %d so far, and what they would have "+
			"shown is not told of any more: all of them take more memory than --memory allows", c))
	}
}

// renumber gives up the numbers of raters and items of which nothing is left.
func (a *Alerts) renumber() {
	e := a.engine
	to := [2][]int32{make([]int32, len(a.names[0].names)), make([]int32, len(a.names[1].names))}
	for u := range e.ofRater {
		to[0][u] = int32(len(e.ofRater[u]))
	}
	for i := range e.ofItem {
		to[1][i] = int32(len(e.ofItem[i]))
	}
	for _, all := range a.waiting {
		for _, w := range all {
			to[0][w.rater], to[1][w.item] = 1, 1
		}
	}
	for x := range to {
		n := int32(0)
		for k, used := range to[x] {
			if to[x][k] = -1; used > 0 {
				to[x][k], n = n, n+1
			}
		}
		a.names[x] = a.names[x].renumbered(to[x], n)
	}
	for _, all := range a.waiting {
		for k := range all {
			u, i := to[0][all[k].rater], to[1][all[k].item]
			all[k].rater, all[k].item, all[k].tie = u, i, tieOf(u, i)
		}
	}
	e.renumber(to[0], to[1], len(a.names[0].names), len(a.names[1].names))
}

func (n *numbered) renumbered(to []int32, kept int32) numbered {
	out := numbered{of: make(map[string]int32, kept), names: make([]string, 0, kept)}
	for k, name := range n.names {
		if to[k] >= 0 {
			out.number([]byte(name))
		}
	}
	return out
}

// moved are the entries of those that stay, at their new numbers.
func moved[T any](x []T, to []int32, n int) []T {
	out := make([]T, n)
	for k := range x {
		if to[k] >= 0 {
			out[to[k]] = x[k]
		}
	}
	return out
}

func (e *engine) renumber(raters, items []int32, nRaters, nItems int) {
	for k := range e.rater {
		e.rater[k], e.item[k] = raters[e.rater[k]], items[e.item[k]]
	}
	e.ofRater, e.ofItem = moved(e.ofRater, raters, nRaters), moved(e.ofItem, items, nItems)
	e.timesOn = moved(e.timesOn, items, nItems)
	e.ordinal = moved(e.ordinal, raters, nRaters)
	e.saidBy, e.saidOf = moved(e.saidBy, raters, nRaters), moved(e.saidOf, items, nItems)
	e.saidIn[0], e.saidIn[1] = moved(e.saidIn[0], items, nItems), moved(e.saidIn[1], items, nItems)
	e.camp, e.tried, e.told = moved(e.camp, raters, nRaters), moved(e.tried, raters, nRaters),
		moved(e.told, raters, nRaters)
	e.last = moved(e.last, raters, nRaters)
	for u, n := range e.tried { // of acts that are left, for who acts on to be looked at again
		e.tried[u] = min(n, int32(len(e.ofRater[u])))
	}
	e.weight, e.met, e.scratch = make([]float32, nRaters), make([]int32, nRaters), scratch{}
	e.seen = make(map[uint64]struct{}, len(e.rater))
	for k := range e.rater {
		e.seen[pairOf(e.rater[k], e.item[k])] = struct{}{}
	}
	for c := range e.chosen {
		group := e.chosen[c].group
		for x, u := range group {
			if group[x] = raters[u]; group[x] < 0 { // its place in the list stays, as others are paid for by theirs
				e.chosen[c].group = nil
				break
			}
		}
	}
	for u, m := range e.last {
		if m > 0 && e.chosen[m-1].group == nil {
			e.last[u] = 0
		}
	}
	e.pairs.renumber(raters)
}

// renumber lets the pairs go one of whom did.
func (m *meetings) renumber(to []int32) {
	old := m.slots
	m.slots = make([]meeting, len(old))
	for _, x := range old {
		if x.key == 0 {
			continue
		}
		u, v := to[(x.key-1)>>32], to[uint32(x.key-1)]
		if u < 0 || v < 0 {
			m.count--
			m.gone++
			continue
		}
		key := pairOf(min(u, v), max(u, v))
		m.slots[m.place(key)] = meeting{key + 1, x.pair}
	}
}
