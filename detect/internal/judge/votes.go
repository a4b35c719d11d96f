package judge

import (
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/rating"
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
	unity     = .6 // of the lift of voting as one, that is a ring's
	mostSide  = .75
	sideCuts  = 6
	looseBar  = .45 // nats a vote, that a ring lifts at least whose side is more than the end of the scale
	ringSlips = .05
	// MomentTogether is seconds: how far apart hands that act together are, unless
	// it is told; momentAlone times as far are humans who react each on their own.
	// Without values the moment is the vote.
	MomentTogether, momentAlone, momentSlips, momentBar = 10., 6., .1, .45
)

// Votes is acts with what was voted, and what votes are judged by, fitted once.
// It costs a byte an act.
type Votes struct {
	*null.Acts
	Level     []uint8   // of acts
	Levels    int       // distinct values, or their quantiles; 1: the values say nothing
	LevelBase []float64 // share of acts of each level
	Table     *rating.Table
	Together  float64 // seconds: see MomentTogether

	ItemPrior, RaterPrior float64    // pseudo votes of the crowd on an item, of a rater's habit
	ups, downs            []int      // cuts that a ring is looked for above, and below
	view                  *viewpoint // nil where no viewpoint predicts votes
}

func NewVotes(a *null.Acts, t *rating.Table) *Votes {
	b := &Votes{Acts: a, Table: t, Together: MomentTogether}
	b.cutValues(t)
	if b.HasValues() {
		b.ups, b.downs = cuts(b.LevelBase)
		b.ItemPrior = b.fitPrior(a.Items, func(i int32) (int, func(j int) uint8) {
			return a.SizeOf(i), func(j int) uint8 { return b.Level[int(a.ItemStart[i])+j] }
		})
		b.RaterPrior = b.fitPrior(a.Raters, func(u int32) (int, func(j int) uint8) {
			mine := a.ActsOf(u)
			return len(mine), func(j int) uint8 { return b.Level[mine[j]] }
		})
		b.view = b.fitViewpoint()
	}
	return b
}

const maxLevels = 25

// HasValues reports whether ratings say more than that they were made.
func (b *Votes) HasValues() bool { return b.Levels > 1 }

// cutValues numbers the distinct values in ascending order; more than maxLevels
// become ten classes of equal counts.
func (b *Votes) cutValues(t *rating.Table) {
	b.Levels, b.LevelBase, b.Level = 1, []float64{1}, make([]uint8, t.Len())
	if t.Scale.Unary() || t.Len() == 0 {
		return
	}
	var cuts []float32 // a value is of the level of the last cut at or below it
	for _, v := range t.Value {
		if at, found := slices.BinarySearch(cuts, v); !found {
			if cuts = slices.Insert(cuts, at, v); len(cuts) > maxLevels {
				break
			}
		}
	}
	if len(cuts) > maxLevels {
		sorted := slices.Clone(t.Value)
		slices.Sort(sorted)
		cuts = cuts[:0]
		for q := range 10 {
			cuts = append(cuts, sorted[q*len(sorted)/10])
		}
		cuts = slices.Compact(cuts)
	}
	b.Levels, b.LevelBase = len(cuts), make([]float64, len(cuts))
	b.Each(b.Items, func(i int32) {
		for k := b.ItemStart[i]; k < b.ItemStart[i+1]; k++ {
			at, found := slices.BinarySearch(cuts, t.Value[b.Row[k]])
			if !found {
				at--
			}
			b.Level[k] = uint8(at)
		}
	})
	for _, l := range b.Level {
		b.LevelBase[l]++
	}
	for l := range b.LevelBase {
		b.LevelBase[l] /= float64(len(b.Row))
	}
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
func (b *Votes) fitPrior(n int, votes func(key int32) (int, func(j int) uint8)) float64 {
	const sample = 5000
	best, most := 1., math.Inf(-1)
	count := make([]float64, b.Levels)
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
				ll += math.Log((s*b.LevelBase[l] + count[l]) / (s + float64(j)))
				count[l]++
			}
		}
		if ll > most {
			best, most = s, ll
		}
	}
	return best
}

// priorParts are parts of ItemPrior that an item's own may be, and what share of the
// items has each. Most items are alike,
// and some, a scam or a masterpiece, are as nothing else: one prior for all would
// take those who agree on them for people who agree on everything.
var priorParts = [...]struct{ part, share float64 }{{1, .7}, {.5, .1}, {.25, .1}, {.125, .1}}

