package campaigns

import (
	"math"
)

const (
	fewest  = 4   // ratings of a window: fewer are no burst
	growth  = 1.2 // of the counts of the windows tried; the ends settle afterwards
	faint   = .05 // ratings that are expected anywhere at least
	reached = 25  // ratings of the platform on either side that smooth its rate
	shrink  = 5   // ratings, as usual, that stand beside an item's own mix
	settles = 20  // steps after which the ends of a window stay
)

// A class is the raters of up to so many ratings.
type class struct {
	few           uint8
	these, others *platform
	pad           float64 // seconds in which reached ratings of the class are
	perItem       float64 // ratings of the class of an item that has any
	age           [ages]float64
}

// ages are stretches of an item's life in which it is about as busy, next to the
// platform: the first is a day, or a tick, and each ends at twice the age.
const ages = 14

// ageSpan returns the age in seconds at which the k-th of the ages begins.
func (c *columns) ageSpan(k int) float64 {
	if k == 0 {
		return 0
	}
	return max(day, c.tick) * float64(int(1)<<(k-1))
}

// profile fits how busy items are by their age: most are at first, and it is no
// campaign. An age leans on 1 by 20 ratings. Only items that appear once the data
// is under way tell it, and are told it: of the others nobody knows the age.
func (c *columns) profile(k *class) {
	var got, due [ages]float64
	for i := range int32(c.items()) {
		if !c.appears(i) {
			continue
		}
		from, to := c.start[i], c.start[i+1]
		first := float64(c.time[from])
		n := 0.
		own := [ages]float64{}
		a := 0
		for j := from; j < to; j++ {
			for a+1 < ages && float64(c.time[j])-first >= c.ageSpan(a+1) {
				a++
			}
			if c.life[j] <= k.few {
				own[a]++
				n++
			}
		}
		life := k.these.total - k.these.before(first)
		if n < 2 || life <= 0 {
			continue
		}
		for a := range ages {
			end := math.Inf(1)
			if a+1 < ages {
				end = first + c.ageSpan(a+1)
			}
			got[a] += min(own[a], agedMost*n)
			due[a] += n * (k.these.before(end) - k.these.before(first+c.ageSpan(a))) / life
		}
	}
	for a := range ages {
		k.age[a] = (got[a] + 20) / (due[a] + 20)
	}
}

// agedMost is the share of its ratings by which an item tells of an age at most,
// so that few items with a crowd do not.
const agedMost = .5

// appears reports whether an item has its first rating once the data is under way.
func (c *columns) appears(item int32) bool {
	from := c.start[item]
	return from < c.start[item+1] && float64(c.time[from])-float64(c.first) > known*(float64(c.last)-float64(c.first))
}

const known = .05 // of the data's time is before its items are taken to be new

func (c *columns) newClass(few int) *class {
	f := uint8(few)
	k := &class{few: f, these: c.newPlatform(func(k int) bool { return c.life[k] <= f }),
		others: c.newPlatform(func(k int) bool { return c.life[k] > f })}
	k.pad = max(c.tick/2, reached*(float64(c.last)-float64(c.first))/max(k.these.total, 1))
	items := 0
	for i := range c.items() {
		for j := c.start[i]; j < c.start[i+1]; j++ {
			if c.life[j] <= f {
				items++
				break
			}
		}
	}
	k.perItem = max(1, k.these.total/max(1, float64(items)))
	c.profile(k)
	return k
}

// A series is the ratings of one item by one class, and all that is needed to
// weigh any window [a, b] of them in constant time. It is used again and again.
type series struct {
	time         []int32
	lo, hi       []float64 // platform's ratings of the class before a window that begins, or ends, at a rating
	nlo, nhi     []float64 // the same of all others
	olo, ohi     []int32   // the item's own of the class
	xlo, xhi     []int32   // the item's own of others
	other        []int32   // times of the item's ratings by others
	part         []int8    // how many of the spans left out are before; a window has one part
	life         float64   // platform's ratings of the class since the item's first rating
	odds         float64   // of the class, that the item's other ratings would bring
	tick, pad    float64
	total, usual float64   // of the class: ratings, and ratings an item
	now          []float64 // busyness at a rating
	busy         []float64 // sum of the age's busyness over the time before a rating, in seconds
}

