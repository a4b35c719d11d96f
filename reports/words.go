package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/ringwatch/ringwatch/reports/internal/page"
)

// Read says what was read.
func (d *Document) Read() string {
	s := fmt.Sprintf("Read %s of %s by %s", page.Many(d.Ratings, "rating"), page.Many(d.Items, "item"),
		page.Many(d.Raters, "rater"))
	if first, last := page.Day(d.First), page.Day(d.Last); first != "" && last != "" {
		s += ", " + first + " to " + last
	}
	return s + "."
}

// Columns says which columns were read as what, and the largest shares: of an
// item by name, of a rater without.
func (d *Document) Columns() string { return Columns(d.Run, d.ItemsAreRaters) }

// Columns is what Document.Columns says, of a run.
func Columns(run Provenance, itemsAreRaters bool) string {
	r := run.Reading
	if r == nil {
		return ""
	}
	s := "Columns: " + r.String() + "."
	if r.TopRaterShare > 0 {
		item := ""
		if !itemsAreRaters && r.TopItem != "" {
			item = " (" + page.Brief(maxName, page.Shown(r.TopItem)) + ")"
		}
		s += fmt.Sprintf(" The rater with most has %s of all ratings, the item with most%s %s.",
			percent(r.TopRaterShare), item, percent(r.TopItemShare))
	}
	return s
}

// Verdict says what was found and how sure it is; what is in doubt, and what is no
// ring, is counted apart.
func (d *Document) Verdict() string {
	sure := d.doubtless()
	var s []string
	switch n := chanceRings(sure); {
	case len(d.Rings) == 0:
		s = append(s, "No ring was found. That is no proof that there is none: see what was not tested.")
	case len(sure) == 0:
		s = append(s, "No ring was found that stands without doubt.")
	default:
		raters, targets := found(sure)
		s = append(s, fmt.Sprintf("Found %s: %s with %s.", page.Many(len(sure), "ring"), page.Many(raters, "rater"),
			page.Many(targets, "target")))
		if n >= float64(len(sure)) {
			s = append(s, "Some were not tested against chance: their q-value is 1.")
		} else if n < 0.01 {
			s = append(s, "By chance alone, fewer than 0.01 rings would be expected.")
		} else {
			s = append(s, "By chance alone, at most about "+page.Short(n)+" would be expected.")
		}
	}
	if doubted := d.Rings[len(sure):]; len(doubted) > 0 {
		more := page.Many(len(doubted), "ring")
		if len(sure) > 0 {
			more = page.Many(len(doubted), "more ring")
		}
		raters, targets := found(doubted)
		s = append(s, fmt.Sprintf("In doubt: %s, of %s with %s: look at what speaks against each before anything else.",
			more, page.Many(raters, "rater"), page.Many(targets, "target")))
	}
	if n := len(d.Coordinated); n > 0 {
		raters, targets := found(d.Coordinated)
		s = append(s, fmt.Sprintf("For review: %s, of %s with %s; no rings, as %s.",
			page.Many(n, "coordinated group"), page.Many(raters, "rater"), page.Many(targets, "target"),
			d.Coordinated[0].unsettled()))
	}
	return strings.Join(s, " ")
}

// ForReview says what coordinated groups are.
func (d *Document) ForReview() string {
	what := "beside their votes"
	if d.Coordinated[0].unvoted() {
		what = "in their times"
	}
	return fmt.Sprintf("Evidence %s says that these accounts act on one plan; %s.", what, d.Coordinated[0].unsettled())
}

// unsettled says why a coordinated group is no ring.
func (r *Ring) unsettled() string {
	if r.unvoted() {
		return "there are no votes that could confirm it"
	}
	return "their votes leave doubt"
}

// unvoted reports whether the moments of acts were judged, as their values are all equal.
func (r *Ring) unvoted() bool {
	return slices.ContainsFunc(r.Evidence, func(e Evidence) bool { return e.Measure == "moment" })
}

// A Fact is a number that the page puts first.
type Fact struct{ Name, Value, Of string }

// Facts returns the numbers, in the order of the page.
func (d *Document) Facts() []Fact {
	sure := d.doubtless()
	raters, targets := found(sure)
	facts := []Fact{
		{"Rings", page.Count(len(sure)), "of " + page.Many(d.Tested, "group") + " judged"},
		{"Raters in a ring", page.Count(raters), "of " + page.Count(d.Raters)},
		{"Their targets", page.Count(targets), "of " + page.Many(d.Items, "item")},
	}
	if doubted := d.Rings[len(sure):]; len(doubted) > 0 {
		raters, _ := found(doubted)
		facts = append(facts, Fact{"Rings in doubt", page.Count(len(doubted)), "of " + page.Many(raters, "rater")})
	}
	if n := len(d.Coordinated); n > 0 {
		raters, _ := found(d.Coordinated)
		facts = append(facts, Fact{"Groups for review", page.Count(n), "of " + page.Many(raters, "rater")})
	}
	changed, scored := map[string]bool{}, false
	for _, r := range sure {
		scored = scored || r.Effect != nil
		for _, c := range r.Impact {
			if c.Moved && (c.Changed() || !r.statuses()) {
				changed[c.Item] = true
			}
		}
	}
	if scored {
		facts = append(facts, Fact{"Targets they changed", page.Count(len(changed)), "by the scores of " + d.Scorer})
	}
	return facts
}

