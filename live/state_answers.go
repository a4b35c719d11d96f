package live

import (
	"bytes"
	"math"
)

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
	if s.base != nil {
		r.Fitted = int64(s.base.ratings.Len())
	}
	if s.base == nil || s.base.moving == nil { // nothing is scored
		r.Waiting = r.Acknowledged
		return r
	}
	r.Counted, r.Waiting = r.Fitted+int64(s.base.added), s.count.Waiting
	for _, x := range s.pending {
		r.Waiting += int64(bytes.Count(x.Data, []byte{'\n'}))
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
