package simulate

import (
	"math"
	"math/rand/v2"
	"slices"
)

// plan places a campaign anywhere in the world's time. Items can be struck that
// are born between its 30th and its last tenth.
func (m *market) plan(rng *rand.Rand, c *Crew) (persona, []int32) {
	lead := persona{viewpoint: c.side(rng), language: uint8(pick(rng, m.spoken))}
	at := make([]int32, len(m.born))
	place := rng.Float64()
	if c.late {
		place = 1
	}
	for length := c.Campaign.Seconds(); ; length = 2*length + day {
		span := float64(m.end - start)
		length = min(length, span)
		lead.from = start + int32(place*(span-length))
		lead.to = lead.from + int32(length)
		from, _ := slices.BinarySearch(m.born, lead.from+int32(length/30))
		to, _ := slices.BinarySearch(m.born, lead.to-int32(length/10))
		if to-from >= enough*c.Targets || length == span {
			if to-from < c.Targets {
				from, to = 0, len(at)
			}
			for i := range at {
				at[i] = never
			}
			copy(at[from:to], m.born[from:to])
			return lead, at
		}
	}
}

// enough is how many items per target a campaign wants to choose from.
const enough = 8

// suits favours popular items, on the brigade's side to push and on the other
// to bury, that have room to move.
func (m *market) suits(item int32, lead *persona, goal int8, merit float64) float64 {
	side, quality := float64(goal)*lead.viewpoint*float64(m.side[item]), float64(goal)*float64(m.quality[item])
	if side < 0 || quality >= merit || m.language[item] != lead.language {
		return 0
	}
	return min(1, math.Sqrt(m.popularity[item])/4)
}

// moment is when the rater is online, once the item is born.
func (m *market) moment(rng *rand.Rand, p *persona, item int32) int32 {
	for range 10 {
		if t := p.online(rng); m.born[item] <= t && t < m.end {
			return t
		}
	}
	return m.born[item] + rng.Int32N(max(1, m.end-m.born[item]))
}

func (m *market) first() int32 { return start }
func (m *market) last() int32  { return m.end - 1 }
func (m *market) tick() int32  { return 1 }
