package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ringwatch/ringwatch/internal/workers"
)

// SnapshotFile has all that alerts know up to a place in the journal, so that a restart does not
// look at every rating again. It can be thrown away: what it has follows from the journal.
const SnapshotFile = "alerts.snapshot"

const (
	snapshotMark  = "ringwatch alerts 2\n"
	snapshotLeast = 50_000           // ratings since the last that are worth one
	snapshotShare = 32               // and a part of what was looked at, which a start after a kill looks at again
	snapshotRest  = 10 * time.Second // and this long since the last
	snapshotPause = 10               // and so many times as long as the last took to write
	snapshotEnd   = 5_000            // are worth one at the end
)

// snapshotHead is what a snapshot has one of.
type snapshotHead struct {
	place
	Options string `json:"options"`
	Alerts  int    `json:"alerts"`

	Newest, Done      int32
	Late, Future, Bad int
	Timeless, Evicted int
	Gone, ActRaters   int
	Raters, Items     int // that have lists
	Levels            []float64
	Lo, Hi, N         float64
	Base              [mostLevels]float64
	Fits              [3][len(concentrations)]float64
	Budget            float64
	FitAt             int
	Sides             int // acts that viewpoints are being found from, 0 where none are
	SidesLo, SidesHi  float64
	Count             searched
	Chosen            []snapshotChoice
}

type snapshotChoice struct {
	Group []int32
	From  int
	Acts  int
}

// settings are what a snapshot depends on beside the journal.
func (a *Alerts) settings() string {
	o := a.reading
	return fmt.Sprint(a.options.Alpha, a.options.Lateness, a.options.Memory, o.Columns, o.Scale, o.Missing,
		o.Times, o.Notes)
}

// worthSaving tells whether enough was looked at since the last snapshot.
func (a *Alerts) worthSaving() bool {
	return a.fresh() >= max(snapshotLeast, len(a.engine.rater)/snapshotShare) &&
		time.Since(a.savedAt) >= max(snapshotRest, snapshotPause*a.saveTook)
}

// fresh is how many ratings no snapshot has.
func (a *Alerts) fresh() int { return len(a.engine.rater) + a.engine.gone - a.saved }

// unsaved keeps why there is no snapshot for who asks.
func (a *Alerts) unsaved(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.count.Unsaved = ""; err != nil {
		a.count.Unsaved = fmt.Sprintf("%s: %v", SnapshotFile, err)
	}
}

// A snapshot is all that alerts know, as it was when it was taken.
type snapshot struct {
	head    json.RawMessage
	names   [2][]string
	columns []any
	ratings int // that were looked at
}

// snapshot takes one, nil while rows wait for their columns.
func (a *Alerts) snapshot() (*snapshot, error) {
	if a.rows.columns == nil || len(a.rows.first) > 0 {
		return nil, nil
	}
	h, err := a.head()
	if err != nil {
		return nil, err
	}
	s := &snapshot{ratings: len(a.engine.rater) + a.engine.gone, names: [2][]string{a.names[0].names, a.names[1].names}}
	if s.head, err = json.Marshal(h); err != nil {
		return nil, err
	}
	s.columns = a.waitingColumns()
	for _, column := range a.engine.kept() {
		s.columns = append(s.columns, column.now())
	}
	s.columns = append(s.columns, a.engine.pairs.columns()...)
	return s, nil
}

// write writes a snapshot into a folder, whole or not at all.
func (s *snapshot) write(dir string) error {
	return saveWhole(dir, SnapshotFile, snapshotMark, s.head, func(w *snapshotWriter) {
		for x := range s.names {
			saveNames(w, len(s.names[x]), func(k int) string { return s.names[x][k] })
		}
		for _, column := range s.columns {
			saveAny(w, column)
		}
	})
}

// save writes a snapshot, once what is being written is.
func (a *Alerts) save() error {
	a.saves(true)
	s, err := a.snapshot()
	if a.savedAt = time.Now(); s == nil {
		return err
	}
	if err = s.write(a.journal.dir); err == nil {
		a.saved = s.ratings
	}
	return err
}

