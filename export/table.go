package export

import (
	"cmp"
	"io"

	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/reports"
)

// table lists accounts and the rings that they are in.
func table(s *Set) (*Files, error) {
	expires := ""
	if !s.Expires.IsZero() {
		expires = stamp(s.Expires)
	}
	var cells [][]string
	for _, e := range s.entries() {
		for _, r := range e.rings {
			d := r.Decision
			cells = append(cells, []string{reports.Shown(e.rater), s.Label, r.ID, r.Certainty, cmp.Or(d.Status, open),
				reports.Shown(d.Reason), reports.Shown(d.By), d.At, expires})
		}
	}
	return &Files{
		Parts: output.Parts{"labels.csv": func(w io.Writer) error {
			return reports.Table(w, []string{"rater", "label", "ring", "certainty", "status", "reason", "decided_by",
				"decided_at", "expires"}, cells)
		}},
		Counts:   []Count{{"labels.csv", len(cells), "label"}},
		HowToUse: "detect --known labels.csv says of the rings of a later run how many of their members are in it.",
	}, nil
}
