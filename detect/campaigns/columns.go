package campaigns

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/internal/mapped"
	"github.com/ringwatch/ringwatch/internal/workers"
	"github.com/ringwatch/ringwatch/rating"
)

const (
	hour = 3600
	day  = 24 * hour
)

// columns are the ratings as the test reads them: item by item, each item's in
// order of time, those of one time in order of level, so that neither the order
// of rows nor the names of raters show. 11 bytes a rating.
type columns struct {
	start []int32 // of each item; one more than items
	row   []int32 // in the table
	time  []int32
	level []uint8
	life  []uint8 // ratings of the row's rater, as far as a byte holds

	levels      int       // of the scale; 1 without values
	value       []float64 // of each level, the lowest of it, on the scale of the data
	first, last int32     // time of any rating
	tick        float64   // seconds that two times must be apart to be told apart
	few         []int     // lifetimes that are looked at: raters of up to so many ratings
	established uint8     // ratings from which on a rater is established
}

// Longest is the most ratings in all of a rater whose rows may be a campaign's. A rater of
// more is better looked for as a member of a ring.
const Longest = 9

var lifetimes = [...]int{1, 3, Longest}

// newColumns reads a table, without the rows of raters left out.
func newColumns(ctx context.Context, t *rating.Table, leftOut func(rater int32) bool,
	room func(name string, bytes int) ([]byte, error)) (*columns, error) {
	c := &columns{start: make([]int32, t.Items.Len()+1)}
	if err := c.make(t.Len(), room); err != nil {
		return nil, err
	}
	life := make([]int32, t.Raters.Len())
	for _, u := range t.Rater {
		life[u]++
	}
	of := c.scale(t)
	x := t.ByItem()
	for i := range int32(t.Items.Len()) {
		for _, row := range x.Rows(i) {
			if !leftOut(t.Rater[row]) {
				c.row = append(c.row, row)
			}
		}
		c.start[i+1] = int32(len(c.row))
	}
	n := len(c.row)
	c.time, c.level, c.life = c.time[:n], c.level[:n], c.life[:n]
	err := workers.Ranges(ctx, c.items(), 256, func() func(lo, hi int) {
		return func(lo, hi int) {
			for i := lo; i < hi; i++ {
				c.fill(t, life, of, c.start[i], c.start[i+1])
			}
		}
	})
	if err != nil {
		return nil, err
	}
	if n > 0 {
		c.first, c.last = slices.Min(c.time), slices.Max(c.time)
	}
	c.tick = c.grain()
	c.classes()
	return c, ctx.Err()
}

// fill puts an item's rows in their order, and what is to be known of each beside it.
func (c *columns) fill(t *rating.Table, life []int32, of func(float32) uint8, from, to int32) {
	rows := c.row[from:to]
	for a := 0; a < len(rows); { // ties
		b := a + 1
		for b < len(rows) && t.Time[rows[b]] == t.Time[rows[a]] {
			b++
		}
		if b > a+1 {
			slices.SortFunc(rows[a:b], func(x, y int32) int {
				return cmp.Or(cmp.Compare(t.Value[x], t.Value[y]), cmp.Compare(life[t.Rater[x]], life[t.Rater[y]]),
					cmp.Compare(x, y))
			})
		}
		a = b
	}
	for k := from; k < to; k++ {
		row := c.row[k]
		c.time[k], c.level[k] = t.Time[row], of(t.Value[row])
		c.life[k] = uint8(min(life[t.Rater[row]], math.MaxUint8))
	}
}

// make makes the columns of n ratings, in which there is none yet.
func (c *columns) make(n int, room func(name string, bytes int) ([]byte, error)) error {
	if room == nil {
		c.row, c.time, c.level, c.life = make([]int32, 0, n), make([]int32, n), make([]uint8, n), make([]uint8, n)
		return nil
	}
	data, err := room("", 10*n)
	if err != nil {
		return err
	}
	c.row, c.time = mapped.Of[int32](data[:4*n])[:0], mapped.Of[int32](data[4*n:8*n])
	c.level, c.life = data[8*n:9*n], data[9*n:]
	return nil
}

// items returns the number of items.
func (c *columns) items() int { return len(c.start) - 1 }

// mostLevels is the number of values up to which each is a level of its own; of
// more, ten cuts make levels of about equal size.
const mostLevels = 11

