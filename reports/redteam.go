package reports

import (
	"fmt"
	"io"

	"github.com/ringwatch/ringwatch/gate"
	"github.com/ringwatch/ringwatch/reports/internal/page"
)

// RedTeamText says what a search found, and where it was written, if anywhere.
func RedTeamText(w io.Writer, f *gate.Found, out string, o TextOptions) error {
	p := &printer{o: o, text: true}
	p.title(1, "Red team: "+page.Shown(f.Scenario.Name))
	p.para(fmt.Sprintf("%s at the seeds held out: %s before, %s after %s; %s at the seeds that were searched. The "+
		"brigades gave %s ratings before and %s after.",
		f.Measure, gateNumber(f.Before), gateNumber(f.After), page.Many(f.Tried,
			"attack"), gateNumber(f.TrainAfter), page.Short(f.ActionsBefore), page.Short(f.ActionsAfter)))
	if len(f.Changed) == 0 {
		p.para("No attack that was tried does more damage than the one the search began with.")
	} else {
		rows := [][]string{}
		for _, c := range f.Changed {
			rows = append(rows, []string{c.Path, c.Before, c.After})
		}
		p.table([]string{"option", "\tbefore", "\tafter"}, rows)
	}
	if out != "" {
		p.para("The attack is in " + out + "; ringwatch gate " + out + " holds a scorer to it.")
	}
	return p.flush(w)
}
