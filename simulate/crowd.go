package simulate

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/ringwatch/ringwatch/internal/workers"
	"github.com/ringwatch/ringwatch/rating"
)

// A crowd is the honest raters of an organic world. Each has a random stream of
// its own, so that any number of cores makes the same world. Columns are per
// rater.
type crowd struct {
	m         *market
	key       [2]uint64
	kind      []Kind
	circle    []int32 // of a member of a club, an alert group or an event
	circles   []circle
	leader    []int32 // whom a copycat or the second of a household follows; -1 for others
	viewpoint []float32
	quota     []int32
	visits    []visit // by rater
	first     []int   // visit of each rater; one more than raters
	extra     []int32 // ratings of those who come once, whatever brought them
	came      []int32 // when they came; 0 for others
	invited   []visit // of raters whom an occasion brings, whoever they are
	crowds    []Crowd
}

// A circle is what the members of a club, an alert group or an event share.
type circle struct {
	side     float64 // of a club: 1 or -1
	zone     float64
	language uint8
	at       int32 // of an event
}

// A visit is a rating that comes of something else than a session.
type visit struct {
	rater, item, t int32
	shift          float32 // of the rater's opinion
}

func newCrowd(m *market, seed uint64) *crowd {
	n := m.o.Raters
	c := &crowd{m: m, kind: make([]Kind, n), circle: make([]int32, n), leader: make([]int32, n),
		viewpoint: make([]float32, n), quota: make([]int32, n), first: make([]int, n+1),
		extra: make([]int32, n), came: make([]int32, n)}
	for u := range c.leader {
		c.leader[u] = -1
	}
	rng := Stream(seed, "organic raters")
	c.key = [2]uint64{rng.Uint64(), rng.Uint64()}
	weight := c.activity(Stream(seed, "organic activity"))
	rng = Stream(seed, "organic circles")
	raters, items := rng.Perm(n), rng.Perm(m.o.Items)
	for range m.o.clubs() {
		c.found(rng, Club, raters[:m.o.ClubSize], items[:m.o.ClubItems])
		raters, items = raters[m.o.ClubSize:], items[m.o.ClubItems:]
	}
	for range m.o.alertGroups() {
		c.found(rng, Alert, raters[:m.o.AlertSize], items[:m.o.AlertItems])
		raters, items = raters[m.o.AlertSize:], items[m.o.AlertItems:]
	}
	raters = c.gather(Stream(seed, "organic events"), raters)
	raters = c.pair(raters)
	raters = c.meet(Stream(seed, "organic occasions"), raters, weight)
	raters = c.assemble(Stream(seed, "organic gatherings"), raters, weight)
	c.imitate(Stream(seed, "organic copycats"), raters, weight)
	c.pass(Stream(seed, "organic one-shots"), raters[m.o.copycats():], weight)
	m.open()
	activity := cumulate(weight)
	rng = Stream(seed, "organic invited")
	for _, v := range c.invited {
		c.call(rng, activity, v.item, v.t)
	}
	c.bursts(Stream(seed, "organic bursts"), activity)
	c.news(Stream(seed, "organic news"), activity)
	slices.SortStableFunc(c.visits, func(a, b visit) int { return cmp.Compare(a.rater, b.rater) })
	for _, v := range c.visits {
		c.first[v.rater+1]++
	}
	for u := range n {
		c.first[u+1] += c.first[u]
	}
	c.share(Stream(seed, "organic quota"), activity)
	return c
}

// activity draws how active each rater is, to a constant.
func (c *crowd) activity(rng *rand.Rand) []float64 {
	weight := make([]float64, len(c.quota))
	for u := range weight {
		weight[u] = min(2000, 3*math.Pow(1-rng.Float64(), -1/1.25))
	}
	return weight
}

// share turns cumulated activity into numbers of ratings.
func (c *crowd) share(rng *rand.Rand, activity []float64) {
	n := len(c.quota)
	once := 0
	for _, x := range c.extra {
		once += int(x)
	}
	scale := float64(max(0, c.m.o.Ratings-len(c.visits)-once)) / max(activity[n], 1)
	for u := range n {
		x := scale*(activity[u+1]-activity[u]) + rng.Float64()
		c.quota[u] = int32(min(x, float64(c.m.o.Items)))
		if activity[u+1] == activity[u] {
			c.quota[u] = c.extra[u]
		}
	}
}

