package detect

import (
	"cmp"
	"math"
	"slices"
	"sort"
)

// A Pair is two raters beside each other. What is expected is of raters who
// choose alone, active when these were, on items as popular as these were then
// among others.
type Pair struct {
	A, B           int32
	Both, Expected float64 // items that both rated
	// Near is how many of them within ten minutes of each other, and
	// NearExpected how many are expected, given when each was active; both 0
	// without times.
	Near, NearExpected float64
	// Same is on how many both gave the same vote, and SameExpected on how many
	// raters of their habits would, each voting as the item's crowd did; both 0
	// without values.
	Same, SameExpected float64
	Rarity             int       // median number of ratings of the items that both rated
	Meetings           []Meeting // nil unless asked for; in time order, then by item
}

// A Meeting is one item that both rated.
type Meeting struct {
	Item         int32
	RowA, RowB   int32   // rows of the table
	Apart        int32   // seconds between them; 0 without times
	ItemRatings  int     // of the item
	Same         bool    // the same vote
	SameExpected float64 // chance of it; 0 without values
}

// meetings compares one rater with others.
type meetings struct {
	*engine
	who    int32
	own    map[int32]int32 // by item: its act
	shares *refiner        // for what is expected
}

func (e *engine) meetingsOf(u int32) *meetings {
	m := &meetings{engine: e, who: u, own: map[int32]int32{}, shares: newRefiner(e.acts, e.null, e.ballots)}
	m.shares.crowd.gather(nil, m.shares.slot, m.shares.state) // nobody's taste is left out
	for _, k := range e.actsOf(u) {
		m.own[e.item[k]] = k
	}
	return m
}

// partners returns the raters who stand out most beside this one.
func (m *meetings) partners() []Pair {
	count := make([]int32, m.raters)
	near := make([]int32, m.raters)
	var seen []int32
	reach := 0.0 // meetings expected with a rater of one act
	for _, k := range m.actsOf(m.who) {
		i := m.item[k]
		reach += float64(m.sizeOf(i)) / float64(m.len())
		for o := m.itemStart[i]; o < m.itemStart[i+1]; o++ {
			v := m.rater[o]
			if v == m.who {
				continue
			}
			if count[v] == 0 {
				seen = append(seen, v)
			}
			count[v]++
			if m.apart(k, o) <= syncSeconds && m.time != nil {
				near[v]++
			}
		}
	}
	// A rough measure tells whom to look at closely.
	rough := func(v int32) float64 {
		n, x := float64(count[v]), reach*float64(m.countOf(v))
		return n*math.Log(n/x) - n + x + syncBonus*float64(near[v])
	}
	seen = slices.DeleteFunc(seen, func(v int32) bool { return count[v] < 2 })
	slices.SortFunc(seen, func(a, b int32) int { return cmp.Or(cmp.Compare(rough(b), rough(a)), cmp.Compare(a, b)) })
	type scored struct {
		Pair
		ln float64
	}
	var all []scored
	for _, v := range seen[:min(len(seen), mostCompared)] {
		p := m.pair(v, false)
		if p.Both > p.Expected || p.Near >= 2 && p.Near > p.NearExpected {
			all = append(all, scored{*p, min(countTail(int(p.Both), p.Expected), countTail(int(p.Near), p.NearExpected))})
		}
	}
	slices.SortFunc(all, func(a, b scored) int { return cmp.Or(cmp.Compare(a.ln, b.ln), cmp.Compare(a.B, b.B)) })
	var best []Pair
	for _, s := range all[:min(len(all), mostPartners)] {
		best = append(best, s.Pair)
	}
	return best
}

// apart is the time between two acts.
func (m *meetings) apart(k, o int32) int32 {
	if m.time == nil {
		return 0
	}
	d := int64(m.time[k]) - int64(m.time[o])
	return int32(min(max(d, -d), math.MaxInt32))
}

