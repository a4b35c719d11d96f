package scoring_test

import (
	"context"
	"fmt"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
)

// A defence is a weight per rater, which every scorer takes.
func Example() {
	t := &rating.Table{Raters: rating.Numbered("rater ", 10), Items: rating.Numbered("item ", 1),
		Scale: rating.Scale{Max: 1}}
	weight := make([]float32, 10)
	for u := range int32(10) { // six of ten, who are in a ring, praise it
		weight[u] = 1
		t.Append(u, 0, .2, 0)
		if u >= 4 {
			t.Value[u], weight[u] = 1, 0
		}
	}
	for _, in := range []scoring.Input{{Ratings: t}, {Ratings: t, Weight: weight}} {
		r, err := scoring.NewMean().Score(context.Background(), in)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%.2f %v\n", r.Item[0], r.Status[0])
	}
	// Output:
	// 0.68 needs-more
	// 0.20 needs-more
}
