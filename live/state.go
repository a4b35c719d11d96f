package live

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ringwatch/ringwatch/internal/workers"
	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
)

// A State answers what items and raters are, as of the last rating that is on the
// disk. It is fitted from the journal, and fitted anew in the background as ratings
// arrive, from where the last fit ended; between fits raters stay as they are and items move, see
// scoring.Follow.
// Its answers never wait for a fit. A fit takes the place of the last when it has what came meanwhile.
type State struct {
	journal *Journal
	options rating.ReadOptions
	scorer  scoring.Scorer
	seed    uint64
	memory  int64
	wake    chan struct{}

	mu    sync.RWMutex
	base  *base
	first *base // what the first fit is of, while it is made; it only counts
	count Count
}

// Count tells what a state has seen.
type Count struct {
	Blocks, Bytes int64 // heard since it began
	Applied       int64 // ratings that moved a score between fits
	Waiting       int64 // ratings since the last fit that count from the next one
	Fits          int64
	FitTook       time.Duration
	FitSweeps     int    // over the ratings; fewer where the last fit was a start
	FitFailed     string // why the last fit failed; then the one before it stays
	Unsaved       string // why scores wait for a fit after a start, or could not be kept for the next
}

// base is a fit, with what was added to it.
type base struct {
	place   place   // in the journal, which has all that is fitted before it
	of      []int32 // ratings of each item in the fit
	ratings *rating.Table
	reading rating.ReadOptions // columns as the fit found them
	columns columns
	heads   map[string][]byte // first lines of sources that have columns there
	result  *scoring.Result
	apart   bool // values stand apart from its scale, and are not counted

	mu      sync.RWMutex   // of what follows
	at      int64          // in the journal, up to which ratings are added
	lines   int64          // before that
	moving  scoring.Moving // nil where nothing can be scored
	raters  map[string]int32
	items   map[string]int32
	changed map[[2]int32]float32 // since the fit, bounded by what waits for the next
	rated   []int32              // ratings of each rater that the fit did not have
	added   int                  // ratings since the fit of items that the rater had not rated
	applied int64                // ratings that moved a score
	waiting int64                // that do not
	waits   map[string]int32     // the same, of each item
	heard   float64              // the last value, NaN before any
	urgent  bool                 // a value is outside of the scale, so that nothing counts it
}

const (
	fitShare = .01              // of new ratings, after which it is fitted anew
	fitLeast = 500              // of them
	fitRest  = 10               // times the last fit's duration are between two
	fitAfter = 10 * time.Minute // at the latest, where anything arrived
	fitNeeds = 1.5              // times the journal's bytes: lines have some 70 bytes a rating, and a fit takes 100
)

// NewState returns a state over a journal, which reads as options say. It knows what the last fit in
// the journal's folder did, see ScoresFile, and nothing before Run where there is none. Where a fit may
// take more than so many bytes of memory, there is none, and the last one stays; 0 is no limit.
func NewState(j *Journal, options rating.ReadOptions, scorer scoring.Scorer, seed uint64,
	memory int64) *State {
	options.Progress = nil
	options.Notes, options.Texts = scorer.Doc().Notes, scorer.Doc().Texts
	s := &State{journal: j, options: options, scorer: scorer, seed: seed, memory: memory, wake: make(chan struct{}, 1)}
	if j != nil {
		s.load()
	}
	return s
}

// Heard is told what is on the disk now.
func (s *State) Heard(all []Said) {
	if !slices.ContainsFunc(all, func(x Said) bool { return !isOwn(x.Source) }) {
		return
	}
	s.mu.Lock()
	s.count.Blocks++
	for _, x := range all {
		if !isOwn(x.Source) {
			s.count.Bytes += int64(len(x.Data))
		}
	}
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run applies what is heard and fits anew until ctx ends.
func (s *State) Run(ctx context.Context) {
	fitted := make(chan *base, 1)
	fit := func() { go func() { fitted <- s.fit(ctx) }() }
	busy, ended, began := false, time.Now(), time.Now()
	if s.base == nil {
		busy = true
		fit()
	}
	due := func() {
		if !busy && s.due(time.Since(ended)) {
			busy, began = true, time.Now()
			fit()
		}
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			if busy {
				<-fitted
			}
			return
		case b := <-fitted:
			busy, ended = false, time.Now()
			s.take(b, ended.Sub(began))
			due()
		case <-s.wake:
			s.apply()
			due()
		case <-tick.C:
			due()
		}
	}
}

// due reports whether it is to be fitted anew, where the last fit ended so long ago. What is outside
// its scale does not wait for more ratings, and pauses only as long as that fit took.
func (s *State) due(ago time.Duration) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	took, n, last, urgent := s.count.FitTook, int64(0), 0, false
	if b := s.base; b != nil {
		b.mu.RLock()
		n, last, urgent = b.applied+b.waiting, b.ratings.Len(), b.urgent
		b.mu.RUnlock()
	}
	enough := float64(n) >= max(fitLeast, fitShare*float64(last)) || last == 0 && s.count.Blocks > 0
	rest := took
	if s.base != nil && s.base.apart { // it may be such a value again
		rest *= fitRest
	}
	return urgent && ago >= rest || enough && ago >= fitRest*took || n > 0 && ago >= fitAfter
}

