package judge

import (
	"cmp"
	"math"
	"slices"
)

// A group grows, splits and shrinks on selection alone: who chose the same
// items, against a null that leaves the group and its likes out. Votes can stop
// a rater from joining; they never help one in, so that whom they judge in the
// end was not chosen by them.

// Grown is what a seed grew into: no group, one, or several where it fell apart.
type Grown struct {
	Groups  []*Group
	Dropped int // that grew beyond MostMembers, and were not judged
	Asked   int // how often a rater was held against an item, which is most of the cost
}

// Refine grows a seed. It costs a pass over the acts of the members and on their
// items for each of a few rounds.
func (f *Refiner) Refine(seed []int32) (grown Grown) { return f.RefineTurns(seed, 0) }

// RefineTurns is Refine for raters who came to each of some items a few at a time, within so
// many seconds: what they are after is told by their times too.
func (f *Refiner) RefineTurns(seed []int32, within int32) (grown Grown) {
	f.turns = within
	f.takesTurns, f.scratch.asked = false, 0
	grown.Groups = f.refine(seed, 0, &grown.Dropped)
	kept := func(g *Group) bool { return g.Open || 2*len(g.Raters) > len(seed) }
	if f.takesTurns && !slices.ContainsFunc(grown.Groups, kept) {
		if g := f.asItStands(seed); g != nil {
			grown.Groups = append(grown.Groups, g)
		}
	}
	grown.Asked = f.scratch.asked
	return grown
}

func (f *Refiner) refine(seed []int32, depth int, dropped *int) []*Group {
	g := &Group{Raters: slices.Clone(seed), turns: f.turns}
	for round := range growRounds {
		if len(g.Raters) > MostMembers {
			*dropped++
			return nil
		}
		if len(g.Raters) < 2 {
			return nil
		}
		r := f.read(g.Raters)
		next, parts, verdict := r.grow(g, round == 0, f.splits(g, depth))
		if round == 0 && depth == 0 {
			f.takesTurns = r.hiding && f.turns == 0 && r.found >= looseTargets &&
				len(seed) >= looseFrom && len(seed) <= looseMost
		}
		if verdict == atRest && r.stands(g) {
			parts, ok := r.weighAtRest(g, round == 0 && f.splits(g, depth))
			f.close(r)
			return f.finished(g, parts, ok, depth, dropped)
		}
		f.close(r)
		switch verdict {
		case nothing:
			return nil
		case severed:
			return f.refineParts(g, parts, depth, dropped)
		case open:
			g.Open = true
			return []*Group{g}
		case changed:
			g.Raters = next
			continue
		}
		break
	}
	return f.finish(g, depth, dropped)
}

// stands reports whether a group at rest has the core and the window that another reading
// of it would find: it does if its times had no part in the core.
func (r *reading) stands(g *Group) bool { return !r.timed && g.home == noHome }

// What a round of growth comes to.
const (
	atRest  = iota
	changed // other raters are members now
	severed // it is several
	open    // it votes like strangers
	nothing // it chose no two items
)

// grow lets outsiders join and members leave, once. Whether a group falls apart is
// asked from the second round on, or when it votes like strangers.
func (r *reading) grow(g *Group, first, maySplit bool) (next []int32, parts [][]int32, verdict int) {
	if r.core(g) < 2 {
		return nil, nil, nothing
	}
	r.leavesHome(g)
	strangers := r.votesLikeStrangers(g)
	if (!first || strangers) && maySplit {
		if parts = r.split(g); len(parts) > 1 || strangers && len(parts) == 1 && len(parts[0]) < len(g.Raters) {
			return nil, parts, severed
		}
	}
	if strangers {
		return nil, nil, open
	}
	r.pickWindow(g)
	if next = r.step(g); slices.Equal(next, g.Raters) {
		return nil, nil, atRest
	}
	return next, nil, changed
}

// finish drops what is too small, splits once more, and weighs what stays.
func (f *Refiner) finish(g *Group, depth int, dropped *int) []*Group {
	if len(g.Raters) < 3 {
		return nil
	}
	r := f.read(g.Raters)
	parts, ok := r.weighed(g, f.splits(g, depth))
	f.close(r)
	return f.finished(g, parts, ok, depth, dropped)
}

func (f *Refiner) finished(g *Group, parts [][]int32, ok bool, depth int, dropped *int) []*Group {
	switch {
	case len(parts) > 1:
		return f.refineParts(g, parts, depth, dropped)
	case ok:
		return []*Group{g}
	}
	return nil
}

// weighAtRest is weighed of a group whose growth came to rest in this reading, which finds
// the same core and window as another would; it may fall apart if it was not asked.
func (r *reading) weighAtRest(g *Group, maySplit bool) (parts [][]int32, ok bool) {
	if len(g.Raters) < 3 {
		return nil, false
	}
	if r.likes {
		r.leaveOut(g.Raters)
	}
	if maySplit {
		if parts = r.split(g); len(parts) > 1 {
			return parts, false
		}
	}
	r.weighAlone(g)
	return nil, true
}

// weighed weighs and judges a group as it stands, or returns its parts. It is not
// ok of a group that chose no two items.
func (r *reading) weighed(g *Group, maySplit bool) (parts [][]int32, ok bool) {
	if r.core(g) < 2 {
		return nil, false
	}
	if maySplit {
		if parts = r.split(g); len(parts) > 1 {
			return parts, false
		}
	}
	r.pickWindow(g)
	r.weighAlone(g)
	return nil, true
}

