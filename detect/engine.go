package detect

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
)

// An engine is what detectors share: the table laid out, the fitted null, the
// search over pairs, and the groups judged so far. Detectors propose seeds; it
// alone grows, weighs and judges them, so that there is one null, one correction
// for multiplicity and one list.
type engine struct {
	*acts
	null     *null
	ballots  *ballots
	found    *pairs // nil until first asked for
	judged   []*result
	of       map[int32][]int  // results by rater
	grown    map[string][]int // results by the seed that grew into them
	refiners sync.Pool
	warnings []string
	tokens   [][]int32 // seeds of the search over pairs of items
	tokensOf int       // mostActs of that search; 0 before
	dropped  int       // seeds given up because they grew beyond mostMembers
	report   func(stage string, done, total int)
}

// A result is a group that was weighed, or dropped early.
type result struct {
	*group
	detectors []string
}

func newEngine(ctx context.Context, in Input) (*engine, error) {
	report := in.Progress
	if report == nil {
		report = func(string, int, int) {}
	}
	report("fitting the background", 0, 3)
	e := &engine{acts: newActs(in.Ratings), of: map[int32][]int{}, grown: map[string][]int{}, report: report}
	report("fitting the background", 1, 3)
	e.null = newNull(e.acts)
	e.ballots = newBallots(e.acts)
	report("fitting the background", 2, 3)
	if err := e.null.fitTilt(ctx, e.acts); err != nil {
		return nil, err
	}
	report("fitting the background", 3, 3)
	return e, nil
}

// pairs returns the pairs of raters that stand out, searched for once for each
// number of neighbors on hot items; for 0, those of any are as good.
func (e *engine) pairs(ctx context.Context, neighbors int) (*pairs, error) {
	if e.found == nil || neighbors != 0 && neighbors != e.found.neighbors {
		if neighbors == 0 {
			neighbors = hotNeighbors
		}
		p, err := findPairs(ctx, e.acts, e.null, neighbors, func(done, total int) { e.report("comparing raters", done, total) })
		if err != nil {
			return nil, err
		}
		e.found = p
		if p.hotItems > 0 {
			how := "only where ratings are within ten minutes of each other"
			if e.time == nil {
				how = "not at all"
			}
			e.warnings = append(e.warnings, fmt.Sprintf("%d items with more than %d ratings each, %.1f%% of all ratings, were used %s to find pairs of raters; groups were judged on them in full",
				p.hotItems, hotItem, 100*float64(p.hotActs)/float64(e.len()), how))
		}
		if p.beyond > 0 {
			e.warnings = append(e.warnings, fmt.Sprintf("%.2g%% of the meetings within ten minutes on those items were left out: there a rating was compared with the %d before it and the %d after it at most (option neighbors of group)",
				100*float64(p.beyond)/float64(p.beyond+p.near), neighbors, neighbors))
		}
	}
	return e.found, nil
}

// tokenSeeds is the search over pairs of items, made once, among raters in no ring
// yet; those with more acts than mostActs are left out, and the user is told so.
func (e *engine) tokenSeeds(ctx context.Context, mostActs int) (seeds [][]int32, err error) {
	if mostActs == e.tokensOf {
		return e.tokens, nil
	}
	e.tokensOf = mostActs
	raters, acts := 0, 0
	for u := range int32(e.raters) {
		if n := e.countOf(u); n > mostActs {
			raters, acts = raters+1, acts+n
		}
	}
	if raters > 0 {
		e.warnings = append(e.warnings, fmt.Sprintf("%d raters with more than %d ratings each, %.1f%% of all ratings, were left out of the search for items that share raters (option most-acts of group and agreement); they were in all other searches",
			raters, mostActs, 100*float64(acts)/float64(e.len())))
	}
	e.tokens, err = tokenSeeds(ctx, e.acts, e.null, mostActs, e.free)
	return e.tokens, err
}

// seedsAhead is how many seeds are refined before what the first of them grew into
// is known. It is fixed, so that which seeds are skipped does not depend on the
// number of processors.
const seedsAhead = 8

