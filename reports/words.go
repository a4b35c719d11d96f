package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Read says what was read.
func (d *Document) Read() string {
	s := fmt.Sprintf("Read %s of %s by %s", many(d.Ratings, "rating"), many(d.Items, "item"), many(d.Raters, "rater"))
	if first, last := day(d.First), day(d.Last); first != "" && last != "" {
		s += ", " + first + " to " + last
	}
	return s + "."
}

// Verdict says what was found and how sure it is.
func (d *Document) Verdict() string {
	if len(d.Rings) == 0 {
		return "No ring was found. That is no proof that there is none: see what was not tested."
	}
	raters, targets := d.found()
	s := fmt.Sprintf("Found %s: %s with %s.", many(len(d.Rings), "ring"), many(raters, "rater"), many(targets, "target"))
	if n := d.chanceRings(); n >= float64(len(d.Rings)) {
		return s + " Some were not tested against chance: their q-value is 1."
	} else if n < 0.01 {
		return s + " By chance alone, fewer than 0.01 rings would be expected."
	} else {
		return s + " By chance alone, at most about " + short(n) + " would be expected."
	}
}

// A Fact is a number that the page puts first.
type Fact struct{ Name, Value, Of string }

func (d *Document) Facts() []Fact {
	raters, targets := d.found()
	facts := []Fact{
		{"Rings", count(len(d.Rings)), "of " + many(d.Tested, "group") + " judged"},
		{"Raters in a ring", count(raters), "of " + count(d.Raters)},
		{"Their targets", count(targets), "of " + many(d.Items, "item")},
	}
	changed, scored := map[string]bool{}, false
	for _, r := range d.Rings {
		scored = scored || r.ItemsChanged != nil
		for _, c := range r.Impact {
			if c.Changed {
				changed[c.Item] = true
			}
		}
	}
	if scored {
		facts = append(facts, Fact{"Items they changed", count(len(changed)), "by the scores of " + d.Scorer})
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

// Certainty is a band of the q-value: strong up to a millionth, moderate up to
// a thousandth, else weak.
func (r *Ring) Certainty() string {
	switch {
	case r.LogQ <= math.Log(1e-6):
		return "strong"
	case r.LogQ <= math.Log(1e-3):
		return "moderate"
	}
	return "weak"
}

// Grounds are the strongest measurements in a few words.
func (r *Ring) Grounds() string {
	var s []string
	for _, e := range r.Evidence[:min(len(r.Evidence), 2)] {
		s = append(s, fmt.Sprintf("%s: %s (expected %s)", cmp.Or(e.Unit, e.Measure), short(e.Observed), short(e.Expected)))
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
		names = append(names, brief(24, i))
	}
	s := "; targets " + strings.Join(names, ", ")
	if n := r.Targets - len(names); n > 0 {
		s += " and " + count(n) + " more"
	}
	return s
}

func (r *Ring) Effect() string {
	switch {
	case r.ItemsChanged == nil:
		return "not scored"
	case *r.ItemsChanged > 0:
		return many(*r.ItemsChanged, "item") + " changed"
	case slices.ContainsFunc(r.Impact, func(c Change) bool { return c.size() >= noticed }):
		return "no status changed"
	}
	return "none seen"
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

// Standing is the certainty, in doubt where an innocent explanation fits better:
// that a group did not come about by chance does not make it a ring.
func (r *Ring) Standing() string {
	if r.Doubt() != "" {
		return r.Certainty() + ", in doubt"
	}
	return r.Certainty()
}

// Doubt says which innocent explanations hold nevertheless, of a ring.
func (r *Ring) Doubt() string {
	if !strings.HasPrefix(r.ID, "R") {
		return ""
	}
	return holding(r.Innocent)
}

// holding writes the explanations that hold.
func holding(all []Explanation) string {
	var s []string
	for _, x := range all {
		if x.Holds {
			s = append(s, x.Name+": "+x.Because)
		}
	}
	return strings.Join(s, ". ")
}

// Times says how many times the expected was observed, where that says
// something.
func (e Evidence) Times() string {
	if e.Expected <= 0 || e.Observed < 1.5*e.Expected {
		return ""
	}
	return short(e.Observed/e.Expected) + " times the expected"
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

// Members and Found count the raters of all brigades, and those in a ring.
func (e *experimentDoc) Members() (n int) {
	for _, b := range e.Brigades {
		n += b.Size
	}
	return n
}

func (e *experimentDoc) Found() (n int) {
	for _, b := range e.Brigades {
		n += b.Found
	}
	return n
}

// Injected, Caught and Undone tell the experiment in three sentences.
func (e *experimentDoc) Injected() string {
	return fmt.Sprintf("%s of %s, among %s, acted on %s.", many(len(e.Brigades), "brigade"), many(e.Members(), "rater"),
		many(e.Honest, "honest rater"), many(len(e.Targets), "target"))
}

func (e *experimentDoc) Caught() string {
	return fmt.Sprintf("%s of the %s are in a ring, and %s of the %s.", count(e.Found()), many(e.Members(), "brigade member"),
		count(e.Flagged), many(e.Honest, "honest rater"))
}

func (e *experimentDoc) Undone() string {
	s := ""
	if changed, back := e.undone(); changed > 0 {
		after := fmt.Sprintf("%d of them are", back)
		switch {
		case back == changed && back == 1:
			after = "it is"
		case back == changed:
			after = "all of them are"
		case back == 1:
			after = "one of them is"
		case back == 0:
			after = "none of them is"
		}
		s = fmt.Sprintf("The attack changed the status of %d of %s; without the rings, %s as before. ", changed, many(len(e.Targets), "target"), after)
	}
	if a, d, ok := e.apart(); ok {
		s += fmt.Sprintf("A target's score is off by %s on average under attack, by %s once defended.", short(a), short(d))
	}
	return strings.TrimSpace(s)
}

// left is the line that says how many of n were not listed.
func left(n, cap int) []string {
	if n <= cap {
		return nil
	}
	return []string{fmt.Sprintf("and %s more", count(n-cap))}
}
