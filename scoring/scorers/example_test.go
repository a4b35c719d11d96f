package scorers_test

import (
	"fmt"

	"github.com/ringwatch/ringwatch/scoring/scorers"
)

// Every scorer can be had by its name.
func Example() {
	s, err := scorers.New("bridging")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s: %s\n", s.Name(), s.Doc().Cost)
	// Output:
	// bridging: two passes over the ratings per sweep, tens of sweeps; 16 bytes a rating
}
