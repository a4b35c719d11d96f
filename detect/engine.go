package detect

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/ringwatch/ringwatch/detect/internal/judge"
	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/detect/internal/search"
	"github.com/ringwatch/ringwatch/internal/plural"
	"github.com/ringwatch/ringwatch/internal/workers"
)

// An engine is what detectors share: the table laid out, the fitted null, the
// search over pairs, and the groups judged so far. Detectors propose seeds; it
// alone grows, weighs and judges them, so that there is one null, one correction
// for multiplicity and one list.
type engine struct {
	*null.Acts
	null      *null.Model
	votes     *judge.Votes
	found     *search.Pairs // nil until first asked for
	ready     *search.Pairs // that were found before the run; nil if none were
	judged    []*result
	of        map[int32][]int  // results by rater
	grown     map[string][]int // results by the seed that grew into them
	refiners  free
	warnings  []string
	byItems   [][]int32 // seeds of the search over pairs of items
	byItemsOf int       // mostActs of that search; 0 before
	dropped   int       // groups given up because they grew beyond judge.MostMembers
	mostAsked int       // how often a detector's groups have raters held against items, about
	mostTurns int       // the same of groups that may take turns
	mostRuns  int       // the same of runs that tell whether rings are stable
	report    func(stage string, done, total int)
}

// A result is a group that was weighed, or dropped early.
type result struct {
	*judge.Group
	detectors []string
	ruled     bool    // findings weighed it for being a ring
	covered   bool    // rings are all that it is
	rest      bool    // it holds a stronger ring, and the others are none
	lnP, lnQ  float64 // of a group without any plan, as findings has it
}

func newEngine(ctx context.Context, in Input) (*engine, error) {
	report := in.reporter()
	e := &engine{of: map[int32][]int{}, grown: map[string][]int{}, report: report,
		mostAsked: max(leastAsked, askedPerRating*in.Ratings.Len()), mostTurns: turnsAsked,
		mostRuns: runsAsked}
	if p := in.Prepared; p != nil {
		e.Acts, e.null, e.ready = p.acts, p.model, p.pairs
		var err error
		if e.votes, err = judge.FitVotes(e.Acts, in.Ratings); err != nil {
			return nil, err
		}
		e.votes.Together = cmp.Or(in.Moment, judge.MomentTogether)
		return e, nil
	}
	report("fitting the background", 0, 3)
	e.Acts = null.NewActs(in.Ratings)
	report("fitting the background", 1, 3)
	var crew workers.Crew // the two know nothing of each other
	crew.Go(func() { e.votes = judge.NewVotes(e.Acts, in.Ratings) })
	e.null = null.NewModel(e.Acts)
	err := e.null.FitTilt(ctx, e.Acts)
	report("fitting the background", 2, 3)
	crew.Wait()
	if err != nil {
		return nil, err
	}
	e.votes.Together = cmp.Or(in.Moment, judge.MomentTogether)
	report("fitting the background", 3, 3)
	return e, nil
}

// pairs returns the pairs of raters that stand out, searched for once for each
// number of neighbors on hot items; for 0, those of any are as good.
func (e *engine) pairs(ctx context.Context, neighbors int) (*search.Pairs, error) {
	if e.found == nil || neighbors != 0 && neighbors != e.found.Neighbors {
		if neighbors == 0 {
			neighbors = search.HotNeighbors
		}
		p := e.ready
		if p == nil || p.Neighbors != neighbors {
			var err error
			p, err = search.FindPairs(ctx, e.Acts, e.null, neighbors,
				func(done, total int) { e.report("comparing raters", done, total) })
			if err != nil {
				return nil, err
			}
		}
		e.found = p
		if items, share := e.hot(); items > 0 {
			how := "only where ratings are within ten minutes of each other"
			if e.Time == nil {
				how = "not at all"
			}
			e.warnings = append(e.warnings, fmt.Sprintf("%s with more than %d ratings each, %.1f%% of all ratings, "+
				"%s used %s to find pairs of raters; groups were judged on them in full",
				plural.Of(items, "item"), null.HotItem, 100*share, plural.Was(items), how))
		}
		if p.Beyond > 0 {
			e.warnings = append(e.warnings,
				fmt.Sprintf("%s of the meetings within ten minutes on those items were left out: there a rating "+
					"was compared with the %d before it and the %d after it at most (option neighbors of group)",
					percent(float64(p.Beyond)/float64(p.Beyond+p.Near)), neighbors, neighbors))
		}
	}
	return e.found, nil
}

// percent writes a share in two digits, and one near all of them as it is and not as 1e+02.
func percent(share float64) string {
	if share >= .995 {
		return fmt.Sprintf("%.4g%%", 100*share)
	}
	return fmt.Sprintf("%.2g%%", 100*share)
}

