package judge

import (
	"cmp"
	"math"
	"slices"
)

// The fringe of a group: who may be of it by what it did, though not so surely as to be
// named. A brigade of which some take part each time has members who did too little to
// join, and what they gave for its goal counts in full while that of the others counts
// for one vote. To count a vote for less accuses nobody, so that here it is enough to
// know how likely each is a member.

const (
	fringeRounds = 10  // of EM, which is at rest by then to a hundredth of a rater
	leastFringe  = .05 // a chance below it changes no weight by more
	mostFringe   = 100 // outsiders who are asked, a bound on the cost; the first have most of the targets
)

// Fringe returns the raters besides members who may be of the group, ascending, and the
// chance that each is, by what it did with the targets and on what else goes by the plan.
// How many there are is told by EM from what they did and voted: of an honest group whose
// likes are the crowd's, none. It costs a round of growth, and a reading of 100 raters.
func (f *Refiner) Fringe(g *Group, members, planned []int32) (raters []int32, chance []float64) {
	r := f.readBeside(g.Raters, g.besides)
	defer f.close(r)
	r.core(g)
	for at := range r.targets {
		t := &r.targets[at]
		_, plan := slices.BinarySearch(planned, t.item)
		t.core = plan || t.core && slices.Contains(g.Core, t.item)
	}
	jury := r.coreJury()
	all, _ := r.candidates(g)
	all = all[:min(len(all), max(mostFringe, 2*len(g.Raters)))]
	defer r.mark(r.leaveOutNear(g, all), outside)
	for _, u := range g.Raters {
		if !slices.Contains(members, u) && !g.leads(u) {
			all = append(all, candidate{rater: u})
		}
	}
	slices.SortFunc(all, func(a, b candidate) int { return cmp.Compare(a.rater, b.rater) })
	beside := r.besides(g)
	odds := make([]float64, len(all))
	for n, c := range all {
		odds[n] = math.Exp(min(r.likeness(g, jury, beside, r.deedsOf(c.rater)), 100))
	}
	hidden := float64(len(g.Raters)) / 2
	q := make([]float64, len(all))
	for range fringeRounds {
		sum := 0.
		for n, x := range odds {
			q[n] = hidden * x / (hidden*x + float64(r.Raters))
			sum += q[n]
		}
		hidden = sum
	}
	for n, c := range all {
		if q[n] >= leastFringe {
			raters, chance = append(raters, c.rater), append(chance, q[n])
		}
	}
	return raters, chance
}

// leaveOutNear leaves out of the crowd those outsiders who came near members on two targets
// or more: otherwise the members that a group lacks would be the crowd that excuses one
// another.
func (r *reading) leaveOutNear(g *Group, all []candidate) (likes []int32) {
	for _, c := range all {
		d, near := r.deedsOf(c.rater), 0
		for at := range r.targets {
			if t := &r.targets[at]; t.core && r.kind(g, t, d.own[at]) == choseNear {
				near++
			}
		}
		if near >= 2 {
			likes = append(likes, c.rater)
		}
	}
	if len(likes) > 0 {
		r.mark(likes, similar)
		r.leaveOut(slices.Concat(g.Raters, r.absentees, likes))
	}
	return likes
}

// leads reports whether the others follow a rater of the group.
func (g *Group) leads(u int32) bool {
	j, in := slices.BinarySearch(g.Raters, u)
	return in && g.Leads[j]
}

// besides is, by target, the share of the outsiders there who came near a member: so often
// does one who is none.
func (r *reading) besides(g *Group) []float64 {
	by := make([]float64, len(r.targets))
	if g.window == 0 {
		return by
	}
	for at := range r.targets {
		if t := &r.targets[at]; t.core {
			by[at] = nearnessOn(r.Acts, t.item, g.window, func(u int32) uint8 { return r.state[u] }).byChance()
		}
	}
	return by
}

// likeness is ln of how much likelier a member is than anybody else to do with the
// targets, and to vote there, as a rater did. Anybody else chooses as its habits say, and
// comes when the item's crowd does.
func (r *reading) likeness(g *Group, jury *Jury, beside []float64, d deeds) float64 {
	others := float64(len(g.Raters))
	member := r.state[d.rater] == inside
	if member {
		others--
	}
	var by [len(ownRates)]float64
	for at := range r.targets {
		t, own := &r.targets[at], d.own[at]
		if !t.core {
			continue
		}
		h := float64(len(t.acts))
		if member && own >= 0 {
			h--
		}
		q, p := .9*max(h, .5)/others, r.chance(d.rater, t, own)
		near := p * beside[at]
		for i, a := range ownRates {
			switch r.kind(g, t, own) {
			case missed:
				by[i] += math.Log1p(-a*q) - math.Log1p(-p)
			case choseNear:
				by[i] += math.Log(a * q * g.together / near)
			default:
				by[i] += math.Log(a * q * (1 - g.together) / (p - near))
			}
		}
	}
	votes, _ := r.ownVotes(d, jury)
	return logSum(by[:]) - math.Log(float64(len(ownRates))) + votes
}
