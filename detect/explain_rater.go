package detect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/detect/campaigns"
	"github.com/ringwatch/ringwatch/detect/internal/judge"
	"github.com/ringwatch/ringwatch/internal/plural"
	"github.com/ringwatch/ringwatch/rating"
)

// A Profile is what is known of one rater.
type Profile struct {
	Rater       int32
	Ratings     int
	Days        int     // on which it rated, in UTC; 0 without times
	First, Last int32   // times of its first and last rating; 0 without times
	Suspicion   float64 // as in Findings
	Rank        int     // raters with more suspicion, and one
	Rings       []Membership
	Coordinated []Membership
	Shared      []Membership // groups that share interest or exposure
	Partners    []Pair       // those it meets most beyond what is expected, strongest first, without Meetings
	// Same is how often others who rated its items gave the same vote as it did,
	// on average over items that two others or more rated, and SameExpected how
	// often these others agreed with each other; both 0 without values.
	Same, SameExpected float64
	SameItems          int    // those items
	Missing            string // why it is in no ring; empty where it is in one
	// Lighter are its ratings that count for less, as part of a campaign on an item: they say nothing
	// of the rater.
	Lighter []Lighter
}

// A Lighter is a rating that counts as a campaign's rows do.
type Lighter struct {
	Row      int32
	Campaign int // in Findings.Campaigns
}

// A Membership is the part of a rater in a group of the findings.
type Membership struct {
	Group int // in Findings.Rings, Findings.Coordinated or Findings.Shared
	Member
}

// Explained is what Explain tells.
type Explained struct {
	Findings *Findings
	Raters   []Profile // as many as were asked for
	Pair     *Pair     // of two raters, with all their meetings
}

// Explain runs the detectors, which must not be official ones, and tells what
// is known of one rater, or of two and what they share.
//
// No chance is told of a pair: pairs of honest like-minded raters stand out by
// the thousand, so a pair is a place to look, not an accusation. Beyond Run it costs
// one pass over the ratings of the items that the raters rated and, of a rater of
// campaigns.Longest ratings or fewer, Campaigns; without, Findings.Campaigns is nil.
func Explain(ctx context.Context, in Input, detectors []Detector, raters ...int32) (*Explained, error) {
	if official, _ := apart(detectors); len(official) > 0 {
		return nil, fmt.Errorf("%s goes by thresholds of its own and keeps nothing that could explain a rater; "+
			"leave it out", official[0].Name())
	}
	if len(raters) < 1 || len(raters) > 2 || len(raters) == 2 && raters[0] == raters[1] {
		return nil, errors.New("one rater can be explained, or two different ones")
	}
	for _, u := range raters {
		if u < 0 || int(u) >= in.Ratings.Raters.Len() {
			return nil, fmt.Errorf("there is no rater %d", u)
		}
	}
	e, f, err := run(ctx, in, detectors)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(raters, func(u int32) bool { return few(in.Ratings, u) }) {
		if f.Campaigns, err = Campaigns(ctx, in, f.Rings); err != nil {
			return nil, err
		}
	}
	x := &Explained{Findings: f}
	for _, u := range raters {
		p := e.profile(f, u)
		if few(in.Ratings, u) {
			p.Lighter = lighter(in.Ratings, f.Campaigns, u)
		}
		x.Raters = append(x.Raters, p)
	}
	if len(raters) == 2 {
		x.Pair = (&Pairs{e}).Of(raters[0], raters[1])
	}
	return x, ctx.Err()
}

// few reports whether ratings of a rater may be rows of a campaign.
func few(t *rating.Table, u int32) bool { return len(t.ByRater().Rows(u)) <= campaigns.Longest }

// lighter returns the ratings of a rater that the defence by rows lets count for less.
func lighter(t *rating.Table, f *campaigns.Findings, u int32) (all []Lighter) {
	for _, row := range t.ByRater().Rows(u) {
		for k := range f.Campaigns {
			c := &f.Campaigns[k]
			if !c.Deducted() || c.Keep == 1 || c.Item != t.Item[row] {
				continue
			}
			if _, in := slices.BinarySearch(c.Rows, row); in {
				all = append(all, Lighter{row, k})
			}
		}
	}
	return all
}