// priorOf returns the concentration of the prior of an item with these votes, the
// mean of its logarithm over what they say of it.
func (b *Votes) priorOf(votes []float64) float64 {
	var ll [len(priorParts)]float64
	n := 0.
	for _, c := range votes {
		n += c
	}
	for x, part := range priorParts {
		s := part.part * b.ItemPrior
		ll[x] = math.Log(part.share) + lgamma(s) - lgamma(s+n)
		for l, base := range b.LevelBase {
			if votes[l] > 0 {
				ll[x] += lgamma(s*base+votes[l]) - lgamma(s*base)
			}
		}
	}
	norm, mean := logSum(ll[:]), 0.
	for x, part := range priorParts {
		mean += math.Exp(ll[x]-norm) * math.Log(part.part)
	}
	return b.ItemPrior * math.Exp(mean)
}

// Verdict is what the votes of a group on its core items say.
type Verdict struct {
	Evidence float64   // E2: ln of the likelihood of a ring's votes over that of an innocent group's
	Lift     float64   // nats a vote, against outsiders only: does not grow with the group
	Bar      float64   // the lift from which votes are a ring's
	up       []float64 // per core item: how likely it is the upper end that the ring is after
	votes    int
	outside  int // votes of outsiders on the core items
}

// speaks reports whether the votes are a ring's rather than an innocent group's.
func (v *Verdict) speaks() bool { return v.Evidence > 0 && v.United() }

// United reports whether the members vote so nearly as one as a ring does.
func (v *Verdict) United() bool { return v.Lift > v.Bar }

// Jury judges the votes of one group.
type Jury struct {
	*Votes
	items   []int32
	acts    [][]int32   // per item: the members' acts, in time order
	crowd   [][]float64 // per item: outsiders' votes by level, with the prior
	outside []int       // per item: their number
	onItems map[int32]int
	habits  map[int32][]float64
	member  func(u int32) bool
	divides []place             // per item: how it divides viewpoints
	leaning map[int32][]leaning // by rater and item
	tails   []float64           // scratch
	cut     [2]int              // the least level of the upper ring, and the least that is not of the lower
	Verdict Verdict
}

