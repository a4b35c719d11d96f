package simulate

import (
	"math"
	"math/rand/v2"
	"slices"
	"sort"

	"github.com/ringwatch/ringwatch/rating"
)

const (
	minute = 60
	hour   = 60 * minute
	day    = 24 * hour
)

// topics is how many topics items and fans have; clubs have their own.
const topics = 20

// languageShare is the share of each language among items and raters.
var languageShare = []float64{.50, .15, .10, .08, .06, .05, .04, .02}

// A market is the items of an organic world and how raters choose and judge
// them. Columns are per item, items stand in the order of their birth.
type market struct {
	o          *Organic
	born       []int32 // seconds since rating.Epoch
	end        int32   // of the world, as born
	side       []float32
	quality    []float32
	popularity []float64 // 1..200
	topic      []int32
	language   []uint8
	before     []float64 // popularity of all items before; one more than items
	bucket     []int32   // first item of each shelf of items born together; one more than shelves
	guide      []int32   // see market.at
	spoken     []float64 // cumulated shares of the languages
	changed    []change  // see drift
	cuts       []float64 // an opinion below cuts[k], and no lower one, is level k
}

// shelf is how long the items of a bucket were born in.
const shelf = 3 * hour

// levels are the opinions that part the levels of a scale. Three levels come
// out near 42 %, 7 % and 51 %, stars in the J that reviews have.
var levels = [6][]float64{2: {0}, 3: {0, .25}, 5: {-1.6, -1.15, -.6, .15}}

var scaleOf = [6]rating.Scale{2: {Min: 0, Max: 1}, 3: {Min: 0, Max: 1}, 5: {Min: 1, Max: 5}}

func newMarket(o *Organic, seed uint64) *market {
	rng := Stream(seed, "organic items")
	n := o.Items
	m := &market{o: o, born: make([]int32, n), end: start + int32(o.Days)*day, cuts: levels[o.Levels],
		spoken: cumulate(languageShare[:o.Languages]),
		side:   make([]float32, n), quality: make([]float32, n), popularity: make([]float64, n),
		topic: make([]int32, n), language: make([]uint8, n)}
	for i := range m.born {
		clock := math.Mod(18+6*rng.NormFloat64()+48, 24)
		m.born[i] = start + int32(rng.IntN(o.Days))*day + int32(clock*hour)
	}
	slices.Sort(m.born)
	for i := range n {
		m.side[i] = float32(bimodal(rng, .30))
		m.quality[i] = float32(rng.NormFloat64())
		m.popularity[i] = min(200, math.Pow(1-rng.Float64(), -1/1.1))
		m.topic[i] = int32(pick(rng, topicShare))
		m.language[i] = uint8(pick(rng, m.spoken))
	}
	return m
}

// open puts the items on their shelves, once nothing about them changes.
func (m *market) open() {
	m.before = cumulate(m.popularity)
	shelves := int(m.end-start+shelf-1) / shelf
	m.bucket = make([]int32, shelves+1)
	for b := range m.bucket {
		i, _ := slices.BinarySearch(m.born, start+int32(b)*shelf)
		m.bucket[b] = int32(i)
	}
	m.guide = make([]int32, len(m.born))
	for b, lo := range m.bucket[:shelves] {
		hi := m.bucket[b+1]
		item := lo
		for k := lo; k < hi; k++ {
			x := m.before[lo] + float64(k-lo)/float64(hi-lo)*(m.before[hi]-m.before[lo])
			for item < hi-1 && m.before[item+1] <= x {
				item++
			}
			m.guide[k] = item
		}
	}
}

// at returns the item of shelf [lo, hi) whose share of popularity the part u of
// all, below 1, falls in. The k-th entry of a shelf's guide is the item at the
// part k/(hi-lo), so that few steps are left.
func (m *market) at(lo, hi int32, u float64) int32 {
	x := m.before[lo] + u*(m.before[hi]-m.before[lo])
	item := m.guide[lo+min(int32(u*float64(hi-lo)), hi-lo-1)]
	for item > lo && m.before[item] > x {
		item--
	}
	for item < hi-1 && m.before[item+1] <= x {
		item++
	}
	return item
}

// A persona is what one rater is like.
type persona struct {
	viewpoint float64
	lenience  float64
	homophily float64
	peak      float64 // local hour of the day when the rater is mostly online
	zone      float64 // hours ahead of UTC
	from, to  int32   // active life
	topic     int32   // of a fan; -1 for others
	language  uint8
}

// persona draws an honest rater.
func (m *market) persona(rng *rand.Rand) persona {
	p := persona{viewpoint: bimodal(rng, .15), lenience: .4 * rng.NormFloat64(), topic: -1}
	switch u := rng.Float64(); {
	case u < m.o.HateRaters:
		p.homophily = -.5 * m.o.Homophily
	case u < m.o.HateRaters+.8*(1-m.o.HateRaters):
		p.homophily = .6 * m.o.Homophily
	}
	p.zone = m.zone(rng)
	p.peak = 20 + 2*rng.NormFloat64()
	if rng.Float64() < .4 {
		p.peak -= 7.5
	}
	span := float64(m.end - start)
	begin := max(0, (rng.Float64()*1.2-.3)*span)
	length := min(span-begin, 5*day+36*day*rng.ExpFloat64())
	p.from, p.to = start+int32(begin), start+int32(begin+length)
	if rng.Float64() < m.o.Fans {
		p.topic = int32(pick(rng, topicShare))
	}
	p.language = uint8(pick(rng, m.spoken))
	return p
}

