package search

import (
	"cmp"
	"context"
	"math"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/ringwatch/ringwatch/cluster"
	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/internal/workers"
)

// Accounts that share work take part in a few of many targets each: hardly any two
// of them meet twice, so no pair stands out. What stands out is that the same
// accounts are in one burst of an item after another.

// burstWidths are in seconds: from one hand to a month's order.
var burstWidths = [...]int64{600, 3600, 6 * 3600, 86400, 7 * 86400, 30 * 86400}

// burstLevels are what burstBase is multiplied by: where chance bursts are many, as
// after news, only the strongest tell.
var burstLevels = [...]float64{1, 1.7, 3, 5}

// Bursts is what the bursts of items say of who belongs together.
type Bursts struct {
	Seeds    [][]int32 // of short bursts first
	Turns    []Turns
	Unlinked int // raters in too many bursts to link any
}

// BurstSeeds finds raters who are in several bursts of items that have other such
// raters too: what is left of the graph of raters and bursts when raters in fewer
// than two bursts, and bursts of fewer than three such raters, are dropped until none
// is; and before that, raters of bursts that share more of them than chance has it, see
// linkedBursts. Raters with free false are left out; of turns only those bursts that are a
// ring's, which may be one of them: ring tells a rater's, below 0 for none. It costs a few
// passes over the acts, and the squares of how many bursts each rater is in. Blind spot:
// targets whose own rate hides the burst; members with one target.
func BurstSeeds(ctx context.Context, a *null.Acts, free func(u int32) bool,
	ring func(u int32) int) (*Bursts, error) {
	use := make([]bool, a.Raters)
	for u := range use {
		use[u] = free(int32(u))
	}
	sorted, err := null.ScratchOf[int32](a, len(a.Time))
	if err != nil {
		return nil, err
	}
	times := newClock(a.Time, sorted)
	var raters, room []int32 // of the bursts of one width, and for a while; in memory as few as there are
	if a.Room != nil {
		if raters, err = null.ScratchOf[int32](a, a.Len()); err != nil {
			return nil, err
		}
		if room, err = null.ScratchOf[int32](a, a.Len()); err != nil {
			return nil, err
		}
	}
	look := burstLook{Acts: a, times: times, use: use, ring: ring, raters: raters, room: room,
		least: burstBase * math.Log(float64(max(2, a.Len())))}
	looks, err := look.all(ctx)
	if err != nil {
		return nil, err
	}
	found, seen, seenTurns := &Bursts{}, map[string]bool{}, map[string]bool{}
	for _, b := range looks {
		found.Unlinked = max(found.Unlinked, b.Unlinked)
		for _, s := range b.Seeds {
			if key := Key(s); !seen[key] {
				seen[key] = true
				found.Seeds = append(found.Seeds, s)
			}
		}
		for _, t := range b.Turns {
			if key := Key(t.Raters); !seenTurns[key] {
				seenTurns[key] = true
				found.Turns = append(found.Turns, t)
			}
		}
	}
	return found, nil
}

// widthsAtOnce is how many widths are looked at at a time, a bound on the memory, and byTurns
// in which order: a wide one, which has the most bursts, beside narrow ones.
const widthsAtOnce = 2

var byTurns = [len(burstWidths)]int{5, 0, 4, 1, 3, 2}

// A burstLook is what bursts of any width are looked at with.
type burstLook struct {
	*null.Acts
	times        *clock
	use          []bool
	ring         func(u int32) int
	least        float64
	raters, room []int32 // of the bursts of one width, and for a while; nil in memory
}

// all returns what the bursts of each width say.
func (l *burstLook) all(ctx context.Context) (looks [len(burstWidths)]*Bursts, err error) {
	atOnce := widthsAtOnce
	if l.Room != nil {
		atOnce = 1 // of which the columns are
	}
	var crew workers.Crew
	var next atomic.Int32
	for range min(atOnce, runtime.GOMAXPROCS(0)) {
		crew.Go(func() {
			for n := next.Add(1) - 1; int(n) < len(byTurns) && !crew.Failed(); n = next.Add(1) - 1 {
				looks[byTurns[n]] = l.within(ctx, burstWidths[byTurns[n]])
			}
		})
	}
	crew.Wait()
	return looks, ctx.Err()
}

