package evaluate

import (
	"context"
	"fmt"
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
	ofFound  []int32  // the number that an account of found has among them, or -1
	ofTruth  []int32
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
	for _, c := range []*Claims{e.found, e.truth} {
		if !slices.IsSorted(c.IDs) {
			return fmt.Errorf("%s: its accounts are not in ascending order", c.Reading.File)
		}
	}
	if !slices.Contains(e.truth.Label, Yes) {
		return fmt.Errorf("%s: names nobody as positive, so that there is nothing to find; it was read as %s",
			e.truth.Reading.File, e.truth.Reading.Form)
	}
	open := !slices.Contains(e.truth.Label, No) // a list: the others are honest
	m := e.meet(open)
	if m.beyond.n > 0 {
		e.tell("%s of the truth %s not among all accounts (%s) and not judged", plural.Of(m.beyond.n, "account"),
			plural.Is(m.beyond.n), few(m.beyond.first))
	}
	if m.met == 0 && len(e.found.IDs) > 0 {
		return fmt.Errorf("%s and %s have no account in common: one has %s, the other %s; "+
			"do they name accounts in the same way?",
			e.found.Reading.File, e.truth.Reading.File, few(e.found.IDs), few(e.truth.IDs))
	}
	e.r.Accounts, e.r.Honest = len(e.ids), len(e.ids)-e.r.Positive
	if e.r.Positive == 0 {
		return fmt.Errorf("%s: none of its positives is among all accounts", e.truth.Reading.File)
	}
	e.closed = !open || e.o.Among != nil || m.outside.n > 0 && !e.found.onlyNames()
	e.tellOthers(m)
	e.trueGroups()
	return nil
}

// A meeting says who of the accounts that are named anywhere is not judged, or not
// as the truth says.
type meeting struct {
	met     int  // of the found, that the truth knows
	beyond  some // that the truth knows and the list of all accounts does not
	outside some // of the found, that an open truth does not list, and who are honest by it
	missing some // of the found, of which it is not known what they are
	absent  some // that are judged and were not named
}

// some are how many there are, and the first of them.
type some struct {
	n     int
	first []string
}

func (s *some) add(id string) {
	if s.n++; s.n <= mostNamed+1 {
		s.first = append(s.first, id)
	}
}

// meet goes through all accounts that are named anywhere, in their order, and gives
// those who are judged their numbers.
func (e *evaluation) meet(open bool) (m meeting) {
	all := slices.Compact(slices.Sorted(slices.Values(e.o.Among)))
	found, truth := e.found.IDs, e.truth.IDs
	e.ofFound, e.ofTruth = slices.Repeat([]int32{-1}, len(found)), slices.Repeat([]int32{-1}, len(truth))
	for f, t, a := 0, 0, 0; f < len(found) || t < len(truth) || a < len(all); {
		id, first := "", true
		for _, head := range [...]struct {
			ids []string
			at  int
		}{{found, f}, {truth, t}, {all, a}} {
			if head.at < len(head.ids) && (first || head.ids[head.at] < id) {
				id, first = head.ids[head.at], false
			}
		}
		inFound, inTruth := f < len(found) && found[f] == id, t < len(truth) && truth[t] == id
		inAll := a < len(all) && all[a] == id
		label := Unknown
		if inTruth {
			label = e.truth.Label[t]
		}
		if label == Unknown && open && inAll {
			label = No
		}
		switch {
		case !inFound:
		case label != Unknown:
			m.met++
		case open && e.o.Among == nil:
			label = No
			m.outside.add(id)
		default:
			m.missing.add(id)
		}
		switch {
		case label == Unknown:
		case e.o.Among != nil && !inAll:
			m.beyond.add(id)
		default:
			u := int32(len(e.ids))
			e.ids, e.positive = append(e.ids, id), append(e.positive, label == Yes)
			if label == Yes {
				e.r.Positive++
			}
			if inTruth {
				e.ofTruth[t] = u
			}
			if inFound {
				e.ofFound[f] = u
			} else {
				m.absent.add(id)
			}
		}
		f, t, a = after(f, inFound), after(t, inTruth), after(a, inAll)
	}
	return m
}

// after is the next place where this one was met.
func after(k int, met bool) int {
	if met {
		k++
	}
	return k
}

// tellOthers says whom one of the two does not know.
func (e *evaluation) tellOthers(m meeting) {
	file := e.found.Reading.File
	if n := m.missing.n; n > 0 {
		e.tell("%s in %s that the truth says nothing of (%s): set aside",
			plural.Of(n, "account"), file, few(m.missing.first))
	}
	if n := m.outside.n; n > 0 {
		e.tell("%s in %s that the truth does not list (%s): counted as honest", plural.Of(n, "account"), file,
			few(m.outside.first))
	}
	if n := m.absent.n; n > 0 {
		e.tell("%s that the truth knows and %s does not name (%s): not found, and below all scores",
			plural.Of(n, "account"), file, few(m.absent.first))
	}
	if n := count(e.truth.Label, Unknown); n > 0 {
		e.tell("%s of the truth without a label: set aside", plural.Of(n, "account"))
	}
}

// trueGroups takes over the groups and the kinds of those who are judged.
func (e *evaluation) trueGroups() {
	for _, g := range e.truth.Groups {
		if m := judgedOf(e.ofTruth, g.Members); len(m) > 0 {
			e.groups = append(e.groups, m)
		}
	}
	if e.truth.Kind == nil {
		return
	}
	e.kind = make([]string, len(e.ids))
	for u, k := range e.ofTruth {
		if k >= 0 {
			e.kind[k] = e.truth.Kind[u]
		}
	}
}

// judgedOf are the numbers of the judged among members of a group.
func judgedOf(number, members []int32) []int32 {
	var all []int32
	for _, u := range members {
		if k := number[u]; k >= 0 {
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
	for u, k := range e.ofFound {
		yes := c.Label[u] == Yes
		if e.o.Threshold != nil && c.Score != nil {
			yes = c.Score[u] >= *e.o.Threshold
		}
		if k < 0 || !yes {
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
