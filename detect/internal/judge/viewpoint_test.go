package judge

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/rating"
)

// camps is a world of votes for or against. Raters 0 to 19 vote, on items 0 to 11,
// as group says of the rater, the item and the vote it would have given; divided
// tells whether there are two camps, of which even raters are one.
func camps(divided bool, group func(rng *rand.Rand, u, i int, own bool) bool) *Votes {
	const raters, items = 300, 60
	rng := rand.New(rand.NewPCG(3, 5))
	tab := &rating.Table{Raters: rating.Numbered("r", raters), Items: rating.Numbered("i", items),
		Scale: rating.Scale{Max: 1}}
	quality, divides := make([]float64, items), make([]float64, items)
	for i := range items {
		quality[i] = .7 * rng.NormFloat64()
		if divided {
			divides[i] = float64(8*rng.IntN(2) - 4)
		}
	}
	for u := range raters {
		stands := float64(1 - 2*(u%2))
		for i := range items {
			if rng.Float64() > .4 && !(u < 20 && i < 12) {
				continue
			}
			vote := rng.Float64() < logistic(quality[i]+stands*divides[i])
			if u < 20 && i < 12 {
				vote = group(rng, u, i, vote)
			}
			v := float32(0)
			if vote {
				v = 1
			}
			tab.Append(int32(u), int32(i), v, rating.NoTime)
		}
	}
	return NewVotes(null.NewActs(tab), tab)
}

// hearSome judges those of raters 0 to 19 whom some names, on items 0 to 11.
func (b *Votes) hearSome(some func(u int32) bool) *Jury {
	return b.hearOn(12, func(u int32) bool { return u < 20 && some(u) })
}

// hearOn judges the raters that are members on the first n items.
func (b *Votes) hearOn(n int, member func(u int32) bool) *Jury {
	items, acts := make([]int32, n), make([][]int32, n)
	for i := range items {
		items[i] = int32(i)
		for k := b.ItemStart[i]; k < b.ItemStart[i+1]; k++ {
			if member(b.Rater[k]) {
				acts[i] = append(acts[i], k)
			}
		}
	}
	return b.judge(items, acts, member)
}

func even(u int32) bool { return u%2 == 0 }

func TestViewpointExplainsACamp(t *testing.T) {
	own := func(_ *rand.Rand, _, _ int, own bool) bool { return own }
	b := camps(true, own)
	if b.view == nil {
		t.Fatal("a world of two camps has no viewpoint")
	}
	camp := b.hearSome(even)
	b.view = nil
	blind := b.hearSome(even)
	if blind.Verdict.Evidence < 5 || camp.Verdict.Evidence > 0 {
		t.Errorf("members of one camp: %.1f nats for a ring with a viewpoint, %.1f without; want at most 0, "+
			"and more than 5", camp.Verdict.Evidence, blind.Verdict.Evidence)
	}
	if v := camps(false, own).view; v != nil {
		t.Errorf("a world without camps has a viewpoint of rank %d", v.dims-1)
	}
}

func TestViewpointDoesNotExplainARing(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	var goal [12]bool
	for i := range goal {
		goal[i] = rng.IntN(2) == 0
	}
	plan := func(_ *rand.Rand, _, i int, own bool) bool { return goal[i] }
	ring := camps(true, plan).hearSome(func(int32) bool { return true })
	if v := ring.Verdict; v.Evidence < 20 || !v.United() {
		t.Errorf("a ring of both camps: %.1f nats, lift %.2f of %.2f", v.Evidence, v.Lift, v.Bar)
	}
}

// echoes is a club that thinks its own of each item, whichever camp a member is of.
func echoes() func(rng *rand.Rand, _, i int, _ bool) bool {
	opinion := rand.New(rand.NewPCG(9, 9))
	var thinks [12]float64
	for i := range thinks {
		thinks[i] = 1.5 * opinion.NormFloat64()
	}
	return func(rng *rand.Rand, _, i int, _ bool) bool { return rng.Float64() < logistic(thinks[i]) }
}