// within returns what bursts of a width say; nothing once ctx has ended.
func (l *burstLook) within(ctx context.Context, width int64) *Bursts {
	found := &Bursts{}
	everybodys, err := findBursts(ctx, l.Acts, l.times, width, -l.least, l.raters)
	if err != nil {
		return found
	}
	keep := func(seeds [][]int32, unlinked int) {
		found.Unlinked, found.Seeds = max(found.Unlinked, unlinked), append(found.Seeds, seeds...)
	}
	if width <= turnsWithin {
		found.Turns, found.Unlinked = newSharer(l.Acts, everybodys, l.times, width, l.ring, l.room).turns()
	}
	bursts := among(everybodys, l.use)
	if width <= linkedWithin {
		keep(linkedBursts(l.Acts, bursts, l.room))
	}
	for _, times := range burstLevels {
		bursts = slices.DeleteFunc(bursts, func(b burst) bool { return b.ln > -times*l.least })
		core := newBurstCore(l.Acts, bursts, l.room)
		core.peel()
		keep(core.seeds(bursts))
	}
	return found
}

// findBursts returns the bursts of a width with ln p below a limit, those of one
// item apart from each other. Their raters are in a column as long as the acts, or in memory
// where that is nil.
func findBursts(ctx context.Context, a *null.Acts, all *clock, width int64, limit float64,
	raters []int32) ([]burst, error) {
	const step = 256
	found := make([][]burst, (a.Items+step-1)/step)
	rare := rareBelow(limit)
	err := workers.Ranges(ctx, a.Items, step, func() func(lo, hi int) {
		s := &burstSearch{Acts: a, all: all, width: width, limit: limit, rare: rare, raters: raters}
		return func(lo, hi int) {
			s.found = s.found[:0]
			for i := int32(lo); int(i) < hi; i++ {
				s.search(i)
			}
			found[lo/step] = slices.Clone(s.found)
		}
	})
	return slices.Concat(found...), err
}

// among leaves of bursts the raters in use, and of these bursts those that are still some.
func among(bursts []burst, use []bool) []burst {
	for k := range bursts {
		bursts[k].raters = slices.DeleteFunc(bursts[k].raters, func(u int32) bool { return !use[u] })
	}
	return slices.DeleteFunc(bursts, func(b burst) bool { return len(b.raters) < burstLeast })
}

// A burstSearch looks at one item at a time.
type burstSearch struct {
	*null.Acts
	all     *clock
	width   int64
	limit   float64
	rare    []float64 // by acts of a window: expectations above it are sure to be no burst
	windows []window
	taken   []bool
	found   []burst
	raters  []int32 // where they go, by act; nil for memory
}

// A window is acts lo to hi of an item.
type window struct {
	lo, hi int
	ln     float64
}

func (s *burstSearch) search(i int32) {
	from, to := s.ItemStart[i], s.ItemStart[i+1]
	if to-from < burstLeast {
		return
	}
	times := s.Time[from:to]
	s.windows = s.windows[:0]
	early, late := 0, 0 // acts before the flanks of the window, and before their end
	for lo, hi := 0, 0; lo < len(times); lo++ {
		start := int64(times[lo])
		for hi < len(times) && int64(times[hi]) <= start+s.width {
			hi++
		}
		if hi-lo < burstLeast || lo > 0 && times[lo] == times[lo-1] {
			continue
		}
		for int64(times[early]) < start-flankWidth*s.width {
			early++
		}
		for late < len(times) && int64(times[late]) <= start+(flankWidth+1)*s.width {
			late++
		}
		x := hi - lo
		if e := s.expected(start, x, len(times), lo-early+late-hi); float64(x) > e && !s.usual(x, e) {
			if ln := null.CountTail(x, e); ln < s.limit {
				s.windows = append(s.windows, window{lo, hi, ln})
			}
		}
	}
	slices.SortFunc(s.windows, func(v, w window) int {
		return cmp.Or(cmp.Compare(v.ln, w.ln), cmp.Compare(v.lo, w.lo))
	})
	s.taken = slices.Grow(s.taken[:0], len(times))[:len(times)]
	clear(s.taken)
	used := from // of raters
	for _, w := range s.windows {
		// Windows of one width overlap only at an end.
		if s.taken[w.lo] || s.taken[w.hi-1] {
			continue
		}
		b := burst{ln: w.ln, item: i, start: times[w.lo]}
		n := int32(w.hi - w.lo)
		if s.raters == nil {
			b.raters = make([]int32, n)
		} else { // an act is in one burst at most
			b.raters = s.raters[used : used+n : used+n]
			used += n
		}
		copy(b.raters, s.Rater[from+int32(w.lo):])
		for j := w.lo; j < w.hi; j++ {
			s.taken[j] = true
		}
		slices.Sort(b.raters)
		if b.raters = slices.Compact(b.raters); len(b.raters) >= burstLeast {
			s.found = append(s.found, b)
		}
	}
}

