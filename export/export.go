package export

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/ringwatch/ringwatch/internal/plural"
	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports"
)

// A Ring is a ring or a coordinated group of a case, and what people decided.
type Ring struct {
	reports.Ring
	Decision reports.Decision
	Raters   []string // identifiers as in the data
	Targets  []string
}

// A Choice says which rings are handed on. The zero Choice is what people
// confirmed of what stands without doubt.
type Choice struct {
	All     bool     // what nobody decided about yet, too; never what was dismissed
	Include []string // of Doubts: kinds that are left out unless they are asked for
}

// Doubts are the certainties that are handed on only where they are named, even
// of what was confirmed.
var Doubts = []string{"in-doubt", "unstable", reports.Coordinated}

// What a decision's status may be.
const (
	open      = "open"
	confirmed = "confirmed"
	dismissed = "dismissed"
)

// doubt is a certainty as Doubts has it, or empty.
func doubt(certainty string) string {
	if d := strings.ReplaceAll(certainty, " ", "-"); slices.Contains(Doubts, d) {
		return d
	}
	return ""
}

// A LeftOut says how many rings were not chosen, and why.
type LeftOut struct {
	Rings int
	Why   string
}

// Choose returns the rings of a choice in their order, and what it left out.
func Choose(rings []Ring, c Choice) (chosen []Ring, left []LeftOut, err error) {
	for _, name := range c.Include {
		if !slices.Contains(Doubts, name) {
			return nil, nil, fmt.Errorf("%q is none of %s", name, strings.Join(Doubts, ", "))
		}
	}
	count := map[string]int{}
	for _, r := range rings {
		d, status := doubt(r.Certainty), cmp.Or(r.Decision.Status, open)
		if r.Certainty != "" && !slices.Contains(reports.Certainties, r.Certainty) {
			return nil, nil, fmt.Errorf("ring %s has the certainty %q, which is none of %s; make the case anew",
				r.ID, r.Certainty, strings.Join(reports.Certainties, ", "))
		}
		if slices.ContainsFunc(r.Raters, func(id string) bool { return strings.TrimSpace(id) == "" }) {
			return nil, nil, fmt.Errorf("ring %s has a rater without a name; make the case anew", r.ID)
		}
		switch {
		case status == dismissed:
			count[dismissed]++
		case status != confirmed && !c.All:
			count["not confirmed (--all takes those too, but for what is in doubt)"]++
		case d != "" && !slices.Contains(c.Include, d):
			count[fmt.Sprintf("%s (--include %s)", r.Certainty, d)]++
		default:
			chosen = append(chosen, r)
		}
	}
	for why, n := range count {
		left = append(left, LeftOut{n, why})
	}
	slices.SortFunc(left, func(a, b LeftOut) int { return cmp.Compare(a.Why, b.Why) })
	return chosen, left, nil
}

// A Set is the rings that are handed on, and how.
type Set struct {
	Case    *reports.Document
	Ratings *rating.Table // nil if the case holds none
	Rings   []Ring
	Options
}

// Options are what formats ask for. The zero value has no time and no expiry.
type Options struct {
	At         time.Time // of the export: when labels are made and reports sent
	Expires    time.Time // when labels run out; zero for never
	Label      string
	EntityType string // what an account is called there: Osprey's entity type, Coop's item type
	Reporter   string // Coop: TYPE/ID of the account that reports
	Policy     string // Coop: the policy's id, or empty
	DID        string // Ozone: the moderator's
	AllVotes   bool   // undo: every vote of members, and not those on targets alone
	RevealIDs  bool   // STIX: identifiers as they are, and no pseudonyms
}

// A Format is a place that rings are handed on to.
type Format struct {
	Name, Doc string
	needs     []string // options without which it cannot be written
	write     func(*Set) (*Files, error)
}

// Files are what a format writes.
type Files struct {
	Parts    output.Parts
	Counts   []Count  // what is in each of them, for people; those of one file together
	LeftOut  []string // what could not be said in the format
	HowToUse string
}

// A Count says how many entries a file has.
type Count struct {
	File string
	N    int
	Of   string // one of them
}

// Formats are all formats.
func Formats() []Format {
	return []Format{
		{"osprey", "labels for Osprey's POST /entities/labels, and their declaration",
			[]string{"entity-type", "label"}, osprey},
		{"coop", "reports for Coop's POST /api/v1/report, and lists of identifiers to paste",
			[]string{"entity-type", "reporter"}, coop},
		{"ozone", "label events for Ozone, and labels of the AT Protocol", []string{"did", "label"}, ozone},
		{"stix", "a STIX 2.1 bundle with DISARM techniques", nil, stix},
		{"undo", "the votes to take back: rater, item, value, time", nil, undo},
		{"csv", "a table of labels, which detect --known reads", []string{"label"}, table},
	}
}

// Write makes the files of a format. An error says what is missing.
func (f Format) Write(s *Set) (*Files, error) {
	have := map[string]string{"entity-type": s.EntityType, "label": s.Label, "reporter": s.Reporter, "did": s.DID}
	for _, name := range f.needs {
		if have[name] == "" {
			return nil, fmt.Errorf("--to %s needs --%s", f.Name, name)
		}
	}
	return f.write(s)
}

// An entry is one account with the rings that it is in, the strongest first.
type entry struct {
	rater string
	rings []*Ring
}

// entries are the accounts of all rings, each once, in the order of rings and of
// their identifiers.
func (s *Set) entries() []entry {
	var all []entry
	at := map[string]int{}
	for i := range s.Rings {
		for _, id := range s.Rings[i].Raters {
			k, ok := at[id]
			if !ok {
				k = len(all)
				at[id] = k
				all = append(all, entry{rater: id})
			}
			all[k].rings = append(all[k].rings, &s.Rings[i])
		}
	}
	return all
}

// name tells the case from others in a few characters.
func (s *Set) name() string {
	const enough = 12 // of a SHA-256: cases of one user do not meet
	sum := cmp.Or(s.Case.Run.Ratings, "unnamed")
	return sum[:min(len(sum), enough)]
}

// reason says in a sentence or two why an account is in a list.
func (s *Set) reason(e entry) string {
	var parts []string
	for _, r := range e.rings {
		parts = append(parts, about(r, true))
	}
	return fmt.Sprintf("Ratings were coordinated: %s. Case %s. This says nothing of who is behind the account.",
		strings.Join(parts, "; "), s.name())
}

// about is a ring in a few words, with the name of who decided or without.
func about(r *Ring, named bool) string {
	kind := "ring"
	if r.Certainty == reports.Coordinated {
		kind = "coordinated group"
	}
	text := fmt.Sprintf("%s %s of %s with %s (%s, q %s)", kind, r.ID, plural.Of(len(r.Raters), "rater"),
		plural.Of(len(r.Targets), "target"), r.Certainty, r.Q)
	d := r.Decision
	if d.Status != confirmed {
		return text + ", not reviewed by a person"
	}
	text += ", confirmed"
	if d.By != "" && named {
		text += " by " + d.By
	}
	if day, _, ok := strings.Cut(d.At, "T"); ok {
		text += " on " + day
	}
	if d.Reason != "" && named {
		text += " (" + d.Reason + ")"
	}
	return text
}

// stamp is a time as all formats take it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// lines writes one JSON value a line.
func lines[T any](values []T) func(io.Writer) error {
	return func(w io.Writer) error {
		for _, v := range values {
			if err := writeLine(w, v); err != nil {
				return err
			}
		}
		return nil
	}
}
