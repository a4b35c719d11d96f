package scenarios_test

import (
	"context"
	"fmt"

	"github.com/ringwatch/ringwatch/scenarios"
)

// A scenario is a text; it is run clean, attacked and defended.
func Example() {
	s, err := scenarios.Parse("mine.yaml", []byte(`
world:
  organic: {raters: 200, items: 100, ratings: 2500}
attacks:
  - burst: {accounts: 12, targets: 10}
scorer: mean
detectors: [synchrony]
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	x, err := s.Run(context.Background(), 1, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	m := x.Outcome.Measures
	fmt.Printf("recall %.2f, targets moved by %.2f, defended by %.2f\n", m["recall"], m["shift"], m["shift.defended"])
	// Output:
	// recall 1.00, targets moved by 0.19, defended by 0.00
}
