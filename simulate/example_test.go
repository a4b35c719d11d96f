package simulate_test

import (
	"context"
	"fmt"

	"github.com/ringwatch/ringwatch/simulate"
)

// A brigade in a world is appended to it, and the world knows who is in it.
func Example() {
	o := simulate.NewOrganic()
	o.Raters, o.Items, o.Ratings = 200, 100, 2500
	w, err := o.Generate(context.Background(), 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	burst := simulate.NewBurst()
	burst.Accounts, burst.Targets, burst.Filler = 12, 10, 0
	if err := burst.Inject(simulate.Stream(1, "burst"), w); err != nil {
		fmt.Println(err)
		return
	}
	members := 0
	for _, brigade := range w.Brigade {
		if brigade == 1 {
			members++
		}
	}
	c := simulate.Costs(w)[0]
	fmt.Printf("%d accounts of a brigade; the first of its %d ratings is row %d\n", members, c.Actions, w.Honest)
	// Output:
	// 12 accounts of a brigade; the first of its 115 ratings is row 2104
}