// load fills a series with an item's ratings outside of the spans.
func (s *series) load(c *columns, k *class, item int32, without []span) {
	s.time, s.other, s.part = s.time[:0], s.other[:0], s.part[:0]
	from, to := c.start[item], c.start[item+1]
	for j := from; j < to; j++ {
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
	s.tick, s.pad, s.total, s.usual = c.tick, k.pad, k.these.total, k.perItem
	n := len(s.time)
	if n < fewest {
		return
	}
	first := float64(c.time[from]) - c.tick/2
	s.life = k.these.total - k.these.before(first)
	s.busy, s.now = grow(s.busy, n), grow(s.now, n)
	if c.appears(item) {
		s.life = 0
		for a := range ages {
			end := math.Inf(1)
			if a+1 < ages {
				end = first + c.ageSpan(a+1)
			}
			s.life += k.age[a] * (k.these.before(end) - k.these.before(first+c.ageSpan(a)))
		}
		a, sum := 0, 0.
		for j, t := range s.time {
			for a+1 < ages && float64(t)-first >= c.ageSpan(a+1) {
				sum += k.age[a] * (c.ageSpan(a+1) - c.ageSpan(a))
				a++
			}
			s.busy[j], s.now[j] = sum+k.age[a]*(float64(t)-first-c.ageSpan(a)), k.age[a]
		}
	} else {
		for j, t := range s.time {
			s.busy[j], s.now[j] = float64(t)-first, 1
		}
	}
	s.odds = 0
	for _, t := range s.other {
		x := float64(t)
		s.odds += (k.these.before(x+k.pad) - k.these.before(x-k.pad) + .5) /
			(k.others.before(x+k.pad) - k.others.before(x-k.pad) + .5)
	}
	s.lo, s.hi = grow(s.lo, n), grow(s.hi, n)
	s.nlo, s.nhi = grow(s.nlo, n), grow(s.nhi, n)
	s.olo, s.ohi = grow(s.olo, n), grow(s.ohi, n)
	s.xlo, s.xhi = grow(s.xlo, n), grow(s.xhi, n)
	half := c.tick/2 + k.pad
	var ol, oh, xl, xh int
	for a, t := range s.time {
		begin, end := float64(t)-half, float64(t)+half
		s.lo[a], s.hi[a] = k.these.before(begin), k.these.before(end)
		s.nlo[a], s.nhi[a] = k.others.before(begin), k.others.before(end)
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
		s.olo[a], s.ohi[a], s.xlo[a], s.xhi[a] = int32(ol), int32(oh), int32(xl), int32(xh)
	}
}

func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/2)
	}
	return s[:n]
}

// A window is a run of ratings of a series and what was expected in it.
type window struct {
	a, b      int     // first and last
	byTime    float64 // by the item's own rate at other times, in step with the platform
	byCompany float64 // by the others who came to the item at this time
	score     float64 // Poisson log likelihood ratio; 0 where there is no excess
	expected  float64
}

// weigh returns what is to be said of the window [a, b]. A score that is not above
// least is told as 0: most need no logarithm.
func (s *series) weigh(a, b int, least float64) (score, byTime, byCompany float64) {
	r, m := float64(b-a+1), float64(len(s.time))
	length := float64(s.time[b]) - float64(s.time[a]) + s.tick
	these := max(s.hi[b]-s.lo[a]-float64(s.ohi[b]-s.olo[a]), 0) + 1
	act := these * (s.busy[b] - s.busy[a] + s.tick*s.now[a]) / (length + 2*s.pad)
	rest := max(max(s.life-m, 1)-act, .02*act+1)
	byTime = act * (m - r + 1) / (rest + s.total/s.usual)
	if x := float64(s.xhi[b] - s.xlo[a]); x > 0 {
		n := float64(len(s.other))
		company := max(s.nhi[b]-s.nlo[a]-x, 0) + 1
		mix := (m - r + shrink) / (s.odds*(n-x)/n + shrink)
		byCompany = x * these / company * mix
	}
	expected := max(byTime, byCompany, faint)
	if r <= expected || r*logAbove(r/expected)-(r-expected) <= least {
		return 0, byTime, byCompany
	}
	return r*math.Log(r/expected) - (r - expected), byTime, byCompany
}

// logAbove returns no less than the logarithm of a positive number, and .06 more at
// most: its exponent, and its mantissa as a line.
func logAbove(x float64) float64 {
	bits := math.Float64bits(x)
	return (float64(int(bits>>52)-1023) + float64(bits&(1<<52-1))/(1<<52) + .0861) * math.Ln2
}

