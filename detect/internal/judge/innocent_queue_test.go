package judge

import (
	"math/rand/v2"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/rating"
)

// verdicts is a world of stars in which raters 0 to 9 give the first items so many votes each,
// as vote has it by item, and others rate all items.
func verdicts(items, each int, vote func(rng *rand.Rand, i int) float32) *rating.Table {
	const raters, all = 200, 60
	rng := rand.New(rand.NewPCG(4, 4))
	tab := &rating.Table{Raters: rating.Numbered("r", raters), Items: rating.Numbered("i", all),
		Scale: rating.Scale{Min: 1, Max: 5}}
	for i := range all {
		quality := 3 + .7*rng.NormFloat64()
		for u := 10; u < raters; u++ {
			if rng.Float64() < .4 {
				v := int(quality + rng.NormFloat64() + .5)
				tab.Append(int32(u), int32(i), float32(min(max(v, 1), 5)), rating.NoTime)
			}
		}
		for k := 0; k < each && i < items; k++ {
			tab.Append(int32((i+k)%10), int32(i), vote(rng, i), rating.NoTime)
		}
	}
	return tab
}

// TestQueue: many items with a verdict on each and few votes are what a queue brings; few
// items, many votes on each, praise, votes that repeat what somebody gave, and the works of
// one author are not.
func TestQueue(t *testing.T) {
	const bar = 5
	verdict := func(_ *rand.Rand, i int) float32 { return float32(1 + 4*(i%2)) }
	oneIn := func(n int) func(*rand.Rand, int) float32 {
		return func(_ *rand.Rand, i int) float32 {
			if i%n == 0 {
				return 1
			}
			return 5
		}
	}
	said := map[int]float32{}
	repeat := func(rng *rand.Rand, i int) float32 {
		if said[i] == 0 {
			said[i] = float32(min(max(int(3.5+rng.NormFloat64()), 1), 5))
		}
		return said[i]
	}
	for _, c := range []struct {
		name        string
		items, each int
		vote        func(rng *rand.Rand, i int) float32
		works       int // of one author
		is          bool
	}{
		{"verdicts on 40 items", 40, 4, verdict, 0, true},
		{"on few items", queueLeast - 1, 4, verdict, 0, false},
		{"with many votes on each", 40, 9, verdict, 0, false},
		{"praise", 40, 4, oneIn(100), 0, false},
		{"one in five is condemned", 40, 4, oneIn(5), 0, true},
		{"one in six is condemned", 40, 4, oneIn(6), 0, false},
		{"votes that repeat others", 40, 4, repeat, 0, false},
		{"the works of one author, half of them", 40, 4, verdict, 20, false},
		{"less than half of them", 40, 4, verdict, 19, true},
	} {
		tab := verdicts(c.items, c.each, c.vote)
		if c.works > 0 {
			tab.Notes = &rating.Notes{Author: make([]int32, tab.Items.Len())}
			for i := range tab.Notes.Author {
				tab.Notes.Author[i] = -1
				if i < c.works {
					tab.Notes.Author[i] = 0
				}
			}
		}
		a := null.NewActs(tab)
		r := &reading{Acts: a, votes: NewVotes(a, tab)}
		j := r.votes.hearOn(c.items, func(u int32) bool { return u < 10 })
		if x := r.queue(&Group{Bar: bar, Core: j.items, Jury: j}); x.Holds != c.is {
			t.Errorf("%s: %+v", c.name, x)
		}
	}
}
