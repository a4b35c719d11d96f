package judge

import (
	"math/rand/v2"
	"testing"
)

// TestPriorOf: an item of which all think the same is as nothing else, and those
// who join in that say little.
func TestPriorOf(t *testing.T) {
	b := camps(false, func(_ *rand.Rand, _, _ int, own bool) bool { return own })
	b.ItemPrior = 16
	if p := b.priorOf([]float64{0, 30}); p > 4 {
		t.Errorf("30 votes of one kind: a prior of %.1f votes", p)
	}
	if p := b.priorOf([]float64{30 * b.LevelBase[0], 30 * b.LevelBase[1]}); p < 8 {
		t.Errorf("30 votes as anywhere: a prior of %.1f votes", p)
	}
	if p := b.priorOf([]float64{0, 0}); p < 8 || p > 16 {
		t.Errorf("no votes: a prior of %.1f votes, want little less than of most items", p)
	}
}
