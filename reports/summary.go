package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ringwatch/ringwatch/reports/internal/page"
)

// A Said is one line of a summary.
type Said struct{ Name, Value string }

// Summary tells a ring to people who will not read the rest: who, what, when, how
// sure, what else could explain it, and what it did.
func (r *Ring) Summary() []Said {
	s := []Said{{"Who", r.who()}, {"What", r.what()}}
	if r.First != "" {
		s = append(s, Said{"When", r.when()})
	}
	s = append(s, Said{"How sure", r.sure()}, Said{"What else could explain it", r.otherwise()})
	if did := r.EffectWords(); did != "" {
		s = append(s, Said{"What it did", did})
	}
	return s
}

func (r *Ring) who() string {
	s := page.Many(r.Size, "rater")
	core := 0
	for _, m := range r.Members {
		if m.Role == "core" {
			core++
		}
	}
	if core > 0 {
		s += fmt.Sprintf(", of whom %s took part in half of the targets or more", page.Count(core))
	}
	if follows := r.Follows(); follows != "" {
		s += "; " + follows
	}
	return s + "."
}

// Follows names those whom the members follow; empty if nobody is.
func (r *Ring) Follows() string {
	const most = 3
	var who []string
	for _, a := range r.Ahead[:min(len(r.Ahead), most)] {
		who = append(who, fmt.Sprintf("%s, who came before them on %d of %s that they share "+
			"(%s expected if they acted in no order)",
			page.Brief(24, a.Rater), a.First, page.Many(a.Of, "item"), page.Short(a.Expected)))
	}
	if len(who) == 0 {
		return ""
	}
	if n := len(r.Ahead) - len(who); n > 0 {
		who = append(who, page.Count(n)+" more")
	}
	return fmt.Sprintf("they follow %s. Anybody can be followed, so that alone accuses nobody",
		strings.Join(who, "; "))
}

// what is told of the choice of items and, where that was judged, of the votes.
func (r *Ring) what() string {
	s := fmt.Sprintf("They acted on %s together", page.Many(r.Targets, "item"))
	for _, e := range r.Evidence {
		switch e.Measure {
		case "co-selection":
			s += fmt.Sprintf(": %s, where raters of their habits who choose each alone would give %s",
				page.Many(int(e.Observed), "rating"), page.Short(e.Expected))
		case "agreement":
			s += fmt.Sprintf(". %.0f%% of their votes are on the ring's side, where %.0f%% are expected",
				100*e.Observed, 100*e.Expected)
		}
	}
	return s + "."
}

func (r *Ring) when() string {
	// the day alone where no more is told
	first, last := cmp.Or(page.Minute(r.First), r.First), cmp.Or(page.Minute(r.Last), r.Last)
	s := "The data has no times"
	switch {
	case first == last && first != "":
		s = first + " UTC"
	case first != "":
		s = fmt.Sprintf("%s to %s UTC", first, last)
	}
	for _, e := range r.Evidence {
		if e.Measure == "synchrony" {
			s += fmt.Sprintf("; %s %s, where %s are expected", page.Short(e.Observed), e.Unit, page.Short(e.Expected))
		}
	}
	return s + "."
}

func (r *Ring) sure() string {
	q := page.Few(r.Q.String())
	switch r.Certainty {
	case unstable, inDoubt:
		return fmt.Sprintf("In doubt. That it came about by chance is unlikely (q %s), but see what speaks against it.",
			q)
	case Coordinated:
		return fmt.Sprintf("For review only: %s (q %s).", r.unsettled(), q)
	}
	if v, err := r.Q.Float64(); err == nil && v >= 1 {
		return "Not tested against chance."
	}
	word := r.Certainty
	if word != "" {
		word = strings.ToUpper(word[:1]) + word[1:]
	}
	return fmt.Sprintf("%s: of findings as strong as this, a share of %s at most is to be expected by chance (q).",
		word, q)
}

func (r *Ring) otherwise() string {
	if len(r.Innocent) == 0 {
		return "Nothing was tested."
	}
	if fits := r.Fits(); fits != "" {
		return fmt.Sprintf("This does, as well as a ring or better: %s. See below, where each is weighed.", fits)
	}
	var names, untold []string
	for _, x := range r.Innocent {
		if x.Told() {
			names = append(names, x.Name)
		} else {
			untold = append(untold, x.Name)
		}
	}
	said := "Not every reason leaves a trace in ratings: moderators or staff who rate by rules that others do not " +
		"know act on a plan, too, so look at who the members are."
	if len(untold) > 0 {
		said = fmt.Sprintf("These ratings cannot tell: %s. ", strings.Join(untold, ", ")) + said
	}
	if len(names) > 0 {
		said = fmt.Sprintf("None of what was tested does better: %s. ", strings.Join(names, ", ")) + said
	}
	return said
}

// Told reports whether the ratings can tell at all if an explanation holds: what
// cannot be tested was not refuted.
func (x Explanation) Told() bool { return x.Holds || !strings.HasPrefix(x.Because, untellable) }

// A Counted is a rating and what it shows.
type Counted struct {
	Row
	Shows []string // measures of evidence
}

// Behind are the ratings behind a ring, each once, in the order of time, as many
// as the page lists.
func (p ringPage) Behind() []Counted {
	all := p.behind()
	return all[:min(len(all), p.rows)]
}

// MoreBehind is how many more there are: at least those that one measure counts.
func (p ringPage) MoreBehind() int {
	most := len(p.behind())
	for _, e := range p.Evidence {
		most = max(most, len(e.Rows)+e.LeftOut)
	}
	return most - len(p.Behind())
}

func (p ringPage) behind() []Counted {
	var all []Counted
	at := map[Row]int{}
	for _, e := range p.Evidence {
		for _, row := range e.Rows {
			k, known := at[row]
			if !known {
				k = len(all)
				at[row] = k
				all = append(all, Counted{Row: row})
			}
			all[k].Shows = append(all[k].Shows, e.Measure)
		}
	}
	slices.SortStableFunc(all, func(a, b Counted) int { return cmp.Compare(a.Time, b.Time) })
	return all
}

// made says who made a report, and when; a page knows neither by itself, so that
// the same data makes the same page.
func made(p Provenance) string {
	s := "Made by " + cmp.Or(p.By, "somebody who is not named (--by)")
	if p.On != "" {
		s += " on " + p.On
	} else {
		s += ", on a day that is not given (--on)"
	}
	return s + ". All times are UTC."
}
