package detect

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
)

// A meeting is a group of raters who come to the same items: how many, how often each
// comes, what it votes, and when.
type meeting struct {
	raters, items int
	crowd         int // of each of these items
	liked         float64
	come          float64
	vote          func(rng *rand.Rand) int
	when          func(rng *rand.Rand, item int) float64 // days
	others        func(rng *rand.Rand, item int) float64 // when the crowd comes; nil: whenever
	alone         bool                                   // they rate nothing else
}

// world has the meeting's raters first in a shop of 400 others, and their items last.
func (m meeting) world(seed uint64) *rating.Table {
	const others, shelf, days, day = 400, 120, 90, 86400
	rng := rand.New(rand.NewPCG(seed, 7))
	tab := &rating.Table{Raters: rating.Numbered("r", m.raters+others), Items: rating.Numbered("i", shelf+m.items),
		Scale: rating.Scale{Min: 1, Max: 5}}
	add := func(u, i, stars int, at float64) {
		tab.Append(int32(u), int32(i), float32(min(max(stars, 1), 5)-1)/4, int32(at*day))
	}
	quality := make([]float64, shelf)
	for i := range quality {
		quality[i] = 3.6 + .6*rng.NormFloat64()
	}
	popular := func() int { return int(float64(shelf) * rng.Float64() * rng.Float64()) }
	for u := range m.raters + others {
		habit, seen := .4*rng.NormFloat64(), map[int]bool{}
		for range 12 {
			if i := popular(); !seen[i] && !(m.alone && u < m.raters) {
				seen[i] = true
				add(u, i, int(quality[i]+habit+.9*rng.NormFloat64()+.5), days*rng.Float64())
			}
		}
	}
	for i := range m.items {
		for _, u := range rng.Perm(others)[:m.crowd] {
			stars, at := int(m.liked+.8*rng.NormFloat64()+.5), days*rng.Float64()
			if m.others != nil {
				at = m.others(rng, i)
			}
			add(m.raters+u, shelf+i, stars, at)
		}
		for u := range m.raters {
			if rng.Float64() < m.come {
				add(u, shelf+i, m.vote(rng), m.when(rng, i))
			}
		}
	}
	return tab
}

func stars(share float64) func(rng *rand.Rand) int {
	return func(rng *rand.Rand) int {
		if rng.Float64() < share {
			return 5
		}
		return 4
	}
}

// Who like the same things, and come to them when it suits each or on the days of their
// meetings, may be hired to: nothing tells, so none is a ring without doubt, nor said to
// go by a plan. Who do it within the hour, or far beyond how raters differ from a crowd, are.
func TestPeopleOfOneMind(t *testing.T) {
	weekly := func(rng *rand.Rand, i int) float64 { return float64(8*i) + 4*rng.Float64() }
	released := func(rng *rand.Rand, i int) float64 { return float64(20+7*i) + .23*rng.ExpFloat64() }
	later := func(rng *rand.Rand, i int) float64 { return float64(20+7*i) + 5.8*rng.ExpFloat64() }
	mixed := func(rng *rand.Rand) int { return []int{5, 5, 5, 4, 4, 3}[rng.IntN(6)] }
	for _, c := range []struct {
		name string
		meeting
		ring, review bool // without doubt; or coordinated
	}{
		{"a book club", meeting{8, 10, 12, 4.5, .85, stars(.9), weekly, nil, false}, false, false},
		{"staff", meeting{15, 10, 18, 3.6, .7, stars(.85),
			func(rng *rand.Rand, _ int) float64 { return 90 * rng.Float64() }, nil, false}, false, false},
		{"fans who rate one series alone", meeting{40, 8, 18, 4.5, .8, stars(1),
			func(rng *rand.Rand, _ int) float64 { return 90 * rng.Float64() }, nil, true}, false, false},
		{"fans on the day of release", meeting{25, 6, 30, 3.9, .8, mixed, released, later, false}, false, false},
		{"a slow ring", meeting{15, 12, 30, 3.6, .95, stars(1),
			func(rng *rand.Rand, i int) float64 { return float64(3*i) + 30*rng.Float64() }, nil, false}, true, false},
		{"friends who watch a series, an evening a week", meeting{9, 12, 40, 3.6, .85, stars(.98),
			func(rng *rand.Rand, i int) float64 { return float64(7*i) + .85 + .05*rng.ExpFloat64() }, nil, false},
			false, false},
		{"a quick one on what all like", meeting{12, 10, 12, 4.5, .95, stars(1),
			func(rng *rand.Rand, i int) float64 { return float64(8*i) + .02*rng.Float64() }, nil, false}, true, false},
	} {
		for seed := range uint64(2) {
			f, err := Run(context.Background(), Input{Ratings: c.world(seed + 1), Seed: 1}, []Detector{NewGroup()})
			if err != nil {
				t.Fatal(err)
			}
			sure := slices.ContainsFunc(f.Rings, func(r Ring) bool { return !r.Doubtful() })
			if sure != c.ring || len(f.Coordinated) > 0 != c.review {
				t.Errorf("%s, seed %d: a ring without doubt is %v; coordinated groups: %d", c.name, seed+1, sure,
					len(f.Coordinated))
			}
			for _, r := range slices.Concat(f.Rings, f.Coordinated, f.Shared) {
				t.Logf("%s, seed %d: %d of %d raters, doubtful %v: %+v", c.name, seed+1, len(r.Raters), c.raters,
					r.Doubtful(), r.Innocent[len(r.Innocent)-2])
			}
		}
	}
}
