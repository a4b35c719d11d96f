package live

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/ringwatch/ringwatch/rating"
)

// Watching tells how alerts are looked for.
type Watching struct {
	Ratings  int    // first ratings of an item by a rater that were looked at
	Late     int    // that came after later ones, by more than Lateness: not looked at
	Future   int    // a day ahead of the clock: not looked at
	Timeless int    // without a time: not looked at
	Bad      int    // that cannot be read
	Evicted  int    // let go, as all took too much memory
	Pairs    int    // of raters who met, let go for the same
	Held     int64  // bytes
	Hurried  int    // that did not wait for Lateness, as too many did
	Pending  int    // that wait for what may come before them
	Unread   string // why nothing can be read yet
	Unsaved  string // why all is looked at anew, or no snapshot can be made
}

// AlertOptions say when to alert.
type AlertOptions struct {
	Alpha    float64       // the chance that any alert of an epoch of 30 days is false, ever
	Lateness time.Duration // how much later than others a rating may come
	Memory   int64         // bytes that may be taken; what is held is half of that
	Ending   func(bool)    // told true before what is known is written at the end, and then false; nil for nobody
	Warn     func(string)  // told when something is let go of, once in an hour at most; nil for nobody
	Case     string        // where ringwatch serve shows a case of the same ratings; empty for nowhere
	Pages    bool          // it shows the state, and has a page of each alert
}

// DefaultAlerts are 1 %, ten seconds and 8 GB.
func DefaultAlerts() AlertOptions {
	return AlertOptions{Alpha: .01, Lateness: 10 * time.Second, Memory: 8e9}
}

// Alerts reads a journal as it grows, in the order of time, and alerts. What it finds
// is a matter of the journal alone, so that after a kill it finds the same again, and
// does not tell it again.
type Alerts struct {
	journal *Journal
	reading rating.ReadOptions
	options AlertOptions
	told    func(Alert)
	wake    chan struct{}
	ended   chan struct{}

	engine   *engine
	at       int64         // in the journal
	last     int64         // where the block before that begins
	saved    int           // ratings that were looked at when a snapshot was made
	saving   *saving       // nil where none is being written
	savedAt  time.Time     // when the last was begun
	saveTook time.Duration // to write it
	cut      bool          // ctx ended while it looked, so that it is behind itself
	rows     *rowReader
	names    [2]numbered
	before   map[string]int32 // raters of alerts that the journal had
	waiting  map[int32][]waiting
	waits    int // of them
	warned   time.Time
	newest   int32 // time
	done     int32 // up to which all was looked at

	mu      sync.Mutex
	list    []Alert
	place   map[string]int
	ofRater map[string][]string
	ofItem  map[string][]string
	count   Watching
	changed chan struct{}
}

type waiting struct {
	rater, item int32
	value       float64
	tie         uint64
}

// numbered are names in the order of their coming.
type numbered struct {
	of    map[string]int32
	names []string
	bytes int // of the names
}

func (n *numbered) number(name []byte) (x int32, fresh bool) {
	x, known := n.of[string(name)]
	if !known {
		x = int32(len(n.names))
		n.names = append(n.names, string(name))
		n.of[n.names[x]] = x
		n.bytes += len(name)
	}
	return x, !known
}

// NewAlerts returns the alerts of a journal, with those that it has already. told is
// told of new ones, once they are on the disk.
func NewAlerts(j *Journal, reading rating.ReadOptions, o AlertOptions, told func(Alert)) (*Alerts, error) {
	a := &Alerts{journal: j, reading: reading, options: o, told: told, wake: make(chan struct{}, 1),
		ended: make(chan struct{}), engine: newEngine(o.Alpha, pairsWithin(o.Memory)), at: int64(len(journalMark)),
		before: map[string]int32{}, waiting: map[int32][]waiting{}, newest: math.MinInt32, done: math.MinInt32,
		place: map[string]int{}, ofRater: map[string][]string{}, ofItem: map[string][]string{},
		changed: make(chan struct{})}
	for x := range a.names {
		a.names[x].of = map[string]int32{}
	}
	own, err := j.own()
	if err != nil {
		return nil, err
	}
	a.rows = newRowReader(j, reading, own)
	for _, line := range own {
		if line.Alert != nil {
			a.keep(*line.Alert)
			for _, name := range line.Alert.Raters {
				a.before[name] = int32(len(a.list))
			}
		}
	}
	a.engine.alerts = len(a.list)
	a.unsaved(a.load())
	return a, a.write()
}

