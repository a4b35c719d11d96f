package simulate

import (
	"math"
	"math/rand/v2"
	"slices"
	"sort"

	"github.com/ringwatch/ringwatch/rating"
)

// FromRatings returns real data as a world: nothing is known but the ratings,
// and all of them count as honest. The table is never changed.
func FromRatings(t *rating.Table) *World {
	own := t.Prefix(t.Len()) // without room to spare, so that appending copies
	own.Raters, own.Items = t.Raters.Clone(), t.Items.Clone()
	raters := t.Raters.Len()
	return &World{Ratings: own, Honest: own.Len(), Raters: raters,
		Kind: make([]Kind, raters), Brigade: make([]int32, raters), Goal: make([]int8, t.Items.Len())}
}

// An archive is real data as a scene: what was rated then, by whom or why ever,
// is what honest accounts would have rated.
type archive struct {
	*census
	order []int32 // rows by time
	time  []int32 // of order; nil without times
	grain int32
}

func newArchive(c *census) *archive {
	t := c.t
	a := &archive{census: c, grain: 1}
	words := make([]uint64, t.Len())
	for k := range words {
		words[k] = uint64(k)
		if t.HasTimes() {
			words[k] |= uint64(uint32(t.Time[k])^1<<31) << 32
		}
	}
	slices.Sort(words)
	a.order = make([]int32, len(words))
	for k, w := range words {
		a.order[k] = int32(uint32(w))
	}
	if t.HasTimes() {
		a.time = make([]int32, len(words))
		g := int32(0)
		for k, row := range a.order {
			a.time[k] = t.Time[row]
			g = gcd(g, t.Time[row])
		}
		a.grain = max(1, g)
	}
	return a
}

func gcd(a, b int32) int32 {
	for b != 0 {
		a, b = b, a%b
	}
	if a < 0 {
		return -a
	}
	return a
}

// plan places a campaign around a row, so that busy times see more of them. An
// item can be struck after any of its rows between the campaign's 30th and its
// last tenth.
func (a *archive) plan(rng *rand.Rand, c *Crew) (persona, []int32) {
	lead := persona{viewpoint: c.side(rng)}
	at := make([]int32, len(a.count))
	for i := range at {
		at[i] = never
	}
	if a.time == nil {
		for i, n := range a.count {
			if n > 0 {
				at[i] = 0
			}
		}
		return lead, at
	}
	first, last := float64(a.time[0]), float64(a.last())
	centre := float64(a.time[rng.IntN(len(a.time))])
	if c.late {
		centre = last
	}
	for length := c.Campaign.Seconds(); ; length = 2*length + float64(a.grain) {
		length = min(length, last-first)
		from := min(max(first, centre-length/2), last-length)
		lead.from, lead.to = int32(from), int32(from+length)
		lo := sort.Search(len(a.time), func(k int) bool { return float64(a.time[k]) >= from+length/30 })
		hi := sort.Search(len(a.time), func(k int) bool { return float64(a.time[k]) > from+length*.9 })
		if length == last-first {
			lo, hi = 0, len(a.time)
		}
		seen := make([]int32, len(at))
		n := 0
		for _, row := range a.order[lo:hi] {
			i := a.t.Item[row]
			if seen[i]++; seen[i] == 1 {
				n++
			}
			if rng.Int32N(seen[i]) == 0 {
				at[i] = a.t.Time[row]
			}
		}
		if n >= enough*c.Targets || length == last-first {
			return lead, at
		}
	}
}

// suits favours popular items that have room to move.
func (a *archive) suits(item int32, _ *persona, goal int8, merit float64) float64 {
	if float64(goal)*(a.mean[item]-a.all) > merit*a.apart {
		return 0
	}
	return min(1, math.Sqrt(float64(a.count[item]))/4)
}

func (a *archive) persona(*rand.Rand) persona { return persona{} }

// visit starts where some row of the rater's life is and goes on with the gaps
// between the ratings of honest raters. Each rating copies item and value of a
// row near in time.
func (a *archive) visit(rng *rand.Rand, p *persona, quota int, seen *once, rate func(item, t int32, value float32)) {
	if len(a.order) == 0 {
		return
	}
	lo, hi := a.life(p)
	for misses := 20 + quota; quota > 0 && misses > 0; {
		k := lo + rng.IntN(hi-lo)
		for t := a.at(k); quota > 0 && misses > 0; k = a.after(t) {
			if row := a.near(rng, k, seen); row >= 0 {
				rate(a.t.Item[row], t, a.t.Value[row])
				quota--
			} else {
				misses--
			}
			if a.time == nil {
				break
			}
			if t = a.gap(rng, t); t > p.to {
				break
			}
		}
	}
}

// at returns the time of the k-th row by time.
func (a *archive) at(k int) int32 {
	if a.time == nil {
		return rating.NoTime
	}
	return a.time[k]
}

// after returns the first row by time that is not before t.
func (a *archive) after(t int32) int {
	k, _ := slices.BinarySearch(a.time, t)
	return min(k, len(a.time)-1)
}

// near returns a row near the k-th by time whose item was not seen, or -1.
func (a *archive) near(rng *rand.Rand, k int, seen *once) int32 {
	reach := 100
	if a.time == nil {
		reach = len(a.order)
	}
	from, to := max(0, k-reach), min(len(a.order), k+reach+1)
	for range 50 {
		row := a.order[from+rng.IntN(to-from)]
		if seen.first(a.t.Item[row]) {
			return row
		}
	}
	return -1
}

// gap adds to t the time between some rater's rating and its next one; where
// the rating was its last, the end of time.
func (a *archive) gap(rng *rand.Rand, t int32) int32 {
	x := a.t.ByRater()
	k := rng.IntN(len(x.Row))
	row, next := x.Row[k], x.Row[min(k+1, len(x.Row)-1)]
	if row == next || a.t.Rater[row] != a.t.Rater[next] {
		return math.MaxInt32
	}
	return int32(min(math.MaxInt32, int64(t)+int64(a.t.Time[next])-int64(a.t.Time[row])))
}

// moment is when some row of the rater's life is.
func (a *archive) moment(rng *rand.Rand, p *persona, _ int32) int32 {
	if a.time == nil {
		return rating.NoTime
	}
	lo, hi := a.life(p)
	return a.time[lo+rng.IntN(hi-lo)]
}

// life returns the range of rows by time that fall in a rater's life, one at
// least.
func (a *archive) life(p *persona) (lo, hi int) {
	if a.time == nil {
		return 0, len(a.order)
	}
	lo, _ = slices.BinarySearch(a.time, p.from)
	hi = max(lo+1, sort.Search(len(a.time), func(k int) bool { return a.time[k] > p.to }))
	return min(lo, len(a.time)-1), min(hi, len(a.time))
}

func (a *archive) first() int32 { return a.time[0] }
func (a *archive) last() int32  { return a.time[len(a.time)-1] }
func (a *archive) tick() int32  { return a.grain }