// judge returns the verdict over items, acts being the members' acts on each,
// in time order, and member telling who is in the group.
func (b *Votes) judge(items []int32, acts [][]int32, member func(u int32) bool) *Jury {
	j := &Jury{Votes: b, items: items, acts: acts, member: member,
		habits: map[int32][]float64{}, onItems: map[int32]int{}, leaning: map[int32][]leaning{},
		tails: make([]float64, b.Levels)}
	j.Verdict.up = make([]float64, len(items))
	for at, i := range items {
		j.onItems[i] = at
	}
	if !b.HasValues() {
		j.moments()
		return j
	}
	h := hearing{up: make([]float64, len(items)*len(b.ups)), down: make([]float64, len(items)*len(b.downs))}
	for at := range items {
		j.count(at)
	}
	for at := range items {
		j.hear(at, &h)
	}
	// The evidence is the mean over all pairs of cuts; the best pair is kept.
	best, likely := math.Inf(-1), 0
	j.Verdict.Evidence = math.Inf(-1)
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
		j.Verdict.Evidence = logAdd(j.Verdict.Evidence, sum)
	}
	j.Verdict.Evidence -= math.Log(float64(pairs))
	// A ring that goes to the very ends may have told itself by another cut.
	if j.measure(&h, likely); likely != 0 {
		v := j.Verdict
		if j.measure(&h, 0); v.Lift*j.Verdict.Bar > j.Verdict.Lift*v.Bar {
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
func (j *Jury) sides(h *hearing, at, pair int) (up, down float64) {
	n := len(j.downs)
	return h.up[at*len(j.ups)+pair/n], h.down[at*n+pair%n]
}

// measure sets the cut, the side of each item, and how far the votes go.
func (j *Jury) measure(h *hearing, pair int) {
	j.cut = [2]int{j.ups[pair/len(j.downs)], j.downs[pair%len(j.downs)]}
	v := &j.Verdict
	v.Lift, v.Bar, v.votes = 0, 0, 0
	for at := range j.items {
		up, down := j.sides(h, at, pair)
		v.up[at] = math.Exp(up - logAdd(up, down))
		for _, k := range j.acts[at] {
			own, bar := j.own(at, k)
			v.Lift += own
			v.Bar += bar
			v.votes++
		}
	}
	v.Lift /= float64(max(1, v.votes))
	v.Bar /= float64(max(1, v.votes))
}

// count counts the crowd of items[at], and how it divides.
func (j *Jury) count(at int) {
	i := j.items[at]
	crowd := make([]float64, j.Levels)
	out := 0
	for k := j.ItemStart[i]; k < j.ItemStart[i+1]; k++ {
		if !j.member(j.Rater[k]) {
			crowd[j.Level[k]]++
			out++
		}
	}
	prior := j.priorOf(crowd)
	for l, base := range j.LevelBase {
		crowd[l] += prior * base
	}
	j.crowd = append(j.crowd, crowd)
	j.outside = append(j.outside, out)
	j.Verdict.outside += out
	if j.view != nil {
		j.divides = append(j.divides, j.divide(at))
	}
}

// hear hears the members' votes on items[at]. The innocent group learns the item
// from the members themselves.
func (j *Jury) hear(at int, h *hearing) {
	learned := slices.Clone(j.crowd[at])
	for _, k := range j.acts[at] {
		vote := int(j.Level[k])
		above := j.above(at, learned, j.Rater[k])
		for c, level := range j.ups {
			h.up[at*len(j.ups)+c] += ringRatio(above[level], vote >= level)
		}
		for c, level := range j.downs {
			h.down[at*len(j.downs)+c] += ringRatio(1-above[level], vote < level)
		}
		learned[vote]++
	}
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
func (j *Jury) own(at int, k int32) (says, bar float64) {
	if !j.HasValues() {
		return j.moment(at, k), momentBar
	}
	tails, vote, w := j.above(at, j.crowd[at], j.Rater[k]), int(j.Level[k]), j.Verdict.up[at]
	high, low := tails[j.cut[0]], 1-tails[j.cut[1]]
	says = w*ringRatio(high, vote >= j.cut[0]) + (1-w)*ringRatio(low, vote < j.cut[1])
	bar = unity * (w*ringRatio(high, true) + (1-w)*ringRatio(low, true))
	if j.cut != [2]int{j.Levels - 1, 1} {
		bar = max(bar, looseBar)
	}
	return says, bar
}

// side reports whether act k on items[at] is on the side that the ring is after,
// and how likely its rater is to vote so, as outsiders and its own habits have it.
func (j *Jury) side(at int, k int32) (on bool, p float64) {
	tails, vote := j.above(at, j.crowd[at], j.Rater[k]), int(j.Level[k])
	if j.Verdict.up[at] >= .5 {
		return vote >= j.cut[0], tails[j.cut[0]]
	}
	return vote < j.cut[1], 1 - tails[j.cut[1]]
}

// habit returns, by level, how much likelier than anybody else u is to vote so
// off the items judged.
func (j *Jury) habit(u int32) []float64 {
	if h, ok := j.habits[u]; ok {
		return h
	}
	h := make([]float64, j.Levels)
	n := 0.0
	for _, k := range j.ActsOf(u) {
		if _, on := j.onItems[j.Item[k]]; !on {
			h[j.Level[k]]++
			n++
		}
	}
	for l, base := range j.LevelBase {
		h[l] = (j.RaterPrior*base + h[l]) / (j.RaterPrior + n) / base
	}
	j.habits[u] = h
	return h
}

// moments judges by the moment where acts carry no value.
func (j *Jury) moments() {
	sum := 0.0
	for at := range j.items {
		for _, k := range j.acts[at] {
			x := j.moment(at, k)
			sum += x
			j.Verdict.votes++
		}
	}
	j.Verdict.Evidence = sum
	j.Verdict.Lift, j.Verdict.Bar = sum/float64(max(1, j.Verdict.votes)), momentBar
}

// moment returns what the moment of act k says: how likely hands acting
// together are as far from the median of the other members as it is, over
// humans who react each on their own.
func (j *Jury) moment(at int, k int32) float64 {
	if j.Time == nil {
		return 0
	}
	others := make([]int32, 0, len(j.acts[at]))
	for _, o := range j.acts[at] {
		if o != k {
			others = append(others, j.Time[o])
		}
	}
	if len(others) == 0 {
		return 0
	}
	apart := math.Abs(float64(j.Time[k]) - float64(others[len(others)/2]))
	return math.Log(momentSlips + (1-momentSlips)*momentAlone*math.Exp(-apart/j.Together*(1-1/momentAlone)))
}

func logAdd(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	return a + math.Log1p(math.Exp(b-a))
}
