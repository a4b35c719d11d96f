package scenarios

import (
	"encoding/json"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/simulate"
)

// Outcome is one scorer in one world: one JSON line, reproducible byte for byte.
type Outcome struct {
	Scenario string             `json:"scenario"`
	Point    map[string]any     `json:"point,omitempty"` // position on the sweep's axes
	Scorer   string             `json:"scorer"`
	Detector string             `json:"detector"`
	Seed     uint64             `json:"seed"`
	Measures map[string]float64 `json:"measures"` // an undefined measure is absent, never 0 or NaN
	Warnings []string           `json:"warnings,omitempty"`
	// the scenario at this point, less what is as by default; see Rerun
	Recipe  json.RawMessage `json:"recipe,omitempty"`
	Version string          `json:"version,omitempty"` // of Ringwatch
}

// An Experiment is one scenario run at one seed: the world with its truth, what
// the detector found, and the scores without the attack, with it, and with the
// rings that were found given weight 0. Item numbers mean the same in all three.
type Experiment struct {
	Scenario                  *Scenario
	World                     *simulate.World
	Findings                  *detect.Findings
	Clean, Attacked, Defended *scoring.Result
	Outcome                   Outcome

	defence scoring.Input // what scorers see once defended
	looks   []look        // with Scenario.Looks: what would have been found when
}
