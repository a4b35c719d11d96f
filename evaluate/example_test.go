package evaluate_test

import (
	"fmt"

	"github.com/ringwatch/ringwatch/evaluate"
)

// How well scores rank two who are in a ring above three who are not; of two equal
// scores neither is above.
func ExampleAUC() {
	score := []float64{.9, .4, .4, .2, .1}
	inRing := func(u int32) bool { return u < 2 }
	fmt.Printf("%.2f\n", evaluate.AUC(score, inRing))
	// Output:
	// 0.92
}
