package detect

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
)

// TestTwoTargets: two targets are the least that a ring has, as README says.
func TestTwoTargets(t *testing.T) {
	for targets, want := range map[int]int{1: 0, 2: 1} {
		tab := &rating.Table{Raters: rating.NewNames(), Items: rating.NewNames(), Scale: rating.Scale{Min: 1, Max: 5}}
		rng := rand.New(rand.NewPCG(2, 1))
		act := func(rater, item string, value float32, at int) {
			tab.Append(tab.Raters.Add([]byte(rater)), tab.Items.Add([]byte(item)), (value-1)/4, int32(at))
		}
		for u := range 500 {
			for _, i := range rng.Perm(200)[:3+rng.IntN(12)] {
				act(fmt.Sprint("u", u), fmt.Sprint("i", i), float32(1+rng.IntN(5)), rng.IntN(60*86400))
			}
		}
		for target := range targets {
			for _, u := range rng.Perm(500)[:20] {
				act(fmt.Sprint("u", u), fmt.Sprint("t", target), float32(1+rng.IntN(3)), rng.IntN(60*86400))
			}
			for b := range 12 {
				act(fmt.Sprint("b", b), fmt.Sprint("t", target), 5, 1000000+target*300000+rng.IntN(40))
			}
		}
		for b := range 12 {
			for _, i := range rng.Perm(200)[:5] {
				act(fmt.Sprint("b", b), fmt.Sprint("i", i), float32(1+rng.IntN(5)), rng.IntN(60*86400))
			}
		}
		f, err := Run(context.Background(), Input{Ratings: tab.Canonical(), Seed: 1}, Usual())
		if err != nil {
			t.Fatal(err)
		}
		if len(f.Rings) != want {
			t.Errorf("%d targets: %d rings, want %d", targets, len(f.Rings), want)
		}
	}
}
