package live

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// SnapshotFile has all that alerts know up to a place in the journal, so that a restart does not
// look at every rating again. It can be thrown away: what it has follows from the journal.
const SnapshotFile = "alerts.snapshot"

const (
	snapshotMark  = "ringwatch alerts 2\n"
	snapshotLeast = 50_000           // ratings since the last that are worth one
	snapshotShare = 4                // and a part of what was looked at, so that writing costs less than looking
	snapshotRest  = 10 * time.Second // and this long since the last
	snapshotEnd   = 5_000            // are worth one at the end
)

// snapshotHead is what a snapshot has one of.
type snapshotHead struct {
	At      int64  `json:"at"`    // how far the journal was looked at
	Block   []byte `json:"block"` // the head of the block that begins At, or nothing where none did
	Before  int64  `json:"before"`
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
	return fmt.Sprint(a.options.Alpha, a.options.Lateness, a.options.Most, o.Columns, o.Scale, o.Missing,
		o.Times, o.Notes)
}

// worthSaving tells whether enough was looked at since the last snapshot.
func (a *Alerts) worthSaving() bool {
	return a.fresh() >= max(snapshotLeast, len(a.engine.rater)/snapshotShare) && time.Since(a.savedAt) >= snapshotRest
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

// save writes a snapshot, whole or not at all. It is not for when rows wait for their columns.
func (a *Alerts) save() error {
	a.savedAt = time.Now()
	if a.rows.columns == nil || len(a.rows.first) > 0 {
		return nil
	}
	path := filepath.Join(a.journal.dir, SnapshotFile)
	f, err := os.Create(path + ".new")
	if err != nil {
		return err
	}
	err = a.encode(f)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		os.Remove(path + ".new")
		return err
	}
	a.saved = len(a.engine.rater) + a.engine.gone
	return nil
}

func (a *Alerts) encode(f io.Writer) error {
	e := a.engine
	h := snapshotHead{At: a.at, Before: a.last, Options: a.settings(), Alerts: len(a.list),
		Newest: a.newest, Done: a.done,
		Late: a.count.Late, Future: a.count.Future, Bad: a.rows.bad, Timeless: a.count.Timeless,
		Evicted: e.count.Evicted,
		Gone:    e.gone, ActRaters: e.raters, Raters: len(e.ofRater), Items: len(e.ofItem), Levels: e.levels, Lo: e.lo,
		Hi: e.hi, N: e.n, Base: e.base, Fits: e.votes.fits,
		Budget: e.budget, FitAt: e.fitAt, Count: e.count}
	for _, c := range e.chosen {
		h.Chosen = append(h.Chosen, snapshotChoice{c.group, c.from, c.acts})
	}
	var err error
	if h.Block, err = a.journal.headAt(a.last); err != nil {
		return err
	}
	w := &snapshotWriter{out: bufio.NewWriterSize(f, 1<<20)}
	w.write([]byte(snapshotMark))
	head, err := json.Marshal(h)
	if err != nil {
		return err
	}
	save(w, head)
	for x := range a.names {
		a.names[x].save(w)
	}
	a.saveWaiting(w)
	for _, column := range e.kept() {
		saveAny(w, column)
	}
	e.pairs.save(w)
	w.write(binary.LittleEndian.AppendUint32(nil, w.sum))
	return errors.Join(w.failed, w.out.Flush())
}

// kept are the columns of an engine from which all of it follows, with pairs and the head.
func (e *engine) kept() []any {
	return []any{&e.rater, &e.item, &e.time, &e.rare, &e.quiet, &e.level, &e.free,
		&e.saidOf, &e.saidBy, &e.saidIn[0], &e.saidIn[1], &e.camp, &e.tried, &e.last, &e.told}
}

func saveAny(w *snapshotWriter, column any) {
	switch x := column.(type) {
	case *[]int32:
		save(w, *x)
	case *[]float32:
		save(w, *x)
	case *[]uint8:
		save(w, *x)
	case *[]int8:
		save(w, *x)
	case *[][mostLevels]uint32:
		save(w, *x)
	default:
		w.failed = fmt.Errorf("no column is a %T", column)
	}
}

func restoreAny(r *snapshotReader, column any) {
	switch x := column.(type) {
	case *[]int32:
		restore(r, x)
	case *[]float32:
		restore(r, x)
	case *[]uint8:
		restore(r, x)
	case *[]int8:
		restore(r, x)
	case *[][mostLevels]uint32:
		restore(r, x)
	default:
		r.failed = fmt.Errorf("no column is a %T", column)
	}
}

func (n *numbered) save(w *snapshotWriter) {
	var sizes []int32
	var text []byte
	for _, name := range n.names {
		sizes, text = append(sizes, int32(len(name))), append(text, name...)
	}
	save(w, sizes)
	save(w, text)
}

