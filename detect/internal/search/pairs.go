package search

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync"

	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/internal/workers"
)

// Pairs of raters who chose the same items more often, or more often at the
// same time, than the null has it. They make seeds and nothing else: like-minded
// honest people are such pairs too, so no p-value of a pair is ever shown.

const (
	HotNeighbors = 128 // the default of Group.Neighbors
	// nats that a meeting at the same time counts above its stratum's weight: that it is 20 times rarer
	SyncBonus = 3
	edgeLevel = 1 // expected edges a rater by chance: below 1, so chance components stay small
)

// A Pair is an edge of the graph of raters: ln p of its three tails.
type Pair struct {
	a, b             int32
	Slow, Sync, comb float32
}

// Best is the strongest of the tails.
func (p Pair) Best() float32 { return min(p.Slow, p.Sync, p.comb) }

// Pairs is what the pass over all pairs found.
type Pairs struct {
	Edges []Pair    // a < b, ascending
	Best  []float32 // per rater: ln p of its strongest pair of those that were tested; 0 if none
	// Neighbors is how many acts before and after one were looked at on an item too
	// popular to count every meeting on; Near is how many of them were within
	// null.SyncSeconds, Beyond how many were but were not looked at.
	Neighbors, Near, Beyond int
}

const (
	fieldBits = 12
	fieldMax  = 1<<fieldBits - 1
)

func field(x uint64, s int) uint64 { return x >> (fieldBits * s) & fieldMax }

// FindPairs counts the meetings of every pair of raters exactly, in 8 bytes a rater
// beside what each processor needs for one rater at a time, and tests those that meet often. On hot items only acts at
// the same time count, and of those the nearest neighbors on either side.
func FindPairs(ctx context.Context, a *null.Acts, n *null.Model, neighbors int,
	progress func(done, total int)) (*Pairs, error) {
	when, err := LayMeetings(a, nil)
	if err != nil {
		return nil, err
	}
	return when.Pairs(ctx, a, n, neighbors, 0, a.Raters, progress)
}

// Pairs finds the pairs of the raters from lo to hi with those of higher numbers:
// those of a few ranges, put together with Add, are those of all.
func (m *Meetings) Pairs(ctx context.Context, a *null.Acts, n *null.Model, neighbors, lo, hi int,
	progress func(done, total int)) (*Pairs, error) {
	const step = 64
	found := make([][]Pair, (hi-lo+step-1)/step)
	p := &Pairs{Best: make([]float32, a.Raters), Neighbors: neighbors}
	best := make(lows, a.Raters)
	var lock sync.Mutex
	done := 0
	var testers []*pairTester
	chances := chancesOf(n)
	err := workers.Ranges(ctx, hi-lo, step, func() func(from, to int) {
		t := newPairTester(a, n, m, chances)
		t.best = best
		t.neighbors = int32(min(max(neighbors, 0), math.MaxInt32))
		lock.Lock()
		testers = append(testers, t)
		lock.Unlock()
		return func(from, to int) {
			t.edges = nil
			for u := int32(lo + from); int(u) < lo+to; u++ {
				t.search(u)
			}
			slices.SortFunc(t.edges, func(x, y Pair) int {
				return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b))
			})
			found[from/step] = t.edges
			lock.Lock()
			done += to - from
			progress(done, hi-lo)
			lock.Unlock()
		}
	})
	p.Edges = slices.Concat(found...)
	for _, t := range testers {
		p.Near, p.Beyond = p.Near+t.near, p.Beyond+t.beyond
	}
	for u := range best {
		p.Best[u] = math.Float32frombits(best[u].Load())
	}
	return p, err
}

// A pairTester tests one rater at a time against those of higher numbers.
type pairTester struct {
	*null.Acts
	null   *null.Model
	when   *Meetings
	chance meetChances
	met    *meetTable
	often  meetOften
	// The meetings of a rater are gone through twice: first it is told with whom there
	// are several.
	telling bool
	// by bin: the meetings, by stratum, that an act there is expected to have with u
	expect   [][len(null.Strata) - 1]float64
	all      []float64 // by bin: in all strata
	readyAll bool
	ready    bool // expect is
	edges    []Pair
	best     lows // of all testers
	limit    float32

	neighbors    int32
	near, beyond int // see pairs

	counts, rate, w []float64 // of one tail
	late            lateTails
}

func newPairTester(a *null.Acts, n *null.Model, when *Meetings, chance meetChances) *pairTester {
	return &pairTester{Acts: a, null: n, when: when, chance: chance, met: newMeetTable(),
		often: meetOften{least: worthTest}, best: make(lows, a.Raters),
		expect: make([][len(null.Strata) - 1]float64, n.Bins), all: make([]float64, n.Bins),
		limit: float32(math.Log(edgeLevel / float64(max(1, a.Raters))))}
}

func (t *pairTester) search(u int32) {
	t.ready, t.readyAll = false, false
	t.count(u)
	t.met.drain(func(v int32, m met) { t.test(u, v, m) })
}

