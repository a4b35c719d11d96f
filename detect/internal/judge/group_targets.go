package judge

import (
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/detect/internal/null"
)

// A group can be told by its targets instead of its members: all who took so many of
// these items at that time. Accounts that share work do two or three targets each, which
// says less of one account than it costs to name it among all; a few targets and their
// time are cheap to name, and how many took several of them says the rest.

const (
	// byTargetsFrom is how many members the chance by targets is asked for: to name so few
	// one by one costs no more than their targets do.
	byTargetsFrom = 8
	// byTargetsOdds is what this second way of telling a group pays, so that both together
	// let through hardly more than RingLevel.
	byTargetsOdds = 100
	// mostAtLeast is how many targets those that are counted took, at most: who took more
	// is told as one.
	mostAtLeast = 4
	// inWindow is the share of the members' ratings on an item that its time must hold;
	// the others came when it suited them.
	inWindow = .8
)

// TellByTargets has LnP be that of a group told by its targets, where that is less. It is
// asked after the search, which would stop at the part of such a group that it found first.
func (g *Group) TellByTargets() { g.LnP = min(g.LnP, g.byTargets) }

// byTargets returns ln of the chance that as many raters as there are in the group took
// two of its targets or more at their time, had each chosen alone, with the search paid
// for: by the sets of as many items, the times that there are, and how many each took.
// It costs a pass over the bins of all raters for each of two ways to tell the time.
func (r *reading) byTargets() float64 {
	var core []*target
	for at := range r.targets {
		if t := &r.targets[at]; t.core {
			core = append(core, t)
		}
	}
	best := math.Inf(1)
	if len(core) < 3 || len(r.raters) < byTargetsFrom {
		return best
	}
	spans := float64(r.Bins * (r.Bins + 1) / 2)
	price := null.LnChoose(r.Items, len(core)) + math.Log(float64(r.Items)*(mostAtLeast-1)*2*byTargetsOdds)
	for _, each := range [...]bool{false, true} {
		within, times := r.timesOf(core, each), 1
		if each {
			times = len(core)
		}
		paid := price + float64(times)*math.Log(spans)
		expected := r.takersByChance(core, within)
		for h, n := range r.takers(core, within) {
			if h >= 2 {
				best = min(best, null.CountTail(n, expected[h])+paid)
			}
		}
	}
	return best
}

// binSpan is bins from lo to hi.
type binSpan struct{ lo, hi int }

// timesOf returns for each target the narrowest bins that hold inWindow of the members'
// ratings on it, or on all of them.
func (r *reading) timesOf(core []*target, each bool) []binSpan {
	var all []int
	within := make([]binSpan, len(core))
	for at, t := range core {
		var bins []int
		for _, k := range t.acts {
			bins = append(bins, int(r.Bin[k]))
		}
		within[at] = narrowest(bins)
		all = append(all, bins...)
	}
	if !each {
		slices.Sort(all)
		one := narrowest(all)
		for at := range within {
			within[at] = one
		}
	}
	return within
}

// narrowest returns the span that holds inWindow of ascending bins.
func narrowest(bins []int) binSpan {
	n := int(math.Ceil(inWindow * float64(len(bins))))
	best := binSpan{bins[0], bins[len(bins)-1]}
	for i := 0; i+n <= len(bins); i++ {
		if s := (binSpan{bins[i], bins[i+n-1]}); s.hi-s.lo < best.hi-best.lo {
			best = s
		}
	}
	return best
}

// takers counts the members by the least number of targets that they took at their time.
func (r *reading) takers(core []*target, within []binSpan) (atLeast [mostAtLeast + 1]int) {
	took := make(map[int32]int, len(r.raters))
	for at, t := range core {
		for _, k := range t.acts {
			if b := int(r.Bin[k]); within[at].lo <= b && b <= within[at].hi {
				took[r.Rater[k]]++
			}
		}
	}
	for _, n := range took {
		for h := range min(n, mostAtLeast) + 1 {
			atLeast[h]++
		}
	}
	return atLeast
}

// takersByChance returns how many of all raters would take at least so many of the
// targets at their time, if each chose alone.
func (r *reading) takersByChance(core []*target, within []binSpan) (expected [mostAtLeast + 1]float64) {
	share := make([]float64, r.Bins) // of a choice in the bin that is a target at its time
	for at, t := range core {
		of := r.shareOf(t)
		for b := within[at].lo; b <= within[at].hi; b++ {
			share[b] += of[b]
		}
	}
	for u := range int32(r.Raters) {
		took := [mostAtLeast + 1]float64{1} // chance of so many, the last of so many or more
		for _, c := range r.BinsOf(u) {
			p := min(share[c.Bin()]*r.null.Tilt[u], .99)
			if p == 0 {
				continue
			}
			for range int(c.Count()) {
				took[mostAtLeast] += took[mostAtLeast-1] * p
				for h := mostAtLeast - 1; h > 0; h-- {
					took[h] += (took[h-1] - took[h]) * p
				}
				took[0] *= 1 - p
			}
		}
		above := 0.
		for h := mostAtLeast; h > 0; h-- {
			above += took[h]
			expected[h] += above
		}
	}
	return expected
}
