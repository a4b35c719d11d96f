package campaigns

import (
	"cmp"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/rating"
)

// Which items are a farm's: what their votes say together, and which its accounts alone give away.

// sold asks what the votes of items that share accounts say: the guests of a festival share
// them as a farm's do. It leaves out items whose own votes are far likelier as usual or those of a
// crowd, and returns the chance that those of the others are: their odds multiply,
// also against one opinion that a crowd has of all of the items, and a crowd that visits
// several items is as common as a farm that sells several.
func (u *usual) sold(all []*trial) (items []*trial, doubt float64) {
	odds, sum := make([]float64, len(all)), 0.
	var event, prior []float64 // one crowd's opinion of all of the items, off by so much
	given := 0.
	for k, x := range all {
		s := u.stories(x)
		given += s.farm + math.Ln2 // which end a farm is after is paid for once, not on each item
		var at []float64
		if at, prior = x.shifts(u.levels); event == nil {
			event = make([]float64, len(at))
		}
		for j := range at {
			event[j] += at[j]
		}
		odds[k] = s.farm + math.Ln2 - max(s.crowd, s.usual)
		sum += odds[k]
		if odds[k] > math.Log(mostDoubt/(1-mostDoubt)) {
			items = append(items, x)
		}
	}
	for j := range event {
		event[j] += prior[j]
	}
	if len(all) > 0 {
		sum = min(sum, given-logSum(event)+logSum(prior))
	}
	return items, 1 / (1 + math.Exp(sum-math.Ln2))
}

const leastVisits = 3 // of an item by a farm's accounts: fewer say nothing of its votes

// A visited item has so many ratings by a farm's accounts in its time and at its end.
type visited struct {
	n    float64
	span span
}

// whole returns the items of a farm with those that only its accounts give away: so
// many of them came to an item in the farm's time, and voted so, that by chance it
// would happen in one of fifty searches. The window of each is the stretch in
// which they came.
func (u *usual) whole(f farm, reach float64, t *rating.Table) (items []*trial) {
	high := f.items[0].cut.high
	seen, others := u.visits(f, t)
	byItem := make(map[int32]*trial)
	for _, x := range f.items {
		byItem[x.item] = x
	}
	for i, c := range seen {
		x, known := byItem[i]
		mine := 0.
		for k := u.start[i]; k < u.start[i+1]; k++ {
			if u.life[k] >= 2 && u.life[k] <= u.widest() {
				mine++
			}
		}
		due := clustering * others * max(mine-c.n, 1) / reach
		if c.n < leastVisits || !known && float64(len(seen))*poissonAbove(int(c.n), due) > named {
			if known {
				items = append(items, x)
			}
			continue
		}
		s := c.span
		if known {
			s = span{min(s.from, x.span.from), max(s.to, x.span.to)}
		}
		y := &trial{burst: u.window(i, s)}
		if known {
			y.burst.p = x.burst.p
		}
		u.hear(y)
		u.test(y)
		switch {
		case y.campaign.Effect >= leastEffect && y.cut.high == high:
			items = append(items, y)
		case known:
			items = append(items, x)
		}
	}
	slices.SortFunc(items, func(a, b *trial) int { return cmp.Compare(a.item, b.item) })
	return items
}

// visits returns the items that a farm's accounts rated in its time and at its end, and how
// many other ratings these accounts have.
func (u *usual) visits(f farm, t *rating.Table) (seen map[int32]visited, others float64) {
	all := f.items[0].span
	high := f.items[0].cut.high
	members := make(map[int32]bool)
	for _, x := range f.items {
		all = span{min(all.from, x.span.from), max(all.to, x.span.to)}
		few := uint8(u.columns.few[x.class])
		for _, k := range x.rows {
			if r := t.Rater[u.row[k]]; u.life[k] >= 2 && u.life[k] <= few && !members[r] {
				members[r] = true
				others += float64(u.life[k] - 1)
			}
		}
	}
	seen = make(map[int32]visited)
	for r := range members {
		for _, row := range t.ByRater().Rows(r) {
			if v := t.Value[row]; !all.holds(t.Time[row]) || high != (v >= .5) {
				continue
			}
			c, again := seen[t.Item[row]]
			if !again {
				c.span = span{t.Time[row], t.Time[row]}
			}
			c.n++
			c.span = span{min(c.span.from, t.Time[row]), max(c.span.to, t.Time[row])}
			seen[t.Item[row]] = c
		}
	}
	return seen, others
}

// window weighs a span of an item for the widest class.
func (u *usual) window(item int32, s span) *burst {
	n := len(u.kinds) - 1
	var own series
	own.load(u.columns, u.kinds[n], item, nil)
	if len(own.time) < fewest { // too few to weigh: then few are expected
		return &burst{item: item, class: n, reach: len(reaches) - 1, span: s, ratings: len(own.time),
			expected: faint, p: 1}
	}
	a, _ := slices.BinarySearch(own.time, s.from)
	b, _ := slices.BinarySearch(own.time, s.to)
	b = own.tied(b)
	_, byTime, byCompany := own.weigh(a, b)
	return &burst{item: item, class: n, reach: len(reaches) - 1, span: s, ratings: b - a + 1,
		expected: max(byTime, byCompany, faint), byTime: byTime, byCompany: byCompany, p: 1}
}
