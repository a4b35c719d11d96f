package campaigns

import (
	"math"
	"testing"
)

// Accounts that a job gave all the same number of ratings, or one of two, are told from
// people with other ratings of their own; where all came once, it says next to nothing.
func TestAlike(t *testing.T) {
	platform := lives{620, 160, 100, 30, 25, 20, 15, 15, 15}
	for name, test := range map[string]struct {
		lives    lives
		expected float64
		few      int
		from, to float64 // nats that it is likelier of a job's accounts
	}{
		"one rating each, nothing else looked at": {lives{20}, 0, 1, 0, 0},
		"one rating each":                         {lives{20}, 0, 9, 0, .2},
		"three each":                              {lives{0, 0, 20}, 0, 9, 0, 2},
		"two or three each":                       {lives{0, 12, 8}, 0, 9, 0, 2},
		"two of forty slipped":                    {lives{0, 0, 38, 1, 1}, 0, 9, 0, 2},
		"people with two to five":                 {lives{0, 11, 14, 12, 9}, .3, 9, -50, -20},
		"three such people say little":            {lives{0, 1, 0, 1, 1}, 0, 9, -2, 1},
		"twenty of one, and fifteen who were due": {lives{29, 3, 2, 1}, 15, 9, -1, .5},
		"nobody": {lives{}, 0, 9, -.2, .2},
	} {
		x := &trial{burst: &burst{expected: test.expected}, lives: test.lives}
		farm, people := x.alike(test.few, &platform)
		if nats := farm - people; !(test.from <= nats && nats <= test.to) || math.IsNaN(nats) {
			t.Errorf("%s: %.2f nats, want %g to %g", name, nats, test.from, test.to)
		}
	}
	x := &trial{burst: &burst{}, lives: lives{3, 1}}
	if farm, people := x.alike(9, &lives{}); math.IsInf(farm-people, 0) || math.IsNaN(farm-people) {
		t.Errorf("of a platform without such accounts: %g, %g", farm, people)
	}
}
