package campaigns

import (
	"math"
)

const (
	fewest  = 4   // ratings of a window: fewer are no burst
	growth  = 1.2 // of the counts of the windows tried; the ends settle afterwards
	strides = 8   // in which a window is passed: less than what its ends may settle by
	faint   = .05 // ratings that are expected anywhere at least
	reached = 25  // ratings of the platform on either side that smooth its rate
	shrink  = 5   // ratings, as usual, that stand beside an item's own mix
	settles = 20  // steps after which the ends of a window stay
)

// A class is the raters of up to so many ratings.
type class struct {
	few      uint8
	platform *platform
	total    float64 // ratings of the class
	pad      float64 // seconds in which reached ratings of the class are
	perItem  float64 // ratings of the class of an item that has any
	heard    bool    // all others are enough to tell of news by coming
	age      [ages]float64
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
		life := k.total - k.platform.until(first).these
		if n < 2 || life <= 0 {
			continue
		}
		for a := range ages {
			end := math.Inf(1)
			if a+1 < ages {
				end = first + c.ageSpan(a+1)
			}
			got[a] += min(own[a], agedMost*n)
			due[a] += n * (k.platform.until(end).these - k.platform.until(first+c.ageSpan(a)).these) / life
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
	k := &class{few: f, platform: c.newPlatform(f)}
	k.total = k.platform.all.these
	k.heard = k.platform.all.others >= enough*float64(len(c.life))
	k.pad = max(c.tick/2, reached*(float64(c.last)-float64(c.first))/max(k.total, 1))
	items := 0
	for i := range c.items() {
		for j := c.start[i]; j < c.start[i+1]; j++ {
			if c.life[j] <= f {
				items++
				break
			}
		}
	}
	k.perItem = max(1, k.total/max(1, float64(items)))
	c.profile(k)
	return k
}

// A window is a run of ratings of a series and what was expected in it.
type window struct {
	a, b      int     // first and last
	byTime    float64 // by the item's own rate at other times, in step with the platform
	byCompany float64 // by the others who came to the item at this time
	score     float64 // Poisson log likelihood ratio; 0 where there is no excess
	expected  float64
}

// weigh returns what is to be said of the window [a, b]; a score of 0 where there is
// no excess.
func (s *series) weigh(a, b int) (score, byTime, byCompany float64) {
	these := s.these(a, b)
	byTime, byCompany = s.byTime(a, b, these), s.byCompany(a, b, these)
	return excess(float64(b-a+1), max(byTime, byCompany, faint)), byTime, byCompany
}

// beats is weigh where the score may be above least; else the score is 0. Most windows it
// refuses by what is expected by time alone, and hardly any needs a logarithm.
func (s *series) beats(a, b int, least float64) (score, byTime, byCompany float64) {
	r, these := float64(b-a+1), s.these(a, b)
	byTime = s.byTime(a, b, these)
	if !mayBeat(r, max(byTime, faint), least) {
		return 0, byTime, 0
	}
	byCompany = s.byCompany(a, b, these)
	expected := max(byTime, byCompany, faint)
	if !mayBeat(r, expected, least) {
		return 0, byTime, byCompany
	}
	return excess(r, expected), byTime, byCompany
}

// excess is the Poisson log likelihood ratio of r ratings; 0 where there are no more than expected.
func excess(r, expected float64) float64 {
	if r <= expected {
		return 0
	}
	return r*math.Log(r/expected) - (r - expected)
}

// mayBeat reports whether the excess may be above least.
func mayBeat(r, expected, least float64) bool {
	return r > expected && r*logAbove(r/expected)-(r-expected) > least
}

// these are the platform's ratings of the class about the window, without the item's own.
func (s *series) these(a, b int) float64 {
	return max(s.hi[b]-s.lo[a], 0) + 1
}

func (s *series) byTime(a, b int, these float64) float64 {
	length := float64(s.time[b]) - float64(s.time[a]) + s.tick
	act := these * (s.busy[b] - s.idle[a]) / (length + 2*s.pad)
	m := len(s.time)
	rest := max(max(s.life-float64(m), 1)-act, .02*act+1)
	return act * float64(m-(b-a)) / (rest + s.items)
}

func (s *series) byCompany(a, b int, these float64) float64 {
	x := float64(s.xhi[b] - s.xlo[a])
	if x <= 0 || !s.heard {
		return 0
	}
	r, m, n := float64(b-a+1), float64(len(s.time)), float64(len(s.other))
	company := max(s.nhi[b]-s.nlo[a]-x, 0) + 1
	mix := (m - r + shrink) / (s.odds*(n-x)/n + shrink)
	return x * these / company * mix
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

// A bests is the windows with the highest score, one of each reach.
type bests [len(reaches)]window

// best returns them; the score is 0 where nothing stands out.
func (s *series) best() (best bests) {
	s.scan(&best, 0, len(reaches)-1)
	return best
}

// bestOf returns that of a reach, if its score is above least before its ends have settled.
func (s *series) bestOf(reach int, least float64) window {
	var best bests
	best[reach].score = max(least, 0)
	s.scan(&best, reach, reach)
	return best[reach]
}

// scan looks for the best windows of the reaches from one to another.
func (s *series) scan(best *bests, from, last int) {
	m := len(s.time)
	for r := fewest; r <= m; r = min(m, max(r+1, int(float64(r)*growth))) {
		if !s.slide(best, r, from, last) || r == m {
			break // windows of more are longer still
		}
	}
	for n := from; n <= last; n++ {
		switch w := &best[n]; {
		case w.b == 0:
			w.score = 0
		case w.score > 0:
			s.settle(best, n)
			w.expected = max(w.byTime, w.byCompany, faint)
		}
	}
}

// slide tries the windows of r ratings, and reports whether any is short enough.
func (s *series) slide(best *bests, r, from, last int) (short bool) {
	var most, score [len(reaches)]float64 // expected ratings from which on no window beats a score
	for n := range score {
		score[n] = math.Inf(-1)
	}
	step := max(1, r/strides)
	for a := 0; a+r <= len(s.time); a += step {
		for a > 0 && a+r <= len(s.time) && s.time[a] == s.time[a-1] { // one time is in or out as a whole
			a++
		}
		if a+r > len(s.time) {
			break
		}
		b := s.tied(a + r - 1)
		n, length := from, s.length(a, b)
		for length > reaches[n] {
			n++
		}
		if n > last {
			continue
		}
		short = true
		if score[n] != best[n].score {
			score[n], most[n] = best[n].score, tooMany(r, best[n].score)
		}
		if b-a+1 > r || !s.expects(a, b, most[n]) {
			s.try(best, n, a, b)
		}
	}
	return short
}

// tooMany returns a number of ratings from which on, if they are expected, the excess of r is
// no more than a score: where x of a rating is expected that is ln(1/x) - (1-x) for each. It is
// below (1-x)²/2x, whose root is a first guess; Newton's steps come from below.
func tooMany(r int, score float64) float64 {
	c := score / float64(r)
	x := 1 + c - math.Sqrt(c*(2+c))
	if x >= 1 {
		return float64(r)
	}
	const steps = 3
	y := x
	for range steps {
		y -= (-math.Log(y) - 1 + y - c) / (1 - 1/y)
	}
	if y *= 1 + 1e-6; y < x && -math.Log(y)-1+y <= c {
		x = y
	}
	return float64(r) * x * (1 + 1e-9)
}

// expects reports whether it is plain, without a division, that more than so many ratings
// are expected in the window [a, b] by time.
func (s *series) expects(a, b int, most float64) bool {
	m := float64(len(s.time))
	length := float64(s.time[b]) - float64(s.time[a]) + s.tick
	much := s.these(a, b) * (s.busy[b] - s.idle[a])
	return much*(m-float64(b-a)-.02*most) > most*(max(s.life-m, 1)+1+s.items)*(length+2*s.pad)
}

// try puts the window [a, b], of the reach n, where it is better than those so far.
func (s *series) try(best *bests, n, a, b int) (better bool) {
	if s.part[a] != s.part[b] {
		return false
	}
	score, byTime, byCompany := s.beats(a, b, best[n].score)
	for ; n < len(reaches); n++ {
		if w := &best[n]; score > w.score+1e-9 {
			*w = window{a: a, b: b, byTime: byTime, byCompany: byCompany, score: score}
			better = true
		}
	}
	return better
}

// settle moves the ends of the best window of a reach until none is better.
func (s *series) settle(best *bests, n int) {
	w, m := &best[n], len(s.time)
	at := func(a, b int) bool { return s.length(a, b) <= reaches[n] && s.try(best, n, a, b) }
	for range settles {
		better := false
		reach := max(1, (w.b-w.a+1)*15/100)
		for a := max(0, w.a-reach); a <= min(w.a+reach, w.b-fewest+1); a++ {
			if a == 0 || s.time[a] != s.time[a-1] {
				better = at(a, w.b) || better
			}
		}
		for b := max(w.a+fewest-1, w.b-reach); b <= min(w.b+reach, m-1); b++ {
			if b == m-1 || s.time[b] != s.time[b+1] {
				better = at(w.a, b) || better
			}
		}
		if !better {
			return
		}
	}
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
	beyond := func(a, b int) float64 {
		these := s.these(a, b)
		return float64(b-a+1) - max(s.byTime(a, b, these), s.byCompany(a, b, these), faint)
	}
	want := held * beyond(w.a, w.b)
	a, b := w.a, w.b
	length := int64(s.time[b]) - int64(s.time[a])
	for lo, hi := w.a, w.a; lo <= w.b; lo++ {
		if lo > w.a && s.time[lo] == s.time[lo-1] {
			continue
		}
		hi = max(hi, lo)
		for hi <= w.b && beyond(lo, s.tied(hi)) < want {
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
			n.score, n.byTime, n.byCompany = s.weigh(a, b)
			n.expected = max(n.byTime, n.byCompany, faint)
			return n
		}
	}
}
