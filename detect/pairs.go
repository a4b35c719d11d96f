package detect

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync"
)

// Pairs of raters who chose the same items more often, or more often at the
// same time, than the null has it. They make seeds and nothing else: like-minded
// honest people are such pairs too, so no p-value of a pair is ever shown.

const (
	syncSeconds  = 600 // acts on one item this close are at the same time
	hotNeighbors = 128 // the default of Group.Neighbors
	syncBonus    = 3   // nats that a meeting at the same time counts above its stratum's weight
	edgeLevel    = 1   // expected edges a rater by chance: below 1, so chance components stay small
)

// A pair is an edge of the graph of raters: ln p of its three tails.
type pair struct {
	a, b             int32
	slow, sync, comb float32
}

// best is the strongest of the tails.
func (p pair) best() float32 { return min(p.slow, p.sync, p.comb) }

// pairs is what the pass over all pairs found.
type pairs struct {
	edges []pair    // a < b, ascending
	best  []float32 // per rater: ln p of its strongest pair of those that were tested; 0 if none
	// hotItems is the number of items too popular to count every meeting on,
	// and hotActs the acts on them.
	hotItems, hotActs int
	// neighbors is how many acts before and after one were looked at on such an
	// item; near is how many of them were within syncSeconds, beyond how many
	// were but were not looked at.
	neighbors, near, beyond int
}

// met counts meetings of one rater with another by stratum, in fields of 12
// bits: all of them, and those at the same time.
type met struct{ all, sync uint64 }

const (
	fieldBits = 12
	fieldMax  = 1<<fieldBits - 1
)

func field(x uint64, s int) uint64 { return x >> (fieldBits * s) & fieldMax }

// findPairs counts the meetings of every pair of raters exactly, in memory
// linear in raters, and tests those that meet often. On hot items only acts at
// the same time count, and of those the nearest neighbors on either side.
func findPairs(ctx context.Context, a *acts, n *null, neighbors int, progress func(done, total int)) (*pairs, error) {
	const block = 64
	found := make([][]pair, (a.raters+block-1)/block)
	p := &pairs{best: make([]float32, a.raters), neighbors: neighbors}
	var lock sync.Mutex
	done := 0
	var testers []*pairTester
	when := newMeetingTimes(a, n)
	err := parallel(ctx, a.raters, block, func() func(lo, hi int) {
		t := newPairTester(a, n, when)
		t.neighbors = int32(min(max(neighbors, 0), math.MaxInt32))
		lock.Lock()
		testers = append(testers, t)
		lock.Unlock()
		return func(lo, hi int) {
			t.edges = nil
			for u := int32(lo); int(u) < hi; u++ {
				t.search(u)
			}
			slices.SortFunc(t.edges, func(x, y pair) int { return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b)) })
			found[lo/block] = t.edges
			lock.Lock()
			done += hi - lo
			progress(done, a.raters)
			lock.Unlock()
		}
	})
	p.edges = slices.Concat(found...)
	for _, t := range testers {
		p.near, p.beyond = p.near+t.near, p.beyond+t.beyond
		for u, x := range t.best {
			p.best[u] = min(p.best[u], x)
		}
	}
	for i := range int32(a.items) {
		if size := a.sizeOf(i); size > hotItem {
			p.hotItems++
			p.hotActs += size
		}
	}
	return p, err
}

// meetingTimes is acts once more, in the order that counting needs: those on each
// item by rater; and times and bins of each rater's acts, one behind the other,
// with the chance to meet of two bins in each stratum.
type meetingTimes struct {
	on   []uint64 // acts of item i from itemStart[i] on, rater and time, ascending; of hot items unset
	time []int32
	bin  []uint8
	meet [][len(strata)]float64
}

func newMeetingTimes(a *acts, n *null) *meetingTimes {
	m := &meetingTimes{on: make([]uint64, a.len())}
	a.each(a.items, func(i int32) {
		from, to := a.itemStart[i], a.itemStart[i+1]
		if to-from > hotItem {
			return
		}
		for k := from; k < to; k++ {
			m.on[k] = uint64(a.rater[k]) << 32
			if a.time != nil {
				m.on[k] |= uint64(uint32(a.time[k]))
			}
		}
		slices.Sort(m.on[from:to])
	})
	if a.time == nil {
		return m
	}
	m.time, m.bin = make([]int32, len(a.ofRater)), make([]uint8, len(a.ofRater))
	for at, k := range a.ofRater {
		m.time[at], m.bin[at] = a.time[k], a.bin[k]
	}
	m.meet = make([][len(strata)]float64, n.bins*n.bins)
	for s := range strata {
		for at, q := range n.tables[s].meet {
			m.meet[at][s] = q
		}
	}
	return m
}

