package simulate

import (
	"math"
	"math/rand/v2"

	"github.com/ringwatch/ringwatch/rating"
)

// A scene is where brigades act: what honest raters do there, as far as anybody
// can tell. An organic world knows it, real data is asked.
type scene interface {
	// plan returns what the members of a brigade share (a side, a language, a
	// life as long as the campaign) and when each item can be struck, or never.
	plan(rng *rand.Rand, c *Crew) (lead persona, at []int32)
	// suits weighs an item as a target, 0 to 1.
	suits(item int32, lead *persona, goal int8, merit float64) float64
	// persona draws an honest rater.
	persona(rng *rand.Rand) persona
	// visit lets a rater rate quota items as honest raters do, none that was
	// seen; it stops short when it finds too little that is new.
	visit(rng *rand.Rand, p *persona, quota int, seen *once, rate func(item, t int32, value float32))
	// moment returns a time in a rater's life when it is there to rate an item.
	moment(rng *rand.Rand, p *persona, item int32) int32
	// first and last are the first and last second of the scene, tick the
	// seconds between two times that it tells apart.
	first() int32
	last() int32
	tick() int32
}

const never = math.MaxInt32

// scene returns where brigades act in w. It depends on honest rows alone.
func (w *World) scene() scene {
	if w.stage == nil {
		w.stage = newArchive(w.census())
	}
	return w.stage
}

// census returns what can be counted in the honest rows.
func (w *World) census() *census {
	if w.counts == nil {
		w.counts = newCensus(w.Ratings.Prefix(w.Honest), w.Raters)
	}
	return w.counts
}

// honest returns the rows that were there before any attack.
func (w *World) honest() *rating.Table { return w.census().t }