func (e *engine) profile(f *Findings, u int32) Profile {
	p := Profile{Rater: u, Ratings: e.CountOf(u), Suspicion: f.Suspicion[u], Rank: 1,
		Rings: memberships(f.Rings, u), Coordinated: memberships(f.Coordinated, u), Shared: memberships(f.Shared, u)}
	for _, s := range f.Suspicion {
		if s > p.Suspicion {
			p.Rank++
		}
	}
	if mine := e.ActsOf(u); e.Time != nil && len(mine) > 0 {
		p.First, p.Last = e.Time[mine[0]], e.Time[mine[len(mine)-1]]
		last := math.Inf(-1)
		for _, k := range mine {
			if day := math.Floor(float64(e.Time[k]) / 86400); day > last {
				p.Days, last = p.Days+1, day
			}
		}
	}
	e.withOthers(&p)
	p.Partners = e.meetingsOf(u).partners()
	if len(p.Rings) == 0 {
		p.Missing = e.missing(u)
	}
	return p
}

func memberships(groups []Ring, u int32) (in []Membership) {
	for i, g := range groups {
		for _, m := range g.Members {
			if m.Rater == u {
				in = append(in, Membership{i, m})
			}
		}
	}
	return in
}

// withOthers counts how often a rater votes as others on its items do.
func (e *engine) withOthers(p *Profile) {
	votes := e.votes
	if !votes.HasValues() {
		return
	}
	count := make([]float64, votes.Levels)
	items := e.ItemsOf(p.Rater)
	for n, k := range e.ActsOf(p.Rater) {
		i := items[n]
		others := float64(e.SizeOf(i) - 1)
		if others < 2 {
			continue
		}
		clear(count)
		for _, l := range votes.Level[e.ItemStart[i]:e.ItemStart[i+1]] {
			count[l]++
		}
		count[votes.Level[k]]--
		p.SameItems++
		p.Same += count[votes.Level[k]] / others
		for _, n := range count {
			p.SameExpected += n * (n - 1) / (others * (others - 1))
		}
	}
	n := float64(max(1, p.SameItems))
	p.Same, p.SameExpected = p.Same/n, p.SameExpected/n
}

// missing tells why a rater is in no ring, by the strongest group around it.
func (e *engine) missing(u int32) string {
	var r *result
	for _, at := range e.of[u] {
		o := e.judged[at]
		better := r == nil || r.Open && !o.Open
		if r != nil && r.Open == o.Open {
			better = cmp.Or(cmp.Compare(o.LnP, r.LnP), slices.Compare(o.Raters, r.Raters)) < 0
		}
		if better {
			r = o
		}
	}
	if r == nil {
		return "no group of three raters or more grew around it: it does not share enough targets with the " +
			"same others more often, or closer in time, than raters of its habits would"
	}
	group := fmt.Sprintf("the strongest group around it, %d raters", len(r.Raters))
	if !r.Open {
		group += " with " + plural.Of(len(r.Core), "item")
	}
	return group + ", " + r.missing(u)
}

// missing tells what a group around u lacks to be a ring, or u to be of it.
func (r *result) missing(u int32) string {
	if r.Open {
		return "was dropped early, as its members vote like strangers"
	}
	v, at := r.Jury.Verdict, slices.Index(r.Raters, u)
	switch {
	case !r.Significant():
		return fmt.Sprintf("may be chance: after paying for the search ln P = %.1f, and %.1f or less is needed",
			r.LnP, math.Log(judge.RingLevel))
	case !r.ruled:
		return "is mostly the same raters as a stronger group, of which this one is no part"
	case !r.AsOne() && r.Jury.HasValues():
		return fmt.Sprintf("chose the same items but does not vote as one: %s, and %.2f or more is needed",
			judge.Leans("its votes", v.Lift), v.Bar)
	case !r.AsOne() && r.Jury.Time == nil:
		return "chose the same items, but without values and times nothing tells a ring from people of one taste"
	case !r.AsOne():
		return fmt.Sprintf("chose the same items but not within seconds: %s, and %.2f or more is needed",
			judge.Leans("its moments", v.Lift), v.Bar)
	case !r.Heard:
		return fmt.Sprintf("has votes that do not stand out among so many groups: evidence of %.1f nats", v.Evidence)
	case r.PartOfCrowd():
		return fmt.Sprintf("is the agreeing part of a larger crowd: %d outsiders chose the same items and vote "+
			"otherwise", len(r.Pool))
	case r.Leads[at]:
		return "acts after this rater: the others follow it, and anybody can be followed"
	case !r.Speaks[at]:
		return "votes as one, but the votes of this rater are not the group's"
	case r.Shared[at] < 2:
		return "votes as one, but this rater took part in fewer than two of its targets"
	}
	return "has fewer than three members who vote with it and are in no stronger ring"
}
