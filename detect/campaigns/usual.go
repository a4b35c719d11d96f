package campaigns

import (
	"cmp"
	"context"
	"math"
	"slices"
)

const (
	classesOfItems = 10 // by how the established like them
	launch         = 14 * day
	late           = 30 * day // after the data begins, from which on an item that appears is new
	sampled        = 5000     // items, about, that the spreads are fitted on: more change little and cost much
)

// spreads are the concentrations that are tried.
var spreads = []float64{1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 200, 400}

// A usual is how the established and the few vote where nothing is the matter, as
// the data itself shows it: everything is fitted to ratings outside of bursts, so
// that campaigns do not teach it.
type usual struct {
	*search
	level    []float64 // of each item, by its established ratings
	edges    []float64 // of the classes of items
	all      votes     // of the established on the platform
	settled  [2][classesOfItems]votes
	few      [2][classesOfItems]votes // [1]: in the weeks after an item appears
	items    float64                  // weight of what items of a class get, beside an item's own established ratings
	told     float64                  // weight of what the established say, beside an item's own few
	together float64                  // concentration of votes in a burst
	launches float64                  // the same of bursts in an item's first weeks: some appear to acclaim
	moves    float64                  // share of the times when an item's established vote otherwise for a while
	lives    lives                    // ratings of the few by how many ratings their raters have
	scatter  float64                  // concentration of the established at other times
}

// spans returns the spans of an item's bursts.
func (s *search) spans(item int32) (all []span) {
	for _, b := range s.burstsOf(item) {
		all = append(all, b.span)
	}
	return all
}

func (s *search) burstsOf(item int32) []burst {
	k, _ := slices.BinarySearchFunc(s.bursts, item, func(b burst, i int32) int { return cmp.Compare(b.item, i) })
	end := k
	for end < len(s.bursts) && s.bursts[end].item == item {
		end++
	}
	return s.bursts[k:end]
}

func (s *search) widest() uint8 { return uint8(s.columns.few[len(s.columns.few)-1]) }

// isNew reports whether a row is of the weeks after its item appeared.
func (c *columns) isNew(item int32, k int32) bool {
	first := int64(c.time[c.start[item]])
	return first > int64(c.first)+late && int64(c.time[k])-first <= launch
}

// counts returns an item's votes by the established, and by the few outside of
// its bursts.
func (u *usual) counts(item int32) (settled, few votes) {
	spans, widest := u.spans(item), u.widest()
	for k := u.start[item]; k < u.start[item+1]; k++ {
		if u.life[k] >= u.established {
			settled[u.columns.level[k]]++
		}
		if u.life[k] <= widest && (len(spans) == 0 || !within(spans, u.time[k])) {
			few[u.columns.level[k]]++
		}
	}
	return settled, few
}

// place returns where on the scale votes lie, from 0 to 1, 3 votes as on the
// whole platform added.
func (u *usual) place(v *votes) float64 {
	sum, n, step := 0., 0., 1/float64(u.levels-1)
	for k := range u.levels {
		sum += float64(k) * step * (v[k] + 3*u.all[k])
		n += v[k]
	}
	return sum / (n + 3)
}

// classOf returns the class of items of a place.
func (u *usual) classOf(place float64) int {
	k, _ := slices.BinarySearch(u.edges, place)
	return k
}

// newUsual fits it.
func newUsual(ctx context.Context, s *search) (*usual, error) {
	u := &usual{search: s, level: make([]float64, s.columns.items())}
	for k, l := range s.columns.level {
		if s.life[k] >= s.established {
			u.all[l]++
		}
		if s.life[k] <= s.widest() {
			u.lives[s.life[k]-1]++
		}
	}
	for k := range u.levels {
		u.all[k]++
	}
	u.all = u.all.share(u.levels)
	for i := range u.level {
		settled, _ := u.counts(int32(i))
		u.level[i] = u.place(&settled)
	}
	u.part()
	u.tables()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	sample := u.sample()
	u.items = u.spreadOfItems(sample)
	u.told = u.spreadOfFew(sample)
	u.together = u.spreadOfBursts(sample)
	u.moves, u.scatter = u.movesOf(sample)
	u.launches = u.spreadOfLaunches()
	return u, ctx.Err()
}

// part parts the items into classes of about as many ratings each.
func (u *usual) part() {
	order := make([]int32, len(u.level))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(u.level[a], u.level[b]) })
	rows, n := 0, len(u.row)
	for _, i := range order {
		rows += int(u.start[i+1] - u.start[i])
		for len(u.edges) < classesOfItems-1 && rows*classesOfItems > n*(len(u.edges)+1) {
			u.edges = append(u.edges, u.level[i])
		}
	}
}