// found makes a club or an alert group of raters around items.
func (c *crowd) found(rng *rand.Rand, kind Kind, raters, items []int) {
	m, id := c.m, len(c.circles)
	it := circle{side: 1, zone: m.zone(rng), language: uint8(pick(rng, m.spoken))}
	if rng.Float64() < .5 {
		it.side = -1
	}
	c.circles = append(c.circles, it)
	for _, u := range raters {
		c.kind[u], c.circle[u] = kind, int32(id)
	}
	for _, i := range items {
		m.language[i] = it.language
		if kind == Alert {
			c.alert(rng, raters, int32(i))
			continue
		}
		m.popularity[i], m.topic[i] = 1, int32(topics+id)
		shift := m.o.Echo * rng.NormFloat64()
		for _, u := range raters {
			if rng.Float64() < .5 {
				c.drop(rng, int32(u), int32(i), float32(shift))
			}
		}
	}
}

// drop lets a member come by a club's item within days, at its usual hours.
func (c *crowd) drop(rng *rand.Rand, u, item int32, shift float32) {
	born := c.m.born[item]
	p, _ := c.persona(u)
	t := born - (born-start)%day + int32(2*rng.ExpFloat64())*day + p.clock(rng)
	if t < born {
		t += day
	}
	c.visit(u, item, t, shift)
}

// alert sends an item to a group some hours after its birth; 3 in 10 follow.
func (c *crowd) alert(rng *rand.Rand, raters []int, item int32) {
	at := c.m.born[item] + 10*minute + rng.Int32N(12*hour)
	for _, u := range raters {
		if rng.Float64() < .3 {
			c.visit(int32(u), item, at+int32(12*minute*rng.ExpFloat64()), 0)
		}
	}
}

// bursts shows some items to raters at random, the active before others.
func (c *crowd) bursts(rng *rand.Rand, activity []float64) {
	for item := range int32(c.m.o.Items) {
		if rng.Float64() >= c.m.o.PlatformBursts {
			continue
		}
		at := c.m.born[item] + rng.Int32N(day)
		for range 5 + rng.IntN(25) {
			c.call(rng, activity, item, at+int32(15*minute*rng.ExpFloat64()))
		}
	}
}

// news lets some items draw raters at random, the active before others, the
// sooner after their birth the more.
func (c *crowd) news(rng *rand.Rand, activity []float64) {
	if c.m.o.News == 0 {
		return
	}
	for item := range int32(c.m.o.Items) {
		if rng.Float64() >= c.m.o.News/1000 {
			continue
		}
		for range 50 + rng.IntN(351) {
			c.call(rng, activity, item, c.m.born[item]+int32(3*hour*rng.ExpFloat64()))
		}
	}
}

// call lets somebody rate an item who is active then, if one is found.
func (c *crowd) call(rng *rand.Rand, activity []float64, item, t int32) {
	for range 20 {
		u := int32(pick(rng, activity))
		if p, _ := c.persona(u); p.from <= t && t <= p.to {
			c.visit(u, item, t, 0)
			return
		}
	}
}

func (c *crowd) visit(rater, item, t int32, shift float32) {
	if t < c.m.end {
		c.visits = append(c.visits, visit{rater, item, t, shift})
	}
}

// persona returns what a rater is like and the stream of its further doings.
func (c *crowd) persona(u int32) (persona, *rand.Rand) {
	rng := rand.New(rand.NewPCG(c.key[0]^mix(uint64(u)), c.key[1]))
	p := c.m.persona(rng)
	if c.came[u] != 0 {
		p.from, p.to, p.lenience = c.came[u], min(c.m.end, c.came[u]+day), 1.5*p.lenience
	}
	switch k := c.kind[u]; k {
	case Club, Alert:
		it := c.circles[c.circle[u]]
		p.zone, p.language, p.topic = it.zone, it.language, -1
		p.from, p.to = start, c.m.end
		if k == Club {
			p.viewpoint = it.side * (1 + .25*rng.NormFloat64())
		}
	case Newcomer:
		it := c.circles[c.circle[u]]
		p.language, p.topic = it.language, -1
		p.from, p.to = it.at, min(c.m.end, it.at+5*day)
	case Gathered:
		p.topic = -1
	case Household, Copycat:
		p.topic = -1
		if v := c.leader[u]; v >= 0 {
			of, _ := c.persona(v)
			p.zone, p.peak, p.language, p.from, p.to = of.zone, of.peak, of.language, of.from, of.to
		}
	}
	return p, rng
}

