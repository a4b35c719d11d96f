package detect

import (
	"math"
	"slices"
)

// The second null: an innocent group. Its members chose the same items, but
// each votes as the item's crowd would, outsiders and earlier members alike, bent
// by the rater's own habits. A ring's vote is on its side of a cut through the
// levels as if it were the most extreme of several draws from the same crowd;
// which cut is told by the votes, and paid for. This needs no scale, no direction
// and no threshold on what agreement is, works for 2 levels as for 20, and sees a
// ring that gives 4 stars as often as 5.

const (
	ringDraws = 6
	unity     = .7 // of the lift of voting as one, that is a ring's
	mostSide  = .75
	sideCuts  = 6
	looseBar  = .45 // nats a vote, that a ring lifts at least whose side is more than the end of the scale
	ringSlips = .05
	// momentTogether and momentAlone are seconds: how far apart hands that act
	// together are, and humans who react each on their own. Without values the
	// moment is the vote.
	momentTogether, momentAlone, momentSlips, momentBar = 10., 60., .1, .45
)

// ballots holds what votes are judged by, fitted once.
type ballots struct {
	*acts
	itemPrior, raterPrior float64 // pseudo votes of the crowd on an item, of a rater's habit
	ups, downs            []int   // cuts that a ring is looked for above, and below
}

func newBallots(a *acts) *ballots {
	b := &ballots{acts: a}
	if a.hasValues() {
		b.ups, b.downs = cuts(a.levelBase)
		b.itemPrior = b.fitPrior(a.items, func(i int32) (int, func(j int) uint8) {
			return a.sizeOf(i), func(j int) uint8 { return a.level[int(a.itemStart[i])+j] }
		})
		b.raterPrior = b.fitPrior(a.raters, func(u int32) (int, func(j int) uint8) {
			mine := a.actsOf(u)
			return len(mine), func(j int) uint8 { return a.level[mine[j]] }
		})
	}
	return b
}

// cuts returns the levels that at most mostSide of all votes are at or above, and
// those that at most mostSide are below: what nearly everybody does is no side.
// Each list has the end of the scale first, and at most sideCuts.
func cuts(base []float64) (ups, downs []int) {
	sum := 0.0
	for l := len(base) - 1; l > 0; l-- {
		if sum += base[l]; sum <= mostSide || len(ups) == 0 {
			ups = append(ups, l)
		}
	}
	sum = 0
	for l := 1; l < len(base); l++ {
		if sum += base[l-1]; sum <= mostSide || len(downs) == 0 {
			downs = append(downs, l)
		}
	}
	return thin(ups), thin(downs)
}

// thin keeps sideCuts of the cuts, spread evenly, the first among them.
func thin(cuts []int) []int {
	if len(cuts) <= sideCuts {
		return cuts
	}
	kept := make([]int, sideCuts)
	for i := range kept {
		kept[i] = cuts[i*len(cuts)/sideCuts]
	}
	return kept
}

// fitPrior returns the concentration s of a Dirichlet prior s*levelBase under
// which the votes of items, or of raters, are likeliest, on a grid.
func (b *ballots) fitPrior(n int, votes func(key int32) (int, func(j int) uint8)) float64 {
	const sample = 5000
	best, most := 1., math.Inf(-1)
	count := make([]float64, b.levels)
	for s := .5; s <= 256; s *= math.Sqrt2 {
		ll := 0.0
		for key := 0; key < n; key += max(1, n/sample) {
			size, level := votes(int32(key))
			if size < 2 {
				continue
			}
			clear(count)
			for j := range min(size, 1000) {
				// The chance of each vote given those before it.
				l := level(j)
				ll += math.Log((s*b.levelBase[l] + count[l]) / (s + float64(j)))
				count[l]++
			}
		}
		if ll > most {
			best, most = s, ll
		}
	}
	return best
}

// verdict is what the votes of a group on its core items say.
type verdict struct {
	evidence float64   // E2: ln of the likelihood of a ring's votes over that of an innocent group's
	lift     float64   // nats a vote, against outsiders only: does not grow with the group
	bar      float64   // the lift from which votes are a ring's
	up       []float64 // per core item: how likely it is the upper end that the ring is after
	votes    int
	outside  int // votes of outsiders on the core items
}

// speaks reports whether the votes are a ring's rather than an innocent group's.
func (v *verdict) speaks() bool { return v.evidence > 0 && v.united() }

