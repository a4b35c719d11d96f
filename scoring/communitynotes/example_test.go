package communitynotes_test

import (
	"context"
	"fmt"

	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/communitynotes"
	"github.com/ringwatch/ringwatch/simulate"
)

// The core model on a made crowd of 200.
func Example() {
	o := simulate.NewOrganic() // in place of what X publishes, read with rating.ReadOptions.Notes
	o.Raters, o.Items, o.Ratings, o.Notes = 200, 60, 3000, true
	w, err := o.Generate(context.Background(), 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	w.Publish()
	r, err := communitynotes.NewCore().Score(context.Background(), scoring.Input{Ratings: w.Ratings})
	if err != nil {
		fmt.Println(err)
		return
	}
	count := map[scoring.Status]int{}
	for _, s := range r.Status {
		count[s]++
	}
	fmt.Printf("%d need more ratings, %d are helpful, %d are not\n", count[scoring.NeedsMore], count[scoring.Helpful],
		count[scoring.NotHelpful])
	// Output:
	// 38 need more ratings, 12 are helpful, 10 are not
}
