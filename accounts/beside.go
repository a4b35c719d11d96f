package accounts

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"

	"github.com/ringwatch/ringwatch/rating"
)

// A Shared says of a ring how many members share something beside their ratings.
type Shared struct {
	What     string  // in words: "created within 6 h of another member's"
	Members  int     // of whom it is known
	Sharing  int     // of these
	Expected float64 // the mean over draws of as many other raters of like activity
	Low      int     // the middle 95 % of draws
	High     int
	P        float64 // share of draws with as many or more, the ring among them
	Own      bool    // tells of the ring by itself: false of earlier sanctions, which may come from Ringwatch
}

// A Beside is what accounts tell of the rings of a case.
type Beside struct {
	Files    []string
	Listed   int // raters of the data that the file of accounts names
	Raters   int
	Columns  []string   // that were looked at
	Passed   []string   // that were not, and why
	Strange  int        // rows about accounts that rated nothing
	Rings    [][]Shared // per ring
	Bursts   [][]Shared // per burst on an item; nil where nobody looked
	Tested   int        // rings of which enough is known
	AtLeast  int        // of these share more than chance, at 95 % confidence
	Estimate float64    // how many do
}

const (
	draws    = 999           // p down to 0.001
	near     = 6 * 60 * 60   // seconds between creations that count as together: a working session
	confined = .05           // 1 - the confidence of AtLeast
	common   = .5            // a value that more than this share of accounts have tells nothing
	least    = 3             // members of whom something is known
	seedMark = 0x0ac_c0_0175 // a stream of its own
)

// Hold holds accounts and earlier sanctions, of which either may be nil, against
// rings, each a list of raters, of which the first counted are in the estimate. It
// takes draws x members of all rings for each column.
//
// Chance is as many raters drawn in the place of the members, among them and those in
// no ring, each of like activity: as many ratings, by powers of two, begun in the same twentieth of raters
// by their first rating. What newcomers of one day share with one another is thereby
// no evidence; what a whole community shares, such as a country, is little.
func Hold(ctx context.Context, t *rating.Table, rings [][]int32, counted int, known, sanctioned *Table,
	seed uint64) (*Beside, error) {
	b := &Beside{Raters: t.Raters.Len(), Rings: make([][]Shared, len(rings))}
	var all []*property
	if known != nil {
		b.Files, b.Strange = append(b.Files, known.File), known.Strange
		for _, l := range known.Listed {
			if l {
				b.Listed++
			}
		}
		all = known.properties(b)
	}
	if sanctioned != nil {
		b.Files = append(b.Files, sanctioned.File)
		all = append(all, &property{what: "sanctioned before", known: filledBool(t.Raters.Len()),
			listed: sanctioned.Listed})
	}
	in := make([]bool, t.Raters.Len())
	for _, r := range rings {
		for _, u := range r {
			in[u] = true
		}
	}
	for _, p := range all {
		pool := newPool(t, in, p.known)
		for k, members := range rings {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			rng := rand.New(rand.NewPCG(seed, seedMark+uint64(k)))
			if s, ok := p.hold(rng, pool, members); ok {
				b.Rings[k] = append(b.Rings[k], s)
			}
		}
	}
	b.count(b.Rings[:counted])
	return b, nil
}

// A property is something of accounts that members may share.
type property struct {
	what   string
	known  []bool
	code   []int32 // of a column
	time   []int32 // of creation
	within int32
	listed []bool // of a list
}

// properties are the columns in which accounts can share something.
func (t *Table) properties(b *Beside) (all []*property) {
	if t.Created != nil {
		p := &property{what: fmt.Sprintf("created within %d h of another member's", near/3600), time: t.Created,
			within: near, known: make([]bool, len(t.Created))}
		if t.ByDay {
			p.what, p.within = "created on the day of another member's", 0
		}
		for u, at := range t.Created {
			p.known[u] = at != rating.NoTime
		}
		all = append(all, p)
		b.Columns = append(b.Columns, "created")
	}
	for _, c := range t.Columns {
		p := &property{what: "with the " + c.Name + " of another member", code: c.Code,
			known: make([]bool, len(c.Code))}
		count, n, most := map[int32]int{}, 0, 0
		for u, code := range c.Code {
			if code >= 0 {
				p.known[u] = true
				n++
				count[code]++
				most = max(most, count[code])
			}
		}
		switch {
		case n == 0:
			b.Passed = append(b.Passed, c.Name+" (empty)")
		case len(count) == n:
			b.Passed = append(b.Passed, c.Name+" (different for every account)")
		case float64(most) > common*float64(n):
			b.Passed = append(b.Passed, c.Name+" (the same for most accounts)")
		default:
			all = append(all, p)
			b.Columns = append(b.Columns, c.Name)
		}
	}
	return all
}

// hold holds one property against one ring.
func (p *property) hold(rng *rand.Rand, pool *pool, members []int32) (Shared, bool) {
	var who []int32
	for _, u := range members {
		if p.known[u] {
			who = append(who, u)
		}
	}
	if len(who) < least {
		return Shared{}, false
	}
	s := Shared{What: p.what, Members: len(who), Sharing: p.sharing(who), Own: p.listed == nil}
	counts := make([]int, draws)
	asMany, sum := 1, 0
	drawn := make([]int32, len(who))
	for k := range counts {
		pool.draw(rng, who, drawn)
		counts[k] = p.sharing(drawn)
		sum += counts[k]
		if counts[k] >= s.Sharing {
			asMany++
		}
	}
	slices.Sort(counts)
	s.Expected, s.P = float64(sum)/draws, float64(asMany)/(draws+1)
	s.Low, s.High = counts[draws/40], counts[draws-1-draws/40]
	return s, true
}

