package judge

import (
	"math"
	"slices"
)

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
	items    []int32
	acts     [][]int32   // per item: the members' acts, in time order
	crowd    [][]float64 // per item: outsiders' votes by level, with the prior
	outside  []int       // per item: their number
	onItems  map[int32]int
	mayBeOn  [16]uint64 // by the low bits of an item: whether any of onItems has these
	habits   map[int32][]float64
	member   func(u int32) bool
	divides  []place             // per item: how it divides viewpoints
	leaning  map[int32][]leaning // by rater and item
	tails    []float64           // scratch
	told     [][]float64         // per item: above of each act, as outsiders have it; nil until asked for
	heard    [][]voter           // as voters has them; nil until asked for
	byPlan   bool                // as goesByPlan has it, if it was asked
	asked    bool
	plan     float64 // as planOf has it
	isPlan   bool    // it was asked for
	common   float64 // ln of the likelihood by a community, if isCommon
	isCommon bool
	cut      [2]int // the least level of the upper ring, and the least that is not of the lower
	Verdict  Verdict
}

// judge returns the verdict over items, acts being the members' acts on each,
// in time order, and member telling who is in the group.
func (b *Votes) judge(items []int32, acts [][]int32, member func(u int32) bool) *Jury {
	j := &Jury{Votes: b, items: items, acts: acts, member: member,
		habits: map[int32][]float64{}, onItems: map[int32]int{}, leaning: map[int32][]leaning{},
		tails: make([]float64, b.Levels)}
	j.Verdict.up = make([]float64, len(items))
	j.number()
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

// number sets onItems.
func (j *Jury) number() {
	for at, i := range j.items {
		j.onItems[i] = at
		j.mayBeOn[i>>6&15] |= 1 << (i & 63)
	}
}

// on returns which of the items judged an item is, if it is one.
func (j *Jury) on(i int32) (at int, is bool) {
	if j.mayBeOn[i>>6&15]>>(i&63)&1 == 0 {
		return 0, false
	}
	at, is = j.onItems[i]
	return at, is
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
	tails, vote, w := j.aboveOf(at, k), int(j.Level[k]), j.Verdict.up[at]
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
	tails, vote := j.aboveOf(at, k), int(j.Level[k])
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
	items := j.ItemsOf(u)
	for x, k := range j.ActsOf(u) {
		if _, on := j.on(items[x]); !on {
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
