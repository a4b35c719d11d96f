package simulate

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// An Occasion is an innocent reason why many come to an item at once.
type Occasion uint8

const (
	Launch    Occasion = iota // of a new item: keen newcomers within days
	Viral                     // news of an item at any time of its life: everybody, in the mix that the platform has
	Promotion                 // newcomers of all opinions within days or weeks
	Party                     // guests in a good mood, within hours
	FanCrowd                  // newcomers who love it, half of the crowds with other ratings of their own
	Change                    // an item becomes better or worse, for everybody and for good, and people come to see
)

func (o Occasion) String() string {
	return [...]string{"launch", "viral", "promotion", "party", "fans", "change"}[o]
}

// A Crowd is who came to an item for an occasion.
type Crowd struct {
	Occasion Occasion
	Item     int32
	From, To int32 // To is about when the last came
	Size     int   // newcomers
}

// An occasionKind is what the crowds of an occasion are like.
type occasionKind struct {
	least, most int     // newcomers
	days        float64 // least and most time that they come in
	moreDays    float64
	shift, vary float64 // of the crowd's opinion: mean, and standard deviation between crowds
	also        float64 // raters who were there before, for each newcomer
	atBirth     bool
}

var occasionKinds = [...]occasionKind{
	Launch:    {20, 120, 3, 10, .4, .3, .3, true},
	Viral:     {20, 150, 1, 3, 0, .2, 1, false},
	Promotion: {15, 100, 3, 14, 0, .2, 0, false},
	Party:     {8, 30, .1, .25, .8, .3, 0, false},
	FanCrowd:  {15, 80, 1, 7, 1.2, .4, 0, false},
	Change:    {10, 40, 7, 21, 0, 0, 1, false},
}

// occasions are those of each kind per 1000 items.
func (o *Organic) occasions() [len(occasionKinds)]float64 {
	return [...]float64{o.Launches, o.Viral, o.Promotions, o.Parties, o.FanCrowds, o.Changes}
}

// crowded is the most newcomers that all occasions can need.
func (o *Organic) crowded() (n int) {
	for kind, rate := range o.occasions() {
		n += o.perThousandItems(rate) * occasionKinds[kind].most
	}
	return n
}

// meet makes the occasions, each of an item of its own, with newcomers from the
// first of the raters, and returns the others.
func (c *crowd) meet(rng *rand.Rand, raters []int, weight []float64) []int {
	m := c.m
	if m.o.crowded() == 0 {
		return raters
	}
	items := rng.Perm(m.o.Items)
	for k, rate := range m.o.occasions() {
		kind := &occasionKinds[k]
		for range m.o.perThousandItems(rate) {
			if len(items) == 0 {
				break
			}
			item := int32(items[0])
			items = items[1:]
			length := int32((kind.days + rng.Float64()*(kind.moreDays-kind.days)) * day)
			at := m.born[item]
			if rest := m.end - length - at; !kind.atBirth && rest > 0 {
				at += rng.Int32N(rest)
			}
			shift := kind.shift + kind.vary*rng.NormFloat64()
			of := Crowd{Occasion: Occasion(k), Item: item, From: at, To: at + length,
				Size: kind.least + rng.IntN(kind.most-kind.least+1)}
			if of.Occasion == Change {
				m.changed = append(m.changed, change{item, at, float32(1.6 * (2*rng.Float64() - 1))})
			}
			elsewhere := of.Occasion == FanCrowd && rng.Float64() < .5
			id := int32(len(c.circles))
			c.circles = append(c.circles, circle{language: m.language[item], at: at})
			for _, u := range raters[:of.Size] {
				c.kind[u], c.circle[u] = Newcomer, id
				if weight[u] = 0; elsewhere {
					c.extra[u] = 1 + rng.Int32N(4)
				}
				c.visit(int32(u), item, at+kind.when(rng, length), float32(shift))
			}
			raters = raters[of.Size:]
			for range int(kind.also * float64(of.Size)) {
				c.invited = append(c.invited, visit{item: item, t: at + kind.when(rng, length)})
			}
			c.crowds = append(c.crowds, of)
		}
	}
	slices.SortFunc(m.changed, func(a, b change) int { return cmp.Compare(a.item, b.item) })
	return raters
}

// when draws a time in the length of an occasion: of a launch and of news the
// sooner the more, of others at any moment alike.
func (k *occasionKind) when(rng *rand.Rand, length int32) int32 {
	if k.also > 0 {
		return int32(float64(length) / 3 * rng.ExpFloat64())
	}
	return int32(float64(length) * rng.Float64())
}

// pass makes a share of the plain raters such as come once, for an item or three,
// some of them in the waves in which a platform is talked about.
func (c *crowd) pass(rng *rand.Rand, raters []int, weight []float64) {
	o := c.m.o
	waves := make([]int32, o.Waves)
	for k := range waves {
		waves[k] = start + rng.Int32N(c.m.end-start)
	}
	for _, u := range raters {
		if rng.Float64() >= o.OneShots {
			continue
		}
		weight[u], c.extra[u] = 0, 1
		switch x := rng.Float64(); {
		case x > .9:
			c.extra[u] = 3
		case x > .7:
			c.extra[u] = 2
		}
		at := start + rng.Int32N(c.m.end-start)
		if len(waves) > 0 && rng.Float64() < .05*float64(len(waves)) {
			at = min(waves[rng.IntN(len(waves))]+rng.Int32N(3*day), c.m.end-1)
		}
		c.came[u] = at
	}
}

// A change is an item that is worth more or less from a time on.
type change struct {
	item, at int32
	by       float32
}

// drift returns what an item is worth at a time beyond its quality.
func (m *market) drift(item, t int32) float64 {
	if len(m.changed) == 0 {
		return 0
	}
	k, ok := slices.BinarySearchFunc(m.changed, item, func(c change, i int32) int { return cmp.Compare(c.item, i) })
	if !ok || t < m.changed[k].at {
		return 0
	}
	return float64(m.changed[k].by)
}
