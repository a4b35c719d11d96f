package gate_test

import (
	"fmt"

	"github.com/ringwatch/ringwatch/gate"
	"github.com/ringwatch/ringwatch/scenarios"
)

// Outcomes of two versions at the same seeds: is the second worse by more than a
// margin, and not by luck?
func ExampleJudge() {
	var before, after []scenarios.Outcome
	for seed := range uint64(8) {
		o := scenarios.Outcome{Scenario: "burst", Scorer: "mean", Seed: seed,
			Measures: map[string]float64{"shift": .2 + .01*float64(seed%3)}}
		before = append(before, o)
		o.Measures = map[string]float64{"shift": o.Measures["shift"] + .05}
		after = append(after, o)
	}
	for _, margin := range []float64{.01, .1} {
		r, err := gate.Judge(nil, after, before, gate.Options{Alpha: .05, Margins: map[string]float64{"shift": margin}})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("at most %g worse: %v\n", margin, r.Verdict)
	}
	// Output:
	// at most 0.01 worse: fail
	// at most 0.1 worse: pass
}