// expected returns how often the rater and v are expected to meet, in all and
// within syncSeconds: by the items of the less active of them, the chance that the
// other chose each, or did so at that time.
func (m *meetings) expected(v int32) (all, near float64) {
	lister, chooser := m.who, v
	if cmp.Or(cmp.Compare(m.countOf(lister), m.countOf(chooser)), cmp.Compare(lister, chooser)) > 0 {
		lister, chooser = chooser, lister
	}
	r := m.shares
	r.mark([]int32{chooser}, inside)
	defer r.mark([]int32{chooser}, outside)
	r.leaveOut([]int32{chooser})
	theirs := m.actsOf(chooser)
	for _, k := range m.actsOf(lister) {
		r.upTo = r.upTo[:0]
		share := func(b int) float64 { // of the item, without the lister
			return max(m.null.uniform, min(maxShare, r.shareAt(m.item[k], b)-r.ownShare(lister, int(m.bin[k]), b)))
		}
		rate := 0.0
		for _, c := range m.binsOf(chooser) {
			rate += c.count() * share(c.bin())
		}
		all -= math.Expm1(-m.null.tilt[chooser] * rate)
		if m.time == nil {
			continue
		}
		rate = 0
		at := int64(m.time[k])
		from := sort.Search(len(theirs), func(i int) bool { return int64(m.time[theirs[i]]) >= at-syncSeconds })
		for _, o := range theirs[from:] {
			if int64(m.time[o]) > at+syncSeconds {
				break
			}
			rate += share(int(m.bin[o]))
		}
		near -= math.Expm1(-m.null.tilt[chooser] * rate)
	}
	return all, near
}

// pair compares the rater with v.
func (m *meetings) pair(v int32, whole bool) *Pair {
	p := &Pair{A: m.who, B: v}
	p.Expected, p.NearExpected = m.expected(v)
	var shared [][2]int32 // acts
	on := &jury{ballots: m.ballots, onItems: map[int32]int{}, habits: map[int32][]float64{}}
	var sizes []int
	for _, o := range m.actsOf(v) {
		if k, has := m.own[m.item[o]]; has {
			on.onItems[m.item[o]] = len(shared)
			shared = append(shared, [2]int32{k, o})
			sizes = append(sizes, m.sizeOf(m.item[o]))
		}
	}
	p.Both = float64(len(shared))
	if len(sizes) > 0 {
		slices.Sort(sizes)
		p.Rarity = sizes[len(sizes)/2]
	}
	for _, s := range shared {
		k, o := s[0], s[1]
		x := Meeting{Item: m.item[k], RowA: m.row[k], RowB: m.row[o], Apart: m.apart(k, o), ItemRatings: m.sizeOf(m.item[k])}
		if m.time != nil && x.Apart <= syncSeconds {
			p.Near++
		}
		if m.hasValues() {
			x.Same, x.SameExpected = m.level[k] == m.level[o], m.sameVote(on, k, o)
			p.SameExpected += x.SameExpected
			if x.Same {
				p.Same++
			}
		}
		if whole {
			p.Meetings = append(p.Meetings, x)
		}
	}
	return p
}

// sameVote returns the chance that the raters of two acts on one item give the
// same vote, each voting as the others on the item do, bent by its own habits.
func (m *meetings) sameVote(on *jury, k, o int32) float64 {
	crowd := make([]float64, m.levels)
	for l, base := range m.levelBase {
		crowd[l] = m.ballots.itemPrior * base
	}
	for x := m.itemStart[m.item[k]]; x < m.itemStart[m.item[k]+1]; x++ {
		if x != k && x != o {
			crowd[m.level[x]]++
		}
	}
	a, b := on.habit(m.rater[k]), on.habit(m.rater[o])
	same, sumA, sumB := 0.0, 0.0, 0.0
	for l, n := range crowd {
		same += n * a[l] * n * b[l]
		sumA += n * a[l]
		sumB += n * b[l]
	}
	return same / (sumA * sumB)
}
