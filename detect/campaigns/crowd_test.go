package campaigns

import (
	"fmt"
	"math"
	"testing"
)

// Votes for the end of the scale are told from those of a crowd of one mind, the
// surer the more there are; a crowd's are the usual ones, moved. Of two levels no
// shape tells, and what is usual at the end is no wonder.
func TestLikelier(t *testing.T) {
	even := votes{.2, .15, .2, .25, .2}
	of := func(v, usual votes) float64 {
		x := &trial{burst: &burst{}, votes: v, usual: usual, concentration: 25, cut: cut{high: true, from: 4, to: 4}}
		return x.likelier(5)
	}
	before := math.Inf(-1)
	for _, n := range []float64{5, 10, 20, 50, 200, 5000} {
		if l := of(votes{0, 0, 0, 0, n}, even); l < before {
			t.Errorf("%g votes for the end are less telling, %.2f, than fewer, %.2f", n, l, before)
		} else {
			before = l
		}
	}
	for name, test := range map[string]struct {
		votes, usual votes
		farm         bool
	}{
		"ten for the end":              {votes{0, 0, 0, 0, 10}, even, true},
		"one in six slips":             {votes{0, 0, 8, 0, 42}, even, true},
		"fans, 1.2 deviations off":     {votes{1, 1, 5, 11, 32}, even, false},
		"fans, 2 off":                  {votes{1, 1, 4, 12, 32}, votes{.4, .2, .2, .15, .05}, false},
		"half for the end":             {votes{5, 5, 5, 10, 25}, even, false},
		"all for what nearly all give": {votes{0, 0, 0, 0, 50}, votes{.02, .02, .03, .13, .8}, false},
		"no votes":                     {votes{}, even, false},
	} {
		if l := of(test.votes, test.usual); (l >= math.Ln10) != test.farm || math.IsNaN(l) {
			t.Errorf("%s: %.2f nats, and the bar is %.2f", name, l, math.Ln10)
		}
	}
	for levels := 2; levels <= mostLevels; levels++ {
		var usual, v votes
		for k := range levels {
			usual[k] = 1 / float64(levels)
		}
		v[0] = 30
		x := &trial{burst: &burst{}, votes: v, usual: usual, concentration: 25, cut: cut{from: 0, to: 0}}
		y := &trial{burst: &burst{}, votes: votes{}, usual: usual, concentration: 25,
			cut: cut{high: true, from: levels - 1, to: levels - 1}}
		y.votes[levels-1] = 30
		if a, b := x.likelier(levels), y.likelier(levels); math.Abs(a-b) > 1e-6 || math.IsNaN(a) {
			t.Errorf("%s: at the low end %.4f, at the high one %.4f", fmt.Sprint(levels, " levels"), a, b)
		}
	}
}

// A burst shortly after a larger crowd, or before it, is of the same event, and a crowd itself. What
// is larger, of the other end, long after, or within it, is not.
func TestTailOfACrowd(t *testing.T) {
	crowd := trial{burst: &burst{span: span{10 * day, 12 * day}, ratings: 85}, cut: cut{high: true},
		campaign: Campaign{Verdict: Crowd, Doubt: .9}}
	for name, test := range map[string]struct {
		from, to float64 // days
		ratings  int
		high     bool
		want     Verdict
	}{
		"its tail":           {12.2, 13, 9, true, Crowd},
		"its head":           {8, 9.5, 9, true, Crowd},
		"a day and a bit on": {13.2, 13.6, 9, true, Crowd},
		"long after":         {15, 16, 9, true, Campaigned},
		"larger than it":     {12.2, 13, 100, true, Campaigned},
		"of the other end":   {12.2, 13, 9, false, Campaigned},
		"another item's":     {12.2, 13, -9, true, Campaigned},
		"a short one in it":  {11, 11.1, 9, true, Campaigned},
	} {
		x := trial{burst: &burst{span: span{int32(test.from * day), int32(test.to * day)}, ratings: test.ratings},
			cut: cut{high: test.high}, campaign: Campaign{Verdict: Campaigned, Doubt: .01}}
		if test.ratings < 0 {
			x.item, x.burst.ratings = 1, -test.ratings
		}
		all := []trial{x, crowd}
		tails(all)
		if c := all[0].campaign; c.Verdict != test.want || (c.Doubt == .9) != (test.want == Crowd) {
			t.Errorf("%s: %s with a doubt of %.2f, want %s", name, c.Verdict, c.Doubt, test.want)
		}
	}
}