// TestApart: a plan that spends votes on cover against a community of one opinion.
func TestApart(t *testing.T) {
	everybody := func(int32) bool { return true }
	cover := func(rng *rand.Rand, _, _ int, own bool) bool { return rng.Float64() < .8 || own }
	echo := echoes()
	for _, c := range []struct {
		name  string
		group func(rng *rand.Rand, u, i int, own bool) bool
		ring  bool
	}{{"a plan with a fifth of own votes", cover, true}, {"an echo club", echo, false}} {
		for _, divided := range []bool{false, true} {
			j := camps(divided, c.group).hearSome(everybody)
			if a := j.apartness(false); a > 8 != c.ring {
				t.Errorf("%s, camps %v: apart by %.1f nats (evidence %.1f)", c.name, divided, a, j.Verdict.Evidence)
			}
		}
	}
}

// TestFirstItemsTell: an echo club of both camps is told by the same first items with
// viewpoints and without, however many more it shares.
func TestFirstItemsTell(t *testing.T) {
	twenty := func(u int32) bool { return u < 20 }
	club := camps(true, echoes())
	cover := camps(true, func(rng *rand.Rand, _, _ int, own bool) bool { return rng.Float64() < .8 || own })
	for _, n := range []int{lookedAt, 2 * lookedAt} {
		if club.hearOn(n, twenty).goesByPlan() || !cover.hearOn(n, twenty).goesByPlan() {
			t.Errorf("on %d items a club goes by a plan, or a plan does not", n)
		}
	}
}

// TestWithoutIsRefit: what is taken out of a place gives the place of the rest.
func TestWithoutIsRefit(t *testing.T) {
	b := camps(true, func(_ *rand.Rand, _, _ int, own bool) bool { return own })
	v := b.view
	off, size := 0., 0.
	for i := range int32(b.Items) {
		var out, rest []int32
		for k := b.ItemStart[i]; k < b.ItemStart[i+1]; k++ {
			if b.Rater[k] < 10 {
				out = append(out, k)
			} else {
				rest = append(rest, k)
			}
		}
		quick := v.without(v.items[i], &v.ofItem, &tellers{acts: out, item: i})
		exact := v.from(v.items[i], &v.ofItem, &tellers{acts: rest, item: i})
		off += math.Abs(quick.mean[1] - exact.mean[1])
		size += math.Abs(exact.mean[1])
	}
	if off > .15*size {
		t.Errorf("places with ten raters taken out are %.2f of their size from those of the rest", off/size)
	}
}

func TestSettleInverts(t *testing.T) {
	precision, pull := sym{2, .3, 1.5, -.2, .1, 1}, vec{1, -1, .5}
	s := settle(&precision, &pull, 3)
	for d := range 3 {
		sum, one := 0., 0.
		for c := range 3 {
			sum += precision.get(d, c) * s.mean[c]
			one += precision.get(d, c) * s.cov.get(c, d)
		}
		if math.Abs(sum-pull[d]) > 1e-9 || math.Abs(one-1) > 1e-9 {
			t.Errorf("row %d: %g and %g, want %g and 1", d, sum, one, pull[d])
		}
	}
}

// TestBusiest: the rank is told by the busiest items, up to the sample.
func TestBusiest(t *testing.T) {
	b := camps(false, func(_ *rand.Rand, _, _ int, own bool) bool { return own })
	inside := b.busiest(b.Len() / 2)
	in, least, out := 0, math.MaxInt, 0
	for i, is := range inside {
		if n := b.SizeOf(int32(i)); is {
			in, least = in+n, min(least, n)
		} else {
			out = max(out, n)
		}
	}
	if in > b.Len()/2 || in == 0 || out >= least+least/8+1 || !slices.Contains(inside, true) {
		t.Errorf("%d of %d ratings, items of at least %d, left out up to %d", in, b.Len(), least, out)
	}
}