// A saving is a snapshot that is being written.
type saving struct {
	crew  workers.Crew
	ended chan struct{}
	took  time.Duration // once it has ended
	err   error
	*snapshot
}

// saveBeside has a snapshot written while alerts look on.
func (a *Alerts) saveBeside() {
	s, err := a.snapshot()
	if a.savedAt = time.Now(); s == nil {
		a.unsaved(err)
		return
	}
	a.saving = &saving{ended: make(chan struct{}), snapshot: s}
	x, dir, begun := a.saving, a.journal.dir, a.savedAt
	x.crew.Go(func() {
		defer close(x.ended)
		x.err = s.write(dir)
		x.took = time.Since(begun)
	})
}

// saves takes note of a snapshot that was being written, once it is, if one is, and whether none is any more.
func (a *Alerts) saves(wait bool) (done bool) {
	x := a.saving
	if x == nil {
		return true
	}
	if !wait {
		select {
		case <-x.ended:
		default:
			return false
		}
	}
	x.crew.Wait()
	if a.saving, a.saveTook = nil, x.took; x.err == nil {
		a.saved = x.ratings
	}
	a.unsaved(x.err)
	return true
}

func (a *Alerts) head() (*snapshotHead, error) {
	e := a.engine
	at, err := a.journal.place(a.at, a.last)
	h := &snapshotHead{place: at, Options: a.settings(), Alerts: len(a.list),
		Newest: a.newest, Done: a.done,
		Late: a.count.Late, Future: a.count.Future, Bad: a.rows.bad, Timeless: a.count.Timeless,
		Evicted: e.count.Evicted,
		Gone:    e.gone, ActRaters: e.raters, Raters: len(e.ofRater), Items: len(e.ofItem), Levels: e.levels, Lo: e.lo,
		Hi: e.hi, N: e.n, Base: e.base, Fits: e.votes.fits,
		Budget: e.budget, FitAt: e.fitAt, Count: e.count}
	if e.sides != nil {
		h.Sides, h.SidesLo, h.SidesHi = e.sides.acts, e.sides.lo, e.sides.hi
	}
	for _, c := range e.chosen {
		h.Chosen = append(h.Chosen, snapshotChoice{c.group, c.from, c.acts})
	}
	return h, err
}

// load goes on from a snapshot. Where there is none that fits, it leaves alerts as they are, and why is
// an error unless there is none.
func (a *Alerts) load() error {
	var h snapshotHead
	e, waits := newEngine(a.options.Alpha, pairsWithin(a.options.Memory)), map[int32][]waiting(nil)
	names := [2]numbered{{of: map[string]int32{}}, {of: map[string]int32{}}}
	there, err := restoreWhole(a.journal.dir, SnapshotFile, snapshotMark, &h, func() error { return a.fits(&h) },
		func(r *snapshotReader) {
			for x := range names {
				restoreNames(r, func(name []byte) { names[x].number(name) })
			}
			waits = restoreWaiting(r)
			for _, column := range e.kept() {
				restoreAny(r, column.of)
			}
			e.pairs.restore(r)
		})
	if !there {
		return err
	}
	if !e.within(h.Raters, len(names[0].names), h.Items, len(names[1].names)) || !e.sidesWithin(&h) {
		return errors.New("it is damaged")
	}
	e.goOn(&h)
	a.engine, a.names, a.waiting, a.at, a.last = e, names, waits, h.At, h.Before
	a.newest, a.done, a.saved, a.rows.bad = h.Newest, h.Done, len(e.rater)+h.Gone, h.Bad
	a.count = Watching{Ratings: a.saved, Late: h.Late, Future: h.Future, Timeless: h.Timeless, Bad: h.Bad,
		Evicted: h.Evicted}
	for _, all := range waits {
		a.waits += len(all)
	}
	a.count.Pending, a.count.Pairs, a.count.Held = a.waits, e.pairs.gone, a.held()
	for n := h.Alerts; n < len(a.list); n++ { // those that the journal has from after it
		for _, name := range a.list[n].Raters {
			if u, known := a.names[0].of[name]; known {
				e.told = reach(e.told, u)
				e.told[u] = int32(n + 1)
			}
		}
	}
	e.alerts = len(a.list)
	return nil
}

