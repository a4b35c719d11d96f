package reports

import (
	"fmt"
	"strings"

	"github.com/ringwatch/ringwatch/accounts"
	"github.com/ringwatch/ringwatch/reports/internal/page"
)

// A Beside is what a file of accounts tells of all rings.
type Beside struct {
	Files    []string `json:"files"`
	Listed   int      `json:"accounts"`               // raters that it names
	Strange  int      `json:"accounts_not_raters"`    // rows of it about accounts that rated nothing
	Columns  []string `json:"columns"`                // that were looked at
	Passed   []string `json:"columns_passed"`         // that were not, and why
	Tested   int      `json:"rings_tested"`           // of whose members enough is known
	AtLeast  int      `json:"rings_sharing_at_least"` // at 95 % confidence
	Estimate float64  `json:"rings_sharing"`          // estimate
}

// A Shared is what members of a ring share beside their ratings.
type Shared struct {
	What     string  `json:"what"`
	Members  int     `json:"members"` // of whom it is known
	Sharing  int     `json:"sharing"`
	Expected float64 `json:"expected"` // of as many other raters of like activity
	Low      int     `json:"control_low"`
	High     int     `json:"control_high"`
	P        float64 `json:"p_value"`
}

// addBeside adds what accounts tell of the rings, and then of the coordinated groups.
func (d *Document) addBeside(b *accounts.Beside) {
	d.Beside = &Beside{Listed: b.Listed, Strange: b.Strange, Tested: b.Tested, AtLeast: b.AtLeast, Estimate: b.Estimate,
		Files: []string{}, Columns: []string{}, Passed: []string{}}
	for _, x := range []struct {
		to   *[]string
		from []string
	}{{&d.Beside.Files, b.Files}, {&d.Beside.Columns, b.Columns}, {&d.Beside.Passed, b.Passed}} {
		for _, s := range x.from {
			*x.to = append(*x.to, page.Shown(s))
		}
	}
	for k, all := range b.Rings {
		r := &d.Rings
		if k >= len(d.Rings) {
			r, k = &d.Coordinated, k-len(d.Rings)
		}
		(*r)[k].Beside = sharedOf(all)
	}
}

func sharedOf(all []accounts.Shared) (of []Shared) {
	for _, s := range all {
		of = append(of, Shared{page.Shown(s.What), s.Members, s.Sharing, s.Expected, s.Low, s.High, s.P})
	}
	return of
}

// Verdict says what all rings together tell.
func (b *Beside) Verdict() string {
	if b.Tested == 0 {
		return "Too little is known of the accounts of any ring to say anything."
	}
	s := fmt.Sprintf("Of %s, at least %d (at 95 %% confidence) have members who share more than chance has it, beside "+
		"their ratings; the estimate is %s.",
		page.Many(b.Tested, "ring"), b.AtLeast, page.Short(b.Estimate))
	return s + " This was not used to find the rings, so it is evidence of its own; a ring whose accounts share " +
		"nothing may be one all the same."
}

// Looked says what was looked at.
func (b *Beside) Looked() string {
	s := fmt.Sprintf("Looked at: %s of %s.", strings.Join(b.Columns, ", "), page.Many(b.Listed, "account"))
	switch {
	case len(b.Columns) == 0 && len(b.Passed) > 0 && len(b.Files) == 1: // no list of sanctions
		s = "Nothing in the file tells accounts apart in a way that rings could share."
	case len(b.Columns) == 0:
		s = "Looked at: who was sanctioned before, which is no independent evidence where Ringwatch itself " +
			"had named them."
	}
	if len(b.Passed) > 0 {
		s += " Passed over: " + strings.Join(b.Passed, ", ") + "."
	}
	if b.Strange > 0 {
		s += fmt.Sprintf(" %s of the file rated nothing.", page.Many(b.Strange, "account"))
	}
	return s
}

// Line says it in a sentence.
func (s Shared) Line() string {
	return fmt.Sprintf("%d of %d %s; of as many others of similar activity, %s (%d to %d in 95 %% of draws), p %s",
		s.Sharing, s.Members, s.What, page.Short(s.Expected), s.Low, s.High, page.Short(s.P))
}

// accounts writes what accounts tell, of a document that has it.
func (p *printer) accounts(d *Document) {
	if d.Beside == nil {
		return
	}
	p.title(2, "Beside the ratings")
	if len(d.Beside.Columns) > 0 {
		p.para(d.Beside.Verdict())
	}
	p.para(d.Beside.Looked())
	var lines []string
	shown := append(append([]Ring{}, d.Rings...), d.Coordinated...)
	for _, r := range shown[:min(len(shown), maxLines)] {
		var parts []string
		for _, s := range r.Beside {
			parts = append(parts, s.Line())
		}
		if len(parts) > 0 {
			lines = append(lines, r.ID+" – "+strings.Join(parts, "; "))
		}
	}
	p.list(append(lines, left(len(shown), maxLines)...))
}

// besideCampaigns writes what accounts tell of the raters of bursts on items.
func (p *printer) besideCampaigns(shown []Campaign) {
	var lines []string
	for _, c := range shown {
		var parts []string
		for _, s := range c.Beside {
			parts = append(parts, s.Line())
		}
		name := c.ID
		if !p.people {
			name += " " + page.Brief(maxName, c.Item)
		}
		if len(parts) > 0 {
			lines = append(lines, name+" – "+strings.Join(parts, "; "))
		}
	}
	if len(lines) > 0 {
		p.para("Beside the ratings, what is known of their accounts; no item is named by it:")
		p.list(lines)
	}
}