// sharing counts those who share the property with another of them, or have it.
func (p *property) sharing(who []int32) (n int) {
	switch {
	case p.listed != nil:
		for _, u := range who {
			if p.listed[u] {
				n++
			}
		}
	case p.time != nil:
		at := make([]int32, len(who))
		for i, u := range who {
			at[i] = p.time[u]
			if p.within == 0 { // a day
				at[i] = int32(math.Floor(float64(at[i]) / 86400))
			}
		}
		slices.Sort(at)
		for i := range at {
			if i > 0 && at[i]-at[i-1] <= p.within || i+1 < len(at) && at[i+1]-at[i] <= p.within {
				n++
			}
		}
	default:
		code := make([]int32, len(who))
		for i, u := range who {
			code[i] = p.code[u]
		}
		slices.Sort(code)
		for i := range code {
			if i > 0 && code[i] == code[i-1] || i+1 < len(code) && code[i+1] == code[i] {
				n++
			}
		}
	}
	return n
}

// A pool is the raters in no ring of whom something is known, by activity.
type pool struct {
	cell  []int32 // per rater
	free  []int32
	taken []int32 // per rater: the draw that took it last
	turn  int32
}

// twentieths are the classes of first ratings.
const twentieths = 20

func newPool(t *rating.Table, in, known []bool) *pool {
	n := t.Raters.Len()
	p := &pool{cell: make([]int32, n), taken: make([]int32, n)}
	begun := make([]int32, n) // the twentieth
	if t.HasTimes() {
		order, first := make([]int32, 0, n), make([]int32, n)
		for u := range int32(n) {
			if rows := t.ByRater().Rows(u); len(rows) > 0 {
				first[u] = t.Time[rows[0]]
				order = append(order, u)
			}
		}
		slices.SortFunc(order, func(a, b int32) int {
			return cmp.Or(cmp.Compare(first[a], first[b]), cmp.Compare(a, b))
		})
		for i, u := range order {
			begun[u] = int32(i * twentieths / len(order))
		}
	}
	for u := range int32(n) {
		p.cell[u] = int32(bits.Len(uint(t.ByRater().Count(u))))*twentieths + begun[u]
	}
	for u := range int32(n) {
		if !in[u] && known[u] {
			p.free = append(p.free, u)
		}
	}
	slices.SortFunc(p.free, func(a, b int32) int {
		return cmp.Or(cmp.Compare(p.cell[a], p.cell[b]), cmp.Compare(a, b))
	})
	return p
}

// draw takes as many of like activity: of the same cell, else of the nearest in
// order, the members themselves among them, so that under chance the members are one
// draw of many. Nobody is drawn twice while others are left.
func (p *pool) draw(rng *rand.Rand, who, drawn []int32) {
	fewest := max(100, 5*len(who)) // others, so that draws differ from one another
	p.turn++
	for i, u := range who {
		from, _ := slices.BinarySearchFunc(p.free, p.cell[u],
			func(v, cell int32) int { return cmp.Compare(p.cell[v], cell) })
		to, _ := slices.BinarySearchFunc(p.free, p.cell[u]+1,
			func(v, cell int32) int { return cmp.Compare(p.cell[v], cell) })
		if short := fewest - (to - from); short > 0 {
			from, to = max(0, from-(short+1)/2), min(len(p.free), to+(short+1)/2)
		}
		of := func(k int) int32 {
			if k < to-from {
				return p.free[from+k]
			}
			return who[k-(to-from)]
		}
		n := to - from + len(who)
		k := rng.IntN(n)
		for tries := 0; p.taken[of(k)] == p.turn && tries < n; tries++ {
			k = (k + 1) % n
		}
		drawn[i] = of(k)
		p.taken[drawn[i]] = p.turn
	}
}

// count says of how many rings the members share more than chance: a bound by
// closed testing with Simes' test (Goeman and Solari 2011), which holds for whatever
// rings one looks at, and Storey's estimate (2002). A ring's chance is its least over
// the properties, times their number. Rings whose accounts share nothing may be right
// all the same.
func (b *Beside) count(rings [][]Shared) {
	var p []float64
	for _, ring := range rings {
		low, n := 1.0, 0
		for _, s := range ring {
			if s.Own {
				low = min(low, s.P)
				n++
			}
		}
		if n > 0 {
			p = append(p, min(1, low*float64(n)))
		}
	}
	b.Tested = len(p)
	slices.Sort(p)
	b.AtLeast = trueAtLeast(p)
	above := 0
	for _, x := range p {
		if x > .5 {
			above++
		}
	}
	b.Estimate = max(float64(b.AtLeast), float64(len(p))-float64(above)/.5)
}

// trueAtLeast returns how many of hypotheses with the given chances, ascending, are
// false at least, at 95 % confidence, by Hommel's shortcut.
func trueAtLeast(p []float64) int {
	m := len(p)
	// h is the largest number of hypotheses that may all be true: the h largest
	// chances pass Simes' test.
	h := 0
	for i := m; i >= 1 && h == 0; i-- {
		passes := true
		for j := 1; j <= i; j++ {
			if float64(i)*p[m-i+j-1] <= float64(j)*confined {
				passes = false
				break
			}
		}
		if passes {
			h = i
		}
	}
	best := 0
	for u := 1; u <= m; u++ {
		n := 0
		for _, x := range p {
			if float64(h)*x <= float64(u)*confined {
				n++
			}
		}
		best = max(best, 1-u+n)
	}
	return min(best, m)
}

func filledBool(n int) []bool {
	s := make([]bool, n)
	for i := range s {
		s[i] = true
	}
	return s
}
