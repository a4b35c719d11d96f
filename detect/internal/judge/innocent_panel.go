package judge

import (
	"fmt"
	"math"
)

const askedFor = "jury or panel"

// panel: the members were asked to judge these items, as a jury, a panel of testers or a
// class is: each sees what it is given, in the same days, and judges for itself by a scale
// that is not the site's. Then they agree with each other no more than strangers on the
// same items do, and are stricter or kinder with all of them alike. Who sent them chose items
// and days, so that these are the same says nothing. Who applies one standard, as editors
// do, agrees more, on items that are far apart by it, and in its own time. Who hardly looks, to have
// rated so many, gives the same votes whatever the items are, but not the votes of the others.
func (r *reading) panel(g *Group) Explanation {
	if g.Jury.Levels < 3 || g.Scripted() { // two levels are no scale that could be one's own
		return Explanation{}
	}
	same, usual, sure := g.Jury.agreement()
	nats, asked, is := r.sentTo(g, same <= usual+2*sure)
	if !is {
		return Explanation{}
	}
	x := Explanation{Holds: nats < g.Bar, Nats: nats, Weighed: true}
	x.Because = fmt.Sprintf("two members give an item the same vote %.0f %% of the time, two others %.0f %%; ",
		100*same, 100*usual)
	switch {
	case nats < 0:
		x.Because += fmt.Sprintf("their votes are likelier if they %s than if they follow a plan, by %.1f nats",
			asked, -nats)
	case x.Holds:
		x.Because = fmt.Sprintf("cannot be told, as %stheir votes are only %.1f nats likelier if they follow a plan "+
			"than if they %s, where %.1f would tell: ask who sent them", x.Because, nats, asked, g.Bar)
	default:
		x.Because += fmt.Sprintf("but their votes are likelier if they follow a plan than if they %s, by %.1f nats",
			asked, nats)
	}
	return x
}

// sentTo returns who may have been asked to judge, or rate so many for a reason of their own, and how
// much likelier the votes are by a plan; strangers is set if members agree no more than these. Who is
// not heard as a ring need not, as only what speaks for a plan beside votes is asked after then.
func (r *reading) sentTo(g *Group, strangers bool) (nats float64, who string, is bool) {
	const careless = "hardly look, each with votes of its own habit, as who rates by the dozen for a badge does"
	own, mean := g.Jury.careless(), g.Jury.mean()
	if g.Heard && (mean < .25 || mean > .75) {
		// has taken a side
	} else if strangers || !g.Heard {
		nats, who, is = g.Jury.askedToJudge(), "were asked to judge these items, each for themselves and by a scale "+
			"of their own, as a jury, a panel or staff on a task are", true
	} else if _, _, innocent := r.innocentTimes(g); innocent {
		// within the bar is nearly everything, where the items are few
		nats, who = g.Jury.newScale(&byStandard),
			"judge these items by one standard of their own, as editors or raters with a guideline do"
		is = nats < 0
	}
	if own < min(nats, 0) {
		return own, careless, true
	}
	return nats, who, is
}

// mean returns that of the members' votes, by level, from 0 to 1.
func (j *Jury) mean() float64 {
	sum, n := 0., 0.
	for _, acts := range j.acts {
		for _, k := range acts {
			sum, n = sum+float64(j.Level[k]), n+1
		}
	}
	return sum / max(1, n*float64(j.Levels-1))
}

// agreement returns in what share of the pairs of members on an item both give the same
// vote, the share expected of two others, and the standard error of the difference over items.
func (j *Jury) agreement() (same, usual, sure float64) {
	pairs, sum, squares := 0., 0., 0.
	count := make([]float64, j.Levels)
	for at := range j.items {
		clear(count)
		for _, k := range j.acts[at] {
			count[j.Level[k]]++
		}
		n, both := float64(len(j.acts[at])), 0.
		for _, c := range count {
			both += c * (c - 1) / 2
		}
		all, crowd := 0., 0.
		for _, c := range j.crowd[at] {
			all += c
		}
		for _, c := range j.crowd[at] {
			crowd += c * c / (all * all)
		}
		crowd *= n * (n - 1) / 2
		pairs, same, usual = pairs+n*(n-1)/2, same+both, usual+crowd
		sum, squares = sum+both-crowd, squares+(both-crowd)*(both-crowd)
	}
	items := float64(len(j.items))
	spread := max(0, squares-sum*sum/max(1, items))
	pairs = max(1, pairs)
	return same / pairs, usual / pairs, math.Sqrt(spread) / pairs
}
