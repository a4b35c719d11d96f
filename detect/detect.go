package detect

import (
	"context"
)

// A Detector looks for rings. Its exported fields are its options.
type Detector interface {
	Name() string
	Doc() Doc
	// Detect proposes groups to the pass. An Unable error says why it cannot; any
	// other ends the run.
	Detect(ctx context.Context, p *Pass) error
}

// Doc tells a user what a detector, its source, its cost and its blind spot are.
type Doc struct {
	Summary   string `json:"summary"`
	Source    string `json:"source"`
	Cost      string `json:"cost"`
	BlindSpot string `json:"blind_spot"`
	// a platform's own method and thresholds, not judged: runs only when named
	Official bool `json:"official,omitempty"`
	// judged like the others, but runs only when named: it rarely finds more than the others do
	OnRequest bool `json:"on_request,omitempty"`
	Notes     bool `json:"notes,omitempty"` // looks at Table.Notes
}
