package judge

import (
	"math/rand/v2"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/null"
)

// TestDivided: two camps on the same items are told from members who each vote
// against their goal now and then, whatever share of votes that takes.
func TestDivided(t *testing.T) {
	const items = 7
	for _, c := range []struct {
		name string
		vote func(rng *rand.Rand, member, item int) bool // up
		want bool
	}{
		{"of one mind", func(_ *rand.Rand, _, _ int) bool { return true }, false},
		{"a tenth against", func(rng *rand.Rand, _, _ int) bool { return rng.Float64() > .1 }, false},
		{"a third against", func(rng *rand.Rand, _, _ int) bool { return rng.Float64() > .3 }, false},
		{"seventeen against four", func(_ *rand.Rand, member, _ int) bool { return member < 4 }, true},
		{"two camps who slip", func(rng *rand.Rand, member, _ int) bool {
			return (member < 6) == (rng.Float64() > .05)
		}, true},
		{"sides by item", func(_ *rand.Rand, _, item int) bool { return item%2 == 0 }, false},
		{"one who is always against", func(_ *rand.Rand, member, _ int) bool { return member > 0 }, false},
	} {
		rng := rand.New(rand.NewPCG(3, 4))
		j := &Jury{Votes: &Votes{votedActs: votedActs{Acts: &null.Acts{}, Levels: 2, LevelBase: []float64{.5, .5}}}}
		for i := range items {
			var acts []int32
			for m := range 21 {
				if rng.Float64() > .8 {
					continue
				}
				level := uint8(0)
				if c.vote(rng, m, i) {
					level = 1
				}
				acts = append(acts, int32(len(j.Rater)))
				j.Rater, j.Level = append(j.Rater, int32(m)), append(j.Level, level)
			}
			j.items, j.acts = append(j.items, int32(i)), append(j.acts, acts)
		}
		if got := j.divided(); got != c.want {
			t.Errorf("%s: divided is %v", c.name, got)
		}
	}
}
