package judge

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/rating"
)

// stars is a world of one to five stars in which raters 0 to 9 rate items 0 to 19, as
// group says of the item and the stars that the rater would have given it.
func stars(group func(rng *rand.Rand, u, i int, own float32) float32) *Votes {
	const raters, items = 200, 40
	rng := rand.New(rand.NewPCG(4, 4))
	tab := &rating.Table{Raters: rating.Numbered("r", raters), Items: rating.Numbered("i", items),
		Scale: rating.Scale{Min: 1, Max: 5}}
	quality := make([]float64, items)
	for i := range quality {
		quality[i] = 3 + .7*rng.NormFloat64()
	}
	for u := range raters {
		for i := range items {
			among := u < 10 && i < 20
			if rng.Float64() > .4 && !among {
				continue
			}
			v := float32(min(max(int(quality[i]+rng.NormFloat64()+.5), 1), 5))
			if among {
				v = group(rng, u, i, v)
			}
			tab.Append(int32(u), int32(i), v, rating.NoTime)
		}
	}
	return NewVotes(null.NewActs(tab), tab)
}

// TestRepeatedVotesAreApart: accounts that repeat the stars of one follow the items as
// that one does, and are a plan all the same; a club that thinks alike is none.
func TestRepeatedVotesAreApart(t *testing.T) {
	said := map[int]float32{}
	repeat := func(rng *rand.Rand, u, i int, own float32) float32 {
		if u == 0 || rng.Float64() < .1 {
			if u == 0 {
				said[i] = own
			}
			return own
		}
		return said[i]
	}
	thinks := map[int]float64{}
	club := func(rng *rand.Rand, u, i int, own float32) float32 {
		if u == 0 {
			thinks[i] = rng.NormFloat64()
		}
		return float32(min(max(int(float64(own)+thinks[i]+.5), 1), 5))
	}
	for _, c := range []struct {
		name  string
		group func(rng *rand.Rand, u, i int, own float32) float32
		plan  bool
	}{{"nine in ten votes repeat those of one", repeat, true}, {"a club", club, false}} {
		if a := juryOf(stars(c.group)).apartness(false); a > 8 != c.plan {
			t.Errorf("%s: apart by %.1f nats", c.name, a)
		}
	}
}

// juryOf hears raters 0 to 9 on items 0 to 19.
func juryOf(b *Votes) *Jury { return b.hearOn(20, func(u int32) bool { return u < 10 }) }

// TestCareless: votes that do not follow the items, and are each rater's own habit, are of
// people who hardly look; all of one habit, and of two sides, are likelier by a plan.
func TestCareless(t *testing.T) {
	for _, c := range []struct {
		name     string
		group    func(rng *rand.Rand, u, i int, own float32) float32
		careless bool
	}{
		{"each with a habit of its own", func(rng *rand.Rand, u, _ int, _ float32) float32 {
			if u < 4 && rng.IntN(5) > 0 {
				return 5
			}
			return float32(1 + (u+rng.IntN(2+u%4))%5)
		}, true},
		{"now and then a four", func(rng *rand.Rand, _, _ int, _ float32) float32 {
			return 5 - float32(rng.IntN(5)/4)
		}, false},
		{"two sides", func(rng *rand.Rand, _, i int, _ float32) float32 {
			return float32(1 + 4*(i%2))
		}, false},
		{"votes of all kinds", func(rng *rand.Rand, _, _ int, _ float32) float32 {
			return float32(1 + rng.IntN(3))
		}, false},
	} {
		j := juryOf(stars(c.group))
		if nats := j.careless(); nats < 0 != c.careless || j.apartness(false) < 8 {
			t.Errorf("%s: %.1f nats for a plan, apart by %.1f", c.name, nats, j.apartness(false))
		}
	}
}

// TestMoved: the quick likelihood of votes is the one that it says.
func TestMoved(t *testing.T) {
	inf := math.Inf(1)
	votes := []voter{{low: -inf, high: -1}, {low: -1, high: .5}, {low: 2, high: inf}, {low: -20, high: -19.9},
		{low: -inf, high: inf}}
	for len(votes) < 50 {
		votes = append(votes, votes...)
	}
	for _, sharp := range sharpness {
		ll := moved(votes, sharp)
		for y, got := range ll {
			s, want := shiftAt(y), 0.
			for _, v := range votes {
				want += math.Log(max(logistic(sharp*v.high-s)-logistic(sharp*v.low-s), 1e-12))
			}
			if math.Abs(got-want) > 1e-6*math.Abs(want) {
				t.Fatalf("sharpness %g, shift %g: %v, want %v", sharp, s, got, want)
			}
		}
	}
}
