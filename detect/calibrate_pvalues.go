package detect

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/ringwatch/ringwatch/detect/internal/judge"
	"github.com/ringwatch/ringwatch/detect/internal/null"
)

// PValues compares p-values in redraws, where each rater acts alone and by no taste, with
// what they claim: that no more than a share Levels[i] of them is Levels[i] or less.
type PValues struct {
	Levels       []float64
	Member       []int // up to each level: random raters, each against a random group of four that it might join
	Random       []int // random groups of five, by the chance of their selection
	RandomGroups int
	// Groups that were found and judged, by the chance of selection and votes both, the search
	// paid for, in redraws that have the tastes of the data: people of one taste choose alike,
	// and it is for votes and times to tell that they have no plan.
	Judged       []int
	JudgedGroups int
}

var pLevels = [...]float64{.5, .2, .1, .05, .02, .01, .005, .002, .001}

const (
	randomGroup  = 5   // raters
	randomGroups = 200 // a redraw
)

func newPValues() PValues {
	return PValues{Levels: slices.Clone(pLevels[:]), Member: make([]int, len(pLevels)),
		Random: make([]int, len(pLevels)), Judged: make([]int, len(pLevels))}
}

func (p *PValues) addJudged(e *engine) {
	for _, r := range e.distinct() {
		p.JudgedGroups++
		p.count(p.Judged, min(0, r.LnP))
	}
}

func (p *PValues) addRandom(e *engine, rng *rand.Rand) {
	busy := busiest(e.Acts)
	if len(busy) < 2*randomGroup {
		return
	}
	r := judge.NewRefiner(e.Acts, e.null, e.votes)
	for range randomGroups {
		p.RandomGroups++
		group := drawn(rng, busy, randomGroup)
		p.count(p.Random, r.SelectionOf(group))
		last := rng.IntN(randomGroup)
		p.count(p.Member, r.Joins(slices.Delete(slices.Clone(group), last, last+1), group[last]))
	}
}

func (p *PValues) count(upTo []int, lnP float64) {
	for i, level := range p.Levels {
		if lnP <= math.Log(level) {
			upTo[i]++
		}
	}
}

// busiest returns a tenth of the raters, those with most acts: others hardly ever
// meet, and their p-values are 1.
func busiest(a *null.Acts) []int32 {
	all := make([]int32, a.Raters)
	for u := range all {
		all[u] = int32(u)
	}
	slices.SortStableFunc(all, func(u, v int32) int { return a.CountOf(v) - a.CountOf(u) })
	return all[:max(len(all)/10, min(len(all), 4*randomGroup))]
}

// drawn returns n different ones of all, ascending.
func drawn(rng *rand.Rand, all []int32, n int) (some []int32) {
	for len(some) < n {
		if u := all[rng.IntN(len(all))]; !slices.Contains(some, u) {
			some = append(some, u)
		}
	}
	slices.Sort(some)
	return some
}