// within tells whether acts are of so many raters and items, of which so many have names: a
// checksum is right for whatever was written.
func (a *acts) within(raters, named, items, itemsNamed int) bool {
	of := func(numbers []int32, n, most int) bool {
		return len(numbers) == len(a.time) && n >= 0 && n <= most &&
			!slices.ContainsFunc(numbers, func(x int32) bool { return x < 0 || int(x) >= n })
	}
	return of(a.rater, raters, named) && of(a.item, items, itemsNamed)
}

// sidesWithin tells whether viewpoints can be found from what they were being found from.
func (e *engine) sidesWithin(h *snapshotHead) bool {
	n := h.Sides - h.Gone
	return h.Sides == 0 || n > 0 && n <= len(e.time) && len(e.level) == len(e.time) &&
		int(slices.Max(e.level[:n])) < len(h.Levels)
}

// fits tells whether a snapshot is of this journal, and of what is asked.
func (a *Alerts) fits(h *snapshotHead) error {
	switch {
	case h.Options != a.settings():
		return errors.New("it was made with other options")
	case a.rows.columns == nil || h.Alerts > len(a.list):
		return errors.New("it is of another journal")
	}
	return a.journal.knows(h.place)
}

// goOn takes up what a snapshot's head has; its columns are there.
func (e *engine) goOn(h *snapshotHead) {
	e.gone, e.raters, e.levels, e.lo, e.hi, e.n, e.base, e.votes.fits = h.Gone, h.ActRaters, h.Levels, h.Lo, h.Hi, h.N,
		h.Base, h.Fits
	e.budget, e.fitAt, e.count = h.Budget, h.FitAt, h.Count
	for _, c := range h.Chosen {
		e.chosen = append(e.chosen, choice{c.Group, c.From, c.Acts})
	}
	e.index(h.Raters, h.Items)
	e.weight, e.met = make([]float32, h.Raters), make([]int32, h.Raters)
	if h.Sides > 0 {
		e.side(context.Background(), e.acts, h.Sides, h.SidesLo, h.SidesHi)
	}
}

// index makes what follows from the columns of acts, for so many raters and items.
func (a *acts) index(raters, items int) {
	a.ofRater, a.ofItem = lists(a.rater, raters), lists(a.item, items)
	a.timesOn = make([][]int32, items)
	for i, on := range a.ofItem {
		times := make([]int32, len(on))
		for x, k := range on {
			times[x] = a.time[k]
		}
		a.timesOn[i] = times
	}
	a.seen = make(map[uint64]struct{}, len(a.rater))
	for k := range a.rater {
		a.seen[pairOf(a.rater[k], a.item[k])] = struct{}{}
	}
}

// lists are the places of each number, ascending, each with no room behind it.
func lists(of []int32, numbers int) [][]int32 {
	count := make([]int32, numbers+1)
	for _, x := range of {
		count[x+1]++
	}
	for x := range numbers {
		count[x+1] += count[x]
	}
	all, next := make([]int32, len(of)), append([]int32(nil), count...)
	for k, x := range of {
		all[next[x]] = int32(k)
		next[x]++
	}
	out := make([][]int32, numbers)
	for x := range out {
		out[x] = all[count[x]:count[x+1]:count[x+1]]
	}
	return out
}

// tieOf orders acts of one second.
func tieOf(rater, item int32) uint64 {
	tie := (pairOf(rater, item) + 1) * 0x9e3779b97f4a7c15
	return tie ^ tie>>31
}
