package reports

import (
	"fmt"
	"strings"

	"github.com/ringwatch/ringwatch/reports/internal/page"
)

// SinceLine says in a sentence or two what is new since the earlier case; empty
// where there is none.
func (d *Document) SinceLine() string {
	s := d.Since
	if s == nil {
		return ""
	}
	by := map[string][]string{}
	for _, g := range d.named() {
		by[g.Since.Change] = append(by[g.Since.Change], g.ID)
	}
	for _, g := range s.Gone {
		by["gone"] = append(by["gone"], g.ID)
	}
	parts := changes(by)
	if len(parts) == 0 {
		parts = []string{"no ring, then or now"}
	}
	line := fmt.Sprintf("Delivery %d, since %s: %s.", s.Delivery, page.Brief(maxName, s.Title),
		strings.Join(parts, ", "))
	if parts := d.campaignChanges(); len(parts) > 0 {
		line += " Campaigns on items: " + strings.Join(parts, ", ") + "."
	}
	return line
}

// changes lists names by what became of them.
func changes(by map[string][]string) (parts []string) {
	for _, change := range []string{"new", "grown", "smaller", "changed", "other evidence", "unchanged", "gone"} {
		ids := by[change]
		if len(ids) == 0 {
			continue
		}
		some := strings.Join(ids[:min(len(ids), maxShared)], ", ")
		if n := len(ids) - maxShared; n > 0 {
			some += " and " + page.Count(n) + " more"
		}
		words := change
		if change == "other evidence" {
			words = "with other evidence"
		}
		parts = append(parts, fmt.Sprintf("%s %s (%s)", page.Count(len(ids)), words, some))
	}
	return parts
}

// Became says what became of a ring since the earlier case, in a sentence; empty
// where there is none.
func (r *Ring) Became() string {
	s, as := r.Since, ""
	if s == nil {
		return ""
	}
	if s.Was != r.ID { // a coordinated group is a ring now, or the other way round
		as = ", as " + s.Was
	}
	var parts []string
	switch {
	case s.Change == "new":
		return "New in this delivery."
	case s.Change == "unchanged":
		parts = append(parts, "The members, targets and certainty of the delivery before"+as)
	default:
		what := []string{}
		if n := len(s.Joined); n > 0 {
			what = append(what, page.Count(n)+" joined")
		}
		if n := len(s.Left); n > 0 {
			what = append(what, page.Count(n)+" left")
		}
		if s.Targets > 0 {
			what = append(what, page.Many(s.Targets, "new target"))
		}
		if len(what) == 0 {
			what = append(what, "the same members, other evidence")
		}
		parts = append(parts, "Since the delivery before"+as+": "+strings.Join(what, ", ")+
			"; it was "+s.Certain+" then")
	}
	if len(s.Also) > 0 {
		parts = append(parts, "also in it: "+strings.Join(s.Also, ", "))
	}
	return strings.Join(parts, "; ") + "." +
		s.Decision.carried(s.Stands, "that was about other members or other evidence, so look again")
}

// carried says what was decided in the earlier case and whether it stands, or why not;
// empty where nothing was.
func (d *Decision) carried(stands bool, why string) string {
	if d == nil || d.Status == "open" {
		return ""
	}
	line := " It was " + d.Status
	if d.By != "" {
		line += " by " + d.By
	}
	if stands {
		return line + ", which stands."
	}
	return line + "; " + why + "."
}

// Line says what became of a ring that is not there any more.
func (g *Gone) Line() string {
	s := fmt.Sprintf("%s, of %s, is not there any more", g.ID, page.Many(g.Size, "rater"))
	switch {
	case strings.HasPrefix(g.Now, "S"):
		s += ": " + g.Now + ", a shared interest or exposure, explains it now"
	case g.Now != "":
		s += ": most of its members are in " + g.Now
	}
	if g.Still < g.Size {
		s += fmt.Sprintf("; %s of its members are in these ratings", page.Count(g.Still))
	}
	if d := g.Decision; d != nil && d.Status != "open" {
		s += "; it was " + d.Status
		if d.By != "" {
			s += " by " + d.By
		}
	}
	return s + "."
}

// since writes what became of the rings of an earlier case.
func (p *printer) since(d *Document) {
	if d.Since == nil {
		return
	}
	p.para(d.SinceLine())
	var lines []string
	for _, g := range d.named() {
		if g.Since.Change != "new" && g.Since.Change != "unchanged" || g.Since.Decision != nil {
			lines = append(lines, g.ID+" – "+g.Became())
		}
	}
	for i := range d.Since.Gone {
		lines = append(lines, d.Since.Gone[i].Line())
	}
	for i := range d.Since.GoneCampaigns {
		g := &d.Since.GoneCampaigns[i]
		name := g.ID
		if !p.people {
			name += " on " + page.Brief(maxName, g.Item)
		}
		lines = append(lines, name+" – "+g.Line())
	}
	p.list(append(lines[:min(len(lines), maxLines):min(len(lines), maxLines)], left(len(lines), maxLines)...))
}