var (
	zones      = [...]float64{-6, 1, 8, 10}
	zoneShare  = cumulate([]float64{.45, .30, .20, .05})
	topicShare = zipf(topics)
)

// zone draws a time zone, the most common ones first where there are fewer.
func (m *market) zone(rng *rand.Rand) float64 { return zones[pick(rng, zoneShare[:m.o.Zones+1])] }

// clock returns a time of day in UTC when the rater is online, in seconds.
func (p *persona) clock(rng *rand.Rand) int32 {
	h := p.peak + 1.2*rng.NormFloat64()
	if rng.Float64() >= .75 {
		h = 14.5 + 5*rng.NormFloat64()
	}
	return int32(math.Mod(h-p.zone+480, 24) * hour)
}

// online returns a time on some day of the rater's life.
func (p *persona) online(rng *rand.Rand) int32 {
	days := max(1, (p.to-p.from+day-1)/day)
	return p.from - (p.from-start)%day + rng.Int32N(days)*day + p.clock(rng)
}

// visit lets a rater rate quota items in sessions spread over its life. It
// stops short when it finds too little that is new.
func (m *market) visit(rng *rand.Rand, p *persona, quota int, seen *once, rate func(item, t int32, value float32)) {
	for misses := 20 + quota; quota > 0 && misses > 0; {
		t := p.online(rng)
		for more := true; more && quota > 0 && t < m.end; more = rng.Float64() >= 1-m.o.Sessions {
			if item := m.choose(rng, p, t, seen); item >= 0 {
				rate(item, t, m.opinion(rng, p, item, m.drift(item, t)))
				quota--
			} else {
				misses--
			}
			t += int32(90 * rng.ExpFloat64())
		}
	}
}

// choose returns a fresh item that suits the rater at time t, or -1.
func (m *market) choose(rng *rand.Rand, p *persona, t int32, seen *once) int32 {
	most := 1.2 * m.o.Homophily
	for range 300 {
		age := rng.ExpFloat64()
		switch u := rng.Float64(); {
		case u < .70:
			age *= 7 * hour
		case u < .94:
			age *= 24 * hour
		default:
			age *= 7 * day
		}
		age *= m.o.Life
		if age > float64(t-start) {
			continue
		}
		b := (t - start - int32(age)) / shelf
		lo, hi := m.bucket[b], m.bucket[b+1]
		if lo == hi {
			continue
		}
		item := m.at(lo, hi, rng.Float64())
		draw := rng.Float64()
		if draw >= p.heeds(m, item, 1) { // whatever the sides are
			continue
		}
		accept := p.heeds(m, item, math.Exp(min(p.homophily*p.viewpoint*float64(m.side[item]), most)-most))
		if draw < accept && m.born[item] <= t && seen.first(item) {
			return item
		}
	}
	return -1
}

// heeds lowers the chance to rate an item by its topic and language.
func (p *persona) heeds(m *market, item int32, chance float64) float64 {
	switch {
	case p.topic < 0:
		chance /= 2
	case p.topic != m.topic[item]:
		chance /= 6
	}
	if p.language != m.language[item] {
		chance /= 25
	}
	return chance
}

// opinion is what the rater honestly thinks of an item, shift added, on the
// scale's levels.
func (m *market) opinion(rng *rand.Rand, p *persona, item int32, shift float64) float32 {
	s := .2 + m.o.Mood + .9*float64(m.quality[item]) + p.lenience + .9*p.viewpoint*float64(m.side[item]) +
		.6*rng.NormFloat64() + shift
	level := 0
	for level < len(m.cuts) && s >= m.cuts[level] {
		level++
	}
	return float32(level) / float32(len(m.cuts))
}

// bimodal draws a viewpoint: in the middle with probability p, else on one of
// the two sides.
func bimodal(rng *rand.Rand, p float64) float64 {
	x := .35 * rng.NormFloat64()
	switch u := rng.Float64(); {
	case u < p:
		return x
	case u < p+(1-p)/2:
		return x - 1
	}
	return x + 1
}

// cumulate returns the sums of the weights before each, and all of them last.
func cumulate(weight []float64) []float64 {
	sum := make([]float64, len(weight)+1)
	for k, w := range weight {
		sum[k+1] = sum[k] + w
	}
	return sum
}

// zipf returns the cumulated weights 1, 1/2, 1/3, ...
func zipf(n int) []float64 {
	weight := make([]float64, n)
	for k := range weight {
		weight[k] = 1 / float64(k+1)
	}
	return cumulate(weight)
}

// pick draws an index by cumulated weights.
func pick(rng *rand.Rand, before []float64) int {
	n := len(before) - 1
	x := rng.Float64() * before[n]
	return sort.Search(n-1, func(k int) bool { return before[k+1] > x })
}

// once tells whether an item comes up for the first time since the last reset,
// in constant time and without clearing.
type once struct {
	mark  []uint32
	round uint32
}

func (s *once) reset(items int) {
	if len(s.mark) < items {
		s.mark = append(s.mark, make([]uint32, items-len(s.mark))...)
	}
	if s.round++; s.round == 0 {
		clear(s.mark)
		s.round = 1
	}
}

func (s *once) first(item int32) bool {
	if s.mark[item] == s.round {
		return false
	}
	s.mark[item] = s.round
	return true
}
