package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/ringwatch/ringwatch/internal/workers"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
)

// A State answers what items and raters are, as of the last rating that is on the
// disk. It is fitted from the journal, and fitted anew in the background as ratings
// arrive, from where the last fit ended; between fits raters stay as they are and items move, see
// scoring.Follow.
// Its answers never wait for a fit.
type State struct {
	journal *Journal
	options rating.ReadOptions
	scorer  scoring.Scorer
	seed    uint64
	wake    chan struct{}

	mu      sync.RWMutex
	base    *base
	pending []Said // heard, and not yet applied
	since   []Said // heard since the fit under way began
	fitting bool
	count   Count
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
}

// base is a fit, with what was added to it.
type base struct {
	ratings *rating.Table
	reading rating.ReadOptions // columns and scale as the fit found them
	columns columns
	heads   map[string][]byte // first lines of sources that have columns there
	result  *scoring.Result
	moving  scoring.Moving // nil where nothing can be scored
	raters  map[string]int32
	items   map[string]int32
	changed map[[2]int32]float32 // since the fit, bounded by what waits for the next
}

const (
	fitShare = .01              // of new ratings, after which it is fitted anew
	fitLeast = 500              // of them
	fitRest  = 10               // times the last fit's duration are between two
	fitAfter = 10 * time.Minute // at the latest, where anything arrived
)

// NewState returns a state over a journal, which reads as options say. It knows
// nothing before Run.
func NewState(j *Journal, options rating.ReadOptions, scorer scoring.Scorer, seed uint64) *State {
	options.Progress = nil
	options.Notes, options.Texts = scorer.Doc().Notes, scorer.Doc().Texts
	return &State{journal: j, options: options, scorer: scorer, seed: seed, wake: make(chan struct{}, 1)}
}