// mix spreads small numbers over all words (the finaliser of SplitMix64, Steele
// et al. 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// A row is a rating of a rater at hand.
type row struct {
	item, t int32
	value   float32
}

// rate lets all raters rate, blocks of them in parallel, and returns the rows
// in canonical order. Each rater has room for all that it may rate; what is
// left over is closed up at the end, and is room for what brigades append.
func (c *crowd) rate(ctx context.Context, place func(name string, bytes int) ([]byte, error)) (*rating.Table, error) {
	const block = 256
	n := len(c.quota)
	room := make([]int, n+1)
	for u := range n {
		from := int32(u)
		if c.kind[u] == Copycat {
			from = c.leader[u]
		}
		room[u+1] = room[u] + int(c.quota[from]) + c.first[from+1] - c.first[from]
	}
	size := room[n] + room[n]/50
	t, err := rating.MakeTable(size, place)
	if err != nil {
		return nil, err
	}
	made, fan := make([]int32, n), make([]bool, n)
	err = workers.Ranges(ctx, n, block, func() func(from, to int) {
		var seen once
		var rows []row
		return func(from, to int) {
			for u := from; u < to; u++ {
				p, rng := c.persona(int32(u))
				c.viewpoint[u], fan[u] = float32(p.viewpoint), p.topic >= 0
				rows = c.rows(rows[:0], int32(u), &p, rng, &seen)
				made[u] = int32(len(rows))
				for k, r := range rows {
					k += room[u]
					t.Rater[k], t.Item[k], t.Value[k], t.Time[k] = int32(u), r.item, r.value, r.t
				}
			}
		}
	})
	if err != nil {
		return nil, err
	}
	end := 0
	for u := range n {
		if fan[u] {
			c.kind[u] = Fan
		}
		from, to := room[u], room[u]+int(made[u])
		copy(t.Rater[end:], t.Rater[from:to])
		copy(t.Item[end:], t.Item[from:to])
		copy(t.Value[end:], t.Value[from:to])
		copy(t.Time[end:], t.Time[from:to])
		end += to - from
	}
	t.Rater, t.Item, t.Value, t.Time = t.Rater[:end], t.Item[:end], t.Value[:end], t.Time[:end]
	return t, nil
}

// rows appends what one rater rates, by item.
func (c *crowd) rows(rows []row, u int32, p *persona, rng *rand.Rand, seen *once) []row {
	quota, shown := int(c.quota[u]), []row(nil)
	if v := c.leader[u]; v >= 0 {
		of, doings := c.persona(v)
		shown = c.rows(nil, v, &of, doings, seen)
	}
	if c.kind[u] == Copycat {
		return c.repeat(rows, rng, shown)
	}
	seen.reset(len(c.m.born))
	for _, v := range c.visits[c.first[u]:c.first[u+1]] {
		if seen.first(v.item) {
			rows = append(rows, row{v.item, v.t, c.m.opinion(rng, p, v.item, float64(v.shift)+c.m.drift(v.item, v.t))})
		}
	}
	for _, r := range shown {
		t := r.t + int32(5*minute*rng.ExpFloat64())
		if quota > 0 && rng.Float64() < .3 && t < c.m.end && seen.first(r.item) {
			rows = append(rows, row{r.item, t, c.m.opinion(rng, p, r.item, c.m.drift(r.item, t))})
			quota--
		}
	}
	c.m.visit(rng, p, quota, seen, func(item, t int32, value float32) {
		rows = append(rows, row{item, t, value})
	})
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.item, b.item) })
	return rows
}