// united reports whether the members vote so nearly as one as a ring does.
func (v *verdict) united() bool { return v.lift > v.bar }

// jury judges the votes of one group.
type jury struct {
	*ballots
	items   []int32
	acts    [][]int32   // per item: the members' acts, in time order
	crowd   [][]float64 // per item: outsiders' votes by level, with the prior
	outside []int       // per item: their number
	onItems map[int32]int
	habits  map[int32][]float64
	tails   []float64 // scratch
	cut     [2]int    // the least level of the upper ring, and the least that is not of the lower
	verdict verdict
}

// judge returns the verdict over items, acts being the members' acts on each,
// in time order, and member telling who is in the group.
func (b *ballots) judge(items []int32, acts [][]int32, member func(u int32) bool) *jury {
	j := &jury{ballots: b, items: items, acts: acts, habits: map[int32][]float64{}, onItems: map[int32]int{}}
	j.verdict.up = make([]float64, len(items))
	for at, i := range items {
		j.onItems[i] = at
	}
	if !b.hasValues() {
		j.moments()
		return j
	}
	h := hearing{up: make([]float64, len(items)*len(b.ups)), down: make([]float64, len(items)*len(b.downs))}
	for at, i := range items {
		j.hear(at, i, member, &h)
	}
	// The evidence is the mean over all pairs of cuts; the best pair is kept.
	best, likely := math.Inf(-1), 0
	j.verdict.evidence = math.Inf(-1)
	pairs := len(b.ups) * len(b.downs)
	for pair := range pairs {
		sum := 0.0
		for at := range items {
			up, down := j.sides(&h, at, pair)
			sum += logAdd(up, down) - math.Ln2
		}
		if sum > best {
			best, likely = sum, pair
		}
		j.verdict.evidence = logAdd(j.verdict.evidence, sum)
	}
	j.verdict.evidence -= math.Log(float64(pairs))
	// A ring that goes to the very ends may have told itself by another cut.
	if j.measure(&h, likely); likely != 0 {
		v := j.verdict
		if j.measure(&h, 0); v.lift*j.verdict.bar > j.verdict.lift*v.bar {
			j.measure(&h, likely)
		}
	}
	return j
}

// A hearing holds, by item and cut, ln of the likelihood of the members' votes
// under the upper and the lower ring over that of an innocent group.
type hearing struct{ up, down []float64 }

// sides returns what a hearing has of items[at] for a pair of cuts. The pair 0 is
// the ends of the scale.
func (j *jury) sides(h *hearing, at, pair int) (up, down float64) {
	n := len(j.downs)
	return h.up[at*len(j.ups)+pair/n], h.down[at*n+pair%n]
}

// measure sets the cut, the side of each item, and how far the votes go.
func (j *jury) measure(h *hearing, pair int) {
	j.cut = [2]int{j.ups[pair/len(j.downs)], j.downs[pair%len(j.downs)]}
	v := &j.verdict
	v.lift, v.bar, v.votes = 0, 0, 0
	for at := range j.items {
		up, down := j.sides(h, at, pair)
		v.up[at] = math.Exp(up - logAdd(up, down))
		for _, k := range j.acts[at] {
			own, bar := j.own(at, k)
			v.lift += own
			v.bar += bar
			v.votes++
		}
	}
	v.lift /= float64(max(1, v.votes))
	v.bar /= float64(max(1, v.votes))
}

// hear counts the crowd of items[at] and hears the members' votes on it. The
// innocent group learns the item from the members themselves.
func (j *jury) hear(at int, i int32, member func(u int32) bool, h *hearing) {
	crowd := make([]float64, j.levels)
	out := 0
	for l, base := range j.levelBase {
		crowd[l] = j.itemPrior * base
	}
	for k := j.itemStart[i]; k < j.itemStart[i+1]; k++ {
		if !member(j.rater[k]) {
			crowd[j.level[k]]++
			out++
		}
	}
	j.crowd = append(j.crowd, crowd)
	j.outside = append(j.outside, out)
	j.verdict.outside += out
	learned := slices.Clone(crowd)
	for _, k := range j.acts[at] {
		vote := int(j.level[k])
		above := j.above(learned, j.rater[k])
		for c, level := range j.ups {
			h.up[at*len(j.ups)+c] += ringRatio(above[level], vote >= level)
		}
		for c, level := range j.downs {
			h.down[at*len(j.downs)+c] += ringRatio(1-above[level], vote < level)
		}
		learned[vote]++
	}
}

