package judge

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/rating"
)

// A company is twenty raters who rate the same twenty items within an hour, in a crowd
// that gives each item from 1 to 5 stars by its quality.
type company struct {
	name string
	// own: of one who thinks so much more of it than the crowd
	vote  func(rng *rand.Rand, item int, own func(more float64) float32) float32
	worth [2]float64 // of one of its votes, least and most
}

const companySize, companyItems = 20, 20

func (c *company) table(seed uint64) *rating.Table {
	rng := rand.New(rand.NewPCG(seed, 1))
	const honest, items = 600, 200
	tab := &rating.Table{Raters: rating.Numbered("r", honest+companySize), Items: rating.Numbered("i", items),
		Scale: rating.Scale{Min: 1, Max: 5}}
	quality := make([]float64, items)
	for i := range quality {
		quality[i] = rng.NormFloat64()
	}
	own := func(i int, more float64) float32 {
		x := quality[i] + more + rng.NormFloat64()
		return float32(min(4, max(0, math.Round(2+1.3*x)))) / 4
	}
	const day = 86400
	for u := range int32(honest + companySize) {
		for _, i := range rng.Perm(items - companyItems)[:12] {
			tab.Append(u, int32(companyItems+i), own(i+companyItems, 0), int32(rng.IntN(90*day)))
		}
	}
	for i := range companyItems {
		for _, u := range rng.Perm(honest)[:15] {
			tab.Append(int32(u), int32(i), own(i, 0), int32(rng.IntN(90*day)))
		}
		at := rng.IntN(89 * day)
		for u := range companySize {
			if rng.Float64() < .8 {
				tab.Append(int32(honest+u), int32(i),
					c.vote(rng, i, func(more float64) float32 { return own(i, more) }), int32(at+rng.IntN(3600)))
			}
		}
	}
	return tab
}

// TestEffectiveVotes: an honest club counts in full, a script for one, and what lies
// between for little.
func TestEffectiveVotes(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	var opinion [companyItems]float64
	for i := range opinion {
		opinion[i] = rng.NormFloat64()
	}
	for _, c := range []company{
		{"honest club", func(_ *rand.Rand, _ int, own func(float64) float32) float32 { return own(0) },
			[2]float64{.95, 1}},
		{"club with opinions of its own", func(_ *rand.Rand, i int, own func(float64) float32) float32 {
			return own(opinion[i])
		}, [2]float64{.95, 1}},
		{"script", func(_ *rand.Rand, i int, _ func(float64) float32) float32 { return float32(i*7%5) / 4 },
			[2]float64{0, .08}},
		{"all five", func(*rand.Rand, int, func(float64) float32) float32 { return 1 }, [2]float64{0, .08}},
		{"four or five", func(rng *rand.Rand, _ int, _ func(float64) float32) float32 {
			return float32(3+rng.IntN(2)) / 4
		}, [2]float64{0, .12}},
		{"three in ten as each thinks", func(rng *rand.Rand, _ int, own func(float64) float32) float32 {
			if rng.Float64() < .3 {
				return own(0)
			}
			return 1
		}, [2]float64{0, .2}},
		{"half of the items", func(_ *rand.Rand, i int, own func(float64) float32) float32 {
			if i < companyItems/2 {
				return 0
			}
			return own(0)
		}, [2]float64{.4, .65}},
	} {
		t.Run(c.name, func(t *testing.T) {
			mean := 0.
			for seed := range uint64(2) {
				share, told := c.worthOf(seed, SharedOdds)
				t.Logf("seed %d: a vote is worth %.3f (%+v)", seed, share, told)
				mean += share / 2
				if far := c.name == "all five"; far && told.Away < 1 || c.name == "honest club" && told.Away > .5 {
					t.Errorf("its votes are %.2f variances from what others think", told.Away)
				}
			}
			if mean < c.worth[0] || mean > c.worth[1] {
				t.Errorf("a vote is worth %.3f; want %g to %g", mean, c.worth[0], c.worth[1])
			}
		})
	}
}

// worthOf hears the company as a group of which the odds are so.
func (c *company) worthOf(seed uint64, odds float64) (share float64, told Correlation) {
	tab := c.table(seed)
	b := NewVotes(null.NewActs(tab), tab)
	g := &Group{}
	for u := range companySize {
		g.Raters = append(g.Raters, int32(tab.Raters.Len()-companySize+u))
	}
	acts := make([][]int32, companyItems)
	for k := range b.Rater {
		if i := b.ItemOf(int32(k)); i < companyItems {
			if b.Rater[k] >= g.Raters[0] {
				acts[i] = append(acts[i], int32(k))
			}
			if b.ItemStart[i] == int32(k) {
				g.Core = append(g.Core, i)
			}
		}
	}
	g.Jury = b.judge(g.Core, acts, func(u int32) bool { return u >= g.Raters[0] })
	told = g.Correlation(odds)[0]
	votes, worth := 0., 0.
	for at, i := range told.Items {
		if i < companyItems {
			k := float64(len(acts[i]))
			votes, worth = votes+k, worth+k*(1-told.Planned[at])+told.Planned[at]*k/(1+(k-1)*told.Within)
		}
	}
	return worth / votes, told
}
