package sealed_test

import (
	"bytes"
	"context"
	"fmt"

	"github.com/ringwatch/ringwatch/sealed"
	"github.com/ringwatch/ringwatch/simulate"
)

// The hash that goes with the ratings is that of the truth, which comes later.
func Example() {
	secret, err := sealed.NewSecret(bytes.Repeat([]byte("no secret: an example. "), 4))
	if err != nil {
		fmt.Println(err)
		return
	}
	o := simulate.NewOrganic()
	o.Raters, o.Items, o.Ratings = 100, 50, 1000
	w, err := o.Generate(context.Background(), secret.Seed())
	if err != nil {
		fmt.Println(err)
		return
	}
	truth, hash, err := sealed.Seal(w, secret, "small", sealed.Hash([]byte("the file of ratings")))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(sealed.Hash(truth) == hash, sealed.Ratings(w, secret).Len() == w.Ratings.Len())
	// Output:
	// true true
}
