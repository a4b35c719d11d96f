package search

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/rating"
)

func noRing(int32) int { return -1 }

// TestBurstSeeds: accounts that each rate three of ten targets, each target's within
// five days, are in one seed; without them, hardly anybody is in any.
func TestBurstSeeds(t *testing.T) {
	const raters, items, farm, day = 2000, 400, 60, 86400
	for _, accounts := range []int{farm, 0} {
		rng := rand.New(rand.NewPCG(7, uint64(accounts)))
		tab := &rating.Table{Raters: rating.Numbered("r", raters+accounts), Items: rating.Numbered("i", items)}
		for u := range raters {
			of := rng.Perm(items)
			for _, i := range of[:1+rng.IntN(20)] {
				tab.Append(int32(u), int32(i*i/items), 1, int32(rng.IntN(365*day)))
			}
		}
		for u := range accounts {
			for _, i := range rng.Perm(10)[:3] {
				tab.Append(int32(raters+u), int32(items-1-i), 1, int32(i*30*day+rng.IntN(5*day)))
			}
		}
		bursts, err := BurstSeeds(context.Background(), null.NewActs(tab), func(int32) bool { return true }, noRing)
		if err != nil {
			t.Fatal(err)
		}
		members, honest := 0, 0
		for _, s := range bursts.Seeds {
			in := 0
			for _, u := range s {
				if u >= raters {
					in++
				}
			}
			members, honest = max(members, in), max(honest, len(s)-in)
		}
		if members < accounts*9/10 || honest > raters/200 {
			t.Errorf("with %d accounts, a seed has %d of them, and one has %d others", accounts, members, honest)
		}
	}
}

// TestLinkedBursts: accounts of whom seven at a time come to each target, sliding on by
// four, are in one seed, though each is in no more bursts than anybody so active.
func TestLinkedBursts(t *testing.T) {
	const raters, items, accounts, targets, turn, step, day = 1000, 400, 20, 20, 7, 4, 86400
	rng := rand.New(rand.NewPCG(9, 9))
	tab := &rating.Table{Raters: rating.Numbered("r", raters+accounts), Items: rating.Numbered("i", items)}
	born := make([]int, items)
	for i := range born {
		born[i] = rng.IntN(55 * day)
	}
	for u := range raters + accounts {
		acts := 20 + rng.IntN(40)
		if u >= raters {
			acts = 140 // busy accounts are in many bursts by chance
		}
		for _, i := range rng.Perm(items)[:acts] { // most come to an item within hours
			tab.Append(int32(u), int32(i), 1, int32(born[i])+int32(rng.ExpFloat64()*20*3600))
		}
	}
	for i := range targets {
		for a := range turn {
			tab.Append(int32(raters+(i*step+a)%accounts), int32(i), 1, int32(born[i]+rng.IntN(1200)))
		}
	}
	bursts, err := BurstSeeds(context.Background(), null.NewActs(tab), func(int32) bool { return true }, noRing)
	if err != nil {
		t.Fatal(err)
	}
	best := 0
	for _, s := range bursts.Seeds {
		in := 0
		for _, u := range s {
			if u >= raters {
				in++
			}
		}
		if 2*in > len(s) {
			best = max(best, in)
		}
	}
	if best < accounts*3/4 {
		t.Errorf("a seed has %d of %d accounts", best, accounts)
	}
}

// TestUnlinkedAreCounted: who is in more sets than link is told of, and links none.
func TestUnlinkedAreCounted(t *testing.T) {
	const sets = mostBursts + 1
	tab := &rating.Table{Raters: rating.Numbered("r", sets+3), Items: rating.Numbered("i", 1)}
	var all [][]int32
	for b := range int32(sets) {
		tab.Append(b+3, 0, 1, 0)
		all = append(all, []int32{0, 1, 2, b + 3})
	}
	a := null.NewActs(tab)
	of := func(b int32) []int32 { return all[b] }
	if parts, unlinked := linkSets(a, len(all), of, nil); parts != nil || unlinked != 3 {
		t.Errorf("of three raters in %d sets each, %d are told of; parts %v", sets, unlinked, parts)
	}
	if parts, unlinked := linkSets(a, mostBursts, of, nil); len(parts) != 1 || unlinked != 0 {
		t.Errorf("of three raters in %d sets each, %d are told of; parts %v", mostBursts, unlinked, parts)
	}
}

func TestAtLeastTwice(t *testing.T) {
	for _, c := range []struct{ in, want []int32 }{{nil, nil}, {[]int32{1, 2, 3}, nil},
		{[]int32{1, 1, 2, 3, 3, 3, 4}, []int32{1, 3}}} {
		if got := atLeastTwice(c.in); !slices.Equal(got, c.want) {
			t.Errorf("%v: got %v, want %v", c.in, got, c.want)
		}
	}
}