// expected returns how many acts a window of x of an item's acts would have at the
// item's own rate before and after it, in the flanks, or by its share of all acts at
// that time, whichever is more.
func (s *burstSearch) expected(start int64, x, acts, flanks int) float64 {
	own := max(float64(flanks)/(2*flankWidth), 1e-6)
	if own >= float64(x) || s.usual(x, own) {
		return own // it is no burst, be its share what it may
	}
	others := s.all.before(start+s.width+1) - s.all.before(start) - x
	share := float64(acts-x+1) / float64(s.all.len())
	return max(own, share*float64(others))
}

// usual reports whether x acts are sure to be no burst where e are expected.
func (s *burstSearch) usual(x int, e float64) bool { return x < len(s.rare) && e > s.rare[x] }

// rareBelow returns, by a number of acts, an expectation just above that at which their
// tail is the limit: a look-up instead of a tail for most windows.
func rareBelow(limit float64) []float64 {
	rare := make([]float64, 64)
	for x := range rare {
		lo, hi := 0., float64(x)
		for hi-lo > 1e-4*hi {
			if mid := (lo + hi) / 2; null.CountTail(x, mid) < limit {
				lo = mid
			} else {
				hi = mid
			}
		}
		rare[x] = hi
	}
	return rare
}

// A burstCore is the graph of raters and bursts.
type burstCore struct {
	*memberships
	in   []int32 // by rater: bursts it is in that are not gone; 0 once it is dropped
	size []int32 // by burst: raters in it that are not dropped; 0 once it is gone
	drop []int32 // raters that are still to be taken out of their bursts
}

func newBurstCore(a *null.Acts, bursts []burst, room []int32) *burstCore {
	c := &burstCore{in: make([]int32, a.Raters), size: make([]int32, len(bursts)),
		memberships: membershipsOf(a.Raters, len(bursts), func(b int32) []int32 { return bursts[b].raters }, room)}
	total := 0
	for b, x := range bursts {
		c.size[b] = int32(len(x.raters))
		total += len(x.raters)
	}
	share := float64(total) / float64(a.Len())
	for u := range int32(a.Raters) {
		n := c.count(u)
		c.in[u] = int32(n)
		if n > 0 && (n < burstAgain || null.CountTail(n, share*float64(a.CountOf(u))) > math.Log(againLevel)) {
			c.in[u] = 0
			c.drop = append(c.drop, u)
		}
	}
	return c
}

// peel drops raters and bursts until those that stay all have enough of each other.
func (c *burstCore) peel() {
	for len(c.drop) > 0 {
		u := c.drop[len(c.drop)-1]
		c.drop = c.drop[:len(c.drop)-1]
		for _, b := range c.setsOf(u) {
			if c.size[b] == 0 {
				continue
			}
			if c.size[b]--; c.size[b] >= burstLeast {
				continue
			}
			c.size[b] = 0
			for _, v := range c.set(b) {
				if c.in[v] == 0 {
					continue
				}
				if c.in[v]--; c.in[v] < burstAgain {
					c.in[v] = 0
					c.drop = append(c.drop, v)
				}
			}
		}
	}
}

// seeds cuts the core into parts by bursts that share raters; a seed is the raters
// who are in two bursts of a part. It also returns how many raters were in too many
// bursts to link them.
func (c *burstCore) seeds(bursts []burst) (seeds [][]int32, unlinked int) {
	raters := 0
	for _, n := range c.in {
		if n > 0 {
			raters++
		}
		if n > mostBursts {
			unlinked++
		}
	}
	links := func(u int32) bool { return c.in[u] > 0 && c.in[u] <= mostBursts }
	var edges []cluster.Edge
	for n, pair := range c.met(2, links, func(b int32) bool { return c.size[b] > 0 }) {
		d, b := pair[0], pair[1]
		mean := float64(c.size[d]) * float64(c.size[b]) / float64(raters)
		edges = append(edges, cluster.Edge{A: d, B: b, W: float32(max(.1, -null.CountTail(n, mean)))})
	}
	for _, part := range graphSeeds(len(bursts), edges) {
		var on []int32
		for _, b := range part {
			for _, u := range bursts[b].raters {
				if c.in[u] > 0 {
					on = append(on, u)
				}
			}
		}
		slices.Sort(on)
		if s := atLeastTwice(on); len(s) >= 3 {
			seeds = append(seeds, s)
		}
	}
	return seeds, unlinked
}
