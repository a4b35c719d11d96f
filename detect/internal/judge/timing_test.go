package judge

import (
	"math/rand/v2"
	"testing"
)

// TestConstantLag: a script that follows another is told from people who share a
// list, an audience, a household, and from times that are told to the day.
func TestConstantLag(t *testing.T) {
	const n = 20
	for _, c := range []struct {
		name  string
		grain int32
		times func(rng *rand.Rand, i int) (a, b int)
		tells bool
	}{
		{"a script, 17 minutes later", 1, func(rng *rand.Rand, i int) (int, int) {
			return 30 * i, 30*i + 1050 + rng.IntN(4)
		}, true},
		{"a script, days apart", 1, func(rng *rand.Rand, i int) (int, int) {
			x := 86400*i + rng.IntN(9000)
			return x, x + 600 + rng.IntN(5)
		}, true},
		{"an audience", 1, func(rng *rand.Rand, i int) (int, int) { return 60*i + rng.IntN(5), 60*i + rng.IntN(5) },
			false},
		{"one list, each at its own pace", 1, func(rng *rand.Rand, i int) (int, int) {
			return 30*i + rng.IntN(20), 1000 + 30*i + rng.IntN(60)
		}, false},
		{"a household", 1, func(rng *rand.Rand, i int) (int, int) {
			x := 86400*i + rng.IntN(9000)
			return x, x + int(120*rng.ExpFloat64())
		}, false},
		{"days", 86400, func(rng *rand.Rand, i int) (int, int) { return 86400 * i, 86400 * (i + 3) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 2))
			a, b := map[int]int32{}, map[int]int32{}
			for i := range n {
				x, y := c.times(rng, i)
				a[i], b[i] = int32(x), int32(y)
			}
			nats, lag := constantLag(a, b, c.grain)
			if nats > 10 != c.tells {
				t.Errorf("%.1f nats, at %d s", nats, lag)
			}
		})
	}
}

// TestCoordinated: what a group lacks for the second tier.
func TestCoordinated(t *testing.T) {
	group := func(change func(g *Group)) *Group {
		g := &Group{LnP: -30, Bar: 5, Jury: &Jury{Votes: &Votes{votedActs: votedActs{Levels: 2}}},
			Timing: Timing{Synchrony: 20}}
		g.Jury.Verdict.Evidence = 12
		change(g)
		return g
	}
	for _, c := range []struct {
		name   string
		change func(g *Group)
		want   bool
	}{
		{"together and alike", func(*Group) {}, true},
		{"may be chance", func(g *Group) { g.LnP = -3 }, false},
		{"as the crowd's times have it", func(g *Group) { g.Timing.Synchrony = 2 }, false},
		{"no more alike than viewpoints make them", func(g *Group) { g.Jury.Verdict.Evidence = 1 }, false},
		{"each judges the items", func(g *Group) { g.Apart = -20 }, false},
		{"for an innocent reason", func(g *Group) { g.excused = true }, false},
		{"by a clock", func(g *Group) { g.Timing = Timing{Cadence: 9} }, true},
		{"without values", func(g *Group) { g.Jury.Levels = 1 }, false},
	} {
		if got := group(c.change).Coordinated(); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// TestOneOccasion: what happened on one day is heard of later by some; who comes to each item
// on a day of its own, or within a week, is on no one occasion.
func TestOneOccasion(t *testing.T) {
	const day = 86400
	for _, c := range []struct {
		name string
		at   func(rng *rand.Rand, item int) float64
		one  bool
	}{
		{"an evening", func(rng *rand.Rand, _ int) float64 { return .2 * rng.Float64() }, true},
		{"an outage, as it is heard of", func(rng *rand.Rand, _ int) float64 { return .8 * rng.ExpFloat64() }, true},
		{"a week", func(rng *rand.Rand, _ int) float64 { return 7 * rng.Float64() }, false},
		{"a long weekend", func(rng *rand.Rand, _ int) float64 { return 3.5 * rng.Float64() }, false},
		{"two in three at once, the others a month later", func(_ *rand.Rand, i int) float64 {
			return float64(30 * (i % 3 / 2))
		}, false},
		{"a day each", func(rng *rand.Rand, i int) float64 { return float64(9*i) + .2*rng.Float64() }, false},
	} {
		rng, r := rand.New(rand.NewPCG(3, 4)), &reading{}
		for i := range 6 {
			var times []int32
			for range 30 {
				times = append(times, int32(day*(10+c.at(rng, i))))
			}
			r.targets = append(r.targets, target{core: true, times: times})
		}
		if r.oneOccasion() != c.one {
			t.Errorf("%s: %v", c.name, !c.one)
		}
	}
}