// itemSeeds is the search over pairs of items, made once, among raters in no ring
// yet; those with more acts than mostActs are left out, and the user is told so.
func (e *engine) itemSeeds(ctx context.Context, mostActs int) (seeds [][]int32, err error) {
	if mostActs == e.byItemsOf {
		return e.byItems, nil
	}
	e.byItemsOf = mostActs
	if raters, share := e.above(mostActs); raters > 0 {
		e.warnings = append(e.warnings, fmt.Sprintf("%s with more than %d ratings each, %.1f%% of all ratings, "+
			"%s left out of the search for items that share raters (option most-acts of group and agreement), "+
			"and of no other search",
			plural.Of(raters, "rater"), mostActs, 100*share, plural.Was(raters)))
	}
	e.byItems, err = search.ItemPairSeeds(ctx, e.Acts, e.null, mostActs, e.free)
	return e.byItems, err
}

// above counts the raters of more than mostActs acts, and tells their share of all.
func (e *engine) above(mostActs int) (raters int, share float64) {
	acts := 0
	for u := range int32(e.Raters) {
		if n := e.CountOf(u); n > mostActs {
			raters, acts = raters+1, acts+n
		}
	}
	return raters, float64(acts) / float64(max(1, e.Len()))
}

// hot counts the items that are too popular for most searches, and tells their share
// of all acts.
func (e *engine) hot() (items int, share float64) {
	acts := 0
	for i := range int32(e.Items) {
		if n := e.SizeOf(i); n > null.HotItem {
			items, acts = items+1, acts+n
		}
	}
	return items, float64(acts) / float64(max(1, e.Len()))
}

// seedsAhead is how many seeds are refined before what the first of them grew into
// is known. It is fixed, so that which seeds are skipped does not depend on the
// number of processors.
const seedsAhead = 8

// A bound on the cost where nearly everybody shares the items of nearly every seed, as
// twenty thousand raters who all rated the same eight items do: there each seed has all
// of them asked. Of real data weibo_s has the most, 31 for each rating. What is below
// leastAsked is a second or two of work.
const (
	askedPerRating = 60
	leastAsked     = 1_000_000
	turnsAsked     = 50_000 // of groups that may take turns: 100,000 took 1 CPU second of 33 at 1.1M ratings
)

// propose refines and weighs seeds, in their order, until they have taken mostAsked. A
// seed of which more than half lies in an earlier result is that result found again.
func (e *engine) propose(ctx context.Context, detector string, seeds [][]int32) error {
	asked, left, err := e.refine(ctx, detector, proposal{seeds: seeds, most: e.mostAsked,
		known: func(at int) bool { return e.known(seeds[at], detector) },
		grow:  func(r *judge.Refiner, at int) judge.Grown { return r.Refine(seeds[at]) },
		keep: func(at int, groups []*judge.Group) {
			grown := make([]int, 0, len(groups))
			for _, g := range groups {
				grown = append(grown, e.commit(g, detector))
			}
			e.grown[search.Key(seeds[at])] = grown
		}})
	if left > 0 {
		e.warnings = append(e.warnings, fmt.Sprintf("%s left %d of its %s unjudged: so many raters share the items "+
			"of each that the others took %d comparisons of a rater with an item for each rating",
			detector, left, plural.Of(len(seeds), "group"), asked/max(1, e.Len())))
	}
	return err
}

// A proposal is seeds, and what is done with each.
type proposal struct {
	seeds [][]int32
	most  int                                        // about how often raters are held against items for them
	known func(at int) bool                          // it need not be refined
	grow  func(r *judge.Refiner, at int) judge.Grown // in one of several goroutines
	keep  func(at int, groups []*judge.Group)
}

// refine grows seeds until they have taken what they may, and tells what they took, and how
// many were left.
func (e *engine) refine(ctx context.Context, detector string, p proposal) (asked, left int, err error) {
	err = workers.Ahead(ctx, len(p.seeds), seedsAhead, func(at int) bool {
		e.report(detector+": judging groups", at, len(p.seeds))
		if p.known(at) {
			return false
		}
		if asked > p.most {
			left++
			return false
		}
		return true
	}, func(at int) judge.Grown {
		r := e.refiner()
		found := p.grow(r, at)
		e.refiners.put(r)
		return found
	}, func(at int, found judge.Grown) {
		e.dropped += found.Dropped
		asked += found.Asked
		p.keep(at, found.Groups)
	})
	e.report(detector+": judging groups", len(p.seeds), len(p.seeds))
	return asked, left, err
}