// of returns the times and bins of a rater's acts.
func (m *meetingTimes) of(a *acts, u int32) ([]int32, []uint8) {
	from, to := a.raterStart[u], a.raterStart[u+1]
	return m.time[from:to], m.bin[from:to]
}

// A pairTester tests one rater at a time against those of higher numbers.
type pairTester struct {
	*acts
	null    *null
	when    *meetingTimes
	met     []met // by rater
	touched []int32
	expect  [][len(strata) - 1]float64 // by bin: the meetings, by stratum, that an act there is expected to have with u
	ready   bool
	edges   []pair
	best    []float32
	limit   float32

	neighbors    int32
	near, beyond int // see pairs

	counts, rate, w []float64 // of one tail
}

func newPairTester(a *acts, n *null, when *meetingTimes) *pairTester {
	return &pairTester{acts: a, null: n, when: when, met: make([]met, a.raters), best: make([]float32, a.raters),
		expect: make([][len(strata) - 1]float64, n.bins),
		limit:  float32(math.Log(edgeLevel / float64(max(1, a.raters))))}
}

func (t *pairTester) search(u int32) {
	t.ready = false
	t.count(u)
	for _, v := range t.touched {
		m := t.met[v]
		t.met[v] = met{}
		t.test(u, v, m)
	}
	t.touched = t.touched[:0]
}

// count counts the meetings of u with raters of higher numbers.
func (t *pairTester) count(u int32) {
	for _, k := range t.actsOf(u) {
		i := t.item[k]
		if s := stratum(t.sizeOf(i)); s < len(strata)-1 {
			t.meet(u, k, i, s)
		} else if t.time != nil {
			t.meetNear(u, k, i)
		}
	}
}

// meet counts the raters of higher numbers on the item of u's act k.
func (t *pairTester) meet(u, k, i int32, s int) {
	one := uint64(1) << (fieldBits * s)
	others := t.when.on[t.itemStart[i]:t.itemStart[i+1]]
	at, _ := slices.BinarySearch(others, uint64(u+1)<<32)
	now := int32(0)
	if t.time == nil {
		for _, o := range others[at:] {
			t.add(int32(o>>32), one, 0, s)
		}
		return
	}
	now = t.time[k]
	for _, o := range others[at:] {
		var same uint64
		if d := int64(int32(o)) - int64(now); d <= syncSeconds && d >= -syncSeconds {
			same = one
		}
		t.add(int32(o>>32), one, same, s)
	}
}

// meetNear counts the raters of higher numbers who were on the hot item of u's act
// k at the same time, among the neighbors before and after it.
func (t *pairTester) meetNear(u, k, i int32) {
	lo, hi := t.itemStart[i], t.itemStart[i+1]
	first, end := lo, hi
	if k-lo > t.neighbors {
		lo = k - t.neighbors
	}
	if hi-k-1 > t.neighbors {
		hi = k + t.neighbors + 1
	}
	t.beyond += t.countNear(first, lo, k) + t.countNear(hi, end, k)
	for t.time[k]-t.time[lo] > syncSeconds {
		lo++
	}
	for t.time[hi-1]-t.time[k] > syncSeconds {
		hi--
	}
	t.near += int(hi-lo) - 1
	const s = len(strata) - 1
	for _, v := range t.rater[lo:hi] {
		if v > u {
			t.add(v, 1<<(fieldBits*s), 1<<(fieldBits*s), s)
		}
	}
}

// countNear counts the acts from lo to hi, all before k or all after it, that
// are at the same time as k.
func (t *pairTester) countNear(lo, hi, k int32) int {
	if lo == hi || t.time[lo]-t.time[k] > syncSeconds || t.time[k]-t.time[hi-1] > syncSeconds {
		return 0
	}
	times := t.time[lo:hi]
	from, _ := slices.BinarySearch(times, t.time[k]-syncSeconds)
	to, _ := slices.BinarySearch(times, t.time[k]+syncSeconds+1)
	return to - from
}

func (t *pairTester) add(v int32, one, same uint64, s int) {
	m := &t.met[v]
	if m.all == 0 {
		t.touched = append(t.touched, v)
	}
	if field(m.all, s) < fieldMax {
		m.all += one
		m.sync += same
	}
}

