package ringwatch_test

import (
	"context"
	"fmt"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/gate"
	"github.com/ringwatch/ringwatch/scenarios"
	"github.com/ringwatch/ringwatch/scoring"
)

// The analyst: who acts together in these ratings, and on what?
func Example_detect() {
	ctx := context.Background()
	w, err := small().Simulate(ctx, 1) // in place of rating.Read
	if err != nil {
		fmt.Println(err)
		return
	}
	f, err := detect.Run(ctx, detect.Input{Ratings: w.Ratings, Seed: 1}, detect.Usual())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range f.Rings {
		fmt.Printf("%d raters act together on %d items\n", len(r.Raters), len(r.Items))
	}
	// Output:
	// 12 raters act together on 9 items
}

// The researcher: how much does a larger brigade move, and how much of that does a
// defence take back?
func Example_sweep() {
	s, err := small().With("attacks.burst.accounts=24")
	if err != nil {
		fmt.Println(err)
		return
	}
	jobs, err := scenarios.Jobs([]*scenarios.Scenario{small(), s}, scenarios.FirstSeeds(1))
	if err != nil {
		fmt.Println(err)
		return
	}
	for o, err := range scenarios.Sweep(context.Background(), jobs, nil) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%d accounts: %.2f, defended %.2f\n", int(o.Measures["cost.accounts"]), o.Measures["shift"],
			o.Measures["shift.defended"])
	}
	// Output:
	// 12 accounts: 0.19, defended 0.00
	// 24 accounts: 0.29, defended 0.00
}

// The engineer: does this scorer let twelve accounts move their targets by a tenth of
// the scale? The gate says so only where it is no matter of luck.
func Example_gate() {
	limit, err := scenarios.ParseLimit("shift <= 0.1")
	if err != nil {
		fmt.Println(err)
		return
	}
	p := &gate.Plan{Scenarios: []*scenarios.Scenario{small()}, Candidate: scoring.NewMedian(),
		Seeds: scenarios.FirstSeeds(6), Options: gate.Options{Alpha: .05, Limits: []scenarios.Limit{limit}}}
	done, err := p.Run(context.Background(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(done.Report.Verdict)
	// Output:
	// fail
}

// small is a world of 200 raters with a brigade of twelve.
func small() *scenarios.Scenario {
	s, err := scenarios.Parse("small.yaml", []byte(`
world:
  organic: {raters: 200, items: 100, ratings: 2500}
attacks:
  - burst: {accounts: 12, targets: 10}
scorer: mean
`))
	if err != nil {
		panic(err)
	}
	return s
}