// weighAlone weighs and judges a group on the core and the window that it has.
func (r *reading) weighAlone(g *Group) {
	g.Beyond = r.beyond
	r.againstOthers(g)
	r.weigh(g)
	r.judge(g)
	r.countChoices(g)
}

// isRing reports whether a group as it stands is a ring, by a bar, and weighs of it no
// more than that needs.
func (r *reading) isRing(g *Group, bar float64) bool {
	if r.core(g) < 2 {
		return false
	}
	r.pickWindow(g)
	r.weigh(g)
	r.tellChance(g)
	if min(g.LnP, g.byTargets) >= math.Log(RingLevel) || g.evidence() <= 0 {
		return false
	}
	r.tellVotes(g)
	r.countChoices(g)
	g.TellByTargets()
	g.Bar = bar
	return g.RingLike()
}

// countChoices counts those of a ring's bundles once.
func (r *reading) countChoices(g *Group) {
	if g.RingLike() {
		if g.Choices = r.choices(g); g.Choices < fewChoices && len(g.Core) >= fewChoices {
			g.Apart = r.apartness(g)
		}
	}
}

// splits reports whether a group may still be split: not at a depth, and not if it
// grew back into what was cut.
func (f *Refiner) splits(g *Group, depth int) bool {
	return depth < splitDepth && !slices.ContainsFunc(f.cut,
		func(raters []int32) bool { return slices.Equal(raters, g.Raters) })
}

// refineParts grows the parts of a group each by itself. One that grows back
// into what was cut is not cut again.
func (f *Refiner) refineParts(g *Group, parts [][]int32, depth int, dropped *int) (all []*Group) {
	f.cut = append(f.cut, g.Raters)
	for _, part := range parts {
		for _, h := range f.refine(part, depth+1, dropped) {
			if !slices.ContainsFunc(all, func(o *Group) bool { return slices.Equal(o.Raters, h.Raters) }) {
				all = append(all, h)
			}
		}
	}
	f.cut = f.cut[:len(f.cut)-1]
	return all
}

// A candidate is an outsider who chose several core items.
type candidate struct {
	rater int32
	core  int
}

// candidates returns the outsiders with two core items or more, those with most
// first, and how many core items the mean member has.
func (r *reading) candidates(g *Group) (all []candidate, mean float64) {
	var seen []int32
	for at := range r.targets {
		t := &r.targets[at]
		if !t.core {
			continue
		}
		mean += float64(len(t.acts)) / float64(len(g.Raters))
		for k := r.ItemStart[t.item]; k < r.ItemStart[t.item+1]; k++ {
			if u := r.Rater[k]; r.state[u] == outside {
				if r.count[u] == 0 {
					seen = append(seen, u)
				}
				r.count[u]++
			}
		}
	}
	for _, u := range seen {
		if c := int(r.count[u]); c >= 2 && float64(c) >= nearOutsider*mean {
			all = append(all, candidate{u, c})
		}
		r.count[u] = 0
	}
	slices.SortFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.core, a.core), cmp.Compare(a.rater, b.rater))
	})
	return all, mean
}

// step returns the members after outsiders joined and members left.
func (r *reading) step(g *Group) (next []int32) {
	candidates, mean := r.candidates(g)
	left := slices.Clone(g.Raters)
	for _, c := range candidates[:min(len(candidates), max(10, 2*len(g.Raters)))] {
		if float64(c.core) >= looseSimilar*mean {
			r.state[c.rater] = similar
			left = append(left, c.rater)
		}
	}
	likes := left[len(g.Raters):]
	defer func() { r.mark(likes, outside) }()
	return r.exchange(g, candidates, left)
}

// exchange is the body of step, with the likes of the group left out of the
// crowd: otherwise the members that a seed lacks would be the crowd that excuses
// the others.
func (r *reading) exchange(g *Group, candidates []candidate, left []int32) []int32 {
	r.asked += (len(g.Raters) + len(candidates)) * len(r.targets)
	if r.likes = len(left) > len(g.Raters); r.likes {
		r.leaveOut(left)
	}
	jury := r.coreJury()
	heard := jury.Verdict.Evidence > 0
	stays, joins := math.Log(stayLevel), math.Log(joinLevel/float64(r.Raters))
	lo, hi := r.span(g.Raters)
	peersJoin := math.Log(joinLevel / float64(r.peers(lo, hi))) // of whom there are fewer
	var next []int32
	g.Pool = nil
	for _, u := range g.Raters {
		if d := r.deedsOf(u); r.test(g, d).below(stays) {
			r.admit(g, d, heard, jury, &next)
		}
	}
	for _, c := range candidates {
		limit := joins
		if class := classOf(r.CountOf(c.rater)); lo <= class && class <= hi {
			limit = peersJoin
		}
		if d := r.deedsOf(c.rater); r.test(g, d).below(limit) {
			r.admit(g, d, heard, jury, &next)
		}
	}
	slices.Sort(next)
	return next
}

// admit lets a rater in unless its votes stop it, and counts it in the pool if they
// speak against it.
func (r *reading) admit(g *Group, d deeds, heard bool, j *Jury, next *[]int32) {
	sum, bar := r.ownVotes(d, j)
	switch {
	case !heard || j.fits(sum, bar):
		*next = append(*next, d.rater)
	case sum <= -oneSlip:
		g.Pool = append(g.Pool, d.rater)
	}
}