// tables fills in how classes of items are voted on. A table with few ratings
// leans on those of all, by 20 votes, and of new items on those of all ages by 50.
func (u *usual) tables() {
	var settled, few [2][classesOfItems]votes
	widest := u.widest()
	for i := range int32(len(u.level)) {
		spans, class := u.spans(i), u.classOf(u.level[i])
		for k := u.start[i]; k < u.start[i+1]; k++ {
			phase := 0
			if u.isNew(i, k) {
				phase = 1
			}
			if u.life[k] >= u.established {
				settled[phase][class][u.columns.level[k]]++
			}
			if u.life[k] <= widest && (len(spans) == 0 || !within(spans, u.time[k])) {
				few[phase][class][u.columns.level[k]]++
			}
		}
	}
	var allFew votes
	for c := range classesOfItems {
		allFew = allFew.plus(1, &few[0][c]).plus(1, &few[1][c])
	}
	tilt := allFew.plus(20, &u.all).share(u.levels).over(&u.all)
	for c := range classesOfItems {
		all := settled[0][c].plus(1, &settled[1][c])
		u.settled[0][c] = all.plus(20, &u.all).share(u.levels)
		u.settled[1][c] = settled[1][c].plus(50, &u.settled[0][c]).share(u.levels)
		like := u.settled[0][c].times(&tilt).share(u.levels)
		all = few[0][c].plus(1, &few[1][c])
		u.few[0][c] = all.plus(20, &like).share(u.levels)
		u.few[1][c] = few[1][c].plus(50, &u.few[0][c]).share(u.levels)
	}
}

// sample returns the items that the spreads are fitted on. Which ones is decided
// by their ratings, not by their names.
func (u *usual) sample() (items []int32) {
	keep := uint64(math.MaxUint64)
	if n := len(u.level); n > sampled {
		keep = uint64(float64(math.MaxUint64) / float64(n) * sampled)
	}
	for i := range int32(len(u.level)) {
		from, to := u.start[i], u.start[i+1]
		if from == to {
			continue
		}
		h := uint64(to - from)
		for k := from; k < to; k++ {
			h = (h^uint64(uint32(u.time[k]-u.time[from]))<<8^uint64(u.columns.level[k]))*0x9e3779b97f4a7c15 + 1
		}
		h ^= h >> 32
		if h*0xbf58476d1ce4e5b9 <= keep {
			items = append(items, i)
		}
	}
	return items
}

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
	leastTie    = 5
)

// spreadOfBursts tells how votes that come together vary: successive votes of the
// few, and the busiest window of each item where that is no burst. The smaller
// concentration of the two counts, by half, as the bursts under test are larger.
func (u *usual) spreadOfBursts(sample []int32) float64 {
	widest := u.widest()
	var handfuls, windows []instance
	var own series
	kind := u.kinds[len(u.kinds)-1]
	calm := make(map[int32]bool) // of the sample only
	for _, i := range sample {
		if _, ok := slices.BinarySearch(u.calm, i); ok {
			calm[i] = true
		}
	}
	for _, i := range sample {
		settled, few := u.counts(i)
		spans, mean := u.spans(i), u.fewOf(i, &settled)
		flush := func(v *votes) {
			if v.sum() >= 3 {
				rest := few.plus(-1, v)
				handfuls = append(handfuls, instance{*v, rest.plus(u.told, &mean).share(u.levels)})
			}
		}
		var v votes
		var begun int32
		for k := u.start[i]; k < u.start[i+1]; k++ {
			if u.life[k] > widest || len(spans) > 0 && within(spans, u.time[k]) {
				continue
			}
			if n := v.sum(); n == handful || n > 0 && int64(u.time[k])-int64(begun) > handfulSpan {
				flush(&v)
				v = votes{}
			}
			if v.sum() == 0 {
				begun = u.time[k]
			}
			v[u.columns.level[k]]++
		}
		flush(&v)
		if !calm[i] {
			continue
		}
		own.load(u.columns, kind, i, nil)
		w := own.best()[len(reaches)-1]
		if w.score == 0 {
			continue
		}
		var full votes
		var levels []uint8
		for k := u.start[i]; k < u.start[i+1]; k++ {
			if u.life[k] <= widest && own.time[w.a] <= u.time[k] && u.time[k] <= own.time[w.b] {
				full[u.columns.level[k]]++
				levels = append(levels, u.columns.level[k])
			}
		}
		var some votes
		n := min(len(levels), windowMax)
		for k := range n {
			some[levels[k*(len(levels)-1)/max(n-1, 1)]]++
		}
		rest := few.plus(-1, &full)
		windows = append(windows, instance{some, rest.plus(u.told, &mean).share(u.levels)})
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
	movedBy        = 2 // concentration around what is usual of votes that have moved
	leastMoves     = .01
)

// movesOf tells how often an item's established ratings move for a while: a
// mixture of two concentrations on handfuls of successive ones, by expectation and
// maximisation.
func (u *usual) movesOf(sample []int32) (moves, scatter float64) {
	var of []instance
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

// odds returns the share that log odds stand for.
func odds(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
