package search

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestClock(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for name, time := range map[string]func() int32{
		"spread":  func() int32 { return int32(rng.Uint32()) },
		"one":     func() int32 { return 7 },
		"ticks":   func() int32 { return rng.Int32N(50) - 9 },
		"burst":   func() int32 { return int32(rng.ExpFloat64() * 1000) },
		"extreme": func() int32 { return []int32{math.MinInt32, 0, math.MaxInt32}[rng.IntN(3)] },
	} {
		for _, n := range []int{0, 1, 3, 1000} {
			times := make([]int32, n)
			for k := range times {
				times[k] = time()
			}
			c := newClock(times, make([]int32, len(times)))
			looks := []int64{math.MinInt32 - 5, -1, 0, 1, 7, 8, math.MaxInt32 + 5}
			for _, x := range times {
				looks = append(looks, int64(x)-1, int64(x), int64(x)+1)
			}
			for _, when := range looks {
				want := 0
				for _, x := range times {
					if int64(x) < when {
						want++
					}
				}
				if got := c.before(when); got != want {
					t.Fatalf("%s, %d times: %d before %d, want %d", name, n, got, when, want)
				}
			}
		}
	}
}