// fit reads the journal and scores it; nil where that cannot be done, which is kept
// for who asks.
func (s *State) fit(ctx context.Context) *base {
	b, err := s.tryFit(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count.FitFailed = ""
	if err != nil {
		s.count.FitFailed = err.Error()
		return nil
	}
	s.count.Fits++
	if b.result != nil {
		s.count.FitSweeps = b.result.Iterations
	}
	return b
}

func (s *State) tryFit(ctx context.Context) (b *base, err error) {
	defer func() {
		if cause := recover(); cause != nil { // what was fitted before still answers
			b, err = nil,
				fmt.Errorf("this should not have happened: %v; please report it with the command that you ran",
					workers.Caught(cause))
		}
	}()
	place, err := output.Temporary("fit")
	if err != nil {
		return nil, err
	}
	defer place.Close()
	dir := place.Path
	at, err := s.journal.end()
	if err != nil {
		return nil, err
	}
	if need := int64(fitNeeds * float64(at.At)); s.memory > 0 && need > s.memory {
		return nil, fmt.Errorf("a fit of a journal of %.3g GB may take %.3g GB of memory, more than --memory; "+
			"raters and their weights stay as they were", float64(at.At)/1e9, float64(need)/1e9)
	}
	paths, err := s.journal.Export(ctx, dir)
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, errors.New("nothing has arrived yet")
	}
	o := s.options
	o.Stdin = s.journal.Read("-", 0)
	if o.Columns == nil {
		o.Columns = s.journal.Columns()
	}
	ratings, sum, err := rating.Read(ctx, paths, o)
	if err != nil {
		return nil, errors.New(strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), ""))
	}
	b = s.newBase(at, ratings, columnsOf(sum.Reading))
	b.apart = sum.NoValue > 0
	s.counting(b)
	if ratings.Scale.Unary() {
		return b, s.catchUp(b)
	}
	in := scoring.Input{Ratings: ratings, Seed: s.seed, Start: s.start(b)}
	if b.result, err = s.scorer.Score(ctx, in); err != nil {
		return nil, err
	}
	in.Start = nil
	if b.moving, err = scoring.Follow(s.scorer, in, b.result); err != nil {
		return nil, err
	}
	s.unsaved(s.save(b))
	return b, s.catchUp(b)
}

// counting lets the ratings of the first fit be counted for who asks before it is made.
func (s *State) counting(b *base) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.base == nil {
		s.first = b
	}
}

// newBase is ratings as columns told them, with nothing fitted yet.
func (s *State) newBase(at place, ratings *rating.Table, c columns) *base {
	b := &base{place: at, at: at.At, lines: at.lines, ratings: ratings, columns: c,
		heads: map[string][]byte{}, heard: math.NaN(),
		raters: make(map[string]int32, ratings.Raters.Len()), items: make(map[string]int32, ratings.Items.Len()),
		of: make([]int32, ratings.Items.Len()), changed: map[[2]int32]float32{}, waits: map[string]int32{}}
	s.mu.RLock()
	if last := s.base; last != nil {
		last.mu.RLock()
		b.heard = last.heard
		last.mu.RUnlock()
	}
	s.mu.RUnlock()
	for _, i := range ratings.Item {
		b.of[i]++
	}
	b.reading = s.options
	b.reading.Columns = c.fixed()
	b.reading.Columns["time"] = ""
	b.reading.SkipBad = math.MaxInt32
	for u := range int32(ratings.Raters.Len()) {
		b.raters[ratings.Raters.Name(u)] = u
	}
	for i := range int32(ratings.Items.Len()) {
		b.items[ratings.Items.Name(i)] = i
	}
	return b
}

// start is where a fit begins: where the last one ended, as far as there was one.
func (s *State) start(b *base) *scoring.Result {
	s.mu.RLock()
	last := s.base
	s.mu.RUnlock()
	if last == nil || last.result == nil || last.result.RaterIntercept == nil || last.result.ItemIntercept == nil {
		return nil
	}
	r, nan := last.result, float32(math.NaN())
	carry := func(names *rating.Names, was *rating.Names, intercept, factor []float32) (x, f []float32) {
		x, f = make([]float32, names.Len()), make([]float32, names.Len())
		at := int32(0) // both lists of names ascend
		for k := range int32(names.Len()) {
			name := names.Name(k)
			for at < int32(was.Len()) && was.Name(at) < name {
				at++
			}
			if x[k], f[k] = nan, nan; at < int32(was.Len()) && was.Name(at) == name {
				x[k], f[k] = intercept[at], factor[at]
			}
		}
		return x, f
	}
	var from scoring.Result
	from.RaterIntercept, from.RaterFactor = carry(b.ratings.Raters, last.ratings.Raters,
		r.RaterIntercept, r.RaterFactor)
	from.ItemIntercept, from.ItemFactor = carry(b.ratings.Items, last.ratings.Items, r.ItemIntercept, r.ItemFactor)
	return &from
}

// take makes a fit the base, once it has what arrived while it was made.
func (s *State) take(b *base, took time.Duration) {
	if b != nil && s.catchUp(b) != nil {
		b = nil // what cannot be read now is told by the next fit
	}
	s.mu.Lock()
	s.count.FitTook = took
	if b != nil {
		s.base, s.first = b, nil
	} else if s.base != nil { // tried again with the next such value
		s.base.mu.Lock()
		s.base.urgent = false
		s.base.mu.Unlock()
	}
	s.mu.Unlock()
	s.apply()
}