// Heard is told that the journal has grown.
func (a *Alerts) Heard() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// Run looks at what the journal has and gets until ctx ends, or until it has looked at
// all that there was at Finish. Alerts go to the journal's outbox through r.
func (a *Alerts) Run(ctx context.Context, r *Recorder) error {
	defer func() {
		a.engine.leave()
		a.saves(true)
	}()
	idle := time.NewTimer(time.Hour)
	defer idle.Stop()
	for {
		if err := a.read(ctx, r); err != nil {
			return err
		}
		idle.Reset(a.options.Lateness + time.Second)
		select {
		case <-ctx.Done():
			a.saveLast()
			return nil
		case <-a.ended:
			if err := a.read(ctx, r); err != nil {
				return err
			}
			if err := a.settle(ctx, r); err != nil {
				return err
			}
			a.saveLast()
			return nil
		case <-a.wake:
		case <-idle.C: // nobody comes before those who wait any more
			if err := a.settle(ctx, r); err != nil {
				return err
			}
		}
	}
}

// saveLast writes a snapshot at the end, where that is worth it.
func (a *Alerts) saveLast() {
	if a.options.Ending != nil {
		a.options.Ending(true)
		defer a.options.Ending(false)
	}
	if a.saves(true); !a.cut && a.fresh() >= snapshotEnd {
		a.unsaved(a.save())
	}
}

// Finish says, once, that the journal does not grow any more.
func (a *Alerts) Finish() { close(a.ended) }

func (a *Alerts) settle(ctx context.Context, r *Recorder) error {
	if rows := a.rows.end(); len(rows) > 0 {
		a.take(rows)
	}
	return a.emit(ctx, r, math.MaxInt32)
}

// read takes up the blocks that are new.
func (a *Alerts) read(ctx context.Context, r *Recorder) error {
	for ctx.Err() == nil {
		said, next, err := a.journal.after(a.at)
		if err != nil || next == a.at {
			return err
		}
		a.last, a.at = a.at, next
		for _, s := range said {
			if !isOwn(s.Source) {
				a.take(a.rows.read(s))
			}
		}
		until := a.newest - int32(a.options.Lateness/time.Second)
		if a.pressed() {
			until = a.newest
			a.mu.Lock()
			a.count.Hurried += a.waits
			a.mu.Unlock()
		}
		if err := a.emit(ctx, r, until); err != nil {
			return err
		}
		if ctx.Err() == nil && a.saves(false) && a.worthSaving() {
			a.saveBeside()
		}
	}
	return nil
}

// take lets rows wait for those that may come before them.
func (a *Alerts) take(rows []row) {
	ahead, ok := rating.FromUnix(time.Now().Add(24 * time.Hour).Unix())
	var c Watching
	for _, r := range rows {
		switch {
		case r.time == rating.NoTime:
			c.Timeless++
			continue
		case ok && r.time > ahead:
			c.Future++
			continue
		case r.time < a.done:
			c.Late++
			continue
		}
		u, fresh := a.names[0].number(r.rater)
		if fresh {
			a.engine.told = reach(a.engine.told, u)
			a.engine.told[u] = a.before[string(r.rater)]
		}
		i, _ := a.names[1].number(r.item)
		// Ties are not in the order of names or items: acts on one item within a second are not neighbours for that.
		a.waiting[r.time] = append(a.waiting[r.time], waiting{u, i, r.value, tieOf(u, i)})
		a.newest = max(a.newest, r.time)
		c.Pending++
	}
	a.waits += c.Pending
	a.mu.Lock()
	a.count.Timeless += c.Timeless
	a.count.Future += c.Future
	a.count.Late += c.Late
	a.count.Pending += c.Pending
	a.count.Unread, a.count.Bad = a.rows.trouble, a.rows.bad
	a.mu.Unlock()
}

// emit looks at what waited, up to a time.
func (a *Alerts) emit(ctx context.Context, r *Recorder, until int32) error {
	var times []int32
	for t := range a.waiting {
		if t <= until {
			times = append(times, t)
		}
	}
	slices.Sort(times)
	for _, t := range times {
		acts := a.waiting[t]
		delete(a.waiting, t)
		a.done = t
		slices.SortFunc(acts, func(x, y waiting) int {
			return cmp.Or(cmp.Compare(x.tie, y.tie), cmp.Compare(x.rater,
				y.rater))
		})
		for _, w := range acts {
			if f := a.engine.take(ctx, w.rater, w.item, w.value, t); f != nil {
				if err := a.publish(ctx, r, a.alert(f)); err != nil {
					return err
				}
			}
		}
		a.waits -= len(acts)
		a.bound()
		a.mu.Lock()
		a.count.Pending -= len(acts)
		a.count.Ratings, a.count.Evicted = len(a.engine.rater)+a.engine.gone, a.engine.count.Evicted
		a.count.Pairs, a.count.Held = a.engine.pairs.gone, a.held()
		a.mu.Unlock()
		if ctx.Err() != nil {
			break
		}
	}
	a.cut = ctx.Err() != nil
	return nil
}

// Count tells what was looked at.
func (a *Alerts) Count() Watching {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.count
}