// Heard is told what is on the disk now.
func (s *State) Heard(all []Said) {
	all = slices.DeleteFunc(slices.Clone(all), func(x Said) bool { return isOwn(x.Source) })
	if len(all) == 0 {
		return
	}
	s.mu.Lock()
	s.pending = append(s.pending, all...)
	if s.fitting {
		s.since = append(s.since, all...)
	}
	s.count.Blocks++
	for _, x := range all {
		s.count.Bytes += int64(len(x.Data))
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
	fit := func() {
		s.mu.Lock()
		s.fitting, s.since = true, nil
		s.mu.Unlock()
		go func() { fitted <- s.fit(ctx) }()
	}
	fit()
	busy, ended, began := true, time.Now(), time.Now()
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
		case <-s.wake:
			s.apply()
		case <-tick.C:
			s.mu.RLock()
			took, n, last := s.count.FitTook, s.count.Applied+s.count.Waiting, 0
			if s.base != nil {
				last = s.base.ratings.Len()
			}
			blocks := s.count.Blocks
			s.mu.RUnlock()
			enough := float64(n) >= max(fitLeast, fitShare*float64(last)) || last == 0 && blocks > 0
			if !busy && (enough && time.Since(ended) >= fitRest*took || n > 0 && time.Since(ended) >= fitAfter) {
				busy, began = true, time.Now()
				fit()
			}
		}
	}
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
	dir, err := os.MkdirTemp("", "ringwatch-fit-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
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
	b = &base{ratings: ratings, heads: map[string][]byte{}, raters: map[string]int32{}, items: map[string]int32{},
		changed: map[[2]int32]float32{}}
	b.columns = columnsOf(sum.Reading)
	b.reading = s.options
	b.reading.Columns = map[string]string{"rater": sum.Reading.Rater, "item": sum.Reading.Item,
		"value": sum.Reading.Value, "time": ""}
	b.reading.Scale = ratings.Scale.String()
	b.reading.SkipBad = math.MaxInt32
	for u := range int32(ratings.Raters.Len()) {
		b.raters[ratings.Raters.Name(u)] = u
	}
	for i := range int32(ratings.Items.Len()) {
		b.items[ratings.Items.Name(i)] = i
	}
	if ratings.Scale.Unary() {
		return b, nil
	}
	in := scoring.Input{Ratings: ratings, Seed: s.seed, Start: s.start(b)}
	if b.result, err = s.scorer.Score(ctx, in); err != nil {
		return nil, err
	}
	in.Start = nil
	b.moving, err = scoring.Follow(s.scorer, in, b.result)
	return b, err
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

// take makes a fit the base, with what arrived while it was made.
func (s *State) take(b *base, took time.Duration) {
	s.mu.Lock()
	s.fitting, s.count.FitTook = false, took
	since := s.since
	s.since = nil
	if b != nil {
		s.base, s.count.Applied, s.count.Waiting = b, 0, 0
		s.pending = since
	}
	s.mu.Unlock()
	s.apply()
}

// apply moves items by what was heard.
func (s *State) apply() {
	s.mu.Lock()
	pending, b := s.pending, s.base
	if b != nil {
		s.pending = nil
	} else if len(pending) > 0 {
		s.pending = pending[len(pending):] // the first fit has them
	}
	s.mu.Unlock()
	if b == nil {
		return
	}
	for _, said := range pending {
		var others []byte // lines that are not plain
		s.mu.Lock()
		for line := range bytes.Lines(said.Data) {
			r, plain := b.columns.plain(bytes.TrimRight(line, "\r\n"))
			if plain {
				s.add(b, string(r.rater), string(r.item), b.value(r.value))
			} else if len(bytes.TrimSpace(line)) > 0 {
				others = append(others, line...)
			}
		}
		s.mu.Unlock()
		if len(others) == 0 {
			continue
		}
		rows, err := s.parse(b, Said{said.Source, others})
		s.mu.Lock()
		if err != nil {
			s.count.Waiting += int64(bytes.Count(others, []byte{'\n'}))
		} else {
			for k := range rows.Rater {
				s.add(b, rows.Raters.Name(rows.Rater[k]), rows.Items.Name(rows.Item[k]), rows.Value[k])
			}
		}
		s.mu.Unlock()
	}
}

// value is a value within the scale of the fit, NaN where it is outside.
func (b *base) value(x float64) float32 {
	s := b.ratings.Scale
	if x < s.Min || x > s.Max || s.Max == s.Min {
		return float32(math.NaN())
	}
	return float32((x - s.Min) / (s.Max - s.Min))
}

// parse reads what a source said as the fit read it.
func (s *State) parse(b *base, said Said) (*rating.Table, error) {
	data := said.Data
	if text := bytes.TrimLeft(data, " \t\r\n"); len(text) == 0 || text[0] != '{' && text[0] != '[' {
		head, known := b.heads[said.Source]
		if !known {
			line := make([]byte, 1<<16)
			n, _ := s.journal.Read(said.Source, 0).Read(line)
			if end := bytes.IndexByte(line[:n], '\n'); end >= 0 {
				head = line[:end+1]
			}
			b.heads[said.Source] = head
		}
		if !bytes.HasPrefix(data, head) {
			data = append(bytes.Clone(head), data...)
		}
	}
	o := b.reading
	o.Stdin = bytes.NewReader(data)
	rows, _, err := rating.Read(context.Background(), []string{"-"}, o)
	return rows, err
}

// add counts a rating. One that was counted already, as it arrived while the fit was
// made, changes nothing.
func (s *State) add(b *base, rater, item string, value float32) {
	if b.moving == nil || math.IsNaN(float64(value)) {
		s.count.Waiting++
		return
	}
	u, known := b.raters[rater]
	if !known {
		if u, known = b.moving.AddRater(); !known {
			s.count.Waiting++
			return
		}
		b.raters[rater] = u
	}
	i, known := b.items[item]
	if !known {
		i = b.moving.AddItem()
		b.items[item] = i
	}
	pair := [2]int32{u, i}
	was, again := b.changed[pair]
	if !again && int(i) < b.ratings.Items.Len() {
		was, again = ratedIn(b.ratings, u, i)
	}
	if again && was == value {
		return
	}
	if again {
		b.moving.Remove(u, i, was)
	}
	if b.moving.Add(u, i, value) {
		s.count.Applied++
	} else {
		s.count.Waiting++
	}
	b.changed[pair] = value
}

// An Item is an item as it stands. What the scorer has no notion of is null, and so is what no rating says.
type Item struct {
	Item      string   `json:"item"`
	Status    string   `json:"status"`
	Score     *float32 `json:"score"`
	Intercept *float32 `json:"intercept"`
	Factor    *float32 `json:"factor"`
	Ratings   int32    `json:"ratings"`
	Alerts    []string `json:"alerts,omitempty"` // that name it, see Alerts
}

// Item returns an item, and whether it is known.
func (s *State) Item(name string) (Item, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.base == nil || s.base.moving == nil {
		return Item{}, false
	}
	i, known := s.base.items[name]
	if !known {
		return Item{}, false
	}
	at := s.base.moving.At(i)
	return Item{Item: name, Status: at.Status.String(), Score: orNull(at.Score), Intercept: orNull(at.Intercept),
		Factor:  orNull(at.Factor),
		Ratings: at.Ratings}, true
}

// orNull is nil for what is not known.
func orNull(x float32) *float32 {
	if math.IsNaN(float64(x)) {
		return nil
	}
	return &x
}

// A Rater is a rater as of the last fit.
type Rater struct {
	Rater      string   `json:"rater"`
	Intercept  *float32 `json:"intercept"`            // how much more it likes than others; null where not fitted
	Factor     *float32 `json:"factor"`               // its viewpoint
	Reputation *float32 `json:"reputation,omitempty"` // in 0..1, of scorers that have one
	Ratings    int32    `json:"ratings"`
	Alerts     []string `json:"alerts,omitempty"` // that name it, see Alerts
}

// Rater returns a rater, and whether it is known.
func (s *State) Rater(name string) (Rater, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.base == nil || s.base.result == nil {
		return Rater{}, false
	}
	r := s.base.result
	u, known := s.base.raters[name]
	if !known || int(u) >= len(r.RaterRatings) {
		return Rater{}, false
	}
	out := Rater{Rater: name, Ratings: r.RaterRatings[u]}
	if r.RaterIntercept != nil {
		out.Intercept, out.Factor = orNull(r.RaterIntercept[u]), orNull(r.RaterFactor[u])
	}
	if r.Rater != nil {
		out.Reputation = orNull(r.Rater[u])
	}
	return out, true
}

// Count tells what was seen so far.
func (s *State) Count() Count {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.count
}

// Size is how many ratings, items and raters the last fit has.
func (s *State) Size() (ratings, items, raters int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.base == nil {
		return 0, 0, 0
	}
	t := s.base.ratings
	return t.Len(), t.Items.Len(), t.Raters.Len()
}

// ratedIn looks a rating up in a table, whose rows stand in the order of rater, then
// item.
func ratedIn(t *rating.Table, rater, item int32) (value float32, ok bool) {
	k := sort.Search(t.Len(), func(k int) bool {
		return t.Rater[k] > rater || t.Rater[k] == rater && t.Item[k] >= item
	})
	if k == t.Len() || t.Rater[k] != rater || t.Item[k] != item {
		return 0, false
	}
	return t.Value[k], true
}