// scale sets the levels and returns which of them a value is.
func (c *columns) scale(t *rating.Table) func(float32) uint8 {
	c.levels, c.value = 1, []float64{t.Scale.Max}
	if t.Scale.Unary() || t.Len() == 0 {
		return func(float32) uint8 { return 0 }
	}
	var distinct []float32
	for _, v := range t.Value {
		k, found := slices.BinarySearch(distinct, v)
		if found {
			continue
		}
		if len(distinct) == mostLevels {
			distinct = nil
			break
		}
		distinct = slices.Insert(distinct, k, v)
	}
	if distinct == nil {
		distinct = cuts(t.Value)
	}
	c.levels, c.value = len(distinct), nil
	for _, v := range distinct {
		c.value = append(c.value, t.Scale.Of(v))
	}
	return func(v float32) uint8 {
		k, found := slices.BinarySearch(distinct, v)
		if !found {
			k--
		}
		return uint8(max(k, 0))
	}
}

// cuts returns the lowest value of each of up to eleven levels.
func cuts(values []float32) []float32 {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	all := []float32{sorted[0]}
	for q := 1; q < mostLevels; q++ {
		if v := sorted[q*len(sorted)/mostLevels]; v > all[len(all)-1] {
			all = append(all, v)
		}
	}
	return all
}

// grain returns how far apart two times are that the data tells apart, an hour
// at least: days where it has dates, a month where it has months. Campaigns are
// ordered and done by the hour, so that less would only cost.
func (c *columns) grain() float64 {
	step := int64(0)
	for _, x := range c.time {
		for a, b := step, int64(x)-int64(c.first); ; a, b = b, a%b {
			if b == 0 {
				step = a
				break
			}
		}
		if step > 0 && step < hour {
			return hour
		}
	}
	if step == 0 {
		return hour
	}
	seen := make([]bool, (int64(c.last)-int64(c.first))/step+1)
	for _, x := range c.time {
		seen[(int64(x)-int64(c.first))/step] = true
	}
	least, before := int64(math.MaxInt64), int64(-1)
	for k, yes := range seen {
		if !yes {
			continue
		}
		if before >= 0 {
			least = min(least, (int64(k)-before)*step)
		}
		before = int64(k)
	}
	return float64(max(least, hour))
}

// enough is the share of the ratings that the established must have, to be able
// to say what is usual.
const enough = .1

// classes chooses the lifetimes: as many as leave enough established raters.
func (c *columns) classes() {
	var of [math.MaxUint8 + 1]int
	for _, l := range c.life {
		of[l]++
	}
	for n := len(lifetimes); n > 0; n-- {
		longest := lifetimes[n-1]
		above := 0
		for _, rows := range of[longest+1:] {
			above += rows
		}
		c.few, c.established = lifetimes[:n], uint8(longest+1)
		if float64(above) >= enough*float64(len(c.life)) || c.levels == 1 {
			break // without votes nobody is asked for theirs
		}
	}
}

// A span is a stretch of time, both ends in it.
type span struct{ from, to int32 }

func (s span) holds(t int32) bool { return s.from <= t && t <= s.to }

// length is in seconds.
func (s span) length() float64 { return float64(s.to) - float64(s.from) }

func within(spans []span, t int32) bool {
	return slices.ContainsFunc(spans, func(s span) bool { return s.holds(t) })
}

// A platform tells how many ratings by a class, and by all others, there were before
// any time.
type platform struct {
	first  int32
	width  float64 // seconds of a bin
	before []heads // of each bin
	all    arrivals
}

// heads counts ratings by a class, and by all others.
type heads struct{ these, others int32 }

// arrivals are heads where those of a bin are spread evenly over it.
type arrivals struct{ these, others float64 }

// finest caps the bins of a platform, at 8 MB.
const finest = 1 << 20

// newPlatform counts the ratings by raters of up to so many, and by the others.
func (c *columns) newPlatform(few uint8) *platform {
	span := float64(c.last) - float64(c.first) + 1
	bins := int(min(max(math.Ceil(span/(c.tick/8)), 1), finest))
	p := &platform{first: c.first, width: span / float64(bins), before: make([]heads, bins+1)}
	for k, t := range c.time {
		of := &p.before[min(int((float64(t)-float64(c.first))/p.width), bins-1)+1]
		if c.life[k] <= few {
			of.these++
		} else {
			of.others++
		}
	}
	for k := range bins {
		p.before[k+1].these += p.before[k].these
		p.before[k+1].others += p.before[k].others
	}
	p.all = arrivals{float64(p.before[bins].these), float64(p.before[bins].others)}
	return p
}

// until returns the ratings before a time.
func (p *platform) until(t float64) arrivals {
	x := (t - float64(p.first)) / p.width
	switch last := len(p.before) - 1; {
	case x <= 0:
		return arrivals{}
	case x >= float64(last):
		return p.all
	}
	k := int(x)
	from, to := p.before[k], p.before[k+1]
	x -= float64(k)
	return arrivals{float64(from.these) + x*float64(to.these-from.these),
		float64(from.others) + x*float64(to.others-from.others)}
}
