package campaigns

import (
	"math"
	"slices"
)

// spreads are the concentrations that are tried.
var spreads = []float64{1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 200, 400}

// A case is votes and the mean of their distribution.
type instance struct{ votes, mean votes }

// fit returns the concentration under which the instances are most likely, the
// worst share of them left out, by the likelihood of a vote at the widest grid.
func fit(of []instance, worst float64, levels int, usually float64) float64 {
	if len(of) <= 10 {
		return usually
	}
	ll := make([][]float64, len(of))
	best := make([]float64, len(of))
	for k := range of {
		best[k] = math.Inf(-1)
		n := of[k].votes.sum()
		for _, s := range spreads {
			l := likely(&of[k].votes, &of[k].mean, s, levels)
			ll[k] = append(ll[k], l)
			best[k] = max(best[k], l/n)
		}
	}
	least := math.Inf(-1)
	if worst > 0 {
		least = quantile(slices.Sorted(slices.Values(best)), worst)
	}
	sum := make([]float64, len(spreads))
	for k := range of {
		for s, l := range ll[k] {
			if best[k] > least {
				sum[s] += l
			}
		}
	}
	most := 0
	for s := range sum {
		if sum[s] > sum[most] {
			most = s
		}
	}
	return spreads[most]
}

// spreadOfItems tells how far items of a class differ: their place by one half
// of the established ratings, their votes by the other.
func (u *usual) spreadOfItems(sample []int32) float64 {
	var of []instance
	for _, i := range sample {
		var half [2]votes
		n := 0
		for k := u.start[i]; k < u.start[i+1]; k++ {
			if u.life[k] >= u.established {
				half[n&1][u.columns.level[k]]++
				n++
			}
		}
		if n >= 4 {
			of = append(of, instance{half[1], u.settled[0][u.classOf(u.place(&half[0]))]})
		}
	}
	return fit(of, 0, u.levels, 5)
}

// expected returns how an item's established vote, a class for its prior.
func (u *usual) settledOf(settled *votes, class, phase int) votes {
	return settled.plus(u.items, &u.settled[phase][class]).share(u.levels)
}

// tilted returns votes of the established as the few would give them.
func (u *usual) tilted(v votes, class, phase int) votes {
	return v.times(&u.few[phase][class]).over(&u.settled[phase][class]).share(u.levels)
}

// fewOf returns how the few vote on an item by what the established say.
func (u *usual) fewOf(item int32, settled *votes) votes {
	class := u.classOf(u.level[item])
	return u.tilted(u.settledOf(settled, class, 0), class, 0)
}

const contaminated = .02 // of items and handfuls may be campaigns too small for a burst

func (u *usual) spreadOfFew(sample []int32) float64 {
	var of []instance
	for _, i := range sample {
		if settled, few := u.counts(i); few.sum() >= 3 {
			of = append(of, instance{few, u.fewOf(i, &settled)})
		}
	}
	return fit(of, contaminated, u.levels, 10)
}

const (
	handful     = 8 // successive votes of the few,
	handfulSpan = 14 * day
	windowMax   = 12 // votes of an ordinary window that are looked at
	largest     = .5 // of the concentration of ordinary bursts is that of the largest, which are tested
	leastTie    = 5  // concentration: votes of a burst vary by no more than five earlier votes leave open
)

// spreadOfBursts tells how votes that come together vary: successive votes of the
// few, and the busiest window of each item where that is no burst. The smaller
// concentration of the two counts, by half, as the bursts under test are larger.
func (u *usual) spreadOfBursts(sample []int32) float64 {
	var handfuls, windows []instance
	var own series
	for _, i := range sample {
		settled, few := u.counts(i)
		mean := u.fewOf(i, &settled)
		rest := func(v *votes) votes {
			others := few.plus(-1, v)
			return others.plus(u.told, &mean).share(u.levels)
		}
		u.handfuls(i, func(v votes) {
			if v.sum() >= 3 {
				handfuls = append(handfuls, instance{v, rest(&v)})
			}
		})
		if _, calm := slices.BinarySearch(u.calm, i); calm {
			if some, full, ok := u.busiest(&own, i); ok {
				windows = append(windows, instance{some, rest(&full)})
			}
		}
	}
	together := 30.
	if len(handfuls) > 20 {
		together = fit(handfuls, contaminated, u.levels, together)
	}
	if len(windows) > 20 {
		together = min(together, fit(windows, 0, u.levels, together))
	}
	return max(leastTie, largest*together)
}

