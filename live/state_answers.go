package live

import (
	"math"
)

// An Item is an item as it stands. What the scorer has no notion of is null, and so is what no rating says.
type Item struct {
	Item      string   `json:"item"`
	Status    string   `json:"status"` // NotFitted where no fit scores it yet
	Score     *float32 `json:"score"`
	Intercept *float32 `json:"intercept"`
	Factor    *float32 `json:"factor"`
	Ratings   int32    `json:"ratings"`           // that count
	Waiting   int32    `json:"waiting,omitempty"` // since the last fit, that count from the next one
	Alerts    []string `json:"alerts,omitempty"`  // that name it, see Alerts
}

// NotFitted is the status of an item that no fit has scored yet, and none of whose ratings counts before one.
const NotFitted = "not-fitted"

// Item returns an item, and whether anything is known of it.
func (s *State) Item(name string) (Item, bool) {
	s.mu.RLock()
	b, first := s.base, s.first
	s.mu.RUnlock()
	x := Item{Item: name, Status: NotFitted}
	switch {
	case b == nil && first == nil:
		return Item{}, false
	case b == nil: // being fitted
		first.mu.RLock()
		defer first.mu.RUnlock()
		if i, known := first.items[name]; known && int(i) < len(first.of) {
			x.Waiting = first.of[i]
		}
		return x, x.Waiting > 0
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	x.Waiting = b.waits[name]
	i, known := b.items[name]
	switch {
	case !known:
		return x, x.Waiting > 0
	case b.moving == nil: // acts without values: there is nothing to score
		x.Ratings = b.of[i]
		return x, true
	}
	at := b.moving.At(i)
	x.Status, x.Ratings, x.Score = at.Status.String(), at.Ratings, orNull(at.Score)
	x.Intercept, x.Factor = orNull(at.Intercept), orNull(at.Factor)
	return x, true
}

// Unfitted tells whether ratings have arrived and the first fit of them is not made yet, so that it is not known
// which there are.
func (s *State) Unfitted() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.base == nil && s.journal.Ratings() > 0
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

// Rater returns a rater, and whether it is known. Its ratings are those of the last fit and of after it.
func (s *State) Rater(name string) (Rater, bool) {
	s.mu.RLock()
	b := s.base
	s.mu.RUnlock()
	if b == nil || b.result == nil {
		return Rater{}, false
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	u, known := b.raters[name]
	if !known {
		return Rater{}, false
	}
	out, r := Rater{Rater: name}, b.result
	if int(u) < len(b.rated) {
		out.Ratings = b.rated[u]
	}
	if int(u) >= len(r.RaterRatings) { // not fitted yet
		return out, true
	}
	out.Ratings += r.RaterRatings[u]
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
	c := s.count
	if b := s.base; b != nil {
		b.mu.RLock()
		c.Applied, c.Waiting = b.applied, b.waiting
		b.mu.RUnlock()
	}
	return c
}

// Ratings tells where ratings are.
type Ratings struct {
	Acknowledged int64 `json:"acknowledged"` // on the disk; lines of them
	Counted      int64 `json:"counted"`      // in scores as they are, one of each rater and item
	Waiting      int64 `json:"waiting"`      // in none before the next fit
	Fitted       int64 `json:"fitted"`       // in the last fit, one of each rater and item
}

// Ratings tells where ratings are now.
func (s *State) Ratings() Ratings {
	s.mu.RLock()
	defer s.mu.RUnlock()
	r := Ratings{Acknowledged: s.journal.Ratings()}
	b := s.base
	if b == nil {
		r.Waiting = r.Acknowledged
		return r
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	if r.Fitted = int64(b.ratings.Len()); b.moving == nil { // nothing is scored
		r.Waiting = r.Acknowledged
		return r
	}
	r.Counted, r.Waiting = r.Fitted+int64(b.added), b.waiting
	if b.at < s.journal.Size() {
		r.Waiting += max(0, r.Acknowledged-b.lines)
	}
	return r
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