// Untested says what did not run, if anything.
func (d *Document) Untested() string {
	if len(d.NotRun) == 0 {
		return ""
	}
	var names []string
	for _, n := range d.NotRun {
		names = append(names, n.Detector)
	}
	return "Not tested: " + strings.Join(names, ", ") + "."
}

// What Certainty says, surest first. The first three are bands of the q-value.
const (
	strong      = "strong"      // q up to one in a million
	moderate    = "moderate"    // up to one in a thousand
	weak        = "weak"        // above
	unstable    = "unstable"    // not found in half of the runs on a little less of the data
	inDoubt     = "in doubt"    // an innocent explanation fits better, or nothing tells the ring from one
	Coordinated = "coordinated" // no ring: see Document.Coordinated
)

// Certainties are all that a Certainty says, surest first, beside nothing: of
// groups with a shared interest or exposure.
var Certainties = []string{strong, moderate, weak, unstable, inDoubt, Coordinated}

// certainty is how sure it is that a group of the given ID is a ring.
func (r *Ring) certainty(notStable bool) string {
	switch {
	case strings.HasPrefix(r.ID, "S"):
		return ""
	case notStable:
		return unstable
	case strings.HasPrefix(r.ID, "C"):
		return Coordinated
	case r.Fits() != "":
		return inDoubt
	case r.LogQ <= math.Log(1e-6):
		return strong
	case r.LogQ <= math.Log(1e-3):
		return moderate
	}
	return weak
}

// Rank is by how much lists rank groups: 0 for rings without doubt, which their
// q-values rank further.
func (r *Ring) Rank() int { return max(0, slices.Index(Certainties, r.Certainty)-2) }

func (r *Ring) doubtful() bool { return r.Rank() > 0 }

// Fits names the innocent explanations that hold.
func (r *Ring) Fits() string {
	var names []string
	for _, x := range r.Innocent {
		if x.Holds {
			names = append(names, x.Name)
		}
	}
	return strings.Join(names, "; ")
}

// Grounds are the strongest measurements in a few words.
func (r *Ring) Grounds() string {
	var s []string
	for _, e := range r.Evidence[:min(len(r.Evidence), 2)] {
		s = append(s, fmt.Sprintf("%s: %s (expected %s)", cmp.Or(e.Unit, e.Measure), page.Short(e.Observed),
			page.Short(e.Expected)))
	}
	return strings.Join(s, "; ")
}

// firstTargets names the items that most members acted on.
func (r *Ring) firstTargets() string {
	const most = 3
	items := r.Items
	if r.Matrix != nil && len(r.Matrix.Items) >= min(most, len(items)) {
		items = r.Matrix.Items
	}
	if len(items) == 0 {
		return ""
	}
	var names []string
	for _, i := range items[:min(most, len(items))] {
		names = append(names, page.Brief(24, i))
	}
	s := "; targets " + strings.Join(names, ", ")
	if n := r.Targets - len(names); n > 0 {
		s += " and " + page.Count(n) + " more"
	}
	return s
}

// Holding says which innocent explanation holds.
func (r *Ring) Holding() string {
	for _, x := range r.Innocent {
		if x.Holds {
			return x.Name + ": " + x.Because
		}
	}
	return ""
}

// Doubt says what speaks against acting on a ring; empty if nothing does.
func (r *Ring) Doubt() string {
	var s []string
	if r.Certainty == unstable {
		s = append(s, "It is not found in half of the runs on a little less of the data.")
	}
	if r.doubtful() {
		if against := against(r.Innocent); against != "" {
			s = append(s, against)
		}
	}
	return strings.Join(s, " ")
}

// Look says what to look at first, of a ring that is in no doubt; empty if nothing is
// special.
func (r *Ring) Look() string {
	for _, x := range r.Innocent {
		if x.Name == "one owner's fans or staff" && !x.Told() && !r.doubtful() {
			return "look who owns the targets, as one owner's fans or staff " + untellable
		}
	}
	return ""
}

// untellable begins the reasons of explanations that the ratings cannot test.
const untellable = "cannot be told"

// against says which innocent explanations fit better than a ring, and which nothing
// tells from one.
func against(all []Explanation) string {
	var better, as []string
	for _, x := range all {
		switch why, untold := strings.CutPrefix(x.Because, untellable+", "); {
		case x.Holds && untold:
			as = append(as, x.Name+", "+why)
		case x.Holds:
			better = append(better, x.Name+": "+x.Because)
		}
	}
	var s []string
	if len(better) > 0 {
		s = append(s, "An innocent explanation fits better: "+strings.Join(better, ". "))
	}
	if len(as) > 0 {
		s = append(s, "Nothing tells it from an innocent group: "+strings.Join(as, ". "))
	}
	return strings.Join(s, ". ")
}

// Times says how many times the expected was observed, where that says
// something.
func (e Evidence) Times() string {
	if e.Expected <= 0 || e.Observed < 1.5*e.Expected {
		return ""
	}
	return page.Short(e.Observed/e.Expected) + " times the expected"
}

// scoreText writes a score for people, scored with its status.
func scoreText(v *float32) string {
	if v == nil {
		return "–"
	}
	s := fmt.Sprintf("%.2f", *v)
	if s == "-0.00" {
		return "0.00"
	}
	return s
}

func scored(v *float32, status string) string { return strings.TrimSpace(scoreText(v) + " " + status) }

// left is the line that says how many of n were not listed.
func left(n, shown int) []string {
	if n <= shown {
		return nil
	}
	return []string{fmt.Sprintf("and %s more", page.Count(n-shown))}
}