// free is scratch space that nobody uses: as much as was used at once. It is not taken away
// when memory is short, as that of a sync.Pool: each costs a pass over all raters.
type free struct {
	sync.Mutex
	refiners []*judge.Refiner
}

func (f *free) put(r *judge.Refiner) {
	f.Lock()
	f.refiners = append(f.refiners, r)
	f.Unlock()
}

func (f *free) take() *judge.Refiner {
	f.Lock()
	defer f.Unlock()
	last := len(f.refiners) - 1
	if last < 0 {
		return nil
	}
	r := f.refiners[last]
	f.refiners = f.refiners[:last]
	return r
}

// refiner returns scratch space that is free.
func (e *engine) refiner() *judge.Refiner {
	if r := e.refiners.take(); r != nil {
		return r
	}
	return judge.NewRefiner(e.Acts, e.null, e.votes)
}

// known reports whether a seed is idle: inside an earlier result, or grown before.
func (e *engine) known(seed []int32, detector string) bool {
	if r := e.inside(seed); r != nil {
		r.name(detector)
		return true
	}
	grown, known := e.grown[search.Key(seed)]
	for _, at := range grown {
		e.judged[at].name(detector)
	}
	return known
}

// commit keeps a group that was found, and returns its place.
func (e *engine) commit(g *judge.Group, detector string) int {
	for _, at := range e.of[g.Raters[0]] {
		if r := e.judged[at]; slices.Equal(r.Raters, g.Raters) {
			r.name(detector)
			return at
		}
	}
	for _, u := range g.Raters {
		e.of[u] = append(e.of[u], len(e.judged))
	}
	e.judged = append(e.judged, &result{Group: g, detectors: []string{detector}})
	return len(e.judged) - 1
}

// inside returns the earlier result that makes a seed idle, or nil: a
// settled group that more than half of the seed lies in, or another that is mostly
// the same raters. That a crowd votes like strangers says nothing of a part of it.
func (e *engine) inside(seed []int32) *result {
	best := -1
	for at, n := range e.countIn(seed) {
		r := e.judged[at]
		idle := r.settled() && 2*n > len(seed) ||
			!r.settled() && (r.Open || r.Significant()) && 2*n > len(seed)+len(r.Raters)-n
		if idle && (best < 0 || at < best) {
			best = at
		}
	}
	if best < 0 {
		return nil
	}
	return e.judged[best]
}

// countIn counts how many of some raters are in each result that any is in.
func (e *engine) countIn(raters []int32) map[int]int {
	count := map[int]int{}
	for _, u := range raters {
		for _, at := range e.of[u] {
			count[at]++
		}
	}
	return count
}

func (r *result) name(detector string) {
	if !slices.Contains(r.detectors, detector) {
		r.detectors = append(r.detectors, detector)
	}
}

// unclaimed returns, by rater, whether it is in no significant group yet.
func (e *engine) unclaimed() []bool {
	use := make([]bool, e.Raters)
	for u := range use {
		use[u] = e.free(int32(u))
	}
	return use
}

// free reports whether a rater is in no significant group.
func (e *engine) free(u int32) bool {
	return !slices.ContainsFunc(e.of[u],
		func(at int) bool { return e.judged[at].Significant() && !e.judged[at].LikeStrangers() })
}

// settled reports whether the search need not look at parts of a group: there may be a
// ring in one whose members cannot be told one by one, or that votes like strangers.
func (r *result) settled() bool { return r.Significant() && !r.Loose && !r.LikeStrangers() }

// distinct returns the weighed groups, strongest first, without those of which
// more than overlap lies in stronger ones. A crowd that shares an interest does
// not cover a ring inside it.
func (e *engine) distinct() []*result {
	const overlap = .6
	all := slices.DeleteFunc(slices.Clone(e.judged), func(r *result) bool { return r.Open })
	for _, r := range all {
		r.TellByTargets()
	}
	slices.SortStableFunc(all, func(a, b *result) int {
		return cmp.Or(cmp.Compare(a.LnP, b.LnP), slices.Compare(a.Raters, b.Raters))
	})
	first := make(map[int32]*result)
	var kept []*result
	for _, r := range all {
		ring := r.RingLike()
		var in []*result // who covers each member that is covered
		for _, u := range r.Raters {
			if by := first[u]; by != nil && (!ring || by.RingLike()) {
				in = append(in, by)
			}
		}
		if float64(len(in)) > overlap*float64(len(r.Raters)) {
			for _, d := range r.detectors {
				in[0].name(d)
			}
			continue
		}
		for _, u := range r.Raters {
			if by := first[u]; by == nil || ring && !by.RingLike() {
				first[u] = r
			}
		}
		kept = append(kept, r)
	}
	return kept
}