// test keeps the pair as an edge if any of its tails is small.
func (t *pairTester) test(u, v int32, m met) {
	n, y := 0, 0
	for s := range strata {
		n += int(field(m.all, s))
		y += int(field(m.sync, s))
	}
	if n < 3 && y < 2 {
		return
	}
	t.prepare(u)
	slow, sum := t.meetings(v)
	if y < 2 && float64(n) < sum+2+2*math.Sqrt(sum) {
		return
	}
	e := pair{a: u, b: v}
	t.begin()
	for s := range len(strata) - 1 {
		t.term(field(m.all, s), slow[s], t.null.tables[s].weight)
	}
	e.slow = t.tail()
	e.comb = e.slow
	if y > 0 {
		same := t.meetingsAtOnce(u, v)
		t.begin()
		for s := range strata {
			t.term(field(m.sync, s), same[s], t.null.tables[s].weight)
		}
		e.sync = t.tail()
		t.begin()
		for s := range strata {
			if s < len(strata)-1 {
				t.term(field(m.all, s)-field(m.sync, s), max(0, slow[s]-same[s]), t.null.tables[s].weight)
			}
			t.term(field(m.sync, s), same[s], t.null.tables[s].weight+syncBonus)
		}
		e.comb = t.tail()
	}
	t.best[u] = min(t.best[u], e.best())
	t.best[v] = min(t.best[v], e.best())
	if e.best() < t.limit {
		t.edges = append(t.edges, e)
	}
}

func (t *pairTester) begin() { t.counts, t.rate, t.w = t.counts[:0], t.rate[:0], t.w[:0] }
func (t *pairTester) term(count uint64, rate, w float64) {
	t.counts, t.rate, t.w = append(t.counts, float64(count)), append(t.rate, rate), append(t.w, w)
}
func (t *pairTester) tail() float32 {
	s := 0.0
	for i, n := range t.counts {
		// Rounding can leave no expectation where something happened.
		t.rate[i] = max(t.rate[i], 1e-12)
		s += n * t.w[i]
	}
	return float32(poissonTail(s, t.rate, t.w))
}

// prepare computes expect for u.
func (t *pairTester) prepare(u int32) {
	if t.ready {
		return
	}
	t.ready = true
	clear(t.expect)
	for s := range len(strata) - 1 {
		for _, c := range t.binsOf(u) {
			f := t.null.tilt[u] * c.count()
			for b, q := range t.null.tables[s].meet[c.bin()*t.bins : (c.bin()+1)*t.bins] {
				t.expect[b][s] += f * q
			}
		}
	}
}

// meetings returns how often u and v are expected to meet, by stratum, hot
// items left out, and in all.
func (t *pairTester) meetings(v int32) (by [len(strata)]float64, sum float64) {
	for _, c := range t.binsOf(v) {
		n := c.count()
		for s, x := range &t.expect[c.bin()] {
			by[s] += n * x
		}
	}
	for s := range len(strata) - 1 {
		by[s] *= t.null.tilt[v]
		sum += by[s]
	}
	return by, sum
}

// meetingsAtOnce returns how often u and v are expected to meet at the same
// time, given when each acted.
func (t *pairTester) meetingsAtOnce(u, v int32) (by [len(strata)]float64) {
	mine, mineBin := t.when.of(t.acts, u)
	theirs, theirsBin := t.when.of(t.acts, v)
	if len(mine) > len(theirs) {
		mine, mineBin, theirs, theirsBin = theirs, theirsBin, mine, mineBin
	}
	from := 0
	for j := 0; j < len(mine); {
		now, bin, acts := mine[j], int(mineBin[j]), 0.0
		for ; j < len(mine) && mine[j] == now; j++ {
			acts++
		}
		from += gallop(theirs[from:], int64(now)-syncSeconds)
		if from == len(theirs) {
			break
		}
		for k := from; k < len(theirs) && int64(theirs[k]) <= int64(now)+syncSeconds; k++ {
			for s, q := range &t.when.meet[bin*t.bins+int(theirsBin[k])] {
				by[s] += acts * q
			}
		}
	}
	for s := range by {
		by[s] *= t.null.tilt[u] * t.null.tilt[v]
	}
	return by
}

// gallop returns how many of the ascending times are before one, in steps that
// double.
func gallop(times []int32, before int64) int {
	at, step := 0, 1
	for at+step <= len(times) && int64(times[at+step-1]) < before {
		at += step
		step *= 2
	}
	for step > 1 {
		if step /= 2; at+step <= len(times) && int64(times[at+step-1]) < before {
			at += step
		}
	}
	return at
}