// propose refines and weighs seeds, in their order. A seed of which more than
// half lies in an earlier result is that result found again.
func (e *engine) propose(ctx context.Context, detector string, seeds [][]int32) error {
	var (
		ahead = make([]chan []*group, len(seeds)) // what each grows into; nil where it is skipped
		work  = make(chan int)
		wait  sync.WaitGroup
	)
	for range min(runtime.GOMAXPROCS(0), seedsAhead) {
		wait.Go(func() {
			var r *refiner
			for at := range work {
				if r == nil {
					r = e.refiner()
				}
				ahead[at] <- r.refine(seeds[at], 0)
			}
			if r != nil {
				e.refiners.Put(r)
			}
		})
	}
	settle := func(at int) {
		if ahead[at] == nil {
			return
		}
		found := <-ahead[at]
		grown := make([]int, 0, len(found))
		for _, g := range found {
			grown = append(grown, e.commit(g, detector))
		}
		e.grown[seedKey(seeds[at])] = grown
	}
	at := 0
	for ; at < len(seeds) && ctx.Err() == nil; at++ {
		e.report(detector+": judging groups", at, len(seeds))
		if at >= seedsAhead {
			settle(at - seedsAhead)
		}
		if e.known(seeds[at], detector) {
			continue
		}
		ahead[at] = make(chan []*group, 1)
		work <- at
	}
	close(work)
	wait.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for at := max(0, len(seeds)-seedsAhead); at < len(seeds); at++ {
		settle(at)
	}
	e.report(detector+": judging groups", len(seeds), len(seeds))
	return nil
}

// refiner returns scratch space that is free.
func (e *engine) refiner() *refiner {
	if r, ok := e.refiners.Get().(*refiner); ok {
		return r
	}
	return newRefiner(e.acts, e.null, e.ballots)
}

// known reports whether a seed is idle: inside an earlier result, or grown before.
func (e *engine) known(seed []int32, detector string) bool {
	if r := e.inside(seed); r != nil {
		r.name(detector)
		return true
	}
	grown, known := e.grown[seedKey(seed)]
	for _, at := range grown {
		e.judged[at].name(detector)
	}
	return known
}

// seedKey is the bytes of a seed.
func seedKey(seed []int32) string {
	key := make([]byte, 0, 4*len(seed))
	for _, u := range seed {
		key = binary.LittleEndian.AppendUint32(key, uint32(u))
	}
	return string(key)
}

// commit keeps a group that was found, and returns its place.
func (e *engine) commit(g *group, detector string) int {
	for _, at := range e.of[g.raters[0]] {
		if r := e.judged[at]; slices.Equal(r.raters, g.raters) {
			r.name(detector)
			return at
		}
	}
	for _, u := range g.raters {
		e.of[u] = append(e.of[u], len(e.judged))
	}
	e.judged = append(e.judged, &result{group: g, detectors: []string{detector}})
	return len(e.judged) - 1
}

// inside returns the earlier result that makes a seed idle, or nil: a
// significant group that more than half of the seed lies in, or one dropped early
// that is mostly the same raters. That a crowd votes like strangers says nothing
// of a part of it.
func (e *engine) inside(seed []int32) *result {
	count := map[int]int{}
	for _, u := range seed {
		for _, at := range e.of[u] {
			count[at]++
		}
	}
	best := -1
	for at, n := range count {
		r := e.judged[at]
		idle := r.significant() && 2*n > len(seed) || r.open && 2*n > len(seed)+len(r.raters)-n
		if idle && (best < 0 || at < best) {
			best = at
		}
	}
	if best < 0 {
		return nil
	}
	return e.judged[best]
}

func (r *result) name(detector string) {
	if !slices.Contains(r.detectors, detector) {
		r.detectors = append(r.detectors, detector)
	}
}

// significant reports whether independent raters do not explain the group.
func (g *group) significant() bool { return !g.open && g.lnP < math.Log(ringLevel) }

// free reports whether a rater is in no significant group.
func (e *engine) free(u int32) bool {
	return !slices.ContainsFunc(e.of[u], func(at int) bool { return e.judged[at].significant() })
}

// distinct returns the weighed groups, strongest first, without those of which
// more than overlap lies in stronger ones.
func (e *engine) distinct() []*result {
	const overlap = .6
	all := slices.DeleteFunc(slices.Clone(e.judged), func(r *result) bool { return r.open })
	slices.SortStableFunc(all, func(a, b *result) int {
		return cmp.Or(cmp.Compare(a.lnP, b.lnP), slices.Compare(a.raters, b.raters))
	})
	first := make(map[int32]*result)
	var kept []*result
	for _, r := range all {
		in := 0
		for _, u := range r.raters {
			if first[u] != nil {
				in++
			}
		}
		if float64(in) > overlap*float64(len(r.raters)) {
			for _, d := range r.detectors {
				first[r.raters[slices.IndexFunc(r.raters, func(u int32) bool { return first[u] != nil })]].name(d)
			}
			continue
		}
		for _, u := range r.raters {
			if first[u] == nil {
				first[u] = r
			}
		}
		kept = append(kept, r)
	}
	return kept
}