// reaches are how long windows may be, in seconds: a burst of hours is not to hide in
// the busy half-year of an item. A tick counts for the first where that is longer.
var reaches = [...]float64{2 * day, 30 * day, math.Inf(1)}

// best returns the windows with the highest score, one of each reach; the score is
// 0 where nothing stands out.
func (s *series) best() (best [len(reaches)]window) {
	m := len(s.time)
	if m < fewest {
		return best
	}
	try := func(n, a, b int) bool {
		if s.part[a] != s.part[b] || s.length(a, b) > reaches[n] {
			return false
		}
		score, byTime, byCompany := s.weigh(a, b, best[n].score)
		better := false
		for ; n < len(reaches); n++ {
			if w := &best[n]; score > w.score+1e-9 {
				*w = window{a: a, b: b, byTime: byTime, byCompany: byCompany, score: score}
				better = true
			}
		}
		return better
	}
	for r := fewest; ; r = min(m, max(r+1, int(float64(r)*growth))) {
		for a := 0; a+r <= m; a++ {
			if a > 0 && s.time[a] == s.time[a-1] { // one time is in or out as a whole
				continue
			}
			b := s.tied(a + r - 1)
			n := 0
			for s.length(a, b) > reaches[n] {
				n++
			}
			try(n, a, b)
		}
		if r == m {
			break
		}
	}
	for n := range best {
		w := &best[n]
		if w.score == 0 {
			continue
		}
		for range settles {
			better := false
			reach := max(1, (w.b-w.a+1)*15/100)
			for a := max(0, w.a-reach); a <= min(w.a+reach, w.b-fewest+1); a++ {
				if a == 0 || s.time[a] != s.time[a-1] {
					better = try(n, a, w.b) || better
				}
			}
			for b := max(w.a+fewest-1, w.b-reach); b <= min(w.b+reach, m-1); b++ {
				if b == m-1 || s.time[b] != s.time[b+1] {
					better = try(n, w.a, b) || better
				}
			}
			if !better {
				break
			}
		}
		w.expected = max(w.byTime, w.byCompany, faint)
	}
	return best
}

// length is how long a window is in seconds; within a tick there is no length.
func (s *series) length(a, b int) float64 {
	if l := float64(s.time[b]) - float64(s.time[a]); l >= s.tick {
		return l
	}
	return 0
}

// tied returns the last rating of the time of b.
func (s *series) tied(b int) int {
	for b+1 < len(s.time) && s.time[b+1] == s.time[b] {
		b++
	}
	return b
}

const (
	held  = .95 // of the excess that the shortest window holds
	apart = 3   // mean gaps inside, up to which a rating beside the shortest window belongs to it
)

// narrow returns the shortest window within w that holds 95 % of its excess, with
// the ratings beside it that come as thick. A scan likes to reach far where an
// item is quiet, as nothing is expected there.
func (s *series) narrow(w window) window {
	excess := func(a, b int) float64 {
		_, byTime, byCompany := s.weigh(a, b, math.Inf(1))
		return float64(b-a+1) - max(byTime, byCompany, faint)
	}
	want := held * excess(w.a, w.b)
	a, b := w.a, w.b
	length := int64(s.time[b]) - int64(s.time[a])
	for lo, hi := w.a, w.a; lo <= w.b; lo++ {
		if lo > w.a && s.time[lo] == s.time[lo-1] {
			continue
		}
		hi = max(hi, lo)
		for hi <= w.b && excess(lo, s.tied(hi)) < want {
			hi = s.tied(hi) + 1
		}
		if hi > w.b {
			break
		}
		if l := int64(s.time[s.tied(hi)]) - int64(s.time[lo]); l < length {
			a, b, length = lo, s.tied(hi), l
		}
	}
	for gap := apart * max(float64(length)/float64(max(b-a, 1)), s.tick); ; {
		switch {
		case a > w.a && float64(s.time[a])-float64(s.time[a-1]) <= gap:
			a--
		case b < w.b && float64(s.time[b+1])-float64(s.time[b]) <= gap:
			b++
		default:
			n := window{a: a, b: b}
			n.score, n.byTime, n.byCompany = s.weigh(a, b, 0)
			n.expected = max(n.byTime, n.byCompany, faint)
			return n
		}
	}
}
