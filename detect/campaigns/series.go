package campaigns

import "math"

// A series is the ratings of one item by one class, and all that is needed to
// weigh any window [a, b] of them in constant time. It is used again and again.
type series struct {
	time      []int32
	lo, hi    []float64 // other items' ratings of the class before a window that begins, or ends, at a rating
	nlo, nhi  []float64 // the platform's by all others
	xlo, xhi  []int32   // the item's own of others
	other     []int32   // times of the item's ratings by others
	part      []int8    // how many of the spans left out are before; a window has one part
	life      float64   // platform's ratings of the class since the item's first rating
	odds      float64   // of the class, that the item's other ratings would bring
	tick, pad float64
	heard     bool      // others tell of news
	items     float64   // with ratings of the class
	busy      []float64 // sum of the age's busyness over the time before a rating, in seconds
	idle      []float64 // the same without the tick of a rating that a window begins with
}

// load fills a series with an item's ratings outside of the spans.
func (s *series) load(c *columns, k *class, item int32, without []span) {
	s.split(c, k, item, without)
	s.tick, s.pad, s.items, s.heard = c.tick, k.pad, k.total/k.perItem, k.heard
	if len(s.time) < fewest {
		return
	}
	s.ages(c, k, item)
	s.odds = 0
	for _, t := range s.other {
		to, from := k.platform.until(float64(t)+k.pad), k.platform.until(float64(t)-k.pad)
		s.odds += (to.these - from.these + .5) / (to.others - from.others + .5)
	}
	s.heads(c, k)
}

// split parts an item's ratings into those of the class outside of the spans, and others.
func (s *series) split(c *columns, k *class, item int32, without []span) {
	s.time, s.other, s.part = s.time[:0], s.other[:0], s.part[:0]
	for j := c.start[item]; j < c.start[item+1]; j++ {
		switch {
		case c.life[j] > k.few:
			s.other = append(s.other, c.time[j])
		case len(without) == 0 || !within(without, c.time[j]):
			s.time = append(s.time, c.time[j])
			before := int8(0)
			for _, w := range without {
				if w.to < c.time[j] {
					before++
				}
			}
			s.part = append(s.part, before)
		}
	}
}

// ages tells how busy items are at the age that this one has at each rating, and how
// much of the platform's ratings its life stands for.
func (s *series) ages(c *columns, k *class, item int32) {
	n := len(s.time)
	s.busy, s.idle = grow(s.busy, n), grow(s.idle, n)
	first := float64(c.time[c.start[item]]) - c.tick/2
	if !c.appears(item) {
		s.life = k.total - k.platform.until(first).these
		for j, t := range s.time {
			s.busy[j] = float64(t) - first
			s.idle[j] = s.busy[j] - s.tick
		}
		return
	}
	s.life = 0
	for a := range ages {
		end := math.Inf(1)
		if a+1 < ages {
			end = first + c.ageSpan(a+1)
		}
		s.life += k.age[a] * (k.platform.until(end).these - k.platform.until(first+c.ageSpan(a)).these)
	}
	a, sum := 0, 0.
	for j, t := range s.time {
		for a+1 < ages && float64(t)-first >= c.ageSpan(a+1) {
			sum += k.age[a] * (c.ageSpan(a+1) - c.ageSpan(a))
			a++
		}
		s.busy[j] = sum + k.age[a]*(float64(t)-first-c.ageSpan(a))
		s.idle[j] = s.busy[j] - s.tick*k.age[a]
	}
}

// heads counts what is before each rating, and until it.
func (s *series) heads(c *columns, k *class) {
	n := len(s.time)
	s.lo, s.hi = grow(s.lo, n), grow(s.hi, n)
	s.nlo, s.nhi = grow(s.nlo, n), grow(s.nhi, n)
	s.xlo, s.xhi = grow(s.xlo, n), grow(s.xhi, n)
	half := c.tick/2 + k.pad
	var ol, oh, xl, xh int
	for a, t := range s.time {
		begin, end := float64(t)-half, float64(t)+half
		from, to := k.platform.until(begin), k.platform.until(end)
		for ol < n && float64(s.time[ol]) < begin {
			ol++
		}
		for oh < n && float64(s.time[oh]) <= end {
			oh++
		}
		for xl < len(s.other) && float64(s.other[xl]) < float64(t)-c.tick/2 {
			xl++
		}
		for xh < len(s.other) && float64(s.other[xh]) <= float64(t)+c.tick/2 {
			xh++
		}
		s.lo[a], s.hi[a], s.nlo[a], s.nhi[a] = from.these-float64(ol), to.these-float64(oh), from.others, to.others
		s.xlo[a], s.xhi[a] = int32(xl), int32(xh)
	}
}

func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/2)
	}
	return s[:n]
}
