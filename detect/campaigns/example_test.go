package campaigns_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/ringwatch/ringwatch/detect/campaigns"
	"github.com/ringwatch/ringwatch/rating"
)

// A shop of 300 items, and thirty accounts of one rating each that praise one of them
// within a day.
func Example() {
	const day = 86400
	t := &rating.Table{Raters: rating.NewNames(), Items: rating.Numbered("item ", 300),
		Scale: rating.Scale{Min: 1, Max: 5}}
	rng := rand.New(rand.NewPCG(1, 1))
	for u := range 4000 { // half come once, the others forty times
		n := 1
		if u%20 == 0 {
			n = 40
		}
		r := t.Raters.Add(fmt.Appendf(nil, "rater %d", u))
		for _, i := range rng.Perm(300)[:n] {
			t.Append(r, int32(i), float32(rng.IntN(5))/4, int32(rng.IntN(500*day)))
		}
	}
	for u := range 30 {
		t.Append(t.Raters.Add(fmt.Appendf(nil, "new %d", u)), 7, 1, int32(250*day+rng.IntN(day)))
	}
	f, err := campaigns.Find(context.Background(), campaigns.Input{Ratings: t})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range f.Campaigns {
		if !c.Deducted() { // others are bursts with votes as usual, or for a person to look at
			continue
		}
		fmt.Printf("%s: %s, %d of %d ratings alike\n", t.Items.Name(c.Item), c.Verdict, c.Votes, c.Ratings)
	}
	// Output:
	// item 008: campaign, 30 of 30 ratings alike
}
