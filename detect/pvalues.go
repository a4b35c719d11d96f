package detect

import (
	"math"
	"math/rand/v2"
	"slices"
)

// PValues compares p-values in redraws, where each rater acts alone, with what
// they claim: that no more than a share Levels[i] of them is Levels[i] or less.
type PValues struct {
	Levels       []float64
	Member       []int // up to each level: random raters, each against a random group of four that it might join
	Random       []int // random groups of five, by the chance of their selection
	RandomGroups int
	Judged       []int // groups that were found and judged, by the chance of selection and votes both, the search paid for
	JudgedGroups int
}

var pLevels = [...]float64{.5, .2, .1, .05, .02, .01, .005, .002, .001}

const (
	randomGroup  = 5   // raters
	randomGroups = 200 // a redraw
)

func newPValues() PValues {
	return PValues{Levels: slices.Clone(pLevels[:]), Member: make([]int, len(pLevels)), Random: make([]int, len(pLevels)), Judged: make([]int, len(pLevels))}
}

func (p *PValues) add(e *engine, rng *rand.Rand) {
	for _, r := range e.distinct() {
		p.JudgedGroups++
		p.count(p.Judged, min(0, r.lnP))
	}
	busy := busiest(e.acts)
	if len(busy) < 2*randomGroup {
		return
	}
	r := newRefiner(e.acts, e.null, e.ballots)
	for range randomGroups {
		p.RandomGroups++
		group := drawn(rng, busy, randomGroup)
		p.count(p.Random, r.selectionOf(group))
		last := rng.IntN(randomGroup)
		p.count(p.Member, r.joins(slices.Delete(slices.Clone(group), last, last+1), group[last]))
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
func busiest(a *acts) []int32 {
	all := make([]int32, a.raters)
	for u := range all {
		all[u] = int32(u)
	}
	slices.SortStableFunc(all, func(u, v int32) int { return a.countOf(v) - a.countOf(u) })
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

// selectionOf returns ln of the chance that raters who were not searched for
// chose so many of the same items, at whatever time.
func (r *refiner) selectionOf(raters []int32) float64 {
	g := &group{raters: raters}
	r.mark(raters, inside)
	defer r.mark(raters, outside)
	r.tabulate(g)
	r.leaveOut(raters)
	r.weigh(g)
	return g.selection
}

// joins returns ln p of u against raters who were not searched for.
func (r *refiner) joins(raters []int32, u int32) float64 {
	g := &group{raters: raters}
	r.mark(raters, inside)
	defer r.mark(raters, outside)
	r.tabulate(g)
	r.leaveOut(raters)
	return r.test(g, u).ln
}