// above returns, by level, how likely an innocent rater is to vote it or higher,
// given the crowd's votes by level. It is valid until called again.
func (j *jury) above(crowd []float64, u int32) []float64 {
	habit, sum := j.habit(u), 0.0
	j.tails = slices.Grow(j.tails[:0], j.levels)[:j.levels]
	for l := j.levels - 1; l >= 0; l-- {
		sum += crowd[l] * habit[l]
		j.tails[l] = sum
	}
	for l := range j.tails {
		j.tails[l] /= sum
	}
	return j.tails
}

// ringRatio returns ln of the likelihood of a vote by a ring over that of an
// innocent rater who is on the ring's side of the cut with probability p.
func ringRatio(p float64, on bool) float64 {
	p = min(max(p, 1e-12), 1-1e-12)
	off := 1 - p // to the power of ringDraws that no draw is on the side
	off5 := off * off * off * off * off
	if on {
		return math.Log(ringSlips + (1-ringSlips)*(1-off5*off)/p)
	}
	return math.Log(ringSlips + (1-ringSlips)*off5)
}

// own returns what one act on items[at] says for its rater being of the ring,
// against outsiders only, in nats, and the least that it should say on average for
// the group to be one: a share of what it would have said on the side that the
// ring is after. On items that nearly all like, even a ring's votes say little.
func (j *jury) own(at int, k int32) (says, bar float64) {
	if !j.hasValues() {
		return j.moment(at, k), momentBar
	}
	tails, vote, w := j.above(j.crowd[at], j.rater[k]), int(j.level[k]), j.verdict.up[at]
	high, low := tails[j.cut[0]], 1-tails[j.cut[1]]
	says = w*ringRatio(high, vote >= j.cut[0]) + (1-w)*ringRatio(low, vote < j.cut[1])
	bar = unity * (w*ringRatio(high, true) + (1-w)*ringRatio(low, true))
	if j.cut != [2]int{j.levels - 1, 1} {
		bar = max(bar, looseBar)
	}
	return says, bar
}

// side reports whether act k on items[at] is on the side that the ring is after,
// and how likely its rater is to vote so, as outsiders and its own habits have it.
func (j *jury) side(at int, k int32) (on bool, p float64) {
	tails, vote := j.above(j.crowd[at], j.rater[k]), int(j.level[k])
	if j.verdict.up[at] >= .5 {
		return vote >= j.cut[0], tails[j.cut[0]]
	}
	return vote < j.cut[1], 1 - tails[j.cut[1]]
}

// habit returns, by level, how much likelier than anybody else u is to vote so
// off the items judged.
func (j *jury) habit(u int32) []float64 {
	if h, ok := j.habits[u]; ok {
		return h
	}
	h := make([]float64, j.levels)
	n := 0.0
	for _, k := range j.actsOf(u) {
		if _, on := j.onItems[j.item[k]]; !on {
			h[j.level[k]]++
			n++
		}
	}
	for l, base := range j.levelBase {
		h[l] = (j.raterPrior*base + h[l]) / (j.raterPrior + n) / base
	}
	j.habits[u] = h
	return h
}

// moments judges by the moment where acts carry no value.
func (j *jury) moments() {
	sum := 0.0
	for at := range j.items {
		for _, k := range j.acts[at] {
			x := j.moment(at, k)
			sum += x
			j.verdict.votes++
		}
	}
	j.verdict.evidence = sum
	j.verdict.lift, j.verdict.bar = sum/float64(max(1, j.verdict.votes)), momentBar
}

// moment returns what the moment of act k says: how likely hands acting
// together are as far from the median of the other members as it is, over
// humans who react each on their own.
func (j *jury) moment(at int, k int32) float64 {
	if j.time == nil {
		return 0
	}
	others := make([]int32, 0, len(j.acts[at]))
	for _, o := range j.acts[at] {
		if o != k {
			others = append(others, j.time[o])
		}
	}
	if len(others) == 0 {
		return 0
	}
	apart := math.Abs(float64(j.time[k]) - float64(others[len(others)/2]))
	return math.Log(momentSlips + (1-momentSlips)*momentAlone/momentTogether*math.Exp(-apart*(1/momentTogether-1/momentAlone)))
}

func logAdd(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	return a + math.Log1p(math.Exp(b-a))
}