func (n *numbered) restore(r *snapshotReader) {
	var sizes []int32
	var text []byte
	restore(r, &sizes)
	restore(r, &text)
	n.of = make(map[string]int32, len(sizes))
	for _, size := range sizes {
		if size < 0 || int(size) > len(text) {
			r.failed = io.ErrUnexpectedEOF
			return
		}
		n.number(text[:size])
		text = text[size:]
	}
}

func (a *Alerts) saveWaiting(w *snapshotWriter) {
	var times, raters, items []int32
	var values []float64
	for t, all := range a.waiting {
		for _, x := range all {
			times, values = append(times, t), append(values, x.value)
			raters, items = append(raters, x.rater), append(items, x.item)
		}
	}
	save(w, times)
	save(w, raters)
	save(w, items)
	save(w, values)
}

func restoreWaiting(r *snapshotReader) map[int32][]waiting {
	var times, raters, items []int32
	var values []float64
	restore(r, &times)
	restore(r, &raters)
	restore(r, &items)
	restore(r, &values)
	if len(raters) != len(times) || len(items) != len(times) || len(values) != len(times) {
		r.failed = io.ErrUnexpectedEOF
		return nil
	}
	waits := map[int32][]waiting{}
	for k, t := range times {
		waits[t] = append(waits[t], waiting{raters[k], items[k], values[k], tieOf(raters[k], items[k])})
	}
	return waits
}

// load goes on from a snapshot. Where there is none that fits, it leaves alerts as they are, and why is
// an error unless there is none.
func (a *Alerts) load() error {
	f, err := os.Open(filepath.Join(a.journal.dir, SnapshotFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	r := &snapshotReader{in: bufio.NewReaderSize(f, 1<<20), left: info.Size()}
	mark := make([]byte, len(snapshotMark))
	if r.read(mark); r.failed != nil || string(mark) != snapshotMark {
		return errors.New("it is of another version")
	}
	var head []byte
	restore(r, &head)
	var h snapshotHead
	if r.failed == nil {
		r.failed = json.Unmarshal(head, &h)
	}
	if r.failed != nil {
		return r.failed
	}
	if err := a.fits(&h); err != nil {
		return err
	}
	e, names, waits, err := a.decode(r, &h)
	if err != nil {
		return err
	}
	a.engine, a.names, a.waiting, a.at, a.last = e, names, waits, h.At, h.Before
	a.newest, a.done, a.saved, a.rows.bad = h.Newest, h.Done, len(e.rater)+h.Gone, h.Bad
	a.count = Watching{Ratings: a.saved, Late: h.Late, Future: h.Future, Timeless: h.Timeless, Bad: h.Bad,
		Evicted: h.Evicted}
	for _, all := range waits {
		a.count.Pending += len(all)
	}
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

// fits tells whether a snapshot is of this journal, and of what is asked.
func (a *Alerts) fits(h *snapshotHead) error {
	block, err := a.journal.headAt(h.Before)
	switch {
	case err != nil:
		return err
	case h.Options != a.settings():
		return errors.New("it was made with other options")
	case h.At > a.journal.Size() || h.Before >= h.At || string(block) != string(h.Block) || a.rows.columns == nil ||
		h.Alerts > len(a.list):
		return errors.New("it is of another journal")
	}
	return nil
}

func (a *Alerts) decode(r *snapshotReader, h *snapshotHead) (*engine, [2]numbered, map[int32][]waiting, error) {
	e := newEngine(a.options.Alpha, a.options.Most)
	var names [2]numbered
	for x := range names {
		names[x].restore(r)
	}
	waits := restoreWaiting(r)
	for _, column := range e.kept() {
		restoreAny(r, column)
	}
	e.pairs.restore(r)
	sum := r.sum
	var told [4]byte
	r.read(told[:])
	if r.failed != nil || binary.LittleEndian.Uint32(told[:]) != sum || r.left != 0 {
		return nil, names, nil, errors.New("it is damaged")
	}
	e.gone, e.raters, e.levels, e.lo, e.hi, e.n, e.base, e.votes.fits = h.Gone, h.ActRaters, h.Levels, h.Lo, h.Hi, h.N,
		h.Base, h.Fits
	e.budget, e.fitAt, e.count = h.Budget, h.FitAt, h.Count
	for _, c := range h.Chosen {
		e.chosen = append(e.chosen, choice{c.Group, c.From, c.Acts})
	}
	e.index(h.Raters, h.Items)
	e.weight, e.met = make([]float32, h.Raters), make([]int32, h.Raters)
	return e, names, waits, nil
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
