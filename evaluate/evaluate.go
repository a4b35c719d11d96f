package evaluate

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/ringwatch/ringwatch/internal/plural"
)

// Options say how to judge.
type Options struct {
	Threshold *float64 // accounts with a score of it or more are found; nil: as the file says, if it does
	// how many accounts are reviewed, from the highest score down; nil: 20, 100 and as many as are positive
	Budgets  []int
	Overlaps []float64 // Jaccard overlaps from which two rings are the same, in (0, 1]; nil: .25, .5 and .75
	Among    []string  // all accounts that could be found; nil: those that the two files name
	Draws    int       // of the bootstrap
	Seed     uint64
}

// DefaultDraws leave the ends of an interval to 25 draws on each side.
const DefaultDraws = 1000

// Evaluate judges what was found by the truth. It costs a sort and Draws passes
// over the accounts.
//
// Judged are accounts of which the truth knows what they are: where it labels
// accounts or lists some as in no group, those; where it is only a list, all others
// that are named anywhere are honest. One that was not found and has no score is
// below all that have one.
//
// Blind spot: precision hangs on the share of positives in the truth, and whatever
// the truth does not know of is counted as it says.
func Evaluate(ctx context.Context, found, truth *Claims, o Options) (*Report, error) {
	e := &evaluation{found: found, truth: truth, o: o, r: &Report{Found: found.Reading, Truth: truth.Reading}}
	if err := e.judged(); err != nil {
		return nil, err
	}
	e.decide()
	e.rank()
	if err := e.measure(ctx); err != nil {
		return nil, err
	}
	e.budgets()
	e.rings()
	e.kinds()
	return e.r, nil
}

type evaluation struct {
	found, truth *Claims
	o            Options
	r            *Report

	ids      []string // judged accounts, ascending
	number   map[string]int32
	positive []bool
	kind     []string  // nil without
	flagged  []bool    // nil where nothing was decided
	score    []float64 // NaN: below all
	order    []int32
	ends     []int
	closed   bool      // who was not found is known too
	groups   [][]int32 // true ones
}

func (e *evaluation) tell(format string, args ...any) {
	e.r.Told = append(e.r.Told, fmt.Sprintf(format, args...))
}

// judged works out whom the truth knows, and says who is left out.
func (e *evaluation) judged() error {
	if !slices.Contains(e.truth.Label, Yes) {
		return fmt.Errorf("%s: names nobody as positive, so that there is nothing to find; it was read as %s",
			e.truth.Reading.File, e.truth.Reading.Form)
	}
	open := !slices.Contains(e.truth.Label, No) // a list: the others are honest
	is := e.labels(open)
	met, outside, missing := e.meet(is, open)
	e.leaveOutBeyond(is)
	if met == 0 && len(e.found.IDs) > 0 {
		return fmt.Errorf("%s and %s have no account in common: one has %s, the other %s; "+
			"do they name accounts in the same way?",
			e.found.Reading.File, e.truth.Reading.File, few(e.found.IDs), few(e.truth.IDs))
	}
	e.enumerate(is)
	if e.r.Positive == 0 {
		return fmt.Errorf("%s: none of its positives is among all accounts", e.truth.Reading.File)
	}
	e.closed = !open || e.o.Among != nil || len(outside) > 0 && !e.found.onlyNames()
	e.tellOthers(outside, missing)
	e.trueGroups()
	return nil
}

// labels says who is positive and who is not, by the truth and, where it is a list,
// by all accounts.
func (e *evaluation) labels(open bool) map[string]bool {
	is := make(map[string]bool)
	for u, id := range e.truth.IDs {
		if l := e.truth.Label[u]; l != Unknown {
			is[id] = l == Yes
		}
	}
	for _, id := range e.o.Among {
		if _, known := is[id]; !known && open {
			is[id] = false
		}
	}
	return is
}

// meet goes through the accounts that were named. Met are those that the truth knows;
// outside are those that an open truth does not list, and who are honest by it; of the
// missing it is not known what they are.
func (e *evaluation) meet(is map[string]bool, open bool) (met int, outside, missing []string) {
	among := e.all()
	for _, id := range e.found.IDs {
		_, known := is[id]
		switch {
		case known:
			met++
		case open && (e.o.Among == nil || among[id]):
			is[id] = false
			outside = append(outside, id)
		default:
			missing = append(missing, id)
		}
	}
	return met, outside, missing
}