// handfuls tells the successive votes of an item's few, outside of its bursts.
func (u *usual) handfuls(item int32, tell func(v votes)) {
	spans, widest := u.spans(item), u.widest()
	var v votes
	var begun int32
	for k := u.start[item]; k < u.start[item+1]; k++ {
		if u.life[k] > widest || len(spans) > 0 && within(spans, u.time[k]) {
			continue
		}
		if n := v.sum(); n == handful || n > 0 && int64(u.time[k])-int64(begun) > handfulSpan {
			tell(v)
			v = votes{}
		}
		if v.sum() == 0 {
			begun = u.time[k]
		}
		v[u.columns.level[k]]++
	}
	tell(v)
}

// busiest returns some of the votes of the few in an item's best window, evenly taken, and all of them.
func (u *usual) busiest(own *series, item int32) (some, full votes, ok bool) {
	own.load(u.columns, u.kinds[len(u.kinds)-1], item, nil)
	w := own.best()[len(reaches)-1]
	if w.score == 0 {
		return some, full, false
	}
	widest := u.widest()
	var levels []uint8
	for k := u.start[item]; k < u.start[item+1]; k++ {
		if u.life[k] <= widest && own.time[w.a] <= u.time[k] && u.time[k] <= own.time[w.b] {
			full[u.columns.level[k]]++
			levels = append(levels, u.columns.level[k])
		}
	}
	n := min(len(levels), windowMax)
	for k := range n {
		some[levels[k*(len(levels)-1)/max(n-1, 1)]]++
	}
	return some, full, true
}

// spreadOfLaunches tells how the votes of bursts in an item's first weeks vary from
// one item to another: a launch that is acclaimed more than others is no campaign.
// It is fitted to these bursts themselves, the worst tenth left out.
func (u *usual) spreadOfLaunches() float64 {
	var of []instance
	for k := range u.bursts {
		b := &u.bursts[k]
		first := u.start[b.item]
		for first < u.start[b.item+1] && u.time[first] < b.span.from {
			first++
		}
		if !u.isNew(b.item, first) {
			continue
		}
		x := trial{burst: b}
		u.hear(&x)
		of = append(of, instance{x.votes, x.usual})
	}
	return min(fit(of, .1, u.levels, u.together), u.together)
}

const (
	witnessHandful = 5
	movedBy        = 2   // concentration around what is usual of votes that have moved
	leastMoves     = .01 // an item in a hundred may always move: a sample that shows none does not rule it out
)

// movesOf tells how often an item's established ratings move for a while: a
// mixture of two concentrations on handfuls of successive ones, by expectation and
// maximisation.
func (u *usual) movesOf(sample []int32) (moves, scatter float64) {
	of := u.witnessHandfuls(sample)
	moves, scatter = .05, 20
	if len(of) <= 30 {
		return moves, scatter
	}
	moved, still, ratio := make([]float64, len(of)), make([]float64, len(of)), make([]float64, len(of))
	for k := range of {
		moved[k] = likely(&of[k].votes, &of[k].mean, movedBy, u.levels)
	}
	best := math.Inf(-1)
	for _, s := range spreads[4:] {
		for k := range of {
			still[k] = likely(&of[k].votes, &of[k].mean, s, u.levels)
			ratio[k] = math.Exp(min(moved[k]-still[k], 700))
		}
		p := .05
		for range 60 {
			sum := 0.
			for k := range of {
				sum += p * ratio[k] / (p*ratio[k] + 1 - p)
			}
			before := p
			if p = min(.5, max(1e-3, sum/float64(len(of)))); math.Abs(p-before) < 1e-4*p {
				break
			}
		}
		ll := 0.
		for k := range of {
			a, b := math.Log(p)+moved[k], math.Log(1-p)+still[k]
			ll += max(a, b) + math.Log1p(math.Exp(-math.Abs(a-b)))
		}
		if ll > best {
			best, moves, scatter = ll, p, s
		}
	}
	return max(moves, leastMoves), scatter
}

// witnessHandfuls returns successive votes of items' established raters, and what the others make
// likely of them.
func (u *usual) witnessHandfuls(sample []int32) (of []instance) {
	for _, i := range sample {
		settled, _ := u.counts(i)
		if settled.sum() < 8 {
			continue
		}
		class := u.classOf(u.level[i])
		var v votes
		flush := func() {
			if v.sum() >= 3 {
				rest := settled.plus(-1, &v)
				of = append(of, instance{v, u.settledOf(&rest, class, 0)})
			}
			v = votes{}
		}
		for k := u.start[i]; k < u.start[i+1]; k++ {
			if u.life[k] >= u.established {
				if v[u.columns.level[k]]++; v.sum() == witnessHandful {
					flush()
				}
			}
		}
		flush()
	}
	return of
}

// odds returns the share that log odds stand for.
func odds(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
