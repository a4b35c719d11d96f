//go:build unix

package detect

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/ringwatch/ringwatch/rating"
)

// Honest data of a costly shape takes not much longer than other data of its size:
// all ratings in one second, one item or one rater that has nearly all, everybody
// on everything, closed circles, twins, families, and one event.
func TestShapes(t *testing.T) {
	n := 4_000
	if os.Getenv("RINGWATCH_LONG") != "" {
		n = 100_000
	}
	const begin, days = 1_700_000_000, 86_400
	rng := rand.New(rand.NewPCG(7, 1))
	anytime := func() int { return begin + rng.IntN(90*days) }
	table := func(put func(act func(rater, item, at int))) *rating.Table {
		out := &rating.Table{Raters: rating.NewNames(), Items: rating.NewNames(), Scale: rating.Scale{Max: 1}}
		seen := map[[2]int]bool{}
		put(func(rater, item, at int) {
			if !seen[[2]int{rater, item}] {
				seen[[2]int{rater, item}] = true
				out.Append(out.Raters.Add(fmt.Append(nil, "r", rater)), out.Items.Add(fmt.Append(nil, "i", item)),
					float32(rng.IntN(3))/2, int32(at))
			}
		})
		return out
	}
	side := 1
	for side*side < n {
		side++
	}
	usual := func(at func() int) func(act func(rater, item, at int)) {
		return func(act func(rater, item, at int)) {
			for range n {
				x, y := rng.Float64(), rng.Float64()
				act(int(float64(n)/25*x*x), int(float64(n)/40*y*y*y), at())
			}
		}
	}
	kin := func(size int) func(act func(rater, item, at int)) {
		return func(act func(rater, item, at int)) {
			for rater := 0; rater < n/25; rater += size {
				for range 25 {
					item, at := rng.IntN(n/40), anytime()
					for k := range size {
						act(rater+k, item, at)
					}
				}
			}
		}
	}
	shapes := []struct {
		name string
		put  func(act func(rater, item, at int))
	}{
		{"usual", usual(anytime)},
		{"one second", usual(func() int { return begin })},
		{"three items", func(act func(rater, item, at int)) {
			for k := range n {
				act(k, k%3, anytime())
			}
		}},
		{"three raters", func(act func(rater, item, at int)) {
			for k := range n {
				act(k%3, k, anytime())
			}
		}},
		{"all on all", func(act func(rater, item, at int)) {
			for k := range n {
				act(k/side, k%side, anytime())
			}
		}},
		{"all on all in a second", func(act func(rater, item, at int)) {
			for k := range n {
				act(k/side, k%side, begin)
			}
		}},
		{"closed circles", func(act func(rater, item, at int)) {
			for k := range n {
				circle := k / 900
				act(30*circle+k%900/30, 30*circle+k%30, anytime())
			}
		}},
		{"twins", kin(2)},
		{"families", kin(20)},
		{"one event", func(act func(rater, item, at int)) {
			for k := range n {
				act(k/25, k%25, begin+k%25)
			}
		}},
	}
	var allowed time.Duration
	for _, shape := range shapes {
		ratings := table(shape.put)
		before := used()
		in := Input{Ratings: ratings, Seed: 1}
		f, err := Run(context.Background(), in, Usual())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Campaigns(context.Background(), in, f.Rings); err != nil {
			t.Fatal(err)
		}
		took := used() - before
		t.Logf("%-22s %6d ratings: %v, %d rings, %d coordinated, %d shared",
			shape.name, ratings.Len(), took.Round(time.Millisecond), len(f.Rings), len(f.Coordinated), len(f.Shared))
		if shape.name == "usual" {
			allowed = max(10*took, time.Second)
		} else if took > allowed {
			t.Errorf("%s takes %v, more than ten times what usual data does", shape.name, took)
		}
	}
}

// used is the processor time of this program.
func used() time.Duration {
	var r syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
