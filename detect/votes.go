package detect

import (
	"math"
	"slices"
)

// The second null: an innocent group. Its members chose the same items, but
// each votes as the item's crowd would, outsiders and earlier members alike, bent
// by the rater's own habits. A ring's vote is the most extreme of several draws
// from the same crowd. This needs no scale, no direction and no threshold on
// what agreement is, and works for 2 levels as for 20.

const (
	ringDraws = 6
	ringSlips = .05
	// momentTogether and momentAlone are seconds: how far apart hands that act
	// together are, and humans who react each on their own. Without values the
	// moment is the vote.
	momentTogether, momentAlone, momentSlips = 10., 60., .1
)

// ballots holds what votes are judged by, fitted once.
type ballots struct {
	*acts
	itemPrior, raterPrior float64 // pseudo votes of the crowd on an item, of a rater's habit
}

func newBallots(a *acts) *ballots {
	b := &ballots{acts: a}
	if a.hasValues() {
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
	up       []float64 // per core item: how likely it is the upper end that the ring is after
	votes    int
	outside  int // votes of outsiders on the core items
}

// speaks reports whether the votes are a ring's rather than an innocent group's.
func (v *verdict) speaks() bool { return v.evidence > 0 && v.lift > liftLevel }

// jury judges the votes of one group.
type jury struct {
	*ballots
	items   []int32
	acts    [][]int32   // per item: the members' acts, in time order
	crowd   [][]float64 // per item: outsiders' votes by level, with the prior
	outside []int       // per item: their number
	onItems map[int32]int
	habits  map[int32][]float64
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
	var liftSum float64
	for at, i := range items {
		crowd := make([]float64, b.levels)
		out := 0
		for l, base := range b.levelBase {
			crowd[l] = b.itemPrior * base
		}
		for k := b.itemStart[i]; k < b.itemStart[i+1]; k++ {
			if !member(b.rater[k]) {
				crowd[b.level[k]]++
				out++
			}
		}
		j.crowd = append(j.crowd, crowd)
		j.outside = append(j.outside, out)
		j.verdict.outside += out
		learned := slices.Clone(crowd)
		up, down := 0.0, 0.0
		for _, k := range acts[at] {
			ru, rd := j.ratios(learned, b.rater[k], b.level[k])
			up, down = up+ru, down+rd
			learned[b.level[k]]++
		}
		v := logAdd(up, down) - math.Ln2
		j.verdict.evidence += v
		j.verdict.up[at] = math.Exp(up - math.Ln2 - v)
		for _, k := range acts[at] {
			liftSum += j.own(at, k)
			j.verdict.votes++
		}
	}
	j.verdict.lift = liftSum / float64(max(1, j.verdict.votes))
	return j
}

// own returns what one act on items[at] says for its rater being of the ring,
// against outsiders only, in nats.
func (j *jury) own(at int, k int32) float64 {
	if !j.hasValues() {
		return j.moment(at, k)
	}
	ru, rd := j.ratios(j.crowd[at], j.rater[k], j.level[k])
	w := j.verdict.up[at]
	return w*ru + (1-w)*rd
}

// ratios returns ln of the likelihood of a vote by the upper and the lower ring
// over that of an innocent rater, given the crowd's votes by level.
func (j *jury) ratios(crowd []float64, u int32, vote uint8) (up, down float64) {
	habit := j.habit(u)
	below, at, all := 0.0, 0.0, 0.0
	for l, c := range crowd {
		x := c * habit[l]
		all += x
		switch {
		case l < int(vote):
			below += x
		case l == int(vote):
			at = x
		}
	}
	below, at = below/all, at/all
	at = max(at, 1e-12)
	up = math.Log(ringSlips + (1-ringSlips)*(pow6(below+at)-pow6(below))/at)
	down = math.Log(ringSlips + (1-ringSlips)*(pow6(1-below)-pow6(max(0, 1-below-at)))/at)
	return up, down
}

func pow6(x float64) float64 { x *= x * x; return x * x }

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
	j.verdict.lift = sum / float64(max(1, j.verdict.votes))
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