// count counts the meetings of u with raters of higher numbers, but for most of those who
// are met too seldom for a test.
func (t *pairTester) count(u int32) {
	meetings := 0
	acts, items := t.ActsOf(u), t.ItemsOf(u)
	for _, i := range items {
		meetings += min(t.SizeOf(i), null.HotItem)
	}
	t.often.begin(meetings)
	for _, t.telling = range [...]bool{true, false} {
		for j, k := range acts {
			i := items[j]
			if s := null.Stratum(t.SizeOf(i)); s < len(null.Strata)-1 {
				t.meet(u, t.RaterStart[u]+int32(j), i, s)
			} else if t.Time != nil {
				t.meetNear(u, k, i)
			}
		}
	}
}

// meet counts the raters of higher numbers on the item of u's act, which is that of at in
// OfRater: its time stands beside those of u's others, and not anywhere among all.
func (t *pairTester) meet(u, at, i int32, s int) {
	one := uint64(1) << (fieldBits * s)
	others := t.when.on[t.ItemStart[i]:t.ItemStart[i+1]]
	first, _ := slices.BinarySearch(others, uint64(u+1)<<32)
	if others = others[first:]; t.Time == nil {
		for _, o := range others {
			t.add(int32(o>>32), one, 0, s)
		}
		return
	}
	now := t.when.time[at]
	for _, o := range others {
		var same uint64
		if d := int64(int32(o)) - int64(now); d <= null.SyncSeconds && d >= -null.SyncSeconds {
			same = one
		}
		t.add(int32(o>>32), one, same, s)
	}
}

// meetNear counts the raters of higher numbers who were on the hot item of u's act
// k at the same time, among the neighbors before and after it.
func (t *pairTester) meetNear(u, k, i int32) {
	lo, hi := t.ItemStart[i], t.ItemStart[i+1]
	first, end := lo, hi
	if k-lo > t.neighbors {
		lo = k - t.neighbors
	}
	if hi-k-1 > t.neighbors {
		hi = k + t.neighbors + 1
	}
	beyond := t.countNear(first, lo, k) + t.countNear(hi, end, k)
	for t.Time[k]-t.Time[lo] > null.SyncSeconds {
		lo++
	}
	for t.Time[hi-1]-t.Time[k] > null.SyncSeconds {
		hi--
	}
	if t.telling {
		t.near, t.beyond = t.near+int(hi-lo)-1, t.beyond+beyond
	}
	const s = len(null.Strata) - 1
	for _, v := range t.Rater[lo:hi] {
		if v > u {
			t.add(v, 1<<(fieldBits*s), 1<<(fieldBits*s), s)
		}
	}
}

// countNear counts the acts from lo to hi, all before k or all after it, that
// are at the same time as k.
func (t *pairTester) countNear(lo, hi, k int32) int {
	if lo == hi || t.Time[lo]-t.Time[k] > null.SyncSeconds || t.Time[k]-t.Time[hi-1] > null.SyncSeconds {
		return 0
	}
	times := t.Time[lo:hi]
	from, _ := slices.BinarySearch(times, t.Time[k]-null.SyncSeconds)
	to, _ := slices.BinarySearch(times, t.Time[k]+null.SyncSeconds+1)
	return to - from
}

// add tells of one meeting, or counts it if there may be enough.
func (t *pairTester) add(v int32, one, same uint64, s int) {
	if t.telling {
		worth := uint8(worthMeeting)
		if same > 0 {
			worth += worthSame
		}
		t.often.tell(v, worth)
		return
	}
	if !t.often.is(v) {
		return
	}
	m := t.met.of(v)
	if field(m.all, s) < fieldMax {
		m.all += one
		m.sync += same
	}
}

// test keeps the pair as an edge if any of its tails is small.
func (t *pairTester) test(u, v int32, m met) {
	n, y := 0, 0
	for s := range null.Strata {
		n += int(field(m.all, s))
		y += int(field(m.sync, s))
	}
	if n < 3 && y < 2 {
		return
	}
	if y < 2 {
		t.prepareAll(u)
		if sum := t.expected(v); float64(n) < sum+2+2*math.Sqrt(sum) {
			return
		}
	}
	t.prepare(u)
	slow := t.meetings(v)
	e := Pair{a: u, b: v}
	t.begin()
	for s := range len(null.Strata) - 1 {
		t.term(field(m.all, s), slow[s], t.null.Tables[s].Weight)
	}
	e.Slow = t.tail()
	e.comb = e.Slow
	if y > 0 {
		same := t.meetingsAtOnce(u, v)
		t.begin()
		for s := range null.Strata {
			t.term(field(m.sync, s), same[s], t.null.Tables[s].Weight)
		}
		e.Sync = t.tail()
		t.begin()
		for s := range null.Strata {
			if s < len(null.Strata)-1 {
				t.term(field(m.all, s)-field(m.sync, s), max(0, slow[s]-same[s]), t.null.Tables[s].Weight)
			}
			t.term(field(m.sync, s), same[s], t.null.Tables[s].Weight+SyncBonus)
		}
		e.comb = t.tail()
	}
	t.best.tell(u, e.Best())
	t.best.tell(v, e.Best())
	if e.Best() < t.limit {
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
	return t.late.tail(s, t.rate, t.w)
}
