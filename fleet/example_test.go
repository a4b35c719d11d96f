package fleet_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/fleet"
	"github.com/ringwatch/ringwatch/rating"
)

// Two shares of the work, which two machines could do; what is found is what
// detect.Run finds in memory.
func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	f, err := fleet.Plan(ctx, dir+"/work", fleet.Job{Build: "1", Ratings: crowd(), Digest: "crowd", Blocks: 4})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	for share := range 2 {
		if _, err := f.Task(ctx, share, 2, nil); err != nil {
			fmt.Println(err)
			return
		}
	}
	in, err := f.Join(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	found, err := detect.Run(ctx, in, detect.Usual())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range found.Rings {
		fmt.Println(r.Raters)
	}
	// Output:
	// [192 193 194 195 196 197 198 199]
}

// crowd is 192 raters who choose alone, and eight who rate ten items together.
func crowd() *rating.Table {
	t := &rating.Table{Raters: rating.Numbered("rater ", 200), Items: rating.Numbered("item ", 110),
		Scale: rating.Scale{Max: 1}}
	rng := rand.New(rand.NewPCG(1, 1))
	for u := range int32(200) {
		for _, i := range rng.Perm(100)[:8] {
			t.Append(u, int32(i), float32(rng.IntN(2)), 86400*int32(i)+rng.Int32N(500_000))
		}
	}
	for u := range int32(200) {
		for i := int32(100); i < 110; i++ {
			switch {
			case u >= 192:
				t.Append(u, i, 1, 86400*(i-50)+rng.Int32N(3600))
			case u%10 == i-100:
				t.Append(u, i, float32(rng.IntN(2)), 86400*(i-50)+rng.Int32N(500_000))
			}
		}
	}
	return t
}