// all are all accounts, where they were listed.
func (e *evaluation) all() map[string]bool {
	among := make(map[string]bool, len(e.o.Among))
	for _, id := range e.o.Among {
		among[id] = true
	}
	return among
}

// leaveOutBeyond takes out whom the truth knows and the list of all accounts does not.
func (e *evaluation) leaveOutBeyond(is map[string]bool) {
	if e.o.Among == nil {
		return
	}
	among := e.all()
	var beyond []string
	for id := range is {
		if !among[id] {
			beyond = append(beyond, id)
			delete(is, id)
		}
	}
	if len(beyond) > 0 {
		e.tell("%s of the truth %s not among all accounts (%s) and not judged", plural.Of(len(beyond), "account"),
			plural.Is(len(beyond)), few(beyond))
	}
}

// enumerate gives those who are judged their numbers.
func (e *evaluation) enumerate(is map[string]bool) {
	e.ids = slices.Sorted(maps.Keys(is))
	e.number = make(map[string]int32, len(e.ids))
	e.positive = make([]bool, len(e.ids))
	for u, id := range e.ids {
		e.number[id] = int32(u)
		e.positive[u] = is[id]
		if is[id] {
			e.r.Positive++
		}
	}
	e.r.Accounts, e.r.Honest = len(e.ids), len(e.ids)-e.r.Positive
}

// tellOthers says whom one of the two does not know.
func (e *evaluation) tellOthers(outside, missing []string) {
	in := make(map[string]bool, len(e.found.IDs))
	for _, id := range e.found.IDs {
		in[id] = true
	}
	var absent []string
	for _, id := range e.ids {
		if !in[id] {
			absent = append(absent, id)
		}
	}
	file := e.found.Reading.File
	if n := len(missing); n > 0 {
		e.tell("%s in %s of which the truth does not know what they are (%s): set aside", plural.Of(n, "account"), file,
			few(missing))
	}
	if n := len(outside); n > 0 {
		e.tell("%s in %s that the truth does not list (%s): counted as honest",
			plural.Of(n, "account"), file, few(outside))
	}
	if n := len(absent); n > 0 {
		e.tell("%s that the truth knows and %s does not name (%s): not found, and below all scores",
			plural.Of(n, "account"), file, few(absent))
	}
	if n := count(e.truth.Label, Unknown); n > 0 {
		e.tell("%s of the truth without a label: set aside", plural.Of(n, "account"))
	}
}

// trueGroups takes over the groups and the kinds of those who are judged.
func (e *evaluation) trueGroups() {
	for _, g := range e.truth.Groups {
		if m := e.numbers(e.truth, g.Members); len(m) > 0 {
			e.groups = append(e.groups, m)
		}
	}
	if e.truth.Kind == nil {
		return
	}
	e.kind = make([]string, len(e.ids))
	for u, id := range e.truth.IDs {
		if k, ok := e.number[id]; ok {
			e.kind[k] = e.truth.Kind[u]
		}
	}
}

// numbers are those of the judged among members of a group.
func (e *evaluation) numbers(c *Claims, members []int32) []int32 {
	var all []int32
	for _, u := range members {
		if k, ok := e.number[c.IDs[u]]; ok {
			all = append(all, k)
		}
	}
	return all
}

// decide works out who was found.
func (e *evaluation) decide() {
	c := e.found
	if e.o.Threshold == nil && !c.decides() {
		return
	}
	e.flagged = make([]bool, len(e.ids))
	flagged, hits := 0, 0
	for u, id := range c.IDs {
		k, ok := e.number[id]
		yes := c.Label[u] == Yes
		if e.o.Threshold != nil && c.Score != nil {
			yes = c.Score[u] >= *e.o.Threshold
		}
		if !ok || !yes {
			continue
		}
		e.flagged[k] = true
		flagged++
		if e.positive[k] {
			hits++
		}
	}
	e.r.Flagged, e.r.Hits = &flagged, &hits
}
