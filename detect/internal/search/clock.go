package search

import (
	"cmp"
	"math/bits"
	"slices"
)

// A clock is the times of all acts, ascending, with where each of even parts of the
// whole begins, so that a look at it costs a step or two.
type clock struct {
	times []int32
	low   int64
	shift int
	first []int32 // by part: times before it; one more, for the end
}

// clockPart is how many times a part has on average.
const clockPart = 8

// newClock sorts the times of acts into sorted: by part first, which is most of it.
func newClock(times, sorted []int32) *clock {
	c := &clock{times: sorted}
	if len(times) == 0 {
		c.first = []int32{0, 0}
		return c
	}
	c.low = int64(slices.Min(times))
	span := uint64(int64(slices.Max(times)) - c.low)
	if span > uint64(len(times)/2) { // else each part is of one time, and half a number an act
		c.shift = max(0, bits.Len64(span)-bits.Len(uint(len(times)/clockPart)))
	}
	c.first = make([]int32, span>>c.shift+2)
	for _, t := range times {
		c.first[(int64(t)-c.low)>>c.shift+1]++
	}
	for p := range c.first[1:] {
		c.first[p+1] += c.first[p]
	}
	next := slices.Clone(c.first)
	for _, t := range times {
		p := (int64(t) - c.low) >> c.shift
		c.times[next[p]] = t
		next[p]++
	}
	for p := range c.first[1:] {
		slices.Sort(c.times[c.first[p]:c.first[p+1]])
	}
	return c
}

// before returns how many acts are before a time.
func (c *clock) before(when int64) int {
	if when <= c.low {
		return 0
	}
	p := (when - c.low) >> c.shift
	if p >= int64(len(c.first)-1) {
		return len(c.times)
	}
	from, to := c.first[p], c.first[p+1]
	if c.shift == 0 { // all of the part are of this time
		return int(from)
	}
	if to-from > 4*clockPart {
		return int(from) + before(c.times[from:to], when)
	}
	for from < to && int64(c.times[from]) < when {
		from++
	}
	return int(from)
}

func (c *clock) len() int { return len(c.times) }

// before returns how many of the ascending times are before one.
func before(times []int32, when int64) int {
	n, _ := slices.BinarySearchFunc(times, when, func(t int32, w int64) int { return cmp.Compare(int64(t), w) })
	return n
}
