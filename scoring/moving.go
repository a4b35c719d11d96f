package scoring

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// A Moving is a result that ratings are added to one by one, until the next. Items move at
// once; what a rating does to raters comes with the next result. It is not
// safe for several goroutines.
type Moving interface {
	// AddItem and AddRater make room for one that was not there. AddRater returns false where
	// those that were not fitted do not count.
	AddItem() (item int32)
	AddRater() (rater int32, counts bool)
	// Add counts a rating with a value in 0..1, and Remove takes one out. They report whether it counts.
	Add(rater, item int32, value float32) bool
	Remove(rater, item int32, value float32) bool
	At(item int32) Standing
}

// A Standing is an item as it stands. What a scorer has no notion of, and what no rating says, is NaN.
type Standing struct {
	Score, Intercept, Factor float32
	Ratings                  int32
	Status                   Status
}

// Follow returns a result of a scorer, for the input it is of, as one that moves. Mean and Median
// are exact at any time. Bridging, Trust and scorers that end with a fit of items with raters held, as
// communitynotes-core, are as Frozen says; of those that are not Bridging or Trust the
// statuses are those of the result, and raters who were not fitted do not count. Other scorers are an error.
func Follow(s Scorer, in Input, r *Result) (Moving, error) {
	switch s := s.(type) {
	case *Mean:
		return newTally(in, cutoffs(*s), false), nil
	case *Median:
		return newTally(in, cutoffs(*s), true), nil
	case *Bridging:
		f, err := frozenAs(in, r, s.StatusOf)
		if err != nil {
			return nil, err
		}
		if s.MinRaterRatings <= 1 {
			f.admit(1)
		}
		return f, nil
	case *Trust:
		b := NewBridging()
		b.HelpfulAt, b.NotHelpfulAt, b.MinRatings = s.HelpfulAt, s.NotHelpfulAt, s.MinRatings
		weighed := *r
		weighed.ItemRidge = r.Reweighed
		in.Weight = reputed(&in, r.Rater, unknownTrust)
		f, err := frozenAs(in, &weighed, b.StatusOf)
		if err != nil {
			return nil, err
		}
		f.admit(unknownTrust)
		return f, nil
	}
	f, err := frozenAs(in, r, nil)
	if err != nil {
		return nil, fmt.Errorf("scores of %s do not move with single ratings; those of bridging, communitynotes-core, "+
			"mean, median and trust do", s.Name())
	}
	return f, nil
}

func frozenAs(in Input, r *Result, status func(Moved) Status) (*Frozen, error) {
	f, err := Freeze(in, r)
	if err != nil {
		return nil, err
	}
	f.status = status
	return f, nil
}

// At returns an item as it stands; its status is that of the result where only a new one tells it.
func (f *Frozen) At(item int32) Standing {
	m := f.Item(item)
	s := Standing{m.Intercept, m.Intercept, m.Factor, m.Ratings, NeedsMore}
	switch {
	case f.status != nil:
		s.Status = f.status(m)
	case m.Ratings == 0:
		s.Status = Unrated
	case int(item) < len(f.was):
		s.Status = f.was[item]
	}
	return s
}

// A tally has the values of each item, and how often each: what mean and median need, whoever rated.
type tally struct {
	cut    cutoffs
	median bool
	raters int32
	items  [][]levelCount
}

// A levelCount is how many ratings have a value; those of an item ascend.
type levelCount struct {
	value float32
	n     int32
}

func newTally(in Input, cut cutoffs, median bool) *tally {
	t := &tally{cut, median, int32(in.Ratings.Raters.Len()), make([][]levelCount, in.Ratings.Items.Len())}
	for k, i := range in.Ratings.Item {
		t.move(i, in.Ratings.Value[k], 1)
	}
	return t
}

func (t *tally) AddItem() int32 {
	t.items = append(t.items, nil)
	return int32(len(t.items) - 1)
}

func (t *tally) AddRater() (int32, bool) {
	t.raters++
	return t.raters - 1, true
}

func (t *tally) Add(_, item int32, value float32) bool { return t.move(item, value, 1) }

func (t *tally) Remove(_, item int32, value float32) bool { return t.move(item, value, -1) }

func (t *tally) move(item int32, value float32, by int32) bool {
	of := t.items[item]
	at, known := slices.BinarySearchFunc(of, value,
		func(l levelCount, v float32) int { return cmp.Compare(l.value, v) })
	if !known {
		of = slices.Insert(of, at, levelCount{value: value})
	}
	if of[at].n += by; of[at].n <= 0 {
		of = slices.Delete(of, at, at+1)
	}
	t.items[item] = of
	return true
}

func (t *tally) At(item int32) Standing {
	nan := float32(math.NaN())
	sum, n := 0., int32(0)
	for _, l := range t.items[item] {
		sum += float64(l.n) * float64(l.value)
		n += l.n
	}
	score := math.NaN()
	if n > 0 {
		score = sum / float64(n)
		if t.median {
			score = (t.nth(item, (n-1)/2) + t.nth(item, n/2)) / 2
		}
	}
	return Standing{float32(score), nan, nan, n, t.cut.status(n, score)}
}

// nth is the n-th value of an item from below, from 0 on.
func (t *tally) nth(item, n int32) float64 {
	for _, l := range t.items[item] {
		if n -= l.n; n < 0 {
			return float64(l.value)
		}
	}
	return math.NaN()
}
