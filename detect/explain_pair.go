package detect

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/detect/internal/judge"
	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/detect/internal/search"
)

// mostPartners is how many partners a profile lists, of mostCompared that were
// looked at closely.
const (
	mostPartners = 10
	mostCompared = 100
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

// Pairs tells what raters share, against a background that is fitted once.
type Pairs struct{ engine *engine }

// NewPairs fits the background, which is most of what it costs; of in only Ratings
// and Progress count. It returns ctx's error when stopped.
func NewPairs(ctx context.Context, in Input) (*Pairs, error) {
	e, err := newEngine(ctx, in)
	return &Pairs{e}, err
}

// Of returns what two different raters share, with all their meetings, as Explain
// does. It costs the ratings of the items that both rated, and may be called from
// several goroutines.
func (p *Pairs) Of(a, b int32) *Pair { return p.engine.meetingsOf(a).pair(b, true) }

// meetings compares one rater with others.
type meetings struct {
	*engine
	who    int32
	own    map[int32]int32 // by item: its act
	chance *judge.MeetingChance
}

func (e *engine) meetingsOf(u int32) *meetings {
	m := &meetings{engine: e, who: u, own: map[int32]int32{}, chance: judge.NewMeetingChance(e.Acts, e.null, e.votes)}
	items := e.ItemsOf(u)
	for n, k := range e.ActsOf(u) {
		m.own[items[n]] = k
	}
	return m
}

// partners returns the raters who stand out most beside this one.
func (m *meetings) partners() []Pair {
	count := make([]int32, m.Raters)
	near := make([]int32, m.Raters)
	var seen []int32
	reach := 0.0 // meetings expected with a rater of one act
	items := m.ItemsOf(m.who)
	for n, k := range m.ActsOf(m.who) {
		i := items[n]
		reach += float64(m.SizeOf(i)) / float64(m.Len())
		for o := m.ItemStart[i]; o < m.ItemStart[i+1]; o++ {
			v := m.Rater[o]
			if v == m.who {
				continue
			}
			if count[v] == 0 {
				seen = append(seen, v)
			}
			count[v]++
			if m.apart(k, o) <= null.SyncSeconds && m.Time != nil {
				near[v]++
			}
		}
	}
	// A rough measure tells whom to look at closely.
	rough := func(v int32) float64 {
		n, x := float64(count[v]), reach*float64(m.CountOf(v))
		return n*math.Log(n/x) - n + x + search.SyncBonus*float64(near[v])
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
			all = append(all,
				scored{*p, min(null.CountTail(int(p.Both), p.Expected), null.CountTail(int(p.Near), p.NearExpected))})
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
	if m.Time == nil {
		return 0
	}
	d := int64(m.Time[k]) - int64(m.Time[o])
	return int32(min(max(d, -d), math.MaxInt32))
}

// pair compares the rater with v.
func (m *meetings) pair(v int32, whole bool) *Pair {
	p := &Pair{A: m.who, B: v}
	p.Expected, p.NearExpected = m.chance.Expected(m.who, v)
	var shared [][2]int32 // acts
	var items []int32
	var sizes []int
	theirs := m.ActsOf(v)
	for n, i := range m.ItemsOf(v) {
		if k, has := m.own[i]; has {
			items, shared = append(items, i), append(shared, [2]int32{k, theirs[n]})
			sizes = append(sizes, m.SizeOf(i))
		}
	}
	p.Both = float64(len(shared))
	if len(sizes) > 0 {
		slices.Sort(sizes)
		p.Rarity = sizes[len(sizes)/2]
	}
	on := m.votes.HabitsOff(items)
	for n, s := range shared {
		k, o := s[0], s[1]
		x := Meeting{Item: items[n], RowA: m.Row[k], RowB: m.Row[o], Apart: m.apart(k, o),
			ItemRatings: m.SizeOf(items[n])}
		if m.Time != nil && x.Apart <= null.SyncSeconds {
			p.Near++
		}
		if m.votes.HasValues() {
			x.Same, x.SameExpected = m.votes.Level[k] == m.votes.Level[o], on.SameVote(k, o)
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
